// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/derive.h"
#include "core/wire/identity.pb.h"

#include <vector>

namespace kith::crypto {

/// What a relay says of itself, as JSON signed by its key RK (PROTOCOL.md s2). The highest (generation, issued) wins.
struct Descriptor {
    RelayId relay;
    VerifyKey relayKey;
    std::uint32_t generation = 1;
    WallTime issued;
    WallTime notAfter;
    std::vector<wire::Endpoint> endpoints; ///< public first, then LAN; at most 8
    std::vector<Hash32> leafPins;
    QString signup = QStringLiteral("invite");
    std::uint32_t retentionDays = 30;
    QString operatorText;

    bool isNewerThan(const Descriptor& other) const;
};

struct SignedDescriptor {
    Descriptor descriptor;
    QByteArray body;
    Signature signature;
    wire::pb::Signed toWire() const;
};

SignedDescriptor signDescriptor(const Descriptor& descriptor, const SigningKey& relayKey);
/// Invalid when malformed or over 4 KiB, Untrusted when RK did not sign it or relay_id is not RK's hash.
Result<SignedDescriptor> verifyDescriptor(const wire::pb::Signed& given);

} // namespace kith::crypto
