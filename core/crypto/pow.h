// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/crypto/hash.h"

#include <atomic>
#include <optional>

namespace kith::crypto {

/// Proof of work at a front door: SHA-256("krp-pow-1"‖drop_id‖msg_id‖hour u32‖nonce u64) starts with `bits` zero bits
/// (PROTOCOL.md s12). hour = Unix hours by the relay's clock.
bool checkPow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour, std::uint64_t nonce,
              std::uint32_t bits);

/// How many zero bits the puzzle starts with: at least `bits` is what checkPow() asks.
std::uint32_t powBits(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour, std::uint64_t nonce);

/// Searches a nonce; 2^bits hashes on average (20 bits: about half a second). Runs on a worker thread.
/// Nothing when `cancelled` became true.
std::optional<std::uint64_t> solvePow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour,
                                      std::uint32_t bits, const std::atomic<bool>& cancelled);

} // namespace kith::crypto
