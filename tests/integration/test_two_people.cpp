// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sim_world.h"
#include "tests/support/test_main.h"

#include <QTest>

namespace kith::test {

/// The two walks of core/README.md with nothing real left out but sockets and time.
class TwoPeople : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsSentArrivesAndIsReceipted() {
        SimWorld world(seed());
        SimRelay& relay = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), relay);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), relay);
        world.befriend(ann, bob);

        ann.send(bob, QStringLiteral("hello"));
        bob.send(ann, QStringLiteral("good morning"));
        const auto isReceipted = [](SimPerson& person, SimPerson& other) {
            for (const store::TimelineRow& row : person.history(other))
                if (row.author == person.account() && row.state != store::MessageState::Delivered)
                    return false;
            return person.texts(other).size() == 2;
        };
        QVERIFY(world.runUntil([&] { return isReceipted(ann, bob) && isReceipted(bob, ann); }));
        QCOMPARE(ann.texts(bob), bob.texts(ann));
    }

    /// Both asked before they heard of each other: the order of their words is the same on both sides.
    void theWordsOfRequestsThatCrossBeginTheChat() {
        SimWorld world(seed());
        SimRelay& relay = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), relay);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), relay);
        std::map<SimPerson*, wire::ContactLink> links;
        for (SimPerson* person : {&ann, &bob})
            (*person)->links().create(false, [&links, person](const Result<wire::ContactLink>& made) {
                if (made)
                    links.emplace(person, *made);
            });
        QVERIFY(world.runUntil([&] { return links.size() == 2; }));
        int added = 0;
        const auto count = [&added](const Result<store::ContactRow>& contact) { added += contact ? 1 : 0; };
        ann->contacts().add(links.at(&bob), QStringLiteral("I am Ann"), count);
        bob->contacts().add(links.at(&ann), QStringLiteral("I am Bob"), count);
        const auto isSettled = [](SimPerson& person, SimPerson& other) {
            const auto rows = person.history(other);
            return rows.size() == 2 && std::all_of(rows.begin(), rows.end(), [&](const store::TimelineRow& row) {
                       return row.author != person.account() || row.state == store::MessageState::Delivered;
                   });
        };
        QVERIFY(world.runUntil([&] { return isSettled(ann, bob) && isSettled(bob, ann) && world.isCalm(); }));
        QCOMPARE(added, 2);
        QCOMPARE(ann.texts(bob), bob.texts(ann));
    }
};

KITH_TEST(TwoPeople)

} // namespace kith::test

#include "test_two_people.moc"
