// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace kith::signal::detail {

/// How often libsignal's X25519 has gone through OpenSSL on this thread.
std::uint64_t x25519OverrideCalls();

} // namespace kith::signal::detail
