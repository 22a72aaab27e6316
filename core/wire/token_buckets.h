// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/wire/limits.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace kith::wire {

/// One token bucket: full when new, refilled by time.
class TokenBucket {
public:
    TokenBucket(limits::Rate rate, SteadyTime now)
        : m_rate(rate)
        , m_tokens(rate.burst)
        , m_filled(now) {}

    /// Takes a token, or says how long until there is one (zero = taken).
    Millis take(SteadyTime now) {
        m_tokens = tokensAt(now);
        m_filled = now;
        if (m_tokens >= 1) {
            m_tokens -= 1;
            return Millis(0);
        }
        const double wait = std::ceil((1 - m_tokens) / m_rate.perSecond * 1000);
        return std::max(Millis(1), Millis(static_cast<std::int64_t>(wait)));
    }
    bool isFull(SteadyTime now) const { return tokensAt(now) >= m_rate.burst; }

private:
    double tokensAt(SteadyTime now) const {
        const double seconds = std::max(0.0, std::chrono::duration<double>(now - m_filled).count());
        return std::min(m_rate.burst, m_tokens + seconds * m_rate.perSecond);
    }

    limits::Rate m_rate;
    double m_tokens;
    SteadyTime m_filled;
};

/// Buckets by key. Full ones are forgotten, since a new one is the same: memory is bounded by what is being limited.
template <typename Key, typename Hash = std::hash<Key>>
class TokenBuckets {
public:
    Millis take(const Key& key, limits::Rate rate, SteadyTime now) {
        if (m_buckets.size() >= m_pruneAt) {
            std::erase_if(m_buckets, [now](const auto& entry) { return entry.second.isFull(now); });
            m_pruneAt = std::max(PruneFirst, 2 * m_buckets.size());
        }
        return m_buckets.try_emplace(key, rate, now).first->second.take(now);
    }

private:
    static constexpr std::size_t PruneFirst = 1024;
    std::unordered_map<Key, TokenBucket, Hash> m_buckets;
    std::size_t m_pruneAt = PruneFirst;
};

} // namespace kith::wire
