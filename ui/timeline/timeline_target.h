// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QUrl>

#include <cstdint>

namespace kith::ui {

/// What the menu of a message is about.
struct TimelineTarget {
    std::int64_t seq = 0; ///< of the message, or 0
    QUrl link;
    bool hasSelection = false;
};

} // namespace kith::ui
