// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/sample_text.h"
#include "tests/support/test_main.h"

#include <QScrollBar>
#include <QTest>

#include <random>

namespace kith::test {

using client::DeliveryState;
using ui::TimelineGeometry;

namespace {

constexpr int Many = 100'000;

} // namespace

/// The scroll bar stands for the whole conversation, loaded or not.
class TestTimelineHistory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theThumbStandsForTheWholeHistory() {
        TimelineFixture t(20'000);
        QVERIFY(t.open());
        const QScrollBar& bar = *t.view.verticalScrollBar();
        QCOMPARE(bar.value(), bar.maximum());
        const auto guessed = static_cast<double>(bar.maximum());
        QVERIFY(t.loadAll());
        const auto whole = static_cast<double>(bar.maximum());
        QVERIFY2(std::abs(guessed - whole) / whole < 0.1, qPrintable(QString::number(guessed / whole)));
    }

    void loadingAPageMovesTheThumbByNothing() {
        for (const int rows : {5'000, 50'000}) {
            TimelineFixture t(rows);
            QVERIFY(t.open());
            for (const double place : {1.0, 0.6, 0.2}) {
                drag(t, place);
                for (int i = 0; i < 6; ++i) {
                    const double before = thumb(t);
                    const int size = t.model->size();
                    const bool isOlder = i % 2 == 0 ? t.model->hasOlder() : !t.model->hasNewer();
                    isOlder ? t.model->need(0, 1) : t.model->need(size - 1, size - 1);
                    QTRY_VERIFY(t.model->size() > size);
                    const double moved = std::abs(thumb(t) - before);
                    QVERIFY2(moved <= 1, qPrintable(QString::number(moved)));
                }
            }
        }
    }

    void draggingToTheMiddleShowsTheMiddle() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        const int asked = t.client.pagesAsked;
        t.client.hold();
        QScrollBar& bar = *t.view.verticalScrollBar();
        bar.setSliderDown(true);
        bar.setValue(bar.maximum() / 2);
        QCOMPARE(t.geometry().firstVisible(), -1); // ground, and nothing but ground
        const QImage ground = t.view.viewport()->grab(QRect(0, 0, 700, 700)).toImage();
        QImage plain(ground.size(), ground.format());
        plain.fill(t.theme.tokens().chat);
        QCOMPARE(ground, plain);
        t.client.release();
        t.settle();
        bar.setSliderDown(false);
        QVERIFY(t.isTrue());
        const int middle = t.model->rowsBefore() + t.geometry().rowAt(350);
        QVERIFY2(std::abs(middle - Many / 2) < Many / 100, qPrintable(QString::number(middle)));
        QVERIFY(std::abs(bar.value() - bar.maximum() / 2) < bar.maximum() / 1'000);
        isFilled(t);
        QVERIFY(t.client.pagesAsked - asked <= 3); // that one and its neighbours
        QVERIFY(t.model->size() <= 300);
    }

    void whileDraggingOnlyTheLastPlaceIsLoaded() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        const int asked = t.client.pagesAsked;
        t.client.hold();
        QScrollBar& bar = *t.view.verticalScrollBar();
        bar.setSliderDown(true);
        for (int i = 95; i >= 25; --i) {
            bar.setValue(static_cast<int>(std::int64_t{bar.maximum()} * i / 100));
            QCoreApplication::processEvents();
        }
        QCOMPARE(t.client.pagesAsked, asked + 1);
        t.client.release();
        t.settle();
        bar.setSliderDown(false);
        const int place = t.model->rowsBefore() + t.geometry().rowAt(350);
        QVERIFY(std::abs(place - Many / 4) < Many / 100);
        QVERIFY(t.client.pagesAsked - asked <= 4);
        isFilled(t);
    }

    void pagesGoOnInBothDirections() {
        TimelineFixture t(10'000);
        QVERIFY(t.open());
        drag(t, 0.5);
        for (const int by : {-300, 300}) {
            for (int step = 0; step < 60; ++step) {
                const std::int64_t seq = t.middleSeq();
                const int before = t.bubbleTopOf(seq);
                t.wheel(by);
                t.settle();
                QCOMPARE(t.bubbleTopOf(seq) - before, by);
                isFilled(t);
            }
            QVERIFY(t.isTrue());
        }
        QVERIFY(t.model->size() >= 300);
    }

    void aWheelStopsAtWhatIsLoaded() {
        TimelineFixture t(10'000);
        QVERIFY(t.open());
        drag(t, 0.5);
        t.client.hold();
        for (const int by : {-900, 900}) {
            for (int step = 0; step < 60; ++step) {
                t.wheel(by);
                isFilled(t);
            }
            QVERIFY(by > 0 ? t.geometry().firstVisible() == 0 : t.geometry().lastVisible() == t.model->size() - 1);
        }
        t.client.release();
        t.settle();
        QVERIFY(t.isTrue());
    }

    void aMessageThatComesWhileOneReadsTheMiddleStandsNotBelowIt() {
        TimelineFixture t(10'000);
        QVERIFY(t.open());
        drag(t, 0.5);
        const int size = t.model->size();
        const QImage picture = t.picture().copy(0, 0, 700, 700);
        const std::int64_t seq = t.client.receive(QStringLiteral("new"));
        t.client.setState(9'000, DeliveryState::Read); // of a row that is not loaded
        t.settle();
        QCOMPARE(t.model->indexOf(seq), -1);
        QCOMPARE(t.model->size(), size);
        QVERIFY(t.isTrue());
        QCOMPARE(t.picture().copy(0, 0, 700, 700), picture);
        QCOMPARE(t.view.unseenCount(), 1);
        t.pressKey(Qt::Key_End);
        t.settle();
        QVERIFY(t.view.isAtBottom());
        QCOMPARE(t.model->row(t.model->size() - 1).seq, seq);
        QCOMPARE(t.view.currentRow(), t.model->size() - 1);
        QCOMPARE(t.bottomOf(t.model->size() - 1), 700 - TimelineGeometry::BottomMargin);
        QCOMPARE(t.view.unseenCount(), 0);
        QVERIFY(t.isTrue());
    }

    void onePressOfHomeReachesTheTop() {
        for (const int rows : {150, 2'300, Many}) {
            TimelineFixture t(rows);
            QVERIFY(t.open());
            const int asked = t.client.pagesAsked;
            t.pressKey(Qt::Key_Home);
            t.settle();
            QCOMPARE(t.model->rowsBefore(), 0);
            QCOMPARE(t.view.currentRow(), 0);
            QCOMPARE(t.geometry().firstVisible(), 0);
            QCOMPARE(t.view.verticalScrollBar()->value(), 0);
            QVERIFY(t.client.pagesAsked - asked <= 3);
            isFilled(t);
            QVERIFY(t.isTrue());
        }
    }

    void anOwnMessageBringsTheBottomFromAnywhere() {
        TimelineFixture t(10'000);
        QVERIFY(t.open());
        drag(t, 0.3);
        const std::int64_t seq = t.client.receive(QStringLiteral("mine"), true);
        t.settle();
        QVERIFY(t.view.isAtBottom());
        QCOMPARE(t.model->row(t.model->size() - 1).seq, seq);
        QVERIFY(t.isTrue());
    }

    void whatIsUnreadIsCountedFromAnywhere() {
        TimelineFixture t(10'000, 60);
        QVERIFY(t.open());
        const int unseen = t.view.unseenCount();
        QVERIFY(unseen > 20);
        drag(t, 0.4);
        QCOMPARE(t.view.unseenCount(), unseen);
        t.client.receive(QStringLiteral("new"));
        t.client.receiveLate(500, QStringLiteral("late, and far above"));
        QCOMPARE(t.view.unseenCount(), unseen + 1);
        QVERIFY(t.isTrue());
        t.pressKey(Qt::Key_End);
        t.settle();
        QCOMPARE(t.view.unseenCount(), 0);
    }

    void anyWayThroughTheHistoryShowsItAsItIs() {
        std::mt19937_64 random(seed());
        for (int run = 0; run < 4; ++run) {
            TimelineFixture t(static_cast<int>(random() % 3'000), static_cast<int>(random() % 80));
            QVERIFY(t.open());
            for (int step = 0; step < 120; ++step) {
                go(random, t);
                if (random() % 3 != 0) {
                    t.client.release();
                    t.settle();
                    QVERIFY(t.isTrue());
                }
                isShownAsItIs(t);
            }
            t.client.release();
            t.settle();
            QVERIFY(t.isTrue());
            isFilled(t);
        }
    }

private:
    /// As the hand does, to that part of the way; everything has come when it returns.
    static void drag(TimelineFixture& t, double place) {
        QScrollBar& bar = *t.view.verticalScrollBar();
        bar.setSliderDown(true);
        bar.setValue(static_cast<int>(place * bar.maximum()));
        bar.setSliderDown(false);
        t.settle();
    }
    /// Where the thumb is, on a bar of 700 pixels.
    static double thumb(const TimelineFixture& t) {
        const QScrollBar& bar = *t.view.verticalScrollBar();
        return 700.0 * bar.value() / (bar.maximum() + bar.pageStep());
    }
    /// No ground is seen, but above a short conversation.
    static void isFilled(const TimelineFixture& t) {
        QVERIFY(t.model->size() == 0 || t.geometry().firstVisible() >= 0);
        if (t.view.verticalScrollBar()->maximum() == 0)
            return;
        QVERIFY(t.geometry().top(t.geometry().firstVisible()) <= 0);
        QVERIFY(t.bottomOf(t.geometry().lastVisible()) >= 700 - TimelineGeometry::BottomMargin);
    }
    /// The rows on screen follow each other as they do in the conversation.
    static void isShownAsItIs(const TimelineFixture& t) {
        const auto& rows = t.client.rows();
        const auto& shown = t.geometry().shown();
        auto row = rows.begin();
        for (const auto& [seq, y] : shown) {
            if (&shown.front().first == &seq)
                row = std::find_if(rows.begin(), rows.end(), [s = seq](const auto& each) { return each.seq == s; });
            else
                ++row;
            QVERIFY(row != rows.end());
            QCOMPARE(row->seq, seq);
        }
    }
    static void go(std::mt19937_64& random, TimelineFixture& t) {
        QScrollBar& bar = *t.view.verticalScrollBar();
        const auto& rows = t.client.rows();
        switch (random() % 10) {
        case 0:
        case 1:
            bar.setSliderDown(random() % 2 == 0);
            bar.setValue(static_cast<int>(random() % static_cast<std::uint64_t>(bar.maximum() + 1)));
            break;
        case 2:
        case 3:
        case 4:
            t.wheel(static_cast<int>(random() % 2'000) - 1'000);
            break;
        case 5:
            t.client.receive(sampleText(static_cast<std::int64_t>(random() % 1'000)), random() % 8 == 0);
            break;
        case 6:
            // Not between two of one moment: the model does not know what decides there.
            if (const std::size_t at = rows.empty() ? 0 : random() % rows.size();
                at + 1 < rows.size() && rows[at].sent < rows[at + 1].sent)
                t.client.receiveLate(rows[at].seq, QStringLiteral("late"));
            break;
        case 7:
            bar.setSliderDown(false);
            t.pressKey(random() % 2 == 0 ? Qt::Key_Home : Qt::Key_End);
            break;
        case 8:
            t.pressKey(random() % 2 == 0 ? Qt::Key_PageUp : Qt::Key_PageDown);
            break;
        default:
            t.client.hold();
        }
    }
};

KITH_TEST(TestTimelineHistory)

} // namespace kith::test

#include "test_timeline_history.moc"
