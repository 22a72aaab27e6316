// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/storm.h"
#include "tests/support/test_main.h"

#include <QTest>

namespace kith::test {

/// KITH_STORM_RUNS=N for a longer run; KITH_TEST_SEED with one run repeats a failure.
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
        const Scene scene = makeScene(people, relays);
        const int runs = qEnvironmentVariableIntValue("KITH_STORM_RUNS") > 0
                             ? qEnvironmentVariableIntValue("KITH_STORM_RUNS")
                             : 20;
        int sent = 0;
        for (int run = 0; run < runs; ++run) {
            const std::uint64_t ofRun = seed() + static_cast<std::uint64_t>(run);
            Storm storm(ofRun, scene);
            const QString wrong = storm.run(100);
            QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("KITH_TEST_SEED=%1: %2").arg(ofRun).arg(wrong)));
            sent += storm.sent();
        }
        QVERIFY(sent > runs);
    }

private:
    static Scene makeScene(int people, int relays) {
        SimWorld world(1);
        for (int i = 0; i < relays; ++i)
            world.addRelay();
        static const char* const names[] = {"Ann", "Bob", "Cleo", "Dan"};
        for (int i = 0; i < people; ++i)
            world.addMember(QLatin1String(names[i]), world.relay(static_cast<std::size_t>(i % relays)));
        for (std::size_t i = 0; i < world.people.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                world.befriend(world.person(i), world.person(j));
        return world.putAside();
    }
};

KITH_TEST(TestStorm)

} // namespace kith::test

#include "test_storm.moc"
