// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/scenes.h"
#include "tests/integration/storm.h"

#include <QTest>

namespace kith::test {

/// KITH_STORM_RUNS=N for N runs of each shape (of the costly ones: a fifth); KITH_TEST_SEED with one run repeats a
/// failure.
class TestStorm : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingIsLostOrDoubled_data() {
        QTest::addColumn<int>("people");
        QTest::addColumn<int>("relays");
        QTest::newRow("two people, one relay") << 2 << 1;
        QTest::newRow("two people, two relays") << 2 << 2;
        QTest::newRow("four people, two relays") << 4 << 2;
    }
    void nothingIsLostOrDoubled() {
        QFETCH(const int, people);
        QFETCH(const int, relays);
        const Scene& scene = friends(static_cast<std::size_t>(people), static_cast<std::size_t>(relays));
        const int asked = std::max(qEnvironmentVariableIntValue("KITH_STORM_RUNS"), 1);
        const int runs = people > 2 ? (asked + 4) / 5 : asked;
        int sent = 0;
        for (int run = 0; run < runs; ++run) {
            const std::uint64_t ofRun = seed() + static_cast<std::uint64_t>(run);
            Storm storm(ofRun, scene);
            const QString wrong = storm.run();
            QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("KITH_TEST_SEED=%1: %2").arg(ofRun).arg(wrong)));
            sent += storm.sent();
        }
        QVERIFY(sent >= runs);
    }
};

KITH_TEST(TestStorm)

} // namespace kith::test

#include "test_storm.moc"
