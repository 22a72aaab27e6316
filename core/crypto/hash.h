// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/secret_bytes.h"

#include <initializer_list>

namespace kith::crypto {

using Hash32 = FixedId<struct Hash32Tag, 32>;

/// SHA-256 of the parts one after the other. Callers use fixed widths, so that no two inputs collide.
Hash32 sha256(std::initializer_list<ByteView> parts);
inline Hash32 sha256(ByteView bytes) {
    return sha256({bytes});
}

/// SHA-512; `out` is 64 bytes.
void sha512(std::initializer_list<ByteView> parts, std::uint8_t* out);

Hash32 hmacSha256(ByteView key, ByteView message);

/// HKDF with SHA-256 (RFC 5869). An empty salt is the RFC's default. size <= 8160.
SecretBytes hkdf(ByteView inputKey, ByteView salt, ByteView info, std::size_t size);

/// True when equal; time depends on the length only.
bool constantTimeEqual(ByteView a, ByteView b);

} // namespace kith::crypto
