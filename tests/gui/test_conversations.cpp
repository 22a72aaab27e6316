// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_client.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"
#include "ui/dialogs/safety_dialog.h"
#include "ui/error_text.h"
#include "ui/models/conversation_model.h"
#include "ui/models/people_model.h"
#include "ui/notifier.h"
#include "ui/widgets/form.h"

#include <QAbstractItemModelTester>
#include <QSet>
#include <QSignalSpy>
#include <QTest>

namespace kith::test {

using client::Change;
using ui::ConversationModel;

class TestConversations : public QObject {
    Q_OBJECT

    struct Listed {
        Listed() {
            for (int i = 0; i < 5; ++i) {
                accounts.push_back(random.id<AccountId>());
                client::ConversationRow row;
                row.id = conversationWith(accounts.back());
                client.conversationRows.push_back(row);
                client.know(accounts.back(), QStringLiteral("Friend %1").arg(i));
            }
            people.begin(client.self, QStringLiteral("Me"));
            model.load();
            loaded.wait();
        }
        /// Locked, and open again.
        void lock() {
            model.clear();
            people.end();
        }
        bool open() {
            people.begin(client.self, QStringLiteral("Me"));
            model.load();
            return loaded.wait();
        }
        /// What an event says of somebody.
        void tells(Change::Kind kind, const client::ContactRow& contact) {
            ++seq;
            Q_EMIT client.eventsAppended({seq, seq, {{kind, seq, conversationWith(contact.account), {}, contact}}});
        }
        void arrives(int friendNumber, const QString& text, bool own = false) {
            client::TimelineRow row;
            row.seq = ++seq;
            row.conversation = conversationWith(accounts[static_cast<std::size_t>(friendNumber)]);
            row.sender = own ? client.self : accounts[static_cast<std::size_t>(friendNumber)];
            row.text = text;
            row.sent = WallTime(Millis(1'000'000 + seq * 1'000));
            client::EventBatch batch{seq, seq, {{Change::Kind::MessageAdded, seq, row.conversation, row, {}}}};
            Q_EMIT client.eventsAppended(batch);
        }
        QStringList names() const {
            QStringList list;
            for (int i = 0; i < model.rowCount(); ++i)
                list += model.index(i).data().toString();
            return list;
        }
        SeededRandom random{seed()};
        FakeClient client;
        std::vector<AccountId> accounts;
        std::int64_t seq = 100;
        ui::Requests requests{client};
        ui::Theme theme;
        ui::PeopleModel people{requests, theme};
        ConversationModel model{requests, people};
        QAbstractItemModelTester tester{&model};
        QSignalSpy loaded{&model, &ConversationModel::loaded};
    };

private Q_SLOTS:
    void aMessageMovesItsRowUpAndNothingElse() {
        Listed list;
        QSignalSpy resets(&list.model, &QAbstractItemModel::modelReset);
        list.arrives(3, QStringLiteral("first\nsecond line"));
        QCOMPARE(list.names().front(), QStringLiteral("Friend 3"));
        QCOMPARE(list.names().mid(1), QStringList({QStringLiteral("Friend 0"), QStringLiteral("Friend 1"),
                                                   QStringLiteral("Friend 2"), QStringLiteral("Friend 4")}));
        QCOMPARE(list.model.row(0).unread, 1);
        QCOMPARE(list.model.row(0).preview, QStringLiteral("first second line"));
        list.arrives(3, QStringLiteral("mine"), true);
        QCOMPARE(list.model.row(0).unread, 1);
        QVERIFY(list.model.row(0).isOwnPreview);
        QCOMPARE(resets.count(), 0);
        QCOMPARE(list.model.unreadTotal(), 1);
    }

    void randomMessagesKeepTheOrderOfTheLast() {
        Listed list;
        QStringList expected = list.names();
        for (int i = 0; i < 200; ++i) {
            const auto who = static_cast<int>(list.random.below(5));
            list.arrives(who, QString::number(i), list.random.below(2) == 0);
            const QString name = QStringLiteral("Friend %1").arg(who);
            expected.removeOne(name);
            expected.prepend(name);
            QCOMPARE(list.names(), expected);
        }
    }

    void whatHappensWhileItAsksIsAskedForAgain() {
        Listed list;
        list.client.hold();
        list.model.load();
        list.arrives(2, QStringLiteral("meanwhile"));
        list.client.conversationRows[2].unread = 7;
        list.client.release();
        QTRY_COMPARE(list.model.row(list.model.indexOf(conversationWith(list.accounts[2]))).unread, 7);
    }

    /// Locked in the middle of a question, and open again before its answer.
    void aLockDuringAQuestionLosesNoList() {
        Listed list;
        list.client.hold();
        list.client.isLocked = true;
        list.model.load();
        list.lock();
        list.client.isLocked = false;
        list.people.begin(list.client.self, {});
        list.model.load();
        list.client.release();
        QTRY_COMPARE(list.model.rowCount(), 5);
    }

    void anAnswerAfterTheLockShowsNothing() {
        Listed list;
        list.client.hold();
        list.model.load();
        list.lock();
        list.client.release();
        QTest::qWait(0);
        QCoreApplication::processEvents();
        QCOMPARE(list.model.rowCount(), 0);
    }

    void requestsStandAboveTheChats() {
        Listed list;
        list.client.know(list.random.id<AccountId>(), QStringLiteral("Stranger"),
                         client::ContactState::RequestReceived);
        list.lock();
        QVERIFY(list.open());
        QCOMPARE(list.names().front(), QStringLiteral("Stranger"));
        list.arrives(4, QStringLiteral("hello"));
        QCOMPARE(list.names().mid(0, 2), QStringList({QStringLiteral("Stranger"), QStringLiteral("Friend 4")}));
    }

    void aRequestOfOursIsAmongTheChatsByItsTime() {
        Listed list;
        for (std::size_t i = 0; i < list.client.conversationRows.size(); ++i) {
            client::TimelineRow last;
            last.sent = WallTime(Millis(1'000'000 - 1'000 * static_cast<int>(i)));
            list.client.conversationRows[i].last = last;
        }
        list.client.know(list.random.id<AccountId>(), QStringLiteral("Asked"), client::ContactState::RequestSent,
                         WallTime(Millis(1'000'000 - 1'500)));
        list.lock();
        QVERIFY(list.open());
        QCOMPARE(list.names().indexOf(QStringLiteral("Asked")), 2);
        QVERIFY(list.model.row(2).kind == ConversationModel::Kind::RequestSent);
        list.arrives(4, QStringLiteral("hello"));
        QCOMPARE(list.names().front(), QStringLiteral("Friend 4"));
    }

    void aChatWithoutAWordSaysSo() {
        Listed list;
        list.client.contactRows[2].since = WallTime(Millis(5));
        list.lock();
        QVERIFY(list.open());
        QVERIFY(!list.model.row(2).preview.isEmpty());
        QCOMPARE(list.model.row(2).time, WallTime(Millis(5)));
    }

    void manyRequestsHaveTheirPlaces() {
        Listed list;
        list.client.conversationRows.clear();
        QStringList received;
        for (int i = 0; i < 40; ++i) {
            const bool isReceived = list.random.below(2) == 0;
            using State = client::ContactState;
            list.client.know(list.random.id<AccountId>(), QString::number(i),
                             isReceived ? State::RequestReceived : State::RequestSent,
                             WallTime(Millis(i))); // the later, the higher
            if (isReceived)
                received.prepend(QString::number(i));
        }
        list.lock();
        QVERIFY(list.open());
        QCOMPARE(list.names().size(), 40);
        QCOMPARE(list.names().mid(0, received.size()), received);
        const QStringList sent = list.names().mid(received.size());
        QVERIFY(std::is_sorted(sent.begin(), sent.end(),
                               [](const QString& a, const QString& b) { return a.toInt() > b.toInt(); }));
    }

    void everyErrorHasASentenceThatIsNotForLogs() {
        for (int occasion = 0; occasion <= static_cast<int>(ui::Occasion::Load); ++occasion)
            for (int code = 0; code <= static_cast<int>(Code::Internal); ++code) {
                const QString text = ui::errorText(static_cast<ui::Occasion>(occasion),
                                                   {static_cast<Code>(code), QStringLiteral("detail for logs")});
                QVERIFY(text.size() > 10);
                QVERIFY(!text.contains(QStringLiteral("detail for logs")));
            }
    }

    void whatKeepsKithOutIsNoWrongPassphrase() {
        const auto text = [](ui::Occasion occasion, Code code, Cause cause) {
            return ui::errorText(occasion, {code, QStringLiteral("detail for logs"), cause});
        };
        const QString wrong = text(ui::Occasion::Unlock, Code::Denied, Cause::None);
        QSet<QString> texts{wrong, text(ui::Occasion::Host, Code::Denied, Cause::None)};
        for (const Cause cause : {Cause::Permission, Cause::ReadOnly, Cause::Exposed, Cause::PortReserved}) {
            texts.insert(text(ui::Occasion::Unlock, Code::Denied, cause));
            QCOMPARE(text(ui::Occasion::Host, Code::Denied, cause), text(ui::Occasion::Unlock, Code::Denied, cause));
        }
        for (const Cause cause : {Cause::PortInUse, Cause::NoSuchAddress, Cause::None})
            texts.insert(text(ui::Occasion::Host, Code::Unavailable, cause));
        QCOMPARE(texts.size(), 9);
    }

    void strengthRisesWithLengthAndVariety() {
        QCOMPARE(ui::passphraseStrength(QStringLiteral("aaaaaaaaaaaaaaaaaaaa")), 0);
        QCOMPARE(ui::passphraseStrength(QStringLiteral("secret")), 0);
        QVERIFY(ui::passphraseStrength(QStringLiteral("correct horse battery staple")) >= 3);
    }

    void aTextOfOneLineBeginsWithItsFirstWordAndCutsNoLetter() {
        QCOMPARE(ui::oneLine(QString(500, u' ') + QStringLiteral("\n\thello  there")), QStringLiteral("hello there"));
        const QString flag = QString::fromUtf16(u"\U0001F1E9\U0001F1EA");
        const QString family = QString::fromUtf16(u"\U0001F468\u200d\U0001F469\u200d\U0001F467");
        for (const QString& letter : {flag, family})
            for (int before = 150; before < 165; ++before) {
                const QString line = ui::oneLine(QString(before, u'x') + letter.repeated(40));
                QVERIFY(line.size() <= 160);
                QCOMPARE(QString(line).remove(letter).remove(u'x'), QString());
            }
    }

    void aNameIsNoPlaceForANumber() {
        QCOMPARE(ui::Notifier::titleOf(QStringLiteral("%1 %2 Ann"), 3), QStringLiteral("%1 %2 Ann (3)"));
        QCOMPARE(ui::Notifier::titleOf(QStringLiteral("%1"), 1), QStringLiteral("%1"));
    }

    void safetyNumbersAreThreeLinesOfFourGroups() {
        const QString text = ui::groupedDigits(QStringLiteral("1234567890").repeated(6));
        QCOMPARE(text.count(u'\n'), 2);
        for (const QString& line : text.split(u'\n'))
            QCOMPARE(line.split(u' ').size(), 4);
    }
};

KITH_TEST(TestConversations)

} // namespace kith::test

#include "test_conversations.moc"
