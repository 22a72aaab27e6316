// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/scheduler.h"
#include "tests/support/fakes.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace kith::test {

/// An event loop on a FakeClock: nothing runs until run() or advance() is called. Deterministic.
class SimScheduler final : public Scheduler {
public:
    explicit SimScheduler(FakeClock& clock)
        : m_clock(clock) {}

    void post(std::function<void()> work) override { m_posted.push_back(std::move(work)); }
    std::unique_ptr<Alarm> alarm(std::function<void()> ring) override {
        return std::make_unique<SimAlarm>(*this, std::move(ring));
    }

    /// Runs what is posted and due until nothing is left. At most `limit` steps: a loop that feeds itself is a bug.
    void run(int limit = 1'000'000) {
        for (; limit > 0 && step(); --limit) {
        }
        INVARIANT(limit > 0);
    }
    /// Moves time forward, ringing every alarm at its own moment.
    void advance(Millis by) {
        const SteadyTime end = m_clock.steady() + by;
        run();
        while (const SimAlarm* next = earliest()) {
            if (next->m_due > end)
                break;
            m_clock.advance(std::max(Millis(0), next->m_due - m_clock.steady()));
            run();
        }
        m_clock.advance(end - m_clock.steady());
    }
    bool isIdle() const { return m_posted.empty(); }

    /// Runs `work` once, `delay` from now.
    void after(Millis delay, std::function<void()> work) {
        const std::uint64_t id = ++m_lastShot;
        m_shots[id] = alarm([this, id, work = std::move(work)] {
            const auto shot = m_shots.extract(id); // alive until the work is done
            work();
        });
        m_shots[id]->set(delay);
    }
    /// How long until the next alarm; nothing while functions are posted or no alarm is set.
    std::optional<Millis> untilNext() const {
        const SimAlarm* next = earliest();
        if (next == nullptr || !m_posted.empty())
            return std::nullopt;
        return std::max(Millis(0), next->m_due - m_clock.steady());
    }
    /// Runs the next function that is posted or due; false when there is none.
    bool step() {
        if (!m_posted.empty()) {
            const auto work = std::move(m_posted.front());
            m_posted.pop_front();
            work();
            return true;
        }
        SimAlarm* next = earliest();
        if (next == nullptr || next->m_due > m_clock.steady())
            return false;
        next->clear();
        const auto ring = next->m_ring; // the alarm may be destroyed while it rings
        ring();
        return true;
    }

private:
    class SimAlarm final : public Alarm {
    public:
        SimAlarm(SimScheduler& owner, std::function<void()> ring)
            : m_owner(owner)
            , m_ring(std::move(ring)) {}
        ~SimAlarm() override { clear(); }
        void set(Millis fromNow) override {
            clear();
            m_due = m_owner.m_clock.steady() + std::max(fromNow, Millis(0));
            m_owner.m_alarms.push_back(this);
        }
        void clear() override { std::erase(m_owner.m_alarms, this); }
        bool isSet() const override {
            return std::find(m_owner.m_alarms.begin(), m_owner.m_alarms.end(), this) != m_owner.m_alarms.end();
        }

        SimScheduler& m_owner;
        std::function<void()> m_ring;
        SteadyTime m_due;
    };

    SimAlarm* earliest() const {
        const auto found = std::min_element(m_alarms.begin(), m_alarms.end(),
                                            [](const auto* a, const auto* b) { return a->m_due < b->m_due; });
        return found == m_alarms.end() ? nullptr : *found;
    }

    FakeClock& m_clock;
    std::deque<std::function<void()>> m_posted;
    std::vector<SimAlarm*> m_alarms;
    std::uint64_t m_lastShot = 0;
    std::map<std::uint64_t, std::unique_ptr<Alarm>> m_shots; ///< destroyed before the list they are in
};

} // namespace kith::test
