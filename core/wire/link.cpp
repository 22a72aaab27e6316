// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/link.h"

#include <QStringList>
#include <QUrl>

#include <algorithm>

namespace kith::wire {
namespace {

constexpr qsizetype LinkMax = 512;

bool isHostName(QStringView host) {
    if (host.isEmpty() || host.size() > 253)
        return false;
    for (const QStringView label : host.split(u'.')) {
        if (label.isEmpty() || label.size() > 63 || label.startsWith(u'-') || label.endsWith(u'-'))
            return false;
        for (const QChar c : label)
            if (!((c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'-'))
                return false;
    }
    return true;
}

bool isIpv6(QStringView host) {
    QUrl url;
    url.setHost(host.toString(), QUrl::StrictMode);
    return host.contains(u':') && !host.contains(u'%') && !host.contains(u'[') && url.isValid() &&
           !url.host().isEmpty();
}

struct Parts {
    Endpoint endpoint;
    QStringList secrets;
};

/// kith://<kind>/<endpoint>/#<a>.<b>...
Result<Parts> split(const QString& given, QChar kind) {
    const QString text = given.trimmed();
    const QString prefix = QStringLiteral("kith://%1/").arg(kind);
    if (text.size() > LinkMax)
        return fail(Code::Invalid, QStringLiteral("the link is too long; copy it again, whole and alone"));
    if (!text.startsWith(prefix, Qt::CaseInsensitive))
        return fail(Code::Invalid, kind == u'j'
                                       ? QStringLiteral("this is not an invite; an invite starts with kith://j/")
                                       : QStringLiteral("this is not a contact link; one starts with kith://c/"));
    const qsizetype hash = text.indexOf(u'#');
    const QStringView address = QStringView(text).mid(prefix.size(), hash - prefix.size());
    if (hash < 0 || !address.endsWith(u'/'))
        return fail(Code::Invalid, QStringLiteral("the link is cut off; copy it again, whole"));
    TRY_ASSIGN(Endpoint endpoint, Endpoint::parse(address.chopped(1)));
    return Parts{endpoint, text.mid(hash + 1).split(u'.')};
}

template <typename Id>
Result<Id> parseId(const QString& text) {
    const auto bytes = fromBase64Url(text);
    const auto id = bytes ? Id::from(*bytes) : std::nullopt;
    if (!id)
        return fail(Code::Invalid, QStringLiteral("the link is damaged or cut off; copy it again, whole"));
    return *id;
}

} // namespace

Result<Endpoint> Endpoint::parse(QStringView text) {
    const auto invalid = [] { return fail(Code::Invalid, QStringLiteral("an address is host or host:port")); };
    QStringView host = text;
    std::optional<QStringView> port;
    if (text.startsWith(u'[')) {
        const qsizetype end = text.indexOf(u']');
        if (end < 0)
            return invalid();
        host = text.mid(1, end - 1);
        if (!isIpv6(host))
            return invalid();
        if (end + 1 < text.size()) {
            if (text[end + 1] != u':')
                return invalid();
            port = text.mid(end + 2);
        }
    } else {
        const qsizetype colon = text.indexOf(u':');
        if (colon >= 0) {
            host = text.left(colon);
            port = text.mid(colon + 1);
        }
        if (!isHostName(host))
            return invalid();
    }
    Endpoint endpoint{host.toString().toLower(), DefaultPort};
    if (port) {
        // One spelling only: toUInt() alone would take "+80", " 80" and "080".
        const bool isPlain = std::all_of(port->begin(), port->end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
        const uint number = port->toUInt();
        if (!isPlain || port->size() > 5 || port->startsWith(u'0') || number < 1 || number > 65'535)
            return invalid();
        endpoint.port = static_cast<std::uint16_t>(number);
    }
    return endpoint;
}

QString Endpoint::toString() const {
    const QString shown = host.contains(u':') ? QStringLiteral("[%1]").arg(host) : host;
    return port == DefaultPort ? shown : QStringLiteral("%1:%2").arg(shown).arg(port);
}

Result<InviteLink> InviteLink::parse(const QString& text) {
    TRY_ASSIGN(const Parts parts, split(text, u'j'));
    if (parts.secrets.size() != 2 && parts.secrets.size() != 3)
        return fail(Code::Invalid, QStringLiteral("the invite is damaged or cut off; copy it again, whole"));
    InviteLink link;
    link.endpoint = parts.endpoint;
    TRY_ASSIGN(link.relay, parseId<RelayId>(parts.secrets[0]));
    TRY_ASSIGN(link.token, parseId<InviteToken>(parts.secrets[1]));
    if (parts.secrets.size() == 3) {
        TRY_ASSIGN(link.card, parseId<CardSecret>(parts.secrets[2]));
    }
    return link;
}

QString InviteLink::toString() const {
    QString text = QStringLiteral("kith://j/%1/#%2.%3")
                       .arg(endpoint.toString(), toBase64Url(relay.view()), toBase64Url(token.view()));
    if (card)
        text += u'.' + toBase64Url(card->view());
    return text;
}

Result<ContactLink> ContactLink::parse(const QString& text) {
    TRY_ASSIGN(const Parts parts, split(text, u'c'));
    if (parts.secrets.size() != 2)
        return fail(Code::Invalid, QStringLiteral("the contact link is damaged or cut off; copy it again, whole"));
    ContactLink link;
    link.endpoint = parts.endpoint;
    TRY_ASSIGN(link.relay, parseId<RelayId>(parts.secrets[0]));
    TRY_ASSIGN(link.card, parseId<CardSecret>(parts.secrets[1]));
    return link;
}

QString ContactLink::toString() const {
    return QStringLiteral("kith://c/%1/#%2.%3")
        .arg(endpoint.toString(), toBase64Url(relay.view()), toBase64Url(card.view()));
}

} // namespace kith::wire
