// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/test_main.h"

#include <QDateTime>
#include <QSignalSpy>

namespace kith::test {

using client::TimelineRow;
using ui::TimelineModel;

/// The model is a window on a conversation that is put at any place of it.
class TestTimelineAnchors : public QObject {
    Q_OBJECT

    static constexpr int Rows = 2'300;

    struct Loaded : TimelineFixture {
        Loaded()
            : TimelineFixture(Rows) {
            model->load();
            settle();
        }
        static QDate dayOf(const TimelineRow& row) { return QDateTime::fromMSecsSinceEpoch(toMs(row.sent)).date(); }
        /// The seq of what was found last; 0: nothing was.
        std::int64_t foundSeq() const {
            const int row = found.isEmpty() ? -1 : found.back().front().toInt();
            return row < 0 ? 0 : model->row(row).seq;
        }
        QSignalSpy found{model.get(), &TimelineModel::found};
        QSignalSpy replaced{model.get(), &TimelineModel::replaced};
    };

private Q_SLOTS:
    void everyPlaceIsFoundOverAnyDistance() {
        Loaded t;
        const auto& rows = t.client.rows();
        const auto check = [&](const TimelineModel::Anchor& anchor, std::size_t expected) {
            t.found.clear();
            t.model->goTo(anchor);
            t.settle();
            QCOMPARE(t.found.count(), 1);
            QCOMPARE(t.foundSeq(), rows[expected].seq);
            QVERIFY(t.isTrue());
        };
        for (const std::size_t row : {std::size_t{0}, std::size_t{1'000}, std::size_t{40}, std::size_t{2'299}}) {
            check(TimelineModel::Message{rows[row].sender, rows[row].id}, row);
            check(static_cast<int>(row), row);
            const QDate day = Loaded::dayOf(rows[row]);
            std::size_t first = row;
            while (first > 0 && Loaded::dayOf(rows[first - 1]) == day)
                --first;
            check(day, first);
        }
        check(TimelineModel::Newest(), Rows - 1);
        check(Loaded::dayOf(rows.front()).addDays(-400), 0);
        check(Loaded::dayOf(rows.back()).addDays(400), Rows - 1);
        check(Rows + 100, Rows - 1);
    }

    void whatIsLoadedIsFoundAtOnce() {
        Loaded t;
        const int asked = t.client.pagesAsked;
        const TimelineRow& row = t.client.rows()[Rows - 50];
        t.model->goTo(TimelineModel::Message{row.sender, row.id});
        QCOMPARE(t.foundSeq(), row.seq);
        t.model->goTo(TimelineModel::Newest());
        QCOMPARE(t.foundSeq(), t.client.rows().back().seq);
        QCOMPARE(t.client.pagesAsked, asked);
        QCOMPARE(t.replaced.count(), 0);
    }

    void oneQuestionIsEnoughForAnyDistance() {
        Loaded t;
        const int asked = t.client.pagesAsked;
        const TimelineRow& row = t.client.rows()[3];
        t.model->goTo(TimelineModel::Message{row.sender, row.id});
        t.settle();
        QCOMPARE(t.foundSeq(), row.seq);
        QCOMPARE(t.client.pagesAsked, asked + 1);
        QVERIFY(t.model->size() <= TimelineModel::PageSize);
    }

    void aMessageThatIsNotHereChangesNothing() {
        Loaded t;
        const std::int64_t first = t.model->row(0).seq;
        t.model->goTo(TimelineModel::Message{t.client.peer, SeededRandom(seed()).id<MessageId>()});
        t.settle();
        QCOMPARE(t.found.count(), 1);
        QCOMPARE(t.found.front().front().toInt(), -1);
        QCOMPARE(t.replaced.count(), 0);
        QCOMPARE(t.model->row(0).seq, first);
    }

    void onlyTheLastWishCounts() {
        Loaded t;
        const auto& rows = t.client.rows();
        t.client.hold();
        t.model->goTo(TimelineModel::Message{rows[5].sender, rows[5].id});
        t.model->goTo(TimelineModel::Message{rows[1'200].sender, rows[1'200].id});
        t.client.release();
        t.settle();
        QCOMPARE(t.found.count(), 1);
        QCOMPARE(t.foundSeq(), rows[1'200].seq);
        QVERIFY(t.isTrue());
    }

    void aWishThatIsTakenBackChangesNothing() {
        Loaded t;
        t.client.hold();
        t.model->goTo(TimelineModel::Anchor(0));
        t.model->goTo({});
        t.client.release();
        t.settle();
        QCOMPARE(t.found.count() + t.replaced.count(), 0);
    }

    /// What comes between the question and its answer is neither lost nor in the way.
    void messagesThatComeMeanwhileMoveNoPlace() {
        Loaded t;
        const TimelineRow row = t.client.rows()[700];
        t.client.hold();
        t.model->goTo(TimelineModel::Message{row.sender, row.id});
        t.client.receive(QStringLiteral("new"));
        t.client.receiveLate(row.seq - 3, QStringLiteral("late"));
        t.client.release();
        t.settle();
        QCOMPARE(t.foundSeq(), row.seq);
        QVERIFY(t.isTrue());
    }

    void aRowIsComparedAsAWhole() {
        Loaded t;
        QSignalSpy changed(t.model.get(), &TimelineModel::rowsChanged);
        std::int64_t seq = 1'000'000;
        const auto tell = [&](const TimelineRow& row) {
            ++seq;
            client::Change change{client::Change::Kind::MessageChanged, seq, row.conversation, row, {}};
            Q_EMIT t.client.eventsAppended({seq, seq, {change}});
        };
        TimelineRow row = t.client.full(Rows - 5);
        t.client.hold(); // what was lost between is asked for; that says nothing here
        tell(row);
        QCOMPARE(changed.count(), 0);
        int expected = 0;
        const std::vector<std::function<void()>> changes{
            [&] { row.wrongClock = true; },
            [&] { row.late = true; },
            [&] { row.text = QStringLiteral("other"); },
            [&] { row.replyTo.emplace(row.sender, t.client.rows()[3].id); },
            [&] {
                row.quote = client::Quote{4, QStringLiteral("quoted")};
            },
        };
        for (const auto& change : changes) {
            change();
            tell(row);
            QCOMPARE(changed.count(), ++expected);
        }
    }
};

KITH_TEST(TestTimelineAnchors)

} // namespace kith::test

#include "test_timeline_anchors.moc"
