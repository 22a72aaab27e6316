// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/scheduler.h"

#include <utility>
#include <vector>

namespace kith::link::detail {

/// Functions for the next turn of the event loop, in order. Unlike Scheduler::post they die with their owner. A
/// function must not destroy the object it came from.
class Later {
public:
    explicit Later(Scheduler& scheduler)
        : m_turn(scheduler.alarm([this] { runAll(); })) {}

    void run(std::function<void()> work) {
        m_work.push_back(std::move(work));
        if (!m_turn->isSet())
            m_turn->set(Millis(0));
    }

private:
    void runAll() {
        const auto work = std::exchange(m_work, {});
        for (const auto& function : work)
            function();
    }

    std::vector<std::function<void()>> m_work;
    std::unique_ptr<Alarm> m_turn;
};

} // namespace kith::link::detail
