// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/scheduler.h"

#include <QObject>
#include <QTimer>

namespace kith {

/// Context object of everything posted: its death drops what has not run yet.
class QtScheduler::Loop : public QObject {};

namespace {

class QtAlarm final : public Alarm {
public:
    explicit QtAlarm(std::function<void()> ring)
        : m_ring(std::move(ring)) {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(Qt::CoarseTimer);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { m_ring(); });
    }
    void set(Millis fromNow) override {
        // Coarse timers may ring 5 % early, which would find nothing due and wait all over again; short ones are
        // precise.
        const bool isShort = fromNow < Millis(2000);
        m_timer.setTimerType(isShort ? Qt::PreciseTimer : Qt::CoarseTimer);
        m_timer.start(isShort ? std::max(fromNow, Millis(0)) : fromNow + fromNow / 19);
    }
    void clear() override { m_timer.stop(); }
    bool isSet() const override { return m_timer.isActive(); }

private:
    QTimer m_timer;
    std::function<void()> m_ring;
};

} // namespace

QtScheduler::QtScheduler()
    : m_loop(std::make_unique<Loop>()) {}
QtScheduler::~QtScheduler() = default;

void QtScheduler::post(std::function<void()> work) {
    QMetaObject::invokeMethod(m_loop.get(), std::move(work), Qt::QueuedConnection);
}

std::unique_ptr<Alarm> QtScheduler::alarm(std::function<void()> ring) {
    return std::make_unique<QtAlarm>(std::move(ring));
}

} // namespace kith
