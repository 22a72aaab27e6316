// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLoggingCategory>

/// One category a module. error = bug, warning = degraded, nothing above debug on the success path.
/// Never names, text, keys, addresses or whole ids.
namespace kith::log {

Q_DECLARE_LOGGING_CATEGORY(app)
Q_DECLARE_LOGGING_CATEGORY(client)
Q_DECLARE_LOGGING_CATEGORY(link)
Q_DECLARE_LOGGING_CATEGORY(relay)
Q_DECLARE_LOGGING_CATEGORY(store)

enum class Level { Error, Warning, Info, Debug };

/// Sends all logs to stderr, one line each, with UTC time and category. Call once in main.
void install(Level level);

} // namespace kith::log
