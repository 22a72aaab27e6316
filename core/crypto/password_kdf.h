// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace kith::crypto {

/// Argon2id parameters (RFC 9106). The default is its second recommended option.
struct KdfParams {
    std::uint32_t memoryKiB = 64 * 1024;
    std::uint32_t passes = 3;
    std::uint32_t lanes = 4;

    /// 19 MiB-1 GiB, 1-10 passes, 1-8 lanes. Checked before any allocation: a hostile header must not eat the memory.
    bool isWithinBounds() const;
    friend bool operator==(const KdfParams&, const KdfParams&) = default;
};

inline constexpr std::size_t KdfSaltSize = 16;
inline constexpr std::size_t PassphraseMax = 1024; ///< bytes

/// The one form of a passphrase, however it was typed, pasted or read: NFC, nothing that a field does not show (control
/// characters, line ends, a byte order mark), no white space around it. Empty when nothing is left. What is no UTF-8
/// stays as it is.
SecretBytes normalisedPassphrase(ByteView passphrase);

/// 32 bytes from a passphrase; 0.3-1 s of all lanes: never on a GUI thread. Invalid for parameters out of bounds,
/// Unavailable when the memory cannot be had.
Result<SecretBytes> deriveFromPassphrase(ByteView passphrase, ByteView salt, const KdfParams& params);

} // namespace kith::crypto
