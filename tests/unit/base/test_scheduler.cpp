// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"
#include "core/base/scheduler.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;

class TestScheduler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Whoever is woken early finds nothing due and waits all over again. Long ones may be late, to share a wake-up.
    void anAlarmNeverRingsEarly() {
        QtScheduler scheduler;
        const SystemClock clock;
        const SteadyTime start = clock.steady();
        std::vector<std::unique_ptr<Alarm>> alarms;
        std::size_t rung = 0;
        bool early = false;
        for (int ms = 1'500; ms <= 3'000; ms += 50) {
            alarms.push_back(scheduler.alarm([&, ms] {
                early |= clock.steady() - start < Millis(ms);
                ++rung;
            }));
            alarms.back()->set(Millis(ms));
        }
        QTRY_COMPARE_WITH_TIMEOUT(rung, alarms.size(), 60'000);
        QVERIFY(!early);
    }
};

KITH_TEST(TestScheduler)
#include "test_scheduler.moc"
