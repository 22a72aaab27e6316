// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/derive.h"

namespace kith::crypto {
namespace {

template <typename Id>
Id truncated(const Hash32& hash) {
    return Id::checked(hash.view().first(Id::size));
}

template <typename Id>
Id expanded(ByteView secret, const char* label) {
    return Id::checked(hkdf(secret, {}, view(label), Id::size).view());
}

} // namespace

AccountId accountIdOf(const VerifyKey& accountKey) {
    return truncated<AccountId>(sha256({view("krp-acct-1"), accountKey.view()}));
}
RelayId relayIdOf(const VerifyKey& relayKey) {
    return truncated<RelayId>(sha256({view("krp-relay-1"), relayKey.view()}));
}
DropId dropIdOf(const VerifyKey& accountKey, const R16& random) {
    return truncated<DropId>(sha256({view("krp-drop-1"), accountKey.view(), random.view()}));
}

DropToken dropToken(ByteView dropSecret) {
    return expanded<DropToken>(dropSecret, "krp-token-1");
}
SecretBytes dropPsk(ByteView dropSecret) {
    return hkdf(dropSecret, {}, view("krp-psk-1"), 32);
}
Hash32 tokenHash(ByteView token) {
    return sha256(token);
}

EnvelopeId envelopeIdOf(ByteView outboxKey, const MessageId& message, const DropId& drop, std::uint32_t attempt) {
    QByteArray name;
    append(name, message.view());
    append(name, drop.view());
    appendU32(name, attempt);
    return truncated<EnvelopeId>(hmacSha256(outboxKey, view(name)));
}

wire::CardSecret cardSecretOf(const VerifyKey& accountKey, const CardSalt& salt) {
    return truncated<wire::CardSecret>(sha256({view("krp-card-1"), accountKey.view(), salt.view()}));
}
CardId cardIdOf(const wire::CardSecret& secret) {
    return expanded<CardId>(secret.view(), "krp-card-id-1");
}
SecretBytes cardKeyOf(const wire::CardSecret& secret) {
    return hkdf(secret.view(), {}, view("krp-card-key-1"), 32);
}

InviteId inviteIdOf(const wire::InviteToken& token) {
    return InviteId::checked(sha256(token.view()).view());
}

} // namespace kith::crypto
