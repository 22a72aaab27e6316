// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

namespace kith::signal {

/// Known answers through libsignal and its OpenSSL provider (AES-256-CBC, HMAC-SHA-256, SHA-512, HKDF, X25519, XEdDSA)
/// and one session from first contact to reply. Also fails when this program was linked in a way that silently lost
/// the X25519 override (three times slower, and no check for all-zero agreements). About 5 ms; run it once at start
/// and in --self-check, and refuse to go on when it fails. Thread: any. Errors: Internal, the detail names the step.
Result<void> selfTest();

} // namespace kith::signal
