// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/link.h"
#include "tests/fuzz/target.h"

using namespace kith;
using namespace kith::wire;

namespace {

QString secretsOf(const QString& link) {
    return link.mid(link.indexOf(u'#'));
}

void checkEndpoint(const Endpoint& endpoint) {
    INVARIANT(!endpoint.host.isEmpty() && endpoint.host.size() <= 253 && endpoint.port != 0);
    const auto again = Endpoint::parse(endpoint.toString());
    INVARIANT(again && *again == endpoint);
}

template <typename Link>
bool check(const QString& text) {
    const auto link = Link::parse(text);
    if (!link)
        return false;
    checkEndpoint(link->endpoint);
    const QString shown = link->toString();
    const auto again = Link::parse(shown);
    INVARIANT(again && again->endpoint == link->endpoint && again->relay == link->relay && again->card == link->card);
    INVARIANT(again->toString() == shown);
    INVARIANT(secretsOf(shown) == secretsOf(text.trimmed()));
    return true;
}

} // namespace

/// What parses is written the same for ever, its secrets and its address have one spelling only (the address: in either
/// case, and with the port of everybody left out or not), and no link is an invite and a contact link at once.
KITH_FUZZ_TARGET(links) {
    const QString text = QString::fromUtf8(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
    const bool isInvite = check<InviteLink>(text);
    const bool isContact = check<ContactLink>(text);
    INVARIANT(!isInvite || !isContact);
    if (const auto endpoint = Endpoint::parse(text)) {
        checkEndpoint(*endpoint);
        const QString shown = endpoint->toString();
        const QString given = text.toLower();
        INVARIANT(given == shown || given == shown + QStringLiteral(":%1").arg(DefaultPort));
    }
    return 0;
}
