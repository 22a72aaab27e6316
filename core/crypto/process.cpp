// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/process.h"

#include "core/base/error.h"

#include <openssl/crypto.h>

namespace kith::crypto {

void prepareProcess() {
    INVARIANT(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1);
}

} // namespace kith::crypto
