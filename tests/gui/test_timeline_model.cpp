// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_client.h"
#include "tests/support/test_main.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <random>

namespace kith::test {

using client::DeliveryState;
using ui::TimelineModel;

namespace {

const WallTime Now = fromMs(1'773'500'000'000);

/// Follows the model by its signals alone; a view that does the same must never be wrong.
struct Follower : QObject {
    explicit Follower(TimelineModel& model)
        : m_model(model) {
        connect(&model, &TimelineModel::reset, this, &Follower::readAll);
        connect(&model, &TimelineModel::replaced, this, &Follower::readAll);
        connect(&model, &TimelineModel::rowsInserted, this, [this](int first, int count) { read(first, count); });
        connect(&model, &TimelineModel::rowsRemoved, this, [this](int first, int count) {
            seqs.erase(seqs.begin() + first, seqs.begin() + first + count);
            states.erase(states.begin() + first, states.begin() + first + count);
        });
        connect(&model, &TimelineModel::rowsChanged, this, [this](int first, int last) {
            for (int row = first; row <= last; ++row)
                states[static_cast<std::size_t>(row)] = m_model.row(row).state;
        });
    }
    void readAll() {
        seqs.clear();
        states.clear();
        read(0, m_model.size());
    }
    void read(int first, int count) {
        for (int row = first; row < first + count; ++row) {
            seqs.insert(seqs.begin() + row, m_model.row(row).seq);
            states.insert(states.begin() + row, m_model.row(row).state);
        }
    }
    TimelineModel& m_model;
    std::vector<std::int64_t> seqs;
    std::vector<int> states;
};

struct Fixture {
    explicit Fixture(int rows, int unread = 0) {
        client.fill(rows, Now);
        people.begin(client.self, {});
        model = std::make_unique<TimelineModel>(client, people, TimelineModel::Setup{client.conversation, unread});
        follower = std::make_unique<Follower>(*model);
    }
    bool load() {
        model->load();
        return QTest::qWaitFor([this] { return model->isLoaded(); });
    }
    bool loadOlder() {
        const int before = model->size();
        model->need(0, 1);
        return QTest::qWaitFor([&] { return model->size() > before; });
    }
    static bool settle() { // every answer under way is delivered by timers of 0 ms
        for (int i = 0; i < 20; ++i)
            QCoreApplication::processEvents();
        return true;
    }
    /// The model's rows are a stretch of the client's, and whoever followed the signals knows the same.
    bool agrees() const {
        const auto& rows = client.rows();
        const auto size = static_cast<std::size_t>(model->size());
        if (follower->seqs.size() != size || (size == 0) != rows.empty())
            return false;
        std::size_t start = 0;
        while (size > 0 && start < rows.size() && rows[start].seq != model->row(0).seq)
            ++start;
        if (start + size > rows.size() || (!model->hasOlder() && start > 0) ||
            (!model->hasNewer() && start + size < rows.size()))
            return false;
        for (std::size_t i = 0; i < size; ++i) {
            const client::TimelineRow& row = rows[start + i];
            const ui::RowInfo& info = model->row(static_cast<int>(i));
            if (row.seq != info.seq || static_cast<int>(row.state) != info.state || follower->seqs[i] != row.seq ||
                follower->states[i] != info.state)
                return false;
        }
        return true;
    }

    FakeClient client;
    ui::Theme theme;
    ui::Requests requests{client};
    ui::PeopleModel people{requests, theme};
    std::unique_ptr<TimelineModel> model;
    std::unique_ptr<Follower> follower;
};

} // namespace

class TestTimelineModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theNewestPageComesFirstAndOlderOnesInFront() {
        Fixture t(350);
        QVERIFY(t.load());
        QCOMPARE(t.model->size(), 100);
        for (int i = 0; i < 3; ++i)
            QVERIFY(t.loadOlder());
        QCOMPARE(t.model->size(), 350);
        QVERIFY(!t.model->hasOlder());
        QVERIFY(t.agrees());
        t.model->need(0, 10);
        QCOMPARE(t.client.pagesAsked, 4);
    }

    void anEmptyConversationIsLoadedToo() {
        Fixture t(0);
        QVERIFY(t.load());
        QVERIFY(t.agrees());
        t.client.receive(QStringLiteral("first"));
        QVERIFY(t.agrees());
        QCOMPARE(t.model->size(), 1);
    }

    void theRestIsCounted() {
        Fixture t(5'000);
        QVERIFY(t.load());
        QCOMPARE(t.model->rowsBefore(), 4'900);
        QVERIFY(t.loadOlder());
        QCOMPARE(t.model->rowsBefore(), 4'800);
        t.client.receiveLate(7, QStringLiteral("far above"));
        t.client.receive(QStringLiteral("new"));
        QCOMPARE(t.model->rowsBefore(), 4'801);
        QCOMPARE(t.model->rowsAfter(), 0);
        QVERIFY(t.agrees());
    }

    void aPlaceFarAwayTakesThePlaceOfWhatIsLoaded() {
        Fixture t(5'000);
        QVERIFY(t.load());
        QSignalSpy replaced(t.model.get(), &TimelineModel::replaced);
        t.model->needAround(-2'000);
        QTRY_COMPARE(replaced.count(), 1);
        QCOMPARE(t.model->size(), 100);
        QCOMPARE(t.model->rowsBefore(), 2'850); // 50 above the wanted one
        QCOMPARE(t.model->rowsAfter(), 2'050);
        QCOMPARE(replaced.front().front().toInt(), 2'050);
        QVERIFY(t.agrees());
        t.model->need(90, 99);
        QTRY_COMPARE(t.model->size(), 200);
        QCOMPARE(t.model->rowsAfter(), 1'950);
        QVERIFY(t.agrees());
    }

    void aPlaceThatIsNotWantedAnyMoreIsNotShown() {
        Fixture t(5'000);
        QVERIFY(t.load());
        QSignalSpy replaced(t.model.get(), &TimelineModel::replaced);
        t.model->needAround(-2'000);
        t.model->needAround(std::nullopt);
        Fixture::settle();
        QVERIFY(replaced.isEmpty());
        QCOMPARE(t.model->size(), 100);
        QVERIFY(t.agrees());
    }

    void eventsWhileAPlaceIsUnderWayAreNotLost() {
        Fixture t(5'000);
        QVERIFY(t.load());
        t.client.hold();
        t.model->needAround(-2'000);
        t.client.setState(2'900, DeliveryState::Failed);
        t.client.receive(QStringLiteral("below"));
        t.client.receiveLate(10, QStringLiteral("above"));
        t.client.release();
        Fixture::settle();
        QVERIFY(t.model->indexOf(2'900) >= 0);
        QVERIFY(t.agrees());
        QCOMPARE(t.model->rowsBefore() + t.model->size() + t.model->rowsAfter(), 5'002);
    }

    void lostEventsAreReadAgainInTheMiddle() {
        Fixture t(2'000);
        QVERIFY(t.load());
        t.model->needAround(-1'000);
        QTRY_VERIFY(t.model->hasNewer());
        {
            const FakeClient::Deafness deaf(t.client);
            for (int row = 0; row < t.model->size(); row += 9)
                t.client.setState(t.model->row(row).seq, DeliveryState::Failed);
            t.client.setState(t.model->row(t.model->size() - 1).seq, DeliveryState::Failed);
            t.client.receiveLate(t.model->row(40).seq, QStringLiteral("in the middle"));
            t.client.receive(QStringLiteral("unheard"));
        }
        t.client.receive(QStringLiteral("heard"));
        QTRY_VERIFY(t.agrees());
        QCOMPARE(t.model->rowsBefore() + t.model->size() + t.model->rowsAfter(), 2'003);
    }

    void aNewOrderTakesThePlaceOfAll() {
        Fixture t(300);
        QVERIFY(t.load());
        QVERIFY(t.loadOlder());
        t.client.hold();
        t.model->need(0, 3); // its answer is of the old order
        t.client.reorder();
        t.client.release();
        QTRY_VERIFY(t.model->isLoaded());
        QVERIFY(t.agrees());
        QCOMPARE(t.model->size(), 100);
    }

    void aPageIsAskedForOnce() {
        Fixture t(350);
        QVERIFY(t.load());
        for (int i = 0; i < 10; ++i)
            t.model->need(0, 5);
        QCOMPARE(t.client.pagesAsked, 2);
    }

    void changesUpToTheSnapshotAreDropped() {
        Fixture t(10);
        QVERIFY(t.load());
        client::Change old{client::Change::Kind::MessageChanged, 3, t.client.conversation, t.client.full(2), {}};
        old.row->state = DeliveryState::Failed;
        Q_EMIT t.client.eventsAppended({3, 3, {old}});
        QVERIFY(t.agrees());
    }

    void eventsWhileAPageIsUnderWayAreNotLost() {
        Fixture t(300);
        QVERIFY(t.load());
        t.client.hold();
        t.model->need(0, 5); // the answer shows the rows as they are now
        const std::int64_t seq = t.client.rows()[150].seq;
        t.client.setState(seq, DeliveryState::Failed);
        t.client.receive(QStringLiteral("meanwhile"));
        t.client.release();
        QCOMPARE(t.model->size(), 201);
        QVERIFY(t.agrees());
    }

    void eventsBeforeTheFirstPageAreNotLost() {
        Fixture t(300);
        t.client.hold();
        t.model->load();
        t.client.receive(QStringLiteral("meanwhile"));
        t.client.release();
        QCOMPARE(t.model->size(), 101);
        QVERIFY(t.agrees());
    }

    void aPageAheadOfTheEventsIsNotTurnedBack() {
        Fixture t(300);
        QVERIFY(t.load());
        const std::int64_t seq = t.client.rows()[150].seq;
        client::EventBatch late;
        {
            const FakeClient::Deafness deaf(t.client);
            t.client.setState(seq, DeliveryState::Failed);
            late = {
                301, 301, {{client::Change::Kind::MessageChanged, 301, t.client.conversation, t.client.full(150), {}}}};
            t.client.setState(seq, DeliveryState::Read);
        }
        QVERIFY(t.loadOlder());
        Q_EMIT t.client.eventsAppended(late);
        QCOMPARE(static_cast<DeliveryState>(t.model->row(t.model->indexOf(seq)).state), DeliveryState::Read);
    }

    void lostEventsAreReadAgain() {
        Fixture t(350);
        QVERIFY(t.load());
        for (int i = 0; i < 3; ++i)
            QVERIFY(t.loadOlder());
        {
            const FakeClient::Deafness deaf(t.client);
            t.client.setState(5, DeliveryState::Failed);
            t.client.receiveLate(200, QStringLiteral("in the middle"));
            t.client.closeGap(100);
            t.client.receive(QStringLiteral("unheard"));
        }
        t.client.receive(QStringLiteral("heard"));
        QTRY_VERIFY(t.agrees());
    }

    void manyLostMessagesLeaveNoHole() {
        Fixture t(150);
        QVERIFY(t.load());
        {
            const FakeClient::Deafness deaf(t.client);
            for (int i = 0; i < 300; ++i)
                t.client.receive(QStringLiteral("unheard"));
        }
        t.client.receive(QStringLiteral("heard"));
        QTRY_VERIFY(t.agrees());
        QVERIFY(t.model->hasOlder());
    }

    void aClosedGapGoes() {
        Fixture t(120);
        QVERIFY(t.load());
        const std::int64_t first = t.client.noticeGap(120);
        const std::int64_t second = t.client.noticeGap(first);
        QCOMPARE(t.model->size(), 102);
        t.client.closeGap(first);
        QTRY_COMPARE(t.model->size(), 101);
        QVERIFY(t.agrees());
        t.client.closeGap(second);
        QTRY_COMPARE(t.model->size(), 100);
        QVERIFY(t.agrees());
    }

    void aLateMessageTakesItsPlace() {
        Fixture t(120);
        QVERIFY(t.load());
        t.client.receiveLate(100, QStringLiteral("late"));
        QVERIFY(t.agrees());
        t.client.receiveLate(3, QStringLiteral("older than what is loaded"));
        QCOMPARE(t.model->size(), 101);
        QVERIFY(t.loadOlder());
        QVERIFY(t.agrees());
    }

    void textsFarAwayAreForgottenAndFetchedAgain() {
        Fixture t(3'000);
        QVERIFY(t.load());
        while (t.model->hasOlder())
            QVERIFY(t.loadOlder());
        const int last = t.model->size() - 1;
        QVERIFY(t.model->body(last) == nullptr);
        QSignalSpy changed(t.model.get(), &TimelineModel::rowsChanged);
        t.model->need(last - 20, last);
        QTRY_VERIFY(t.model->body(last) != nullptr);
        QVERIFY(!changed.isEmpty());
        QCOMPARE(t.model->body(last)->text, t.client.full(2'999).text);
        QVERIFY(t.agrees());
    }

    void theUnreadMarkerIsAtTheFirstUnread() {
        Fixture t(2'000, 700);
        QVERIFY(t.load());
        const int marker = t.model->indexOf(t.model->unreadSeq());
        QVERIFY(marker >= 0);
        int unread = 0;
        for (int row = marker; row < t.model->size(); ++row)
            unread += t.model->row(row).isOwn() ? 0 : 1;
        QCOMPARE(unread, 700);
        QVERIFY(t.model->frame(marker).unreadMarker);
    }

    void anyHistoryOfEventsAndAnswersEndsInTheTruth() {
        std::mt19937_64 random(seed());
        for (int run = 0; run < 12; ++run) {
            Fixture t(static_cast<int>(random() % 400));
            QVERIFY(t.load());
            std::vector<std::int64_t> gaps;
            for (int step = 0; step < 80; ++step)
                happen(random, t, gaps);
            t.client.release();
            { // the last word, so that nothing lost stays unnoticed
                Fixture::settle();
                t.client.receive(QStringLiteral("end"));
            }
            QTRY_VERIFY2(t.agrees(), "rows differ");
        }
    }

private:
    static void happen(std::mt19937_64& random, Fixture& t, std::vector<std::int64_t>& gaps) {
        const auto& rows = t.client.rows();
        const std::int64_t some = rows.empty() ? 0 : rows[random() % rows.size()].seq;
        std::unique_ptr<FakeClient::Deafness> deaf;
        if (random() % 10 == 0)
            deaf = std::make_unique<FakeClient::Deafness>(t.client);
        switch (random() % 9) {
        case 0:
        case 1:
            t.client.receive(QStringLiteral("x"), random() % 2 == 0);
            break;
        case 2:
            if (!rows.empty())
                t.client.setState(some, static_cast<DeliveryState>(1 + random() % 5));
            break;
        case 3:
            if (!rows.empty())
                gaps.push_back(t.client.noticeGap(rows.back().seq));
            break;
        case 4:
            if (!gaps.empty()) {
                t.client.closeGap(gaps.back());
                gaps.pop_back();
            }
            break;
        case 5:
            t.client.hold();
            t.model->need(0, 3);
            break;
        case 6:
            t.client.release();
            break;
        case 7:
            t.model->needAround(static_cast<int>(random() % 900) - 600);
            t.model->need(0, t.model->size() - 1);
            break;
        default:
            if (random() % 2 == 0)
                Fixture::settle();
        }
    }
};

KITH_TEST(TestTimelineModel)

} // namespace kith::test

#include "test_timeline_model.moc"
