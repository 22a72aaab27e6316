// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/result.h"

#include <optional>

namespace kith::wire {

using InviteToken = FixedId<struct InviteTokenTag, 16>;
using CardSecret = FixedId<struct CardSecretTag, 16>;

inline constexpr std::uint16_t DefaultPort = 8443;

/// Where a relay listens. Host is a DNS name, IPv4 or IPv6 address (without brackets).
struct Endpoint {
    QString host;
    std::uint16_t port = DefaultPort;

    /// "host", "host:port", "[v6]:port". Invalid for anything else; at most 253 characters of host.
    static Result<Endpoint> parse(QStringView text);
    QString toString() const;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// kith://j/<host[:port]>/#<relay_id>.<invite_token>[.<card_secret>]
struct InviteLink {
    Endpoint endpoint;
    RelayId relay;
    InviteToken token;
    std::optional<CardSecret> card;

    static Result<InviteLink> parse(const QString& text);
    QString toString() const;
};

/// kith://c/<host[:port]>/#<relay_id>.<card_secret>
struct ContactLink {
    Endpoint endpoint;
    RelayId relay;
    CardSecret card;

    static Result<ContactLink> parse(const QString& text);
    QString toString() const;
};

} // namespace kith::wire
