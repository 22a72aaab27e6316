// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QUrl>

namespace kith::ui {

/// What stands at a point of a bubble.
struct Hit {
    enum class Kind {
        Nothing,
        Text,
        Link,
        ReadMore, ///< or less
        Meta,     ///< time and state
        Retry,    ///< the words under a message that failed
        Quote,    ///< leads to what was answered
    };
    Kind kind = Kind::Nothing;
    QUrl url = {};

    bool canBePressed() const {
        return kind == Kind::Link || kind == Kind::ReadMore || kind == Kind::Retry || kind == Kind::Quote;
    }
};

} // namespace kith::ui
