// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/worker.h"

#include <memory>

namespace kith {

/// Rings once, on its scheduler's thread, unless it is cleared or destroyed before.
class Alarm {
public:
    virtual ~Alarm() = default;
    /// Replaces an earlier setting. At least the next turn of the event loop, even for zero.
    virtual void set(Millis fromNow) = 0;
    virtual void clear() = 0;
    virtual bool isSet() const = 0;
};

/// The event loop of one thread, injected so that a test can own time and order. post() runs functions in order, in a
/// later turn; alarms ring late rather than early. Thread: the loop's own.
class Scheduler : public Worker {
public:
    virtual std::unique_ptr<Alarm> alarm(std::function<void()> ring) = 0;
};

/// The event loop of the thread in which it was made. Functions not yet run when it is destroyed are dropped.
class QtScheduler final : public Scheduler {
public:
    QtScheduler();
    ~QtScheduler() override;
    /// Thread: any.
    void post(std::function<void()> work) override;
    std::unique_ptr<Alarm> alarm(std::function<void()> ring) override;

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace kith
