// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

namespace kith::crypto {

/// Known answers for every primitive of this module, in a few milliseconds (Argon2id apart). Run by every program at
/// start: a broken or wrongly configured OpenSSL must not send a single byte. Internal names the first that failed.
Result<void> selfTest();

} // namespace kith::crypto
