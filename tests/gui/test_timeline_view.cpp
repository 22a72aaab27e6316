// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/sample_text.h"
#include "tests/support/test_main.h"

#include <QScopeGuard>
#include <QScreen>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <random>

namespace kith::test {

using client::DeliveryState;
using ui::TimelineGeometry;
using ui::TimelineView;

namespace {

constexpr int Many = 100'000;

} // namespace

class TestTimelineView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanupTestCase() { m_all.reset(); }

    // --- Opening ---

    void openingManyRowsLaysOutWhatIsSeen() {
        TimelineFixture t(Many);
        t.view.setModel(t.model.get());
        t.view.show();
        t.model->load();
        QSignalSpy reset(t.model.get(), &ui::TimelineModel::reset);
        QVERIFY(reset.wait());
        QVERIFY(t.view.isAtBottom());
        QVERIFY(t.view.work().layouts <= 40);
        QCOMPARE(t.client.pagesAsked, 1 + (t.geometry().near(2).first == 0 ? 1 : 0));
        QCOMPARE(t.bottomOf(t.model->size() - 1), 700 - TimelineGeometry::BottomMargin);
    }

    void openingShowsTheUnreadMarker() {
        TimelineFixture t(5'000, 300);
        QVERIFY(t.open());
        const int marker = t.model->indexOf(t.model->unreadSeq());
        QVERIFY(t.model->frame(marker).unreadMarker);
        QVERIFY(t.geometry().top(marker) >= 0 && t.geometry().top(marker) < 200);
        QVERIFY(!t.view.isAtBottom());
        QVERIFY(t.view.unseenCount() > 200);
    }

    void aShortConversationStandsAtTheBottom() {
        TimelineFixture t(2);
        QVERIFY(t.open());
        QCOMPARE(t.bottomOf(1), 700 - TimelineGeometry::BottomMargin);
        QCOMPARE(t.view.verticalScrollBar()->maximum(), 0);
    }

    void anEmptyConversationTakesItsFirstMessage() {
        TimelineFixture t;
        QVERIFY(t.open());
        t.client.receive(QStringLiteral("hello"));
        QVERIFY(t.view.isAtBottom());
        QCOMPARE(t.bottomOf(0), 700 - TimelineGeometry::BottomMargin);
    }

    // --- Nothing on screen moves but by scrolling (rules 1, 3, 8) ---

    void anOlderPageMovesNothing() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        while (t.model->hasOlder()) {
            // To the very top of what is loaded, where the page comes in.
            const int loaded = t.view.verticalScrollBar()->value() + t.geometry().top(0);
            t.view.verticalScrollBar()->setValue(loaded + (t.geometry().isStuck() ? 300 : 40));
            const std::int64_t seq = t.middleSeq();
            const int before = t.bubbleTopOf(seq);
            const int below = std::max(t.geometry().top(t.geometry().firstVisible() + 1), 60); // row 0 loses its day
            const QImage picture = t.picture().copy(0, below, 780, 700 - below);
            const int size = t.model->size();
            t.model->need(0, 1);
            while (t.model->size() == size)
                QCoreApplication::processEvents();
            QCOMPARE(t.bubbleTopOf(seq), before);
            QCOMPARE(t.picture().copy(0, below, 780, 700 - below), picture);
            if (t.model->size() >= 2'000)
                break;
        }
        const std::int64_t seq = t.middleSeq();
        const int before = t.bubbleTopOf(seq);
        QVERIFY(t.loadAll());
        QCOMPARE(t.model->size(), Many);
        QCOMPARE(t.bubbleTopOf(seq), before);
    }

    void anAppendWhileScrolledUpMovesNothing() {
        withAll([](TimelineFixture& t) {
            const QImage picture = t.picture();
            t.client.receive(sampleText(11));
            t.settle();
            // But for the badge, which is on the button.
            QCOMPARE(t.picture().copy(0, 0, 700, 700), picture.copy(0, 0, 700, 700));
        });
    }

    void aWidthChangeKeepsTheAnchor() {
        withAll([](TimelineFixture& t) {
            const std::int64_t anchor = t.model->row(t.geometry().anchorRow()).seq;
            for (const int width : {500, 420, 1'200, 801, 320, 800}) {
                const int before = t.bubbleTopOf(anchor);
                t.view.resize(width, 700);
                t.settle();
                QCOMPARE(t.bubbleTopOf(anchor), before);
            }
        });
    }

    void aFontChangeKeepsTheAnchor() {
        withAll([](TimelineFixture& t) {
            const std::int64_t anchor = t.model->row(t.geometry().anchorRow()).seq;
            for (const double scale : {1.1, 2.0, 0.8, 1.0}) {
                const int before = t.bubbleTopOf(anchor);
                t.theme.setScale(scale);
                t.settle();
                QCOMPARE(t.bubbleTopOf(anchor), before);
            }
        });
    }

    void rowsRemovedAboveMoveNothing() {
        TimelineFixture t(3'000);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        const std::int64_t hidden = t.client.noticeGap(3'000);
        for (int i = 0; i < 60; ++i)
            t.client.receive(sampleText(i));
        t.view.scrollToMessage(t.client.rows().back().seq);
        t.pressKey(Qt::Key_PageUp);
        t.settle();
        QVERIFY(t.model->indexOf(hidden) < t.geometry().firstVisible());
        const QImage picture = t.picture();
        t.client.closeGap(hidden);
        QTRY_COMPARE(t.model->indexOf(hidden), -1);
        t.settle();
        QCOMPARE(t.picture(), picture);
    }

    void aRemovedAnchorHandsOverToItsNeighbour() {
        TimelineFixture t(500);
        QVERIFY(t.open());
        const std::int64_t gap = t.client.noticeGap(500);
        for (int i = 0; i < 60; ++i)
            t.client.receive(sampleText(i));
        t.view.scrollToMessage(gap);
        t.view.verticalScrollBar()->setValue(static_cast<int>(t.geometry().scrollValue()) + t.bubbleTopOf(gap));
        t.settle();
        QCOMPARE(t.geometry().anchorRow(), t.model->indexOf(gap));
        const std::int64_t next = t.model->row(t.model->indexOf(gap) + 1).seq;
        const int before = t.bubbleTopOf(next);
        t.client.closeGap(gap);
        QTRY_COMPARE(t.model->indexOf(gap), -1);
        QCOMPARE(t.bubbleTopOf(next), before);
    }

    void aStateChangeMovesNothing() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        const std::int64_t own = t.client.receive(QStringLiteral("mine"), true);
        t.client.receive(QStringLiteral("theirs"));
        t.settle();
        const int before = t.bubbleTopOf(own);
        const QImage picture = t.picture();
        for (const DeliveryState state : {DeliveryState::Accepted, DeliveryState::Delivered, DeliveryState::Read}) {
            t.client.setState(own, state);
            t.settle();
            QCOMPARE(t.bubbleTopOf(own), before);
        }
        QVERIFY(t.picture() != picture);
    }

    void textsThatArriveLaterMoveNothing() {
        TimelineFixture t(6'000);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        t.client.hold();
        t.view.verticalScrollBar()->setValue(t.view.verticalScrollBar()->maximum() / 2); // rows without their texts
        const int anchor = t.geometry().anchorRow();
        const int before = t.geometry().bubbleTop(anchor);
        t.client.release();
        t.settle();
        QVERIFY(t.model->body(anchor) != nullptr);
        QCOMPARE(t.geometry().bubbleTop(anchor), before);
    }

    void aLateMessageAboveMovesNothing() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        t.scrollToMiddle();
        const std::int64_t seq = t.middleSeq();
        const int before = t.bubbleTopOf(seq);
        t.client.receiveLate(5, sampleText(9));
        QCOMPARE(t.bubbleTopOf(seq), before);
    }

    void scrollingMovesByExactlyWhatWasAsked() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        std::mt19937_64 random(seed());
        t.pressKey(Qt::Key_PageUp);
        for (int step = 0; step < 300; ++step) {
            t.settle();
            const auto by = static_cast<int>(random() % 400) - 120;
            const std::int64_t seq = t.middleSeq();
            const int before = t.bubbleTopOf(seq);
            const std::int64_t room = t.geometry().scrollMaximum() - t.geometry().scrollValue();
            t.wheel(by);
            if (by > -room && t.geometry().firstVisible() > 0)
                QCOMPARE(t.bubbleTopOf(seq) - before, by);
        }
    }

    // --- Sticking to the bottom (rule 8) ---

    void theBottomIsKeptWhileStuck() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        QSignalSpy left(&t.view, &TimelineView::atBottomChanged);
        for (int i = 0; i < 20; ++i) {
            t.client.receive(sampleText(i));
            QCOMPARE(t.bottomOf(t.model->size() - 1), 700 - TimelineGeometry::BottomMargin);
        }
        t.view.resize(500, 600);
        t.settle();
        QCOMPARE(t.bottomOf(t.model->size() - 1), 600 - TimelineGeometry::BottomMargin);
        t.theme.setScale(1.5);
        t.settle();
        QCOMPARE(t.bottomOf(t.model->size() - 1), 600 - TimelineGeometry::BottomMargin);
        QVERIFY(left.isEmpty());
    }

    void fifteenPixelsAboveTheBottomStillFollow() {
        for (const auto& [up, follows] : {std::pair(15, true), std::pair(16, false)}) {
            TimelineFixture t(400);
            QVERIFY(t.open());
            t.wheel(up);
            t.client.receive(sampleText(3));
            QCOMPARE(t.view.isAtBottom(), follows);
        }
    }

    void newMessagesWhileScrolledUpAreCounted() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_PageUp);
        for (int i = 0; i < 5; ++i)
            t.client.receive(sampleText(i));
        QCOMPARE(t.view.unseenCount(), 5);
        t.pressKey(Qt::Key_End);
        t.settle();
        QCOMPARE(t.view.unseenCount(), 0);
    }

    void anOwnMessageBringsTheBottom() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_PageUp);
        t.client.receive(QStringLiteral("mine"), true);
        QVERIFY(t.view.isAtBottom());
    }

    // --- Work ---

    void scrollingPaintsTheStripOnly() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_PageUp);
        t.settle();
        const std::int64_t screen = std::int64_t{t.view.viewport()->width()} * 700;
        for (int step = 0; step < 20; ++step) {
            const TimelineView::Work before = t.view.work();
            t.wheel(48);
            t.settle();
            const TimelineView::Work after = t.view.work();
            QVERIFY(after.rowsPainted - before.rowsPainted <= 10);
            QVERIFY(after.pixelsPainted - before.pixelsPainted < screen / 5);
        }
    }

    void scrolledPixelsAreThoseOfAFullPaint() {
        TimelineFixture t(2'000, 3);
        QVERIFY(t.open());
        std::mt19937_64 random(seed());
        for (int step = 0; step < 60; ++step) {
            if (step % 9 == 0)
                t.client.receive(sampleText(step));
            if (step % 7 == 0)
                t.pressKey(Qt::Key_Up);
            if (step % 13 == 0) {
                t.pressKey(Qt::Key_End);
                t.settle();
                t.client.receive(sampleText(step + 1), step % 2 == 0);
            }
            if (step % 17 == 0) {
                t.pressKey(Qt::Key_End);
                const std::int64_t gap = t.client.noticeGap(t.client.rows().back().seq);
                t.settle();
                t.client.closeGap(gap);
                t.settle();
                QCOMPARE(t.model->indexOf(gap), -1);
            } else {
                t.wheel(static_cast<int>(random() % 300) - 110);
                t.settle();
            }
            // Waits, because the floating date may have gone a moment ago and not be painted over yet.
            QVERIFY2(QTest::qWaitFor([&t] { return onScreen(t) == paintedAnew(t); }, 2'000),
                     qPrintable(QString::number(step)));
        }
    }

    void rowsOutsideAreNeverPainted() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        const std::int64_t before = t.view.work().rowsPainted;
        t.view.viewport()->repaint();
        const int seen = t.geometry().lastVisible() - t.geometry().firstVisible() + 1;
        QVERIFY(t.view.work().rowsPainted - before <= seen);
        QVERIFY(seen < 30);
    }

    void anAppendOutOfSightPaintsNothing() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        t.scrollToMiddle();
        const std::int64_t before = t.view.work().rowsPainted;
        for (int i = 0; i < 10; ++i)
            t.client.receive(sampleText(i), false);
        t.settle();
        QVERIFY(t.view.work().rowsPainted - before <= 10 * 3); // what is behind the badge
    }

    void whatWasSeenIsNotLaidOutAgain() {
        TimelineFixture t(Many);
        QVERIFY(t.open());
        for (int i = 0; i < 3; ++i)
            t.wheel(300);
        t.settle();
        const std::int64_t before = t.view.work().layouts;
        for (int i = 0; i < 3; ++i)
            t.wheel(-300);
        t.settle();
        QCOMPARE(t.view.work().layouts, before);
    }

    void jumpsLayOutTwoScreensAtMost() {
        withAll([](TimelineFixture& t) {
            std::mt19937_64 random(seed());
            for (int i = 0; i < 30; ++i) {
                const std::int64_t before = t.view.work().layouts;
                const auto maximum = static_cast<std::uint64_t>(t.view.verticalScrollBar()->maximum());
                t.view.verticalScrollBar()->setValue(static_cast<int>(random() % maximum));
                t.settle();
                QVERIFY(t.view.work().layouts - before < 150); // one screen and the prefetched ones
            }
        });
    }

    void guessesComeNearTheTruth() {
        TimelineFixture t(2'000);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        for (int i = 0; i < 12; ++i) {
            t.pressKey(Qt::Key_PageUp);
            t.settle();
        }
        t.view.resize(760, 700); // guesses anew
        t.settle();
        const auto guessed = static_cast<double>(t.geometry().scrollMaximum());
        for (int row = 0; row < t.model->size(); row += 20) { // everything is seen once
            t.view.scrollToMessage(t.model->row(row).seq);
            t.settle();
        }
        const auto real = static_cast<double>(t.geometry().scrollMaximum());
        QVERIFY2(std::abs(guessed - real) / real < 0.06, qPrintable(QString::number(guessed / real)));
    }

    void hostileTextsAreLaidOutOnce() {
        TimelineFixture t;
        constexpr int Units = 56 * 1024;
        const QStringList texts{QString(Units, QChar(0x0301)),
                                QString(Units, u'\n'),
                                QString(Units, u'x'),
                                QString::fromUtf16(u"\U0001F468\u200d").repeated(Units / 3),
                                QString(),
                                QString(Units, QChar(0x05d0))};
        QVERIFY(t.open());
        for (const QString& text : texts)
            t.client.receive(text);
        t.settle();
        const std::int64_t before = t.view.work().layouts;
        t.view.viewport()->repaint();
        t.wheel(200);
        t.wheel(-200);
        t.settle();
        QCOMPARE(t.view.work().layouts, before);
        QVERIFY(before <= 4 * texts.size());
    }

    void quietCostsNothing() {
        TimelineFixture t(2'000);
        QVERIFY(t.open());
        t.settle();
        struct Counter : QObject {
            int timers = 0;
            bool eventFilter(QObject*, QEvent* event) override {
                timers += event->type() == QEvent::Timer ? 1 : 0;
                return false;
            }
        } counter;
        QCoreApplication::instance()->installEventFilter(&counter);
        const std::int64_t painted = t.view.work().rowsPainted;
        t.settle();
        QCOMPARE(counter.timers, 0);
        QCOMPARE(t.view.work().rowsPainted, painted);
    }

    void anAppendAtTheBottomPaintsTheNewRows() {
        TimelineFixture t(400);
        QVERIFY(t.open());
        const std::int64_t before = t.view.work().rowsPainted;
        t.client.receive(QStringLiteral("new"));
        t.settle();
        QVERIFY(t.view.work().rowsPainted - before <= 4);
    }

    // --- Reading ---

    void onlyWhatWasVisibleInAnActiveWindowIsSeen() {
        TimelineFixture t(400);
        QWidget window; // as in the program: the view is a part of it
        window.resize(800, 700);
        t.view.setParent(&window);
        const auto apart = qScopeGuard([&t] { t.view.setParent(nullptr); });
        window.show();
        window.activateWindow();
        QVERIFY(t.open());
        QSignalSpy seen(&t.view, &TimelineView::seenUpTo);
        QWidget other;
        other.show();
        other.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&other));
        const std::int64_t seq = t.client.receive(QStringLiteral("while away"));
        t.settle();
        QVERIFY(seen.isEmpty());
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        t.settle();
        QCOMPARE(seen.count(), 1);
        QCOMPARE(seen.front().front().toLongLong(), seq);
        t.pressKey(Qt::Key_PageUp);
        t.client.receive(QStringLiteral("below"));
        t.settle();
        QCOMPARE(seen.count(), 1);
    }

    void theFloatingDateComesWithScrollingAndGoes() {
        TimelineFixture t(2'000);
        QVERIFY(t.open());
        bool shown = false;
        for (int i = 0; i < 6 && !shown; ++i) { // not where a day begins
            t.wheel(170);
            t.settle();
            const QImage moving = t.picture().copy(300, 0, 200, 38);
            shown = QTest::qWaitFor([&] { return t.picture().copy(300, 0, 200, 38) != moving; }, 2'000);
        }
        QVERIFY(shown);
    }

private:
    static QImage onScreen(TimelineFixture& t) {
        return t.view.screen()->grabWindow(t.view.winId()).toImage().convertToFormat(QImage::Format_RGB32);
    }
    static QImage paintedAnew(TimelineFixture& t) {
        return t.view.grab().toImage().convertToFormat(QImage::Format_RGB32);
    }

    /// With 100,000 rows loaded and the view in their middle. One conversation for all tests that change no rows.
    void withAll(const std::function<void(TimelineFixture&)>& test) {
        if (!m_all) {
            m_all = std::make_unique<TimelineFixture>(Many);
            QVERIFY(m_all->open() && m_all->loadAll());
        }
        QCOMPARE(m_all->view.width(), 800);
        m_all->scrollToMiddle();
        m_all->pressKey(Qt::Key_PageUp);
        m_all->settle();
        test(*m_all);
    }

    std::unique_ptr<TimelineFixture> m_all;
};

KITH_TEST(TestTimelineView)

} // namespace kith::test

#include "test_timeline_view.moc"
