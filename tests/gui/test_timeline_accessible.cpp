// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/test_main.h"
#include "ui/timeline/timeline_accessible.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTest>

namespace kith::test {

using ui::TimelineView;

class TestTimelineAccessible : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTimelineIsAListOfMessages() {
        TimelineFixture t(3);
        QVERIFY(t.open());
        const QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QVERIFY(list != nullptr);
        QCOMPARE(list->role(), QAccessible::List);
        QCOMPARE(list->text(QAccessible::Name), QStringLiteral("Messages"));
        QCOMPARE(list->childCount(), 3);
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(list->child(i)->role(), QAccessible::ListItem);
            QCOMPARE(list->indexOfChild(list->child(i)), i);
            QCOMPARE(list->child(i)->parent(), list);
        }
        QVERIFY(list->child(3) == nullptr);
    }

    void anItemSaysSenderTextTimeAndState() {
        TimelineFixture t;
        client::TimelineRow row;
        row.sender = t.client.self;
        row.text = QStringLiteral("Hello there");
        row.sent = fromMs(1'773'456'000'000);
        row.state = client::DeliveryState::Delivered;
        const std::int64_t seq = t.client.put(row);
        QVERIFY(t.open());
        const QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QCOMPARE(list->child(0)->text(QAccessible::Name), QStringLiteral("You, Hello there, 02:40, delivered"));
        t.client.setState(seq, client::DeliveryState::Read);
        QCOMPARE(list->child(0)->text(QAccessible::Name), QStringLiteral("You, Hello there, 02:40, read"));
    }

    void atMostFourHundredItemsAreExposed() {
        TimelineFixture t(3'000);
        QVERIFY(t.open());
        QVERIFY(t.loadAll());
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QCOMPARE(list->childCount(), ui::TimelineAccessible::ItemsMax);
        const auto* timeline = static_cast<ui::TimelineAccessible*>(list);
        QVERIFY(t.geometry().lastVisible() < timeline->firstRow() + list->childCount());
        t.scrollToMiddle();
        QVERIFY(timeline->firstRow() <= t.geometry().firstVisible());
        QVERIFY(t.geometry().lastVisible() < timeline->firstRow() + list->childCount());
    }

    void itemsStayRightWhenRowsComeAndGo() {
        TimelineFixture t(150);
        QVERIFY(t.open());
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QAccessibleInterface* item = list->child(90);
        const QString name = item->text(QAccessible::Name);
        QVERIFY(t.loadAll());
        QCOMPARE(t.model->size(), 150);
        QCOMPARE(item->text(QAccessible::Name), name);
        QCOMPARE(list->child(list->indexOfChild(item)), item);
        const std::int64_t gap = t.client.noticeGap(150);
        const QAccessibleInterface* missing = list->child(list->childCount() - 1);
        QVERIFY(missing->isValid());
        t.client.closeGap(gap);
        QTRY_VERIFY(!missing->isValid());
        QVERIFY(missing->text(QAccessible::Name).isEmpty());
        QVERIFY(missing->state().invalid);
    }

    void theFocusedChildIsTheCurrentMessage() {
        TimelineFixture t(50);
        QVERIFY(t.open());
        const QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QVERIFY(list->focusChild() == nullptr);
        t.pressKey(Qt::Key_Up);
        QVERIFY(list->focusChild() != nullptr);
        QCOMPARE(list->indexOfChild(list->focusChild()), t.view.currentRow());
        QVERIFY(list->focusChild()->state().focused);
        t.pressKey(Qt::Key_Up);
        QCOMPARE(list->indexOfChild(list->focusChild()), t.view.currentRow());
    }

    void actionsFocusAndOpenTheMenu() {
        TimelineFixture t(200);
        QVERIFY(t.open());
        QSignalSpy menu(&t.view, &TimelineView::contextMenuRequested);
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        QAccessibleInterface* item = list->child(10);
        QVERIFY(item->state().offscreen);
        item->actionInterface()->doAction(QAccessibleActionInterface::setFocusAction());
        QCOMPARE(t.view.currentRow(),
                 list->indexOfChild(item) + static_cast<ui::TimelineAccessible*>(list)->firstRow());
        QVERIFY(!item->state().offscreen);
        item->actionInterface()->doAction(QAccessibleActionInterface::showMenuAction());
        QCOMPARE(menu.count(), 1);
    }

    void itemsAreWhereTheyAreDrawn() {
        TimelineFixture t(50);
        QVERIFY(t.open());
        const QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t.view);
        const int row = t.geometry().lastVisible();
        const QPoint middle = t.view.viewport()->mapToGlobal(t.view.bubbleRect(row).center());
        QCOMPARE(list->childAt(middle.x(), middle.y()), list->child(row));
        QVERIFY(list->child(row)->rect().contains(middle));
    }

    void anItemOutlivesItsViewHarmlessly() {
        auto t = std::make_unique<TimelineFixture>(5);
        QVERIFY(t->open());
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&t->view);
        const QAccessible::Id id = QAccessible::uniqueId(list->child(0));
        t->view.setModel(nullptr);
        QCOMPARE(list->childCount(), 0);
        QVERIFY(!QAccessible::accessibleInterface(id)->isValid());
        t.reset();
        QVERIFY(QAccessible::accessibleInterface(id) == nullptr);
    }
};

KITH_TEST(TestTimelineAccessible)

} // namespace kith::test

#include "test_timeline_accessible.moc"
