// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "ui/dialogs/add_dialog.h"
#include "ui/dialogs/relay_dialog.h"
#include "ui/pages/begin_page.h"
#include "ui/pages/unlock_page.h"
#include "ui/pages/welcome_page.h"
#include "ui/widgets/link_panel.h"

#include <QApplication>
#include <QCheckBox>
#include <QPointer>
#include <QSpinBox>

namespace kith::test {

/// What is asked before it is done, and where the keys go meanwhile.
class TestQuestions : public QObject {
    Q_OBJECT

    /// Somebody asks, and the request is what is shown.
    static bool opensRequest(Opened& t) {
        const auto asks = SeededRandom(seed() + 1).id<AccountId>();
        t.client.know(asks, QStringLiteral("Cleo"), client::ContactState::RequestReceived, t.clock.wall());
        const bool isUnlocked = t.unlock();
        t.page().openConversation(conversationWith(asks));
        return isUnlocked;
    }

private Q_SLOTS:
    void whatIsTypedOnARequestGoesNowhere() {
        Opened t;
        QVERIFY(opensRequest(t));
        QVERIFY(!t.field().isVisible());
        QTest::keyClicks(t.window.focusWidget(), QStringLiteral("hello "));
        QCOMPARE(t.field().toPlainText(), QString()); // before Enter, which would empty it
        QTest::keyClick(t.window.focusWidget(), Qt::Key_Return);
        QCOMPARE(t.client.requestsAnswered, 0);
    }

    void aRequestIsDeclinedOnlyAfterAQuestion() {
        Opened t;
        QVERIFY(opensRequest(t));
        for (auto* button : t.pane().findChildren<ui::Button*>())
            if (button->text() == QLatin1String("Decline"))
                button->click();
        QCOMPARE(t.client.requestsAnswered, 0);
        t.page().openConversation(t.client.conversation); // as a pressed notification does it
        QVERIFY(answer(t.window, QStringLiteral("Decline")));
        QCOMPARE(t.client.requestsAnswered, 1);
        QCOMPARE(t.client.declined, t.client.contactRows.back().account);
    }

    void aRelayOfOthersIsSwitchedOffOnlyAfterAQuestion() {
        Opened t;
        t.relay.m_status.isRunning = true;
        t.relay.m_status.members = {{t.client.self, {}}, {t.client.peer, {}}};
        ui::RelayDialog dialog(t.theme, t.relay, t.page().people());
        dialog.show();
        auto* box = dialog.findChild<QCheckBox*>();
        box->setChecked(false);
        QVERIFY(t.relay.m_status.isRunning);
        QVERIFY(box->isChecked());
        QVERIFY(answer(dialog, QStringLiteral("Switch it off")));
        QVERIFY(!t.relay.m_status.isRunning);
    }

    /// In plain words, wherever the address leads; and what an invited person will see of it.
    void aRelaySaysWhoCanReachIt_data() {
        QTest::addColumn<bool>("isLocalOnly");
        QTest::addColumn<bool>("isNetworkOnly");
        QTest::addColumn<QString>("who");
        QTest::newRow("this computer") << true << false << QStringLiteral("Only programs on this computer");
        QTest::newRow("this home") << false << true << QStringLiteral("same home or office network");
        QTest::newRow("everybody") << false << false << QStringLiteral("Everybody on the internet");
    }
    void aRelaySaysWhoCanReachIt() {
        QFETCH(const bool, isLocalOnly);
        QFETCH(const bool, isNetworkOnly);
        QFETCH(const QString, who);
        Opened t;
        t.relay.m_status.isRunning = true;
        t.relay.m_status.address = QStringLiteral("192.0.2.1:8443");
        t.relay.m_status.isLocalOnly = isLocalOnly;
        t.relay.m_status.isNetworkOnly = isNetworkOnly;
        ui::RelayDialog dialog(t.theme, t.relay, t.page().people());
        QString said;
        for (auto* label : dialog.findChildren<ui::TextLabel*>())
            said += label->text();
        QVERIFY2(said.contains(who), qPrintable(said));
        QVERIFY(said.contains(t.relay.m_status.address));
        QCOMPARE(said.contains(QStringLiteral("sees this address")), !isLocalOnly);
        QCOMPARE(said.contains(QStringLiteral("Nobody else can use an invite")), isLocalOnly);
    }

    void whoHostsIsToldThatTheOwnRelayIsOffAndGoesOnlineOnceItIsOn() {
        Opened t;
        QVERIFY(t.unlock());
        client::ConnectionRow home;
        home.endpoint = t.relay.m_status.address = QStringLiteral("192.0.2.1:8443");
        home.state = QStringLiteral("offline");
        home.nextTry = t.clock.wall();
        Q_EMIT t.client.connectionChanged(home);
        QTRY_COMPARE(t.notices().size(), 1);
        QVERIFY(t.notices().front().contains(QLatin1String("switched off")));
        const int before = t.client.timesOnline;
        t.relay.m_status.isRunning = true;
        Q_EMIT t.relay.statusChanged();
        QCOMPARE(t.client.timesOnline, before + 1);
        Q_EMIT t.relay.statusChanged(); // somebody has joined
        QCOMPARE(t.client.timesOnline, before + 1);
    }

    /// Of several homes the words are about the one that matters.
    void anOwnRelayThatIsOffSaysNothingOfTheOthers() {
        Opened t;
        QVERIFY(t.unlock());
        client::ConnectionRow own;
        // of the fake's home, and before the other one
        own.endpoint = t.relay.m_status.address = QStringLiteral("192.0.2.1:8443");
        own.state = QStringLiteral("offline");
        own.nextTry = t.clock.wall();
        Q_EMIT t.client.connectionChanged(own);
        client::ConnectionRow other = own;
        other.relay.data()[0] = 2;
        other.endpoint = QStringLiteral("192.0.2.2:8443");
        other.reason = QStringLiteral("Untrusted");
        other.nextTry = t.clock.wall() + std::chrono::minutes(5);
        Q_EMIT t.client.connectionChanged(other);
        QTRY_COMPARE(t.notices().size(), 1);
        QTRY_VERIFY(t.notices().front().contains(QLatin1String("Another relay answers")));
        QVERIFY(!t.notices().front().contains(QLatin1String("within a minute")));
        other.state = QStringLiteral("stopped");
        other.reason = QStringLiteral("Replaced");
        other.nextTry.reset();
        own.state = QStringLiteral("stopped");
        own.nextTry.reset();
        Q_EMIT t.client.connectionChanged(own);
        Q_EMIT t.client.connectionChanged(other);
        QTRY_VERIFY(t.notices().front().contains(QLatin1String("another computer")));
    }

    /// The members of a relay look for it where it was.
    void aRelayMovesToAnotherPortOnlyAfterAQuestion() {
        Opened t;
        t.relay.m_status.members = {{t.client.self, {}}, {t.client.peer, {}}};
        ui::RelayDialog dialog(t.theme, t.relay, t.page().people(), &t.window);
        dialog.open();
        auto* port = dialog.findChild<QSpinBox*>();
        auto* hosts = dialog.findChild<QCheckBox*>();
        port->setValue(9999);
        hosts->click();
        QVERIFY(!t.relay.m_status.isRunning);
        QVERIFY(answer(t.window, QStringLiteral("Keep port 8443")));
        QCOMPARE(port->value(), 8443);
        port->setValue(9999);
        hosts->click();
        QVERIFY(answer(t.window, QStringLiteral("Start it at port 9999")));
        QVERIFY(t.relay.m_status.isRunning);
    }

    /// Enter once more must try the link again, and not host a relay.
    void aJoinThatFailsLeavesTheFocusAtItsLink() {
        Opened t;
        ui::Requests requests(t.client);
        ui::BeginPage page(t.theme, t.clock, requests, t.relay);
        page.show();
        page.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        auto* field = page.findChild<QLineEdit*>();
        field->setText(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY(page.findChild<ui::NoticeBar*>()->isVisible());
        QCOMPARE(QApplication::focusWidget(), field);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QTRY_COMPARE(t.client.joinsAsked.size(), 2);
        QVERIFY(!t.relay.m_status.isRunning);
    }

    void aLinkOfTheOtherKindIsNotShown() {
        Opened t;
        QVERIFY(t.unlock());
        ui::Requests requests(t.client);
        ui::AddDialog dialog(t.theme, t.clock, requests, t.relay, &t.window);
        dialog.open();
        auto* panel = dialog.findChild<ui::LinkPanel*>();
        for (auto* button : dialog.findChildren<ui::Button*>())
            if (button->text() == QLatin1String("Make a link"))
                button->click();
        QTRY_VERIFY(panel->isVisible());
        dialog.findChild<QCheckBox*>()->click();
        QVERIFY(!panel->isVisible());
        QVERIFY(panel->link().isEmpty());
    }

    void aWindowWithTheCodeIsClosedOnlyAfterAQuestion() {
        FakeClient client;
        client.created.emplace().recoveryCode = QStringLiteral("AAAA-BBBB CCCC-D1E2");
        const QTemporaryDir folder;
        FakeRelay relay;
        FakeClock clock;
        ui::Theme theme;
        ui::Preferences preferences{folder.filePath(QStringLiteral("window.ini"))};
        ui::Desktop desktop{ui::Scheme::Light};
        ui::MainWindow window({client, relay, theme, preferences, clock, desktop, folder.path(), false});
        window.show();
        auto* page = window.findChild<ui::WelcomePage*>();
        for (auto* field : page->findChildren<QLineEdit*>())
            field->setText(QStringLiteral("correct horse battery staple"));
        for (auto* button : page->findChildren<ui::Button*>())
            if (button->text() == QLatin1String("Create my profile"))
                button->click();
        QTRY_VERIFY(page->isCodeShown());
        QVERIFY(!window.close());
        QVERIFY(answer(window, QStringLiteral("Back to the code")));
        QVERIFY(window.isVisible() && page->isCodeShown());
    }

    void aJoinWhoseContactCannotBeAskedSaysSoAndGoesOn() {
        Opened t;
        t.client.joined.emplace().notAsked = Error{Code::NotFound, QStringLiteral("for logs")};
        ui::Requests requests(t.client);
        ui::BeginPage page(t.theme, t.clock, requests, t.relay);
        int joined = 0;
        int wentOn = 0;
        connect(&page, &ui::BeginPage::joined, this, [&] { ++joined; });
        connect(&page, &ui::BeginPage::leftAlone, this, [&] { ++wentOn; });
        page.show();
        auto* field = page.findChild<QLineEdit*>();
        field->setText(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QTest::keyClick(field, Qt::Key_Return);
        auto* notice = page.findChild<ui::NoticeBar*>();
        QTRY_VERIFY(notice->isVisible());
        QVERIFY(notice->text().contains(QLatin1String("You have joined")));
        QTest::keyClick(&page, Qt::Key_Escape);
        QCOMPARE(wentOn, 1);
        QCOMPARE(joined, 0);
    }

    void whoHostsIsNotOfferedToHost() {
        Opened t;
        t.relay.m_status.isRunning = true;
        ui::Requests requests(t.client);
        ui::BeginPage page(t.theme, t.clock, requests, t.relay);
        page.show();
        for (auto* button : page.findChildren<ui::Button*>())
            QVERIFY(!button->isVisible() || !button->text().contains(QLatin1String("Host")));
    }

    void theKeyThatLocksWorksInDialogs() {
        Opened t;
        QVERIFY(t.unlock());
        t.window.activateWindow();
        QTest::keyClick(&t.window, Qt::Key_N, Qt::ControlModifier);
        QPointer<ui::AddDialog> dialog = t.window.findChild<ui::AddDialog*>();
        QVERIFY(dialog != nullptr);
        QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_L, Qt::ControlModifier);
        QTRY_VERIFY(t.window.findChild<ui::UnlockPage*>()->isVisible());
        QVERIFY(dialog == nullptr || !dialog->isVisible());
    }

    void whatIsSaidAboutAPassphraseHidesNoField() {
        FakeClient client;
        ui::Requests requests(client);
        ui::Theme theme;
        theme.setScale(2);
        ui::UnlockPage page(theme, requests, QStringLiteral("a folder somewhere"));
        page.resize(420, 360);
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        auto* field = page.findChild<ui::PassphraseEdit*>();
        field->setFocus();
        client.refusesUnlock = true;
        field->setText(QStringLiteral("wrong"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY(page.findChild<ui::NoticeBar*>()->isVisible());
        QTRY_VERIFY(page.rect().contains(QRect(field->mapTo(&page, QPoint()), field->size())));
    }
};

KITH_TEST(TestQuestions)

} // namespace kith::test

#include "test_questions.moc"
