// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace kith::ui {

/// What a text wants to be; whether it is one, the client finds out.
enum class LinkKind { None, Invite, Contact, Other };

inline LinkKind linkKindOf(const QString& text) {
    const QString link = text.trimmed();
    return link.startsWith(QLatin1String("kith://j/"))   ? LinkKind::Invite
           : link.startsWith(QLatin1String("kith://c/")) ? LinkKind::Contact
           : link.startsWith(QLatin1String("kith://"))   ? LinkKind::Other
                                                         : LinkKind::None;
}

} // namespace kith::ui
