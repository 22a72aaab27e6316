// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/keys.h"

namespace kith::crypto {

/// 60 decimal digits that are equal on both sides when nobody sits in the middle (PROTOCOL.md s1). Survives device
/// changes, because it names account keys. About 6 ms: 10,400 rounds of SHA-512.
QString safetyNumber(const VerifyKey& mine, const VerifyKey& theirs);
/// One account's half: 30 digits.
QString safetyHalf(const VerifyKey& accountKey);

} // namespace kith::crypto
