// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "ui/dialogs/add_dialog.h"
#include "ui/dialogs/relay_dialog.h"
#include "ui/dialogs/switcher_dialog.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QSpinBox>
#include <QStyle>

#include <algorithm>
#include <limits>

namespace kith::test {

using client::DeliveryState;

class TestMainWindow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void unlockingGoesToTheLatestChat() {
        Opened t;
        QVERIFY(t.unlock());
        QCOMPARE(t.pane().current(), t.client.conversation);
        QTRY_VERIFY(t.field().hasFocus());
    }

    void aNarrowWindowShowsTheListFirst() {
        Opened t;
        t.window.resize(420, 640);
        auto* field = t.window.findChild<ui::PassphraseEdit*>();
        field->setText(QStringLiteral("whatever"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(t.page().list().rowCount(), 2);
        QCoreApplication::processEvents();
        QVERIFY(!t.pane().isOpen());
    }

    void arrowsInTheListOpenNothingAndEnterDoes() {
        Opened t;
        QVERIFY(t.unlock());
        const std::int64_t read = t.client.readUpTo;
        t.list().setFocus();
        QTest::keyClick(&t.list(), Qt::Key_Down);
        QCOMPARE(t.list().currentIndex().row(), 1);
        QCOMPARE(t.pane().current(), t.client.conversation);
        QCOMPARE(t.client.readUpTo, read);
        QTest::keyClick(&t.list(), Qt::Key_Return);
        QCOMPARE(t.pane().current(), conversationWith(t.other));
    }

    void aListThatComesAnewKeepsTheChosenRow() {
        Opened t;
        QVERIFY(t.unlock());
        QCOMPARE(t.list().currentIndex().row(), 0);
        std::rotate(t.client.conversationRows.begin(), t.client.conversationRows.begin() + 1,
                    t.client.conversationRows.end());
        t.page().list().load();
        QTRY_COMPARE(t.nameAt(0), QStringLiteral("Bea"));
        QCOMPARE(t.list().currentIndex().row(), 1);
    }

    void aRequestOfOursOpensAndOffersNothingToPress() {
        Opened t;
        const auto asked = SeededRandom(seed() + 1).id<AccountId>();
        t.client.know(asked, QStringLiteral("Cleo"), client::ContactState::RequestSent, t.clock.wall());
        QVERIFY(t.unlock());
        t.page().openConversation(conversationWith(asked));
        QStringList shown;
        for (auto* label : t.pane().findChildren<ui::TextLabel*>())
            if (label->isVisible())
                shown += label->text();
        QVERIFY(shown.join(u' ').contains(QLatin1String("Cleo")));
        for (auto* button : t.pane().findChildren<ui::Button*>())
            QVERIFY2(!button->isVisible() || button->text().isEmpty(), qPrintable(button->text()));
        QVERIFY(!t.field().isVisible());
    }

    void aChatIsMarkedAsReadFromTheList() {
        Opened t;
        t.client.conversationRows[0].unread = 3;
        QVERIFY(t.unlock());
        Q_EMIT t.list().customContextMenuRequested(t.list().visualRect(t.page().list().index(0)).center());
        auto* menu = t.window.findChild<QMenu*>();
        QVERIFY(menu != nullptr);
        menu->actions().front()->trigger();
        QCOMPARE(t.client.readUpTo, std::numeric_limits<std::int64_t>::max());
    }

    void aRelayIsNotClosedByTheWay() {
        Opened t;
        t.relay.m_status.isRunning = true;
        t.window.close();
        QVERIFY(t.window.isVisible());
        QVERIFY(answer(t.window, QStringLiteral("Quit")));
        QVERIFY(!t.window.isVisible());
    }

    void typingInTheTimelineGoesToTheComposer() {
        Opened t;
        QVERIFY(t.unlock());
        t.pane().timeline()->setFocus();
        QTest::keyClick(t.pane().timeline(), Qt::Key_H);
        QTRY_COMPARE(t.field().toPlainText(), QStringLiteral("h"));
        QVERIFY(t.field().hasFocus());
    }

    void aLinkIsShownAsAWholeBeforeItIsOpened() {
        Opened t;
        QVERIFY(t.unlock());
        const QUrl url(QStringLiteral("https://example.org/path?q=1#part"));
        Q_EMIT t.pane().linkActivated(url);
        auto* question = t.window.findChild<ui::QuestionDialog*>();
        QVERIFY(question != nullptr);
        QStringList shown;
        for (auto* label : question->findChildren<ui::TextLabel*>()) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            shown += label->text().remove(QChar(0x200b));
        }
        QVERIFY(shown.contains(url.toDisplayString()));
    }

    void aDroppedLinkGoesToItsPlaceAndNothingElseIsTaken() {
        Opened t;
        QVERIFY(t.unlock());
        QMimeData folder;
        folder.setUrls({QUrl::fromLocalFile(t.folder.path())});
        QVERIFY(!t.enters(folder));
        QMimeData link;
        link.setText(QStringLiteral(" kith://c/relay.example/abc#def\n"));
        QVERIFY(t.enters(link));
        t.drop(link);
        auto* dialog = t.window.findChild<ui::AddDialog*>();
        QVERIFY(dialog != nullptr);
        const auto fields = dialog->findChildren<QLineEdit*>();
        QVERIFY(std::any_of(fields.begin(), fields.end(), [](const QLineEdit* field) {
            return field->text() == QLatin1String("kith://c/relay.example/abc#def");
        }));
    }

    void aLinkThatComesWhileLockedWaitsForTheUnlock() {
        Opened t;
        t.window.handOver(QStringLiteral("kith://c/relay.example/abc#def"));
        QVERIFY(t.window.findChild<ui::AddDialog*>() == nullptr);
        QVERIFY(t.unlock());
        QTRY_VERIFY(t.window.findChild<ui::AddDialog*>() != nullptr);
    }

    void whatWasBeingWrittenIsThereAfterALock() {
        Opened t;
        QVERIFY(t.unlock());
        t.field().setFocus();
        QTest::keyClicks(&t.field(), QStringLiteral("half"));
        QTest::keyClick(&t.window, Qt::Key_L, Qt::ControlModifier);
        QTRY_VERIFY(t.field().toPlainText().isEmpty());
        QVERIFY(t.pane().timeline()->model() == nullptr);
        t.client.conversationRows.front().draft = QStringLiteral("half");
        QVERIFY(t.unlock());
        QTRY_COMPARE(t.field().toPlainText(), QStringLiteral("half"));
    }

    void aFailedMessageIsSentAgainWithReturn() {
        Opened t;
        QVERIFY(t.unlock());
        const std::int64_t seq = t.client.receive(QStringLiteral("never left"), true);
        t.client.setState(seq, DeliveryState::Failed);
        ui::TimelineView& view = *t.pane().timeline();
        QTRY_COMPARE(view.model()->size(), 21);
        view.setFocus();
        view.setCurrentRow(20);
        QTest::keyClick(&view, Qt::Key_Return);
        QTRY_COMPARE(t.client.rows().back().state, DeliveryState::Queued);
    }

    void whatWaitsIsExplainedUntilItHasLeft() {
        Opened t;
        QVERIFY(t.unlock());
        client::WaitingRow waiting{t.client.conversation, client::WaitingRow::Why::NoAnswer, t.clock.wall()};
        Q_EMIT t.client.waitingChanged(waiting);
        QCOMPARE(t.notices().size(), 1);
        QVERIFY(t.notices().front().contains(QLatin1String("may be asleep")));
        waiting.nextTry.reset();
        Q_EMIT t.client.waitingChanged(waiting);
        QVERIFY(t.notices().isEmpty());
    }

    void altShiftGoesToWhatIsNew() {
        Opened t;
        t.client.conversationRows.push_back(t.client.conversationRows[1]);
        t.client.conversationRows[2].id = conversationWith(SeededRandom(seed() + 2).id<AccountId>());
        t.client.conversationRows[2].unread = 1;
        QVERIFY(t.unlock());
        t.page().stepUnread(1);
        QCOMPARE(t.pane().current(), t.client.conversationRows[2].id);
        t.page().stepUnread(1); // there is no more
        QCOMPARE(t.pane().current(), t.client.conversationRows[2].id);
    }

    void theCursorRestsWhenNobodyTypes() {
        Opened t;
        QVERIFY(t.unlock());
        QVERIFY(QApplication::cursorFlashTime() > 0);
        ui::CursorRest cursor;
        cursor.rest();
        QCOMPARE(QApplication::cursorFlashTime(), 0);
        QTest::keyClick(&t.field(), Qt::Key_A);
        QVERIFY(QApplication::cursorFlashTime() > 0);
    }

    void nothingMovesWhereMotionIsReduced() {
        Opened t;
        ui::applyTheme(*qobject_cast<QApplication*>(QCoreApplication::instance()), t.theme);
        QVERIFY(QApplication::cursorFlashTime() > 0);
        t.preferences.setReducesMotion(true);
        Q_EMIT t.desktop.changed();
        QCOMPARE(QApplication::cursorFlashTime(), 0);
        QCOMPARE(QApplication::style()->styleHint(QStyle::SH_Widget_Animation_Duration), 0);
    }

    void aRelayThatDidNotStartSaysWhy() {
        Opened t;
        t.relay.m_status.problem = Error{Code::Unavailable, QStringLiteral("for logs"), Cause::PortInUse};
        ui::RelayDialog dialog(t.theme, t.relay, t.page().people());
        dialog.show();
        QVERIFY(dialog.findChild<ui::NoticeBar*>()->text().contains(QLatin1String("Another program uses this port")));
    }

    void theSwitcherFindsByTheBeginningsFirst() {
        Opened t;
        QVERIFY(t.unlock());
        ui::SwitcherDialog dialog(t.theme, t.page().list());
        QStringList chosen;
        connect(&dialog, &ui::SwitcherDialog::chosen, this,
                [&](const ConversationId& id) { chosen += t.nameAt(t.page().list().indexOf(id)); });
        auto& field = *dialog.findChild<QLineEdit*>();
        auto& view = *dialog.findChild<QListView*>();
        dialog.open();
        QCOMPARE(view.model()->rowCount(), 2);
        field.setText(QStringLiteral("ack"));
        QCOMPARE(view.model()->rowCount(), 1);
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(chosen, QStringList{QStringLiteral("Ben Ackermann")});
        dialog.open();
        field.setText(QStringLiteral("ba")); // letters in this order: of Ben Ackermann and of Bea
        QCOMPARE(view.model()->rowCount(), 2);
        QTest::keyClick(&field, Qt::Key_Down);
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(chosen.back(), QStringLiteral("Bea"));
        dialog.open();
        field.setText(QStringLiteral("xyz"));
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(chosen.size(), 2);
    }

    void theSwitcherTakesLettersAtOnce() {
        Opened t;
        QVERIFY(t.unlock());
        QTest::keyClick(&t.window, Qt::Key_K, Qt::ControlModifier);
        auto* dialog = t.window.findChild<ui::SwitcherDialog*>();
        QVERIFY(dialog != nullptr && QApplication::focusWidget() != nullptr);
        QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("bea"));
        QCOMPARE(dialog->findChild<QLineEdit*>()->text(), QStringLiteral("bea"));
    }

    void whoHasJoinedTheRelayIsCalledAsInTheContacts() {
        Opened t;
        t.relay.m_status.isRunning = true;
        t.relay.m_status.port = 8451;
        const WallTime today = fromMs(QDateTime::currentMSecsSinceEpoch());
        t.relay.m_status.members = {
            {t.client.self, today}, {t.client.peer, today}, {t.other, today - std::chrono::hours(72)}};
        const auto stranger = SeededRandom(seed() + 3).id<AccountId>();
        t.relay.m_status.members.push_back({stranger, today});
        QVERIFY(t.unlock());
        ui::RelayDialog dialog(t.theme, t.relay, t.page().people());
        QCOMPARE(dialog.findChild<QSpinBox*>()->value(), 8451);
        const auto* model = dialog.findChild<QListView*>()->model();
        QCOMPARE(model->rowCount(), 4);
        QVERIFY(model->index(0, 0).data().toString().contains(QLatin1String("You")));
        QVERIFY(model->index(1, 0).data().toString().contains(QLatin1String("Ben")));
        QVERIFY(model->index(2, 0).data().toString().contains(QLatin1String("last here on")));
        QVERIFY(model->index(3, 0).data().toString().contains(QLatin1String("have not added")));
    }
};

KITH_TEST(TestMainWindow)

} // namespace kith::test

#include "test_main_window.moc"
