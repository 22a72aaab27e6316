// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QUrl>

#include <algorithm>

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

/// The relay that a link names, as plain text: everything that could be taken for something else is escaped.
inline QString hostOfLink(const QString& text) {
    constexpr qsizetype Start = 9; // kith://j/
    const QString link = text.trimmed();
    const qsizetype slash = link.indexOf(u'/', Start);
    const qsizetype hash = link.indexOf(u'#', Start);
    const qsizetype end = slash < 0 ? hash : hash < 0 ? slash : std::min(slash, hash);
    return QString::fromLatin1(QUrl::toPercentEncoding(link.mid(Start, end < 0 ? end : end - Start), ":[]"));
}

} // namespace kith::ui
