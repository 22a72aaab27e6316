// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/admin/relay_admin.h"
#include "core/relay/server/live_status.h"

#include <QJsonObject>

namespace kith::relay {

/// Carries out an order as the admin socket knows it: {"command", …}. Its answer, or {"error":{code,message}}
/// (README.md "admin socket").
QJsonObject answerOrder(const QJsonObject& order, RelayAdmin& admin);

QJsonObject toJson(const LiveStatus& status);
QJsonObject errorReply(const Error& error);

} // namespace kith::relay
