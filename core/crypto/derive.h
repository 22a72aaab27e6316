// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/wire/link.h"

/// Every identifier and secret that is computed from another one: PROTOCOL.md s1, table "identities, keys, addresses".
namespace kith::crypto {

using R16 = FixedId<struct R16Tag, 16>;         ///< random half of a self-certifying id
using DropToken = FixedId<struct TokenTag, 16>; ///< the half of a drop secret that the relay sees
inline constexpr std::size_t DropSecretSize = 32;

AccountId accountIdOf(const VerifyKey& accountKey);
RelayId relayIdOf(const VerifyKey& relayKey);
DropId dropIdOf(const VerifyKey& accountKey, const R16& random);

DropToken dropToken(ByteView dropSecret);
SecretBytes dropPsk(ByteView dropSecret);
/// How a relay stores a token: it never keeps what would let it send.
Hash32 tokenHash(ByteView token);

/// The relay's name of one attempt to send a message. Same inputs, same id: a retry is recognised.
EnvelopeId envelopeIdOf(ByteView outboxKey, const MessageId& message, const DropId& drop, std::uint32_t attempt);

using CardSalt = FixedId<struct CardSaltTag, 16>;
wire::CardSecret cardSecretOf(const VerifyKey& accountKey, const CardSalt& salt);
CardId cardIdOf(const wire::CardSecret& secret);
SecretBytes cardKeyOf(const wire::CardSecret& secret);

InviteId inviteIdOf(const wire::InviteToken& token);

} // namespace kith::crypto
