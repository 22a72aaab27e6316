// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/batch_merger.h"
#include "tests/support/sim_scheduler.h"
#include "tests/support/test_main.h"

#include <QTest>

namespace kith::test {

using client::BatchMerger;
using client::EventBatch;

class TestBatchMerger : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFewGoOnAtOnce() {
        Fixture t;
        for (int i = 0; i < BatchMerger::AtOnce; ++i)
            t.add(1);
        QCOMPARE(t.got.size(), static_cast<std::size_t>(BatchMerger::AtOnce));
    }

    void aBurstGoesOnTogetherAndInOrder() {
        Fixture t;
        for (int i = 0; i < 100; ++i)
            t.add(1);
        QCOMPARE(t.got.size(), static_cast<std::size_t>(BatchMerger::AtOnce));
        t.scheduler.advance(BatchMerger::Window);
        QCOMPARE(t.got.size(), static_cast<std::size_t>(BatchMerger::AtOnce) + 1);
        std::int64_t next = 1;
        for (const EventBatch& batch : t.got) {
            QCOMPARE(batch.firstSeq, next);
            QCOMPARE(static_cast<std::int64_t>(batch.changes.size()), batch.lastSeq - batch.firstSeq + 1);
            next = batch.lastSeq + 1;
        }
        QCOMPARE(next, 101);
    }

    void aSteadyStreamIsNeverHeldLongerThanTheWindow() {
        Fixture t;
        for (int i = 0; i < 200; ++i) {
            t.add(1);
            t.scheduler.advance(Millis(1));
            QVERIFY(t.seq - t.got.back().lastSeq <= BatchMerger::Window.count());
        }
    }

    void manyChangesWaitForNobody() {
        Fixture t;
        for (int i = 0; i < BatchMerger::AtOnce; ++i)
            t.add(1);
        t.add(static_cast<int>(BatchMerger::ChangesMax));
        QCOMPARE(t.got.back().lastSeq, t.seq);
    }

    void quietCostsNothing() {
        Fixture t;
        t.add(1);
        t.scheduler.advance(BatchMerger::Window * 3);
        QVERIFY(!t.scheduler.untilNext());
    }

private:
    struct Fixture {
        FakeClock clock;
        SimScheduler scheduler{clock};
        std::vector<EventBatch> got;
        std::int64_t seq = 0;
        BatchMerger merger{scheduler, [this](const EventBatch& batch) { got.push_back(batch); }};

        void add(int changes) {
            EventBatch batch{seq + 1, seq + changes, {}};
            for (int i = 0; i < changes; ++i)
                batch.changes.push_back({client::Change::Kind::MessageAdded, ++seq, {}, {}, {}});
            merger.add(batch);
        }
    };
};

KITH_TEST(TestBatchMerger)

} // namespace kith::test

#include "test_batch_merger.moc"
