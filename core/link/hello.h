// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/crypto/hash.h"
#include "core/wire/frame.h"

namespace kith::link {

/// Minor versions of KRP/1 that this program speaks (PROTOCOL.md s2).
inline constexpr std::uint32_t MinorVersionMin = 0;
inline constexpr std::uint32_t MinorVersionMax = 0;

/// A verified relay. relay, leafPin and transcript are what crypto::authMessage and registerMessage bind a login to.
struct Greeting {
    RelayId relay;
    crypto::Hash32 leafPin;
    crypto::Hash32 transcript; ///< T
    wire::pb::HelloOk helloOk;
    Millis clockOffset{0}; ///< relay's clock minus ours, from server_ms; the way back is not subtracted

    /// The relay's clock, for example for the hour of a proof of work.
    WallTime relayTime(const Clock& clock) const { return clock.wall() + clockOffset; }
};

/// A serialised Hello. Everything but the nonce is the same for every client and channel, so that an anonymous socket
/// cannot be told from another by it (PROTOCOL.md s2).
std::string makeHello(Random& random);

/// Checks that HELLO_OK comes from the relay `expected`: relay_id is the hash of RK, RK signed the transcript of this
/// `hello`, and the leaf that was seen is one of its pins. Untrusted when any of these fails, Invalid when malformed or
/// of a version that was not offered. `now` is our wall clock at arrival.
Result<Greeting> verifyHello(const std::string& hello, const wire::pb::Signed& helloOk, const RelayId& expected,
                             const crypto::Hash32& seenLeaf, WallTime now);

} // namespace kith::link
