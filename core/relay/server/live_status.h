// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/platform.h"

namespace kith::relay {

/// What only a running relay knows.
struct LiveStatus {
    std::size_t sockets = 0;
    Millis uptime{0};
    platform::ProcessUse use;
    bool isDraining = false;
};

} // namespace kith::relay
