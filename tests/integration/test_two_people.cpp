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
};

KITH_TEST(TwoPeople)

} // namespace kith::test

#include "test_two_people.moc"
