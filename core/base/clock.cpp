// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"

namespace kith {

WallTime SystemClock::wall() const {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const {
    return std::chrono::time_point_cast<Millis>(std::chrono::steady_clock::now());
}

} // namespace kith
