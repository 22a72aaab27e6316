// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/keys.h"

namespace kith::crypto {

/// suite 1 ‖ enc 32 ‖ tag 16 around the padded seal.
inline constexpr std::size_t SealOverhead = 1 + 32 + 16;

/// HPKE (RFC 9180) mode_psk, single shot, suite 0x01 = DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM:
/// to one device's SD key under one drop's psk, so that neither a relay nor a stranger can open or forge it.
/// A fresh ephemeral key every call: the nonce is fixed per key. Untrusted when `recipient` has low order.
Result<QByteArray> sealBody(Random& random, const DhPublicKey& recipient, ByteView psk, ByteView pskId, ByteView info,
                            ByteView plaintext);
/// Invalid for an unknown suite or length, Corrupt when it was not made for exactly these keys and this info.
Result<SecretBytes> openBody(const DhKey& recipient, ByteView psk, ByteView pskId, ByteView info, ByteView body);

/// The steps of RFC 9180 with a given ephemeral key: public for the published test vectors.
namespace hpke {
enum class Aead : std::uint8_t { Aes128Gcm = 1, Aes256Gcm = 2 };
struct KeyAndNonce {
    SecretBytes key;
    SecretBytes nonce;
};
Result<SecretBytes> encapsulate(const DhKey& ephemeral, const DhPublicKey& recipient);
Result<SecretBytes> decapsulate(const DhKey& recipient, const DhPublicKey& ephemeral);
KeyAndNonce schedulePsk(Aead aead, ByteView sharedSecret, ByteView info, ByteView psk, ByteView pskId);
} // namespace hpke

} // namespace kith::crypto
