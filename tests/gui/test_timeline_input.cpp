// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/test_main.h"
#include "ui/timeline/timeline_overlay.h"

#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <QTest>

namespace kith::test {

using ui::TimelineView;

namespace {

QString clipboard() {
    return QApplication::clipboard()->text();
}

} // namespace

class TestTimelineInput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void homeGoesToTheBeginningOfAll() {
        TimelineFixture t(3'000);
        QVERIFY(t.open());
        QVERIFY(t.model->hasOlder());
        t.pressKey(Qt::Key_Home);
        QTRY_VERIFY(!t.model->hasOlder());
        QVERIFY(t.settle());
        QCOMPARE(t.model->row(0).seq, t.client.rows().front().seq);
        QCOMPARE(t.view.currentRow(), 0);
        QCOMPARE(t.geometry().firstVisible(), 0);
        QVERIFY(t.client.pagesAsked < 6); // not page after page
        t.pressKey(Qt::Key_End);
        QTRY_COMPARE(t.view.currentRow(), t.model->size() - 1);
        QCOMPARE(t.model->row(t.view.currentRow()).seq, t.client.rows().back().seq);
        QVERIFY(t.view.isAtBottom());
    }

    void homeGoesNoFurtherOnceSomethingElseIsWanted() {
        TimelineFixture t(3'000);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_Home);
        t.pressKey(Qt::Key_End);
        QVERIFY(t.settle());
        QVERIFY(t.view.isAtBottom());
        QVERIFY(t.model->hasOlder());
    }

    void theMessageUnderTheMouseCanBeCopied() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        const auto point = [&](QPoint at) { QTest::mouseMove(t.view.viewport(), at); };
        const QRect bubble = t.view.bubbleRect(1);
        const QImage before = t.picture();
        point(bubble.center());
        QVERIFY(t.settle());
        QVERIFY(t.picture() != before);
        const QRect actions = ui::overlay::messageActions(t.theme, bubble, t.view.viewport()->width());
        QVERIFY(!actions.isEmpty() && !actions.intersects(bubble));
        const QPoint copy(actions.left() + actions.width() / 4, actions.center().y());
        point(copy);
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, copy);
        QCOMPARE(clipboard(), QStringLiteral("second message"));
        QSignalSpy menu(&t.view, &TimelineView::contextMenuRequested);
        const QPoint more(actions.right() - actions.width() / 4, actions.center().y());
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, more);
        QCOMPARE(menu.size(), 1);
        QCOMPARE(menu.front().front().value<ui::TimelineTarget>().seq, t.model->row(1).seq);
        QVERIFY(!t.view.hasSelection());
        QEvent gone(QEvent::Leave);
        QCoreApplication::sendEvent(t.view.viewport(), &gone);
        QVERIFY(t.settle());
        QCOMPARE(t.picture(), before);
    }

    // --- Selection (rule 9) ---

    void aSelectionWithinOneMessageIsCopiedAsItIs() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        drag(t, {1, 0}, {1, 6});
        QCOMPARE(t.view.selectedText(), QStringLiteral("second"));
        t.pressKey(Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(clipboard(), QStringLiteral("second"));
    }

    void aSelectionOfSeveralMessagesSaysWhoAndWhen() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        drag(t, {0, 2}, {2, 3});
        QCOMPARE(t.view.selectedText(),
                 QStringLiteral("[02:40] Ana: rst\n[02:40] Me: second message\n[02:40] Ana: thi"));
    }

    void draggingBackwardsSelectsTheSame() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        drag(t, {2, 3}, {0, 2});
        QCOMPARE(t.view.selectedText(),
                 QStringLiteral("[02:40] Ana: rst\n[02:40] Me: second message\n[02:40] Ana: thi"));
    }

    void doubleAndTripleClicksTakeWordsAndParagraphs() {
        TimelineFixture t;
        QVERIFY(t.open());
        t.client.receive(QStringLiteral("one two\nthree four"));
        t.settle();
        const QPoint point = at(t, {0, 9});
        QTest::mouseDClick(t.view.viewport(), Qt::LeftButton, {}, point);
        QCOMPARE(t.view.selectedText(), QStringLiteral("three"));
        QTest::mousePress(t.view.viewport(), Qt::LeftButton, {}, point);
        QTest::mouseRelease(t.view.viewport(), Qt::LeftButton, {}, point);
        QCOMPARE(t.view.selectedText(), QStringLiteral("three four"));
    }

    void shiftArrowsSelectMessagesAndLetters() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        t.pressKey(Qt::Key_Up); // the last message
        t.pressKey(Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(t.view.selectedText(), QStringLiteral("third"));
        t.pressKey(Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(t.view.selectedText(), QStringLiteral("[02:40] Me: second message\n[02:40] Ana: third"));
        t.pressKey(Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(t.view.selectedText(), QStringLiteral("[02:40] Me: econd message\n[02:40] Ana: third"));
        t.pressKey(Qt::Key_Escape);
        QVERIFY(!t.view.hasSelection());
    }

    void everythingSelectedIsAtMostAThousandMessages() {
        TimelineFixture t(3'000);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        t.pressKey(Qt::Key_A, Qt::ControlModifier);
        t.settle();
        t.view.copy();
        int lines = 0;
        for (const QString& line : clipboard().split(u'\n'))
            lines += line.startsWith(u'[') ? 1 : 0;
        QCOMPARE(lines, ui::TimelineSelection::RowsMax);
    }

    void aSelectionGoesWithItsRows() {
        TimelineFixture t(300);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_Up);
        t.pressKey(Qt::Key_Up, Qt::ShiftModifier);
        const QString text = t.view.selectedText();
        QVERIFY(t.loadAll());
        t.client.receiveLate(20, QStringLiteral("late"));
        QCOMPARE(t.view.selectedText(), text);
    }

    void aCollapsedTextIsCopiedAsAWhole() {
        TimelineFixture t;
        QVERIFY(t.open());
        const QString text = QStringLiteral("line\n").repeated(200).trimmed();
        t.client.receive(text);
        t.pressKey(Qt::Key_Up);
        t.pressKey(Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(clipboard(), text);
        t.pressKey(Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(t.view.selectedText(), text);
    }

    // --- Keyboard (rule 11) ---

    void arrowsMoveTheCurrentMessageAndKeepItInView() {
        TimelineFixture t(2'000);
        QVERIFY(t.open());
        for (int i = 0; i < 60; ++i) {
            t.pressKey(Qt::Key_Up);
            const QRect bubble = t.view.bubbleRect(t.view.currentRow());
            QVERIFY(bubble.bottom() > 0 && bubble.top() < 700);
        }
        const int row = t.view.currentRow();
        t.pressKey(Qt::Key_Down);
        QCOMPARE(t.view.currentRow(), row + 1);
        t.pressKey(Qt::Key_Down, Qt::ControlModifier);
        QVERIFY(t.view.isAtBottom());
    }

    void theCurrentMessageHasAFocusRing() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        t.pressKey(Qt::Key_Up);
        const QRect bubble = t.view.bubbleRect(2);
        const QColor ring = t.theme.tokens().accent;
        QCOMPARE(t.picture().pixelColor(bubble.center().x(), bubble.top() - 1), ring);
        t.view.clearFocus();
        QVERIFY(t.picture().pixelColor(bubble.center().x(), bubble.top() - 1) != ring);
    }

    void returnOpensALongMessageAndItsBeginningStays() {
        TimelineFixture t(20);
        QVERIFY(t.open());
        t.client.receive(QStringLiteral("line\n").repeated(200).trimmed());
        t.pressKey(Qt::Key_Up);
        const int row = t.view.currentRow();
        const int top = t.geometry().bubbleTop(row);
        const int height = t.geometry().height(row);
        t.pressKey(Qt::Key_Return);
        QVERIFY(t.geometry().isExpanded(row));
        QVERIFY(t.geometry().height(row) > 5 * height);
        QCOMPARE(t.geometry().bubbleTop(row), top);
        t.pressKey(Qt::Key_Return);
        QCOMPARE(t.geometry().height(row), height);
    }

    void lettersGoToTheParent() {
        TimelineFixture t(20);
        QVERIFY(t.open());
        QKeyEvent event(QEvent::KeyPress, Qt::Key_H, Qt::NoModifier, QStringLiteral("h"));
        QCoreApplication::sendEvent(&t.view, &event);
        QVERIFY(!event.isAccepted());
    }

    // --- Mouse ---

    void aClickedLinkIsToldNotOpened() {
        TimelineFixture t;
        QVERIFY(t.open());
        t.client.receive(QStringLiteral("see https://a.example/x now"));
        t.settle();
        QSignalSpy activated(&t.view, &TimelineView::linkActivated);
        QSignalSpy hovered(&t.view, &TimelineView::linkHovered);
        QTest::mouseMove(t.view.viewport(), at(t, {0, 10}));
        QCOMPARE(hovered.count(), 1);
        QCOMPARE(t.view.viewport()->cursor().shape(), Qt::PointingHandCursor);
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, at(t, {0, 10}));
        QCOMPARE(activated.count(), 1);
        QCOMPARE(activated.front().front().toUrl(), QUrl(QStringLiteral("https://a.example/x")));
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, at(t, {0, 1}));
        QCOMPARE(activated.count(), 1);
        drag(t, {0, 6}, {0, 12}); // selecting in a link opens nothing
        QCOMPARE(activated.count(), 1);
    }

    void readMoreIsAButton() {
        TimelineFixture t;
        QVERIFY(t.open());
        t.client.receive(QStringLiteral("line\n").repeated(200).trimmed());
        t.settle();
        const QRect bubble = t.view.bubbleRect(0);
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, bubble.bottomLeft() + QPoint(20, -20));
        QVERIFY(t.geometry().isExpanded(0));
    }

    void theButtonLeadsToTheBottom() {
        TimelineFixture t(2'000);
        QVERIFY(t.open());
        t.pressKey(Qt::Key_PageUp);
        t.pressKey(Qt::Key_PageUp);
        const QRect button = ui::overlay::bottomButton(t.theme, t.view.viewport()->size(), false);
        QVERIFY(button.width() >= ui::Metrics::ControlMin);
        QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, button.center());
        QVERIFY(t.view.isAtBottom());
    }

    void theButtonCoversNoMessage() {
        for (const int width : {420, 800, 1'600})
            for (const bool mirrored : {false, true}) {
                TimelineFixture t(2'000);
                t.view.setLayoutDirection(mirrored ? Qt::RightToLeft : Qt::LeftToRight);
                t.view.resize(width, 700);
                QVERIFY(t.open());
                const QRect button = ui::overlay::bottomButton(t.theme, t.view.viewport()->size(), mirrored);
                QVERIFY(t.view.viewport()->rect().contains(button));
                for (int row = t.geometry().firstVisible(); row <= t.geometry().lastVisible(); ++row) {
                    const QRect bubble = t.view.bubbleRect(row);
                    QVERIFY(mirrored ? button.right() < bubble.left() : button.left() > bubble.right());
                }
            }
    }

    void theContextMenuKnowsItsMessage() {
        TimelineFixture t;
        QVERIFY(threeMessages(t));
        QSignalSpy requested(&t.view, &TimelineView::contextMenuRequested);
        t.view.openContextMenu(1);
        QCOMPARE(requested.count(), 1);
        QCOMPARE(requested.front().front().value<ui::TimelineTarget>().seq, t.client.rows()[1].seq);
    }

private:
    static bool threeMessages(TimelineFixture& t) {
        client::TimelineRow row;
        row.sent = fromMs(1'773'456'000'000); // 02:40 in London and UTC
        for (const auto& [own, text] :
             {std::pair(false, "first"), std::pair(true, "second message"), std::pair(false, "third")}) {
            row.sender = own ? t.client.self : t.client.peer;
            row.state = own ? client::DeliveryState::Read : client::DeliveryState::None;
            row.text = QLatin1String(text);
            t.client.put(row);
        }
        return t.open() && t.model->size() == 3;
    }

    /// Where a place of the text is in the viewport.
    static QPoint at(TimelineFixture& t, ui::TextPlace place) {
        const QRect bubble = t.view.bubbleRect(place.row);
        const auto* layout = const_cast<ui::TimelineGeometry&>(t.geometry()).layout(place.row);
        for (int y = 12; y < bubble.height() - 8; y += 8)
            for (int x = bubble.left(); x < bubble.right(); ++x)
                if (layout->text().positionAt(QPoint(x, y)) == place.position)
                    return {x + 2, bubble.top() + y};
        return bubble.center();
    }

    static void drag(TimelineFixture& t, ui::TextPlace from, ui::TextPlace to) {
        QWidget* target = t.view.viewport();
        QTest::mousePress(target, Qt::LeftButton, {}, at(t, from));
        QMouseEvent move(QEvent::MouseMove, at(t, to), target->mapToGlobal(at(t, to)), Qt::NoButton, Qt::LeftButton,
                         {});
        QCoreApplication::sendEvent(target, &move);
        QTest::mouseRelease(target, Qt::LeftButton, {}, at(t, to));
    }
};

KITH_TEST(TestTimelineInput)

} // namespace kith::test

#include "test_timeline_input.moc"
