// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <cstdint>

namespace kith {

using Millis = std::chrono::milliseconds;
/// Milliseconds since the Unix epoch; "_ms" on disk.
using WallTime = std::chrono::sys_time<Millis>;
/// Monotonic milliseconds since some start; never stored.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Millis>;

/// The time, injected so that tests own it. Thread: any (SystemClock is immutable).
class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
public:
    WallTime wall() const override;
    SteadyTime steady() const override;
};

inline std::int64_t toMs(WallTime time) {
    return time.time_since_epoch().count();
}
inline WallTime fromMs(std::int64_t ms) {
    return WallTime(Millis(ms));
}
/// Whole minutes since the Unix epoch: the finest time a relay stores (PROTOCOL.md s14).
inline std::uint32_t toMinute(WallTime time) {
    return static_cast<std::uint32_t>(toMs(time) / 60'000);
}
inline std::int64_t toDay(WallTime time) {
    return toMs(time) / 86'400'000;
}

} // namespace kith
