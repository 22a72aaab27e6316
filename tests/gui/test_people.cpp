// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "tests/gui/timeline_fixture.h"
#include "ui/models/people_model.h"

#include <QAccessible>
#include <QSignalSpy>

namespace kith::test {

using client::Change;
using client::ContactState;

/// Names and hues are known in one place, and everything follows it.
class TestPeople : public QObject {
    Q_OBJECT

    struct Known {
        Known() { client.know(client.peer, QStringLiteral("Ben"), ContactState::Connected, WallTime(Millis(2))); }
        bool begin() {
            people.begin(client.self, QStringLiteral("Ana"));
            return changed.wait();
        }
        void tells(const AccountId& account, const QString& name) {
            const client::ContactRow contact{account, name, ContactState::Connected, false, {}, WallTime(Millis(3))};
            Q_EMIT client.eventsAppended(
                {7, 7, {{Change::Kind::ContactChanged, 7, conversationWith(account), {}, contact}}});
        }
        FakeClient client;
        ui::Requests requests{client};
        ui::Theme theme;
        ui::PeopleModel people{requests, theme};
        QSignalSpy changed{&people, &ui::PeopleModel::changed};
    };

private Q_SLOTS:
    void whoOneIsIsCalledYouAndHasAName() {
        Known t;
        QVERIFY(t.begin());
        QCOMPARE(t.people.youOrNameOf(t.client.self), QStringLiteral("You"));
        QCOMPARE(t.people.nameOf(t.client.self), QStringLiteral("Ana"));
        QCOMPARE(t.people.youOrNameOf(t.client.peer), QStringLiteral("Ben"));
        QCOMPARE(t.people.nameOf(SeededRandom(seed()).id<AccountId>()), QString());
    }

    void anEventTellsOfSomebodyAtOnce() {
        Known t;
        QVERIFY(t.begin());
        const auto cleo = SeededRandom(seed()).id<AccountId>();
        t.tells(cleo, QStringLiteral("Cleo"));
        QCOMPARE(t.people.nameOf(cleo), QStringLiteral("Cleo"));
        QCOMPARE(t.changed.count(), 2);
    }

    /// The answer was read before the event: it must not take the name back.
    void anEventDuringAQuestionIsNotLost() {
        Known t;
        t.client.hold();
        t.people.begin(t.client.self, {});
        t.client.contactRows[0].name = QStringLiteral("Benjamin");
        t.tells(t.client.peer, QStringLiteral("Benjamin"));
        t.client.release();
        QTRY_VERIFY(t.people.isLoaded());
        QCOMPARE(t.people.nameOf(t.client.peer), QStringLiteral("Benjamin"));
    }

    void afterALockNobodyIsKnown() {
        Known t;
        QVERIFY(t.begin());
        t.people.end();
        QCOMPARE(t.people.nameOf(t.client.peer), QString());
        QCOMPARE(t.people.nameOf(t.client.self), QString());
        t.tells(t.client.peer, QStringLiteral("Ben"));
        QCOMPARE(t.people.nameOf(t.client.peer), QString());
        QVERIFY(t.people.contacts().empty());
    }

    void anAnswerAfterALockIsNobodys() {
        Known t;
        t.client.hold();
        t.people.begin(t.client.self, {});
        t.people.end();
        t.client.release();
        QCoreApplication::processEvents();
        QVERIFY(!t.people.isLoaded());
    }

    void huesFollowTheOrderOfComing() {
        Known t;
        SeededRandom random(seed());
        std::vector<AccountId> byComing{t.client.self};
        t.client.contactRows.clear();
        for (int i = 0; i < 20; ++i)
            byComing.push_back(
                t.client.know(random.id<AccountId>(), {}, ContactState::Connected, WallTime(Millis(i))).account);
        QVERIFY(t.begin());
        ui::Theme expected;
        expected.giveHues(byComing);
        for (const AccountId& account : byComing)
            QCOMPARE(t.theme.avatarColour(account), expected.avatarColour(account));
    }

    void aNewNameStandsEverywhere() {
        Opened t;
        QVERIFY(t.unlock());
        client::ContactRow contact = t.client.contactRows.front();
        contact.name = QStringLiteral("Benedikt");
        t.client.contactRows.front() = contact;
        Q_EMIT t.client.eventsAppended(
            {900, 900, {{Change::Kind::ContactChanged, 900, t.client.conversation, {}, contact}}});
        QCOMPARE(t.nameAt(0), contact.name);
        QVERIFY(t.page().list().index(0).data(Qt::AccessibleTextRole).toString().startsWith(contact.name));
        QTRY_VERIFY(t.pane().findChild<QWidget*>(QStringLiteral("header"))->accessibleName() == contact.name);
        ui::TimelineView& view = *t.pane().timeline();
        int row = 0;
        while (view.model()->row(row).isOwn())
            ++row;
        QVERIFY(view.accessibleTextOf(row).startsWith(contact.name));
    }

    void aNewNameIsDrawnAboveTheBubblesOfAGroup() {
        TimelineFixture t(30, 0, true);
        QVERIFY(t.open());
        const QImage before = t.picture();
        client::ContactRow contact = t.client.contactRows.front();
        contact.name = QStringLiteral("Annabel");
        Q_EMIT t.client.eventsAppended(
            {900, 900, {{Change::Kind::ContactChanged, 900, conversationWith(contact.account), {}, contact}}});
        t.settle();
        QVERIFY(t.picture() != before);
    }
};

KITH_TEST(TestPeople)

} // namespace kith::test

#include "test_people.moc"
