// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/wire/link.h"

#include <vector>

namespace kith::crypto {

/// A home of the account, as the recovery file keeps it.
struct RecoveryHome {
    RelayId relay;
    wire::Endpoint endpoint;
};

/// The recovery code: 28 base32 characters = 128 random + 12 check bits, in groups of four. Shown once.
QString makeRecoveryCode(const SecretBytes& entropy16);
/// The 16 random bytes; Invalid when a character was mistyped. Spaces, dashes and case do not matter.
Result<SecretBytes> readRecoveryCode(const QString& code);

/// The recovery file has two boxes: the account seed under the code, and the homes under the seed, so that homes can be
/// rewritten later without the code (PROTOCOL.md s10). Version 1.
QByteArray makeRecoveryFile(Random& random, const SecretBytes& entropy16, const SecretBytes& accountSeed);
/// The same file with these homes. Corrupt when `file` is no recovery file.
Result<QByteArray> withRecoveryHomes(Random& random, ByteView file, const SecretBytes& accountSeed,
                                     const std::vector<RecoveryHome>& homes);
struct Recovered {
    SecretBytes accountSeed;
    std::vector<RecoveryHome> homes;
};
/// Denied for a wrong code.
Result<Recovered> openRecoveryFile(ByteView file, const SecretBytes& entropy16);

} // namespace kith::crypto
