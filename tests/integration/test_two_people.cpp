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
        QVERIFY(world.runUntil([&] { return world.isCalm() && ann.texts(bob).size() == 2; }));
        QCOMPARE(ann.texts(bob), bob.texts(ann));
        for (const store::TimelineRow& row : ann.history(bob))
            QCOMPARE(row.state,
                     row.author == ann.account() ? store::MessageState::Delivered : store::MessageState::None);
    }
};

KITH_TEST(TwoPeople)

} // namespace kith::test

#include "test_two_people.moc"
