// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/password_kdf.h"

#include <argon2.h>

namespace kith::crypto {

bool KdfParams::isWithinBounds() const {
    return memoryKiB >= 19 * 1024 && memoryKiB <= 1024 * 1024 && passes >= 1 && passes <= 10 && lanes >= 1 &&
           lanes <= 8;
}

Result<SecretBytes> deriveFromPassphrase(ByteView passphrase, ByteView salt, const KdfParams& params) {
    if (!params.isWithinBounds())
        return fail(Code::Invalid, QStringLiteral("key derivation parameters are out of bounds"));
    if (salt.size() != KdfSaltSize || passphrase.size() > 1024)
        return fail(Code::Invalid, QStringLiteral("a passphrase has at most 1024 bytes"));
    SecretBytes key(32);
    const int code = argon2id_hash_raw(params.passes, params.memoryKiB, params.lanes, passphrase.data(),
                                       passphrase.size(), salt.data(), salt.size(), key.data(), key.size());
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(Code::Unavailable, QStringLiteral("not enough memory to derive the key; close other programs"));
    if (code != ARGON2_OK)
        return fail(Code::Internal, QString::fromLatin1(argon2_error_message(code)));
    return key;
}

} // namespace kith::crypto
