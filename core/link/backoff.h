// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/random.h"

namespace kith::link {

/// The longest wait that a relay can ask for: a mistaken or hostile one must not silence a client for weeks.
inline constexpr Millis RetryAfterMax{3'600'000};

/// How long to wait before the next try: uniform in 0..1 s * 2^failures, the range capped at 60 s ("full jitter", so
/// that clients that lost one relay together do not return together; PROTOCOL.md s6). A value; borrows Random.
class Backoff {
public:
    explicit Backoff(Random& random)
        : m_random(random) {}
    /// Counts one failure. Never earlier than `retryAfter` (at most RetryAfterMax is honoured), which the jitter is
    /// then added to.
    Millis next(Millis retryAfter = Millis(0));
    void reset() { m_failures = 0; }

private:
    Random& m_random;
    int m_failures = 0;
};

} // namespace kith::link
