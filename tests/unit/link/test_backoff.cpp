// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/backoff.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::link;

class TestBackoff : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void waitsAreUniformInADoublingRange() {
        std::vector<Millis> longest(10, Millis(0));
        std::vector<Millis> shortest(10, Millis(100'000));
        for (std::uint64_t run = 0; run < 500; ++run) {
            test::SeededRandom random(test::seed() + run);
            Backoff backoff(random);
            for (std::size_t i = 0; i < longest.size(); ++i) {
                const Millis wait = backoff.next();
                longest[i] = std::max(longest[i], wait);
                shortest[i] = std::min(shortest[i], wait);
            }
        }
        for (std::size_t i = 0; i < longest.size(); ++i) {
            const Millis range = i < 6 ? Millis(1'000 << i) : Millis(60'000);
            QVERIFY(shortest[i] >= Millis(0));
            QVERIFY(longest[i] <= range);
            // Full jitter: 500 draws miss an outer tenth once in 10^22 runs.
            QVERIFY(shortest[i] < range / 10);
            QVERIFY(longest[i] > range - range / 10);
        }
    }
    void retryAfterWins() {
        test::SeededRandom random(test::seed());
        Backoff backoff(random);
        for (int i = 0; i < 100; ++i) {
            const Millis wait = backoff.next(Millis(120'000));
            QVERIFY(wait >= Millis(120'000));
            QVERIFY(wait <= Millis(180'000));
        }
    }
    void anAbsurdRetryAfterIsCapped() {
        test::SeededRandom random(test::seed());
        Backoff backoff(random);
        QVERIFY(backoff.next(Millis(0xffffffff)) <= RetryAfterMax + Millis(60'000));
    }
    void resetBeginsAgain() {
        test::SeededRandom random(test::seed());
        Backoff backoff(random);
        for (int i = 0; i < 20; ++i)
            (void)backoff.next();
        for (int i = 0; i < 50; ++i) {
            backoff.reset();
            QVERIFY(backoff.next() <= Millis(1'000));
        }
    }
};
KITH_TEST(TestBackoff)
#include "test_backoff.moc"
