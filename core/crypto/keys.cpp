// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/keys.h"

#include "core/crypto/detail/evp.h"

#include <algorithm>

namespace kith::crypto {

void detail::PkeyDeleter::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

Result<SigningKey> SigningKey::fromSeed(ByteView seed) {
    if (seed.size() != SeedSize)
        return fail(Code::Invalid, QStringLiteral("a signing key seed has 32 bytes"));
    SigningKey made;
    made.m_key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    std::size_t size = VerifyKey::size;
    if (!made.m_key || EVP_PKEY_get_raw_public_key(made.m_key.get(), made.m_public.data(), &size) != 1)
        return fail(Code::Internal, QStringLiteral("Ed25519 is not available"));
    return made;
}

Signature SigningKey::sign(ByteView message) const {
    const detail::DigestContext context(EVP_MD_CTX_new());
    Signature signature;
    std::size_t size = Signature::size;
    INVARIANT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key.get()) == 1);
    INVARIANT(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
    return signature;
}

bool verifySignature(const VerifyKey& key, ByteView message, ByteView signature) {
    if (signature.size() != Signature::size)
        return false;
    const detail::Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.view().data(), VerifyKey::size));
    const detail::DigestContext context(EVP_MD_CTX_new());
    return pkey && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

Result<DhKey> DhKey::fromPrivate(ByteView privateKey) {
    if (privateKey.size() != 32)
        return fail(Code::Invalid, QStringLiteral("an X25519 private key has 32 bytes"));
    DhKey made;
    made.m_key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, privateKey.data(), privateKey.size()));
    std::size_t size = DhPublicKey::size;
    if (!made.m_key || EVP_PKEY_get_raw_public_key(made.m_key.get(), made.m_public.data(), &size) != 1)
        return fail(Code::Internal, QStringLiteral("X25519 is not available"));
    return made;
}

Result<SecretBytes> DhKey::agree(const DhPublicKey& peer) const {
    const detail::Pkey other(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.view().data(), DhPublicKey::size));
    const detail::PkeyContext context(EVP_PKEY_CTX_new(m_key.get(), nullptr));
    SecretBytes shared(32);
    std::size_t size = shared.size();
    // OpenSSL refuses all-zero results itself; checked again because everything rests on it.
    const bool done = other && EVP_PKEY_derive_init(context.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                      EVP_PKEY_derive(context.get(), shared.data(), &size) == 1;
    const bool zero = std::all_of(shared.data(), shared.data() + shared.size(), [](std::uint8_t b) { return b == 0; });
    if (!done || zero)
        return fail(Code::Untrusted, QStringLiteral("a public key has low order"));
    return shared;
}

} // namespace kith::crypto
