// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"

#include <QApplication>
#include <QClipboard>
#include <QMenu>

namespace kith::test {

/// What is written goes to the chat that is marked, and is nowhere lost.
class TestWriting : public QObject {
    Q_OBJECT

    static void type(Opened& t, const QString& text) {
        t.field().setFocus();
        QTest::keyClicks(&t.field(), text);
        QTest::keyClick(&t.field(), Qt::Key_Return);
    }
    /// The chats that are marked as open in the list.
    static QStringList marked(Opened& t) {
        QStringList names;
        for (const QModelIndex& index : t.list().selectionModel()->selectedIndexes())
            names += index.data().toString();
        return names;
    }

private Q_SLOTS:
    void aSentTextIsInTheTimelineAndNoDraft() {
        Opened t;
        QVERIFY(t.unlock());
        t.client.drafts[t.client.conversation] = QStringLiteral("hel");
        type(t, QStringLiteral("hello"));
        QTRY_COMPARE(t.client.sent.size(), std::size_t{1});
        QCOMPARE(t.client.sent.front(), std::pair(t.client.conversation, QStringLiteral("hello")));
        QTRY_COMPARE(t.pane().timeline()->model()->size(), 21);
        QVERIFY(t.pane().timeline()->isAtBottom());
        QCOMPARE(t.field().toPlainText(), QString());
        QTRY_VERIFY(!t.client.drafts.contains(t.client.conversation) ||
                    t.client.drafts[t.client.conversation].isEmpty());
        QCOMPARE(t.page().list().row(0).draft, QString());
    }

    void aRefusedTextComesBack() {
        Opened t;
        QVERIFY(t.unlock());
        t.client.refusesTexts = Error{Code::TooLarge, {}};
        type(t, QStringLiteral("hello"));
        QTRY_COMPARE(t.field().toPlainText(), QStringLiteral("hello"));
        QCOMPARE(t.notices().size(), 1);
        QTRY_COMPARE(t.client.drafts[t.client.conversation], QStringLiteral("hello"));
    }

    void aRefusedTextStaysWithItsChatWhenThatWasLeft() {
        Opened t;
        QVERIFY(t.unlock());
        t.client.refusesTexts = Error{Code::TooLarge, {}};
        t.client.hold();
        type(t, QStringLiteral("hello"));
        t.page().openConversation(conversationWith(t.other));
        t.client.release();
        QTRY_COMPARE(t.client.drafts[t.client.conversation], QStringLiteral("hello"));
        QCOMPARE(t.field().toPlainText(), QString());
        t.page().openConversation(t.client.conversation);
        QCOMPARE(t.field().toPlainText(), QStringLiteral("hello"));
    }

    void whatIsTypedOverAListGoesToTheOpenChat() {
        Opened t;
        QVERIFY(t.unlock());
        t.list().setFocus();
        QTest::keyClick(&t.list(), Qt::Key_H);
        QTRY_COMPARE(t.field().toPlainText(), QStringLiteral("h"));
        QVERIFY(t.field().hasFocus());
    }

    void lettersOfEveryKindTypedOverTheTimelineAreWritten_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("modifiers");
        QTest::newRow("AltGr") << QStringLiteral("@") << static_cast<int>(Qt::GroupSwitchModifier);
        QTest::newRow("AltGr as both") << QString::fromUtf16(u"\u20ac")
                                       << static_cast<int>(Qt::ControlModifier | Qt::AltModifier);
        QTest::newRow("emoji") << QString::fromUtf16(u"\U0001F600") << 0;
        QTest::newRow("plain") << QStringLiteral("x") << 0;
    }
    void lettersOfEveryKindTypedOverTheTimelineAreWritten() {
        QFETCH(QString, text);
        QFETCH(int, modifiers);
        Opened t;
        QVERIFY(t.unlock());
        t.pane().timeline()->setFocus();
        QKeyEvent event(QEvent::KeyPress, 0, Qt::KeyboardModifiers(modifiers), text);
        QCoreApplication::sendEvent(t.pane().timeline(), &event);
        QTRY_COMPARE(t.field().toPlainText(), text);
    }

    /// Dead keys and input methods: the text comes as a commit, not as a key.
    void whatAnInputMethodWritesOverTheTimelineIsWritten() {
        Opened t;
        QVERIFY(t.unlock());
        t.pane().timeline()->setFocus();
        QVERIFY(t.pane().timeline()->testAttribute(Qt::WA_InputMethodEnabled));
        QInputMethodEvent event;
        event.setCommitString(QString::fromUtf16(u"\u00e9"));
        QCoreApplication::sendEvent(t.pane().timeline(), &event);
        QTRY_COMPARE(t.field().toPlainText(), QString::fromUtf16(u"\u00e9"));
    }

    void aNoBreakSpaceStaysOne() {
        Opened t;
        QVERIFY(t.unlock());
        t.field().setPlainText(QString::fromUtf16(u"10\u00a0km"));
        t.field().setFocus();
        QTest::keyClick(&t.field(), Qt::Key_Return);
        QTRY_COMPARE(t.client.sent.size(), std::size_t{1});
        QCOMPARE(t.client.sent.front().second, QString::fromUtf16(u"10\u00a0km"));
    }

    void commandsAreFoundByTheirPlaceWhereTheLetterIsAnother_data() {
        QTest::addColumn<int>("key");
        QTest::addColumn<int>("place");
        QTest::addColumn<QString>("open");
        QTest::newRow("French 2") << static_cast<int>(Qt::Key_Eacute) << 11 << QStringLiteral("Bea");
        QTest::newRow("French 1") << static_cast<int>(Qt::Key_Ampersand) << 10 << QStringLiteral("Ben Ackermann");
        QTest::newRow("German umlaut") << static_cast<int>(Qt::Key_Udiaeresis) << 34 << QStringLiteral("Ben Ackermann");
        QTest::newRow("Russian W") << 0x0426 << 25 << QString();
        QTest::newRow("Greek W") << 0x03a3 << 25 << QString();
        QTest::newRow("Hebrew W") << 0x05f3 << 25 << QString();
        QTest::newRow("Arabic W") << 0x0635 << 25 << QString();
    }
    void commandsAreFoundByTheirPlaceWhereTheLetterIsAnother() {
        QFETCH(int, key);
        QFETCH(int, place);
        QFETCH(QString, open);
        Opened t;
        QVERIFY(t.unlock());
        t.field().setFocus();
        QKeyEvent event(QEvent::KeyPress, key, Qt::ControlModifier, static_cast<quint32>(place), 0, 0);
        QCoreApplication::sendEvent(&t.field(), &event);
        QCOMPARE(t.window.isVisible(), !open.isEmpty()); // Ctrl+W closes it
        if (!open.isEmpty())
            QCOMPARE(t.page().people().nameOf(*contactOf(*t.pane().current())), open);
    }

    void copyingWorksByItsPlaceToo() {
        Opened t;
        QVERIFY(t.unlock());
        t.field().setFocus();
        t.field().setPlainText(QStringLiteral("copied"));
        for (const auto& [key, place] : {std::pair{0x0424, 38}, {0x0421, 54}}) { // Russian A and C
            QKeyEvent event(QEvent::KeyPress, key, Qt::ControlModifier, static_cast<quint32>(place), 0, 0);
            QCoreApplication::sendEvent(&t.field(), &event);
        }
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("copied"));
        QCOMPARE(t.field().toPlainText(), QStringLiteral("copied"));
    }

    void theMenuHasAKeyAndAButton() {
        Opened t;
        QVERIFY(t.unlock());
        QTest::keyClick(&t.window, Qt::Key_F10);
        auto* menu = t.window.findChild<QMenu*>();
        QVERIFY(menu != nullptr);
        menu->close();
        ui::Button* button = nullptr;
        for (auto* each : t.page().findChildren<ui::Button*>())
            if (each->accessibleName().startsWith(QLatin1String("Menu")))
                button = each;
        QVERIFY(button != nullptr);
        t.list().setFocus();
        bool isReached = false;
        for (int i = 0; i < 12 && !isReached; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            isReached = button->hasFocus();
        }
        QVERIFY(isReached);
    }

    void theOpenChatIsAlwaysTheMarkedOne() {
        Opened t;
        QVERIFY(t.unlock());
        QCOMPARE(marked(t), QStringList{QStringLiteral("Ben Ackermann")});
        t.list().setFocus();
        QTest::keyClick(&t.list(), Qt::Key_Down);
        QCOMPARE(t.list().currentIndex().row(), 1);
        QCOMPARE(marked(t), QStringList{QStringLiteral("Ben Ackermann")});
        QTest::keyClick(&t.window, Qt::Key_F6);
        QCOMPARE(marked(t), QStringList{QStringLiteral("Ben Ackermann")});
        const QPoint bea = t.list().visualRect(t.page().list().index(1)).center();
        QTest::mouseClick(t.list().viewport(), Qt::RightButton, Qt::NoModifier, bea);
        QCOMPARE(marked(t), QStringList{QStringLiteral("Ben Ackermann")});
        QTest::mouseClick(t.list().viewport(), Qt::LeftButton, Qt::NoModifier, bea);
        QCOMPARE(marked(t), QStringList{QStringLiteral("Bea")});
        QCOMPARE(t.pane().current(), conversationWith(t.other));
        std::rotate(t.client.conversationRows.begin(), t.client.conversationRows.begin() + 1,
                    t.client.conversationRows.end());
        t.page().list().load();
        QTRY_COMPARE(t.nameAt(0), QStringLiteral("Bea"));
        QCOMPARE(marked(t), QStringList{QStringLiteral("Bea")});
        t.page().closeChat();
        QCOMPARE(marked(t), QStringList());
    }

    void afterAStartTheChatIsOpenThatWasOpenLast() {
        Opened t;
        t.client.lastOpen = conversationWith(t.other);
        auto* field = t.window.findChild<ui::PassphraseEdit*>();
        field->setText(QStringLiteral("whatever"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(t.page().list().rowCount(), 2);
        QTRY_COMPARE(t.pane().current(), conversationWith(t.other));
        t.page().openConversation(t.client.conversation);
        QTRY_COMPARE(t.client.lastOpen, t.client.conversation);
    }

    void withoutOneNothingIsOpenAndNothingRead() {
        Opened t;
        t.client.lastOpen.reset();
        t.client.conversationRows[0].unread = 3;
        auto* field = t.window.findChild<ui::PassphraseEdit*>();
        field->setText(QStringLiteral("whatever"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(t.page().list().rowCount(), 2);
        QCoreApplication::processEvents();
        QVERIFY(!t.pane().isOpen());
        QCOMPARE(t.client.readUpTo, 0);
    }
};

KITH_TEST(TestWriting)

} // namespace kith::test

#include "test_writing.moc"
