// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"

#include <signal/signal_protocol.h>

namespace kith::signal::detail {

/// libsignal's cryptography over OpenSSL 3. The algorithms are fetched once per process and the working contexts are
/// kept per thread: fetching per call costs a third of the message rate (measured). Randomness comes from
/// `random`, which must outlive every context the provider is given to.
signal_crypto_provider cryptoProvider(Random& random);

} // namespace kith::signal::detail
