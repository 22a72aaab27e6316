// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/derive.h"

#include <vector>

namespace kith::crypto {

/// What a contact link yields: who somebody is and where to knock (PROTOCOL.md s1 "card").
struct Card {
    VerifyKey accountKey;
    CardSalt salt;
    std::uint64_t minManifestVersion = 0;
    std::vector<RelayId> homes;
    DropId drop; ///< front door
    SecretBytes dropSecret;
    QString name; ///< what the owner calls himself; a claim

    AccountId account() const { return accountIdOf(accountKey); }
};

/// The body for CARD_PUT: signed by AK, then encrypted under the link's secret.
QByteArray sealCard(Random& random, const Card& card, const SigningKey& accountKey);
/// Corrupt when `secret` does not open it, Untrusted when AK did not sign it or the secret is not AK's and the salt's:
/// a relay that has seen the link can read the card but not swap it.
Result<Card> openCard(const wire::CardSecret& secret, ByteView body);

} // namespace kith::crypto
