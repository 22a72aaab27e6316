// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/base/result.h"

namespace kith::crypto {

inline constexpr std::size_t AeadKeySize = 32;
inline constexpr std::size_t AeadNonceSize = 12;
inline constexpr std::size_t AeadTagSize = 16;

/// AES-256-GCM. The caller never uses a nonce twice under one key. Returns ciphertext ‖ tag.
QByteArray aeadSeal(ByteView key, ByteView nonce, ByteView associated, ByteView plaintext);
/// Corrupt when the tag does not fit; nothing of a refused plaintext is returned.
Result<SecretBytes> aeadOpen(ByteView key, ByteView nonce, ByteView associated, ByteView sealed);

/// nonce12 ‖ ciphertext ‖ tag with a random nonce: for keys that seal few things.
QByteArray boxSeal(Random& random, ByteView key, ByteView associated, ByteView plaintext);
Result<SecretBytes> boxOpen(ByteView key, ByteView associated, ByteView box);

} // namespace kith::crypto
