// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/base/result.h"

#include <memory>

struct evp_pkey_st;

namespace kith::crypto {

using Signature = FixedId<struct SignatureTag, 64>;  ///< Ed25519 (RFC 8032) or XEdDSA
using VerifyKey = FixedId<struct VerifyKeyTag, 32>;  ///< Ed25519 public key: AK, DK or RK
using DhPublicKey = FixedId<struct DhPublicTag, 32>; ///< X25519 public key (RFC 7748): SD

namespace detail {
struct PkeyDeleter {
    void operator()(evp_pkey_st* key) const;
};
} // namespace detail

/// An Ed25519 key pair: an account, device or relay signs with it. Wiped when destroyed. Thread: any, one at a time.
class SigningKey {
public:
    static constexpr std::size_t SeedSize = 32;
    /// From its 32-byte seed, the only form in which it is ever stored. Invalid for another length.
    static Result<SigningKey> fromSeed(ByteView seed);
    Signature sign(ByteView message) const;
    const VerifyKey& publicKey() const { return m_public; }

private:
    std::unique_ptr<evp_pkey_st, detail::PkeyDeleter> m_key;
    VerifyKey m_public;
};

/// False for every malformed key or signature. Constant answer time is not needed: all inputs are public.
bool verifySignature(const VerifyKey& key, ByteView message, ByteView signature);

/// An X25519 key pair (SD_d, ephemeral keys of a seal).
class DhKey {
public:
    static Result<DhKey> fromPrivate(ByteView privateKey);
    /// Untrusted when the shared secret is all zero (a low-order point: RFC 7748 section 6.1).
    Result<SecretBytes> agree(const DhPublicKey& peer) const;
    const DhPublicKey& publicKey() const { return m_public; }

private:
    std::unique_ptr<evp_pkey_st, detail::PkeyDeleter> m_key;
    DhPublicKey m_public;
};

} // namespace kith::crypto
