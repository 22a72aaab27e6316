// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "ui/dialogs/add_dialog.h"
#include "ui/dialogs/links_dialog.h"
#include "ui/pages/begin_page.h"

#include <QApplication>
#include <QCheckBox>
#include <QSignalSpy>
#include <QTimer>

#include <algorithm>

namespace kith::test {

/// What strangers can bring onto the screen, and what a person has agreed to by then.
class TestConsents : public QObject {
    Q_OBJECT

    static QDialog* dialogOf(QWidget& window) {
        for (auto* dialog : window.findChildren<QDialog*>())
            if (dialog->isVisible())
                return dialog;
        return nullptr;
    }
    static QStringList texts(QWidget& of) {
        QStringList shown;
        for (auto* label : of.findChildren<QLabel*>())
            if (label->isVisible())
                shown += QString(label->text()).remove(QChar(0x200b));
        return shown;
    }
    static ui::Button* button(QWidget& of, const char* text) {
        for (auto* each : of.findChildren<ui::Button*>())
            if (each->isVisible() && each->text() == QLatin1String(text))
                return each;
        return nullptr;
    }
    static void press(QDialog& dialog, Qt::Key key) {
        QTest::keyClick(dialog.focusWidget() != nullptr ? dialog.focusWidget() : &dialog, key);
    }
    /// The first moment of a dialog that nobody asked for is over.
    static void wait(QWidget& of) {
        for (auto* timer : of.findChildren<QTimer*>(QStringLiteral("firstMoment"))) {
            timer->start(0);
            QTRY_VERIFY(!timer->isActive());
        }
    }

private Q_SLOTS:
    void anAddressIsShownAsTheNetworkKnowsIt_data() {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("host");
        QTest::addColumn<QStringList>("said");
        const auto row = [](const char* name, const QString& address, const QString& host, const QStringList& said) {
            QTest::newRow(name) << address << host << said;
        };
        const QString apple = QString::fromUtf16(u"\u0430\u0440\u0440\u04cf\u0435.com");
        row("plain", QStringLiteral("https://example.org/a?b#c"), QStringLiteral("example.org"),
            {QStringLiteral("https://example.org/a?b#c")});
        row("another alphabet", QStringLiteral("https://xn--80ak6aa92e.com/"), QStringLiteral("xn--80ak6aa92e.com"),
            {apple, QStringLiteral("look like"), QStringLiteral("https://xn--80ak6aa92e.com/")});
        row("another alphabet, typed", QStringLiteral("https://") + apple, QStringLiteral("xn--80ak6aa92e.com"),
            {apple, QStringLiteral("look like")});
        row("two alphabets", QString::fromUtf16(u"https://p\u0430ypal.com"), QStringLiteral("xn--pypal-4ve.com"),
            {QString::fromUtf16(u"p\u0430ypal.com"), QStringLiteral("several alphabets")});
        row("letters of a language", QString::fromUtf16(u"https://b\u00fccher.de/x"),
            QStringLiteral("xn--bcher-kva.de"), {QString::fromUtf16(u"b\u00fccher.de")});
        row("Japanese", QString::fromUtf16(u"https://\u4f8b\u3048.jp"), QStringLiteral("xn--r8jz45g.jp"),
            {QString::fromUtf16(u"\u4f8b\u3048.jp")});
        row("an override in the path", QStringLiteral("https://example.org/%E2%80%AEgpj.exe"),
            QStringLiteral("example.org"), {QStringLiteral("https://example.org/%E2%80%AEgpj.exe")});
        row("spaces in the path", QStringLiteral("https://example.org/a%20b"), QStringLiteral("example.org"),
            {QStringLiteral("a%20b")});
        row("a port", QStringLiteral("https://example.org:8443/"), QStringLiteral("example.org:8443"), {});
        row("mail", QStringLiteral("mailto:ana@example.org?subject=x"), QStringLiteral("ana@example.org"),
            {QStringLiteral("mailto:ana@example.org?subject=x")});
        row("very long", QStringLiteral("https://example.org/") + QString(20'000, u'x'), QStringLiteral("example.org"),
            {});
    }
    void anAddressIsShownAsTheNetworkKnowsIt() {
        QFETCH(QString, address);
        QFETCH(QString, host);
        QFETCH(QStringList, said);
        Opened t;
        QVERIFY(t.unlock());
        Q_EMIT t.pane().linkActivated(QUrl(address));
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        const QStringList shown = texts(*dialog);
        QVERIFY2(shown.contains(host), qPrintable(shown.join(u'\n')));
        for (const QString& one : said)
            QVERIFY2(shown.join(u'\n').contains(one), qPrintable(shown.join(u'\n')));
        QVERIFY(!shown.join(u'\n').contains(QChar(0x202e)));
        QVERIFY(dialog->height() < 700);
        QVERIFY(button(*dialog, "Open") != nullptr);
    }

    void anAddressThatHidesItsHostIsNotOpened() {
        Opened t;
        QVERIFY(t.unlock());
        Q_EMIT t.pane().linkActivated(QUrl(QStringLiteral("https://www.bank.org%20login@evil.example/")));
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        QVERIFY(texts(*dialog).contains(QStringLiteral("evil.example")));
        QVERIFY(button(*dialog, "Open") == nullptr);
    }

    void aLinkFromOutsideTakesNoKeyAndNoClickAtFirst_data() {
        QTest::addColumn<bool>("isDropped");
        QTest::newRow("handed over") << false;
        QTest::newRow("dropped") << true;
    }
    void aLinkFromOutsideTakesNoKeyAndNoClickAtFirst() {
        QFETCH(bool, isDropped);
        Opened t;
        t.client.joined.emplace();
        QVERIFY(t.unlock());
        const QString link = QStringLiteral("kith://j/relay.example/#a.b.c");
        if (isDropped) {
            QMimeData data;
            data.setText(link);
            QVERIFY(t.enters(data));
            t.drop(data);
        } else {
            t.window.handOver(link);
        }
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        for (const Qt::Key key : {Qt::Key_Space, Qt::Key_Return, Qt::Key_Tab, Qt::Key_Space, Qt::Key_Escape})
            press(*dialog, key);
        for (auto* each : dialog->findChildren<ui::Button*>())
            if (each->isVisible())
                QTest::mouseClick(each, Qt::LeftButton);
        QCoreApplication::processEvents();
        QVERIFY(t.client.joinsAsked.isEmpty());
        QVERIFY(t.client.linkRows.empty());
        QVERIFY(dialog->isVisible());
        wait(*dialog);
        for (const Qt::Key key : {Qt::Key_Space, Qt::Key_Return, Qt::Key_H})
            press(*dialog, key); // somebody types on
        for (auto* field : dialog->findChildren<QLineEdit*>())
            if (field->isVisible())
                QTest::keyClick(field, Qt::Key_Return);
        QCoreApplication::processEvents();
        QVERIFY(t.client.joinsAsked.isEmpty());
        QVERIFY(texts(*dialog).join(u'\n').contains(QLatin1String("relay.example")));
        QVERIFY(button(*dialog, "Join this relay") != nullptr);
        QTest::mouseClick(button(*dialog, "Join this relay"), Qt::LeftButton);
        QCOMPARE(t.client.joinsAsked, QStringList{link});
        QTRY_VERIFY(dialogOf(t.window) == nullptr);
    }

    void aSecondLinkFromOutsideStartsAnew() {
        Opened t;
        QVERIFY(t.unlock());
        t.window.handOver(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        wait(*dialog);
        t.window.handOver(QStringLiteral("kith://c/other.example/abc#def"));
        int dialogs = 0;
        for (auto* each : t.window.findChildren<QDialog*>())
            dialogs += each->isVisible() ? 1 : 0;
        QCOMPARE(dialogs, 1); // whoever hands over many fills no screen with them
        dialog = dialogOf(t.window);
        QVERIFY(texts(*dialog).join(u'\n').contains(QLatin1String("other.example")));
        for (auto* each : dialog->findChildren<ui::Button*>())
            if (each->isVisible())
                QTest::mouseClick(each, Qt::LeftButton);
        QCOMPARE(t.client.contactsAsked, 0);
        wait(*dialog);
        QVERIFY(button(*dialog, "Send a request") != nullptr);
        QTest::mouseClick(button(*dialog, "Send a request"), Qt::LeftButton);
        QCOMPARE(t.client.contactsAsked, 1);
    }

    void anInviteFromOutsideAsksOnTheFirstPageToo() {
        Opened t;
        t.client.hasHome = false;
        t.client.joined.emplace();
        auto* field = t.window.findChild<ui::PassphraseEdit*>();
        field->setText(QStringLiteral("whatever"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY(button(t.window, "Host a relay on this computer") != nullptr);
        t.window.handOver(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QTest::keyClick(t.window.focusWidget(), Qt::Key_Return);
        QTest::keyClick(t.window.focusWidget(), Qt::Key_Space);
        QVERIFY(t.client.joinsAsked.isEmpty());
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        wait(*dialog);
        QTest::mouseClick(button(*dialog, "Join this relay"), Qt::LeftButton);
        QTRY_VERIFY(t.page().isVisible());
    }

    void aJoinThatIsToldToComeLaterSaysUntilWhenAndCanBeCancelled() {
        Opened t;
        t.client.isJoinWaiting = true;
        ui::Requests requests(t.client);
        ui::BeginPage page(t.theme, t.clock, requests, t.relay);
        page.show();
        auto* field = page.findChild<QLineEdit*>();
        field->setText(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(!field->isEnabled());
        client::ConnectionRow busy;
        busy.state = QStringLiteral("offline");
        busy.reason = QStringLiteral("Busy");
        busy.nextTry = t.clock.wall() + std::chrono::minutes(20);
        busy.isJoining = true;
        Q_EMIT t.client.connectionChanged(busy);
        QVERIFY(texts(page).join(u'\n').contains(QLatin1String("busy")));
        QVERIFY(texts(page).join(u'\n').contains(QLatin1String("tries again at")));
        QVERIFY(button(page, "Cancel") != nullptr);
        button(page, "Cancel")->click();
        QTRY_VERIFY(field->isEnabled());
        QVERIFY(button(page, "Join")->isEnabled());
        QVERIFY(!texts(page).join(u'\n').contains(QLatin1String("does not answer"))); // that is no problem
    }

    void closingTheDialogCancelsItsJoin() {
        Opened t;
        t.client.isJoinWaiting = true;
        QVERIFY(t.unlock());
        t.window.handOver(QStringLiteral("kith://j/relay.example/#a.b.c"));
        QDialog* dialog = dialogOf(t.window);
        QVERIFY(dialog != nullptr);
        wait(*dialog);
        QTest::mouseClick(button(*dialog, "Join this relay"), Qt::LeftButton);
        QVERIFY(button(*dialog, "Cancel") != nullptr);
        QSignalSpy finished(&t.client, &client::Client::finished);
        dialog->reject();
        QCOMPARE(finished.size(), 1);
    }

    void tooManyLinksHaveASentenceAndAListToWithdrawThem() {
        Opened t;
        QVERIFY(t.unlock());
        ui::Requests requests(t.client);
        ui::AddDialog dialog(t.theme, t.clock, requests, t.relay);
        dialog.show();
        dialog.findChild<QCheckBox*>()->setChecked(true);
        dialog.makeLink();
        QTRY_COMPARE(t.client.linkRows.size(), std::size_t{1});
        QVERIFY(t.client.linkRows.front().isReusable);
        QTRY_VERIFY(dialog.findChild<ui::LinkPanel*>()->isVisible());
        t.client.refusesLinks = Error{Code::Quota, {}};
        dialog.makeLink();
        QTRY_VERIFY(texts(dialog).join(u'\n').contains(QLatin1String("Withdraw one")));
        ui::LinksDialog links(t.theme, requests);
        links.setAttribute(Qt::WA_DeleteOnClose, false);
        links.show();
        QTRY_VERIFY(button(links, "Withdraw") != nullptr);
        QVERIFY(texts(links).join(u'\n').contains(QLatin1String("For many people, until")));
        button(links, "Withdraw")->click();
        QTRY_VERIFY(t.client.linkRows.empty());
        QTRY_VERIFY(button(links, "Withdraw") == nullptr);
    }

    void aLinkThatIsNotMadeNeedNotBeWaitedFor() {
        Opened t;
        QVERIFY(t.unlock());
        ui::Requests requests(t.client);
        ui::AddDialog dialog(t.theme, t.clock, requests, t.relay);
        dialog.show();
        t.client.hold();
        dialog.makeLink();
        QVERIFY(button(dialog, "Cancel") != nullptr);
        button(dialog, "Cancel")->click();
        QVERIFY(button(dialog, "Make a link") != nullptr && button(dialog, "Make a link")->isEnabled());
        t.client.release();
        QVERIFY(!dialog.findChild<ui::LinkPanel*>()->isVisible());
    }

    void aRequestPromisesNothingThatIsNotThere() {
        Opened t;
        const auto asks = SeededRandom(seed() + 1).id<AccountId>();
        const auto asked = SeededRandom(seed() + 2).id<AccountId>();
        t.client.know(asks, QStringLiteral("Cleo"), client::ContactState::RequestReceived, t.clock.wall());
        t.client.know(asked, QStringLiteral("Cleo"), client::ContactState::RequestSent, t.clock.wall());
        QVERIFY(t.unlock());
        t.page().openConversation(conversationWith(asks));
        QVERIFY(!texts(t.pane()).join(u'\n').contains(QLatin1String("read this")));
        QVERIFY(!texts(t.pane()).join(u'\n').contains(QLatin1String("online")));
        t.page().openConversation(conversationWith(asked));
        const int row = t.page().list().indexOf(conversationWith(asked));
        QVERIFY(!t.page().list().row(row).preview.contains(QLatin1String("not answered")));
        QVERIFY(texts(t.pane()).join(u'\n').contains(QLatin1String("new link")));
    }
};

KITH_TEST(TestConsents)

} // namespace kith::test

#include "test_consents.moc"
