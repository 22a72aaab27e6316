// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/backoff.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::link {

Millis Backoff::next(Millis retryAfter) {
    Millis range = wire::limits::BackoffFirst;
    for (int i = 0; i < m_failures && range < wire::limits::BackoffCap; ++i)
        range *= 2;
    range = std::min<Millis>(range, wire::limits::BackoffCap);
    ++m_failures;
    const Millis jitter(static_cast<std::int64_t>(m_random.below(static_cast<std::uint64_t>(range.count()) + 1)));
    return std::clamp(retryAfter, Millis(0), RetryAfterMax) + jitter;
}

} // namespace kith::link
