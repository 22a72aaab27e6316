// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/crypto/password_kdf.h"

namespace kith::crypto {

/// What unlocking a profile yields. The master key opens the database; the wrap key opens the account key, which stays
/// wrapped inside it. Both come from one run of Argon2id.
struct ProfileKeys {
    SecretBytes master;      ///< 32 random bytes, the same for the life of the profile
    SecretBytes accountWrap; ///< 32 bytes, changes with the passphrase
};

/// The profile's header file `profile.kith`: key derivation parameters and the wrapped master key (SCHEMA.md,
/// "header"). "KITH" ‖ version u8 ‖ slot count u8 ‖ slots ‖ HMAC-SHA-256 of all before it under HKDF(master,
/// "krp-header-1"). Pure functions over bytes; the store reads and writes the file.
namespace key_slots {

struct Created {
    QByteArray header;
    ProfileKeys keys;
};
/// A passphrase that is empty in its normal form is Invalid.
Result<Created> create(Random& random, ByteView passphrase, const KdfParams& params);

/// The passphrase as it is, then in its normal form. Denied: wrong passphrase, or a damaged slot (they cannot be told
/// apart). Corrupt: not a header, or damaged outside the slot. Invalid: made by a newer version, or parameters out of
/// bounds.
Result<ProfileKeys> open(ByteView header, ByteView passphrase);

/// The same master key under a new passphrase and fresh salt.
Result<Created> rewrap(Random& random, const SecretBytes& master, ByteView passphrase, const KdfParams& params);

} // namespace key_slots
} // namespace kith::crypto
