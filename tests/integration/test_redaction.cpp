// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/scenes.h"
#include "tests/support/page_scan.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;

/// What is deleted is gone, from every page, and nothing else is.
class TestRedaction : public QObject {
    Q_OBJECT

    static Result<void> remove(SimWorld& world, SimPerson& who, const MessageId& id,
                               const std::optional<AccountId>& author = {}) {
        std::optional<Result<void>> told;
        who->messages().remove(id, author, [&told](const Result<void>& done) { told = done; });
        world.runUntil([&] { return told.has_value(); });
        return *told;
    }
    static bool isOnDisk(SimPerson& who, const char* text) {
        return decryptedPages(who.folder(), who.masterKey()).contains(text);
    }

private Q_SLOTS:
    void deletedTextIsOnNoPageOfTheDatabaseNorItsLog() {
        Friends world;
        const MessageId mine = world.ann.send(world.bob, QStringLiteral("marmalade at dawn"));
        QVERIFY(world.arrives({QStringLiteral("marmalade at dawn")}));
        QVERIFY(isOnDisk(world.ann, "marmalade") && isOnDisk(world.bob, "marmalade")); // the scan finds what is there
        VERIFY_OK(remove(world, world.ann, mine));
        world.run(1s);
        QVERIFY(!isOnDisk(world.ann, "marmalade"));
        QVERIFY(isOnDisk(world.bob, "marmalade")); // deleted for oneself alone
        VERIFY_OK(remove(world, world.bob, mine));
        world.run(1s);
        QVERIFY(!isOnDisk(world.bob, "marmalade"));
        QVERIFY(world.ann.texts(world.bob).isEmpty() && world.bob.texts(world.ann).isEmpty());
        for (SimPerson* person : {&world.ann, &world.bob}) {
            VERIFY_OK((*person)->store().rebuild()); // the log tells the same story without the words
            QCOMPARE(remove(world, *person, mine).error().code, Code::NotFound);
        }
    }

    void textOfARequestGoesFromTheRequestToo() {
        SimWorld world(seed());
        SimRelay& home = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), home);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), home);
        world.befriend(ann, bob, QStringLiteral("it is me from the quarry"));
        for (SimPerson* person : {&ann, &bob}) {
            SimPerson& other = person == &ann ? bob : ann;
            QVERIFY(isOnDisk(*person, "quarry"));
            VERIFY_OK(remove(world, *person, person->history(other).front().id));
            world.run(1s);
            QVERIFY(!isOnDisk(*person, "quarry"));
            VERIFY_OK((*person)->store().rebuild());
        }
    }

    /// Bob hears nothing of it, and does not wait for what never comes.
    void whatStillWaitsIsNotSent() {
        Friends world;
        world.home.crash();
        const MessageId id = world.ann.send(world.bob, QStringLiteral("on second thought"));
        world.ann.send(world.bob, QStringLiteral("hello"));
        world.run(20s);
        VERIFY_OK(remove(world, world.ann, id));
        world.home.start();
        QVERIFY(world.arrives({QStringLiteral("hello")}, 1h));
        QVERIFY(!isOnDisk(world.ann, "second thought") && !isOnDisk(world.bob, "second thought"));
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
    }

    /// What comes again after it was deleted, since its sender repeats it, stays deleted.
    void aSecondCopyDoesNotBringItBack() {
        Friends world;
        const MessageId id = world.ann.send(world.bob, QStringLiteral("again"));
        QVERIFY(world.arrives({QStringLiteral("again")}));
        VERIFY_OK(remove(world, world.bob, id));
        world.push(
            [&id](const MessageId&, WallTime now) {
                wire::pb::Content copy;
                copy.set_v(1);
                copy.set_logical_id(id.str());
                copy.set_hlc(static_cast<std::uint64_t>(toMs(now)));
                copy.mutable_text()->set_body("again");
                return copy.SerializeAsString();
            },
            wire::pb::Content::kText);
        QVERIFY(world.arrives({QStringLiteral("after")}));
        QVERIFY(!isOnDisk(world.bob, "again"));
    }

    /// A repair asks for a number whose words are gone: it is answered, and not with them.
    void nothingDeletedIsRepaired() {
        Friends world;
        world.ann.send(world.bob, QStringLiteral("zero"));
        QVERIFY(world.arrives({QStringLiteral("zero")}));
        bool swallowed = false;
        world.home.meddle = [&swallowed](wire::pb::Frame& frame) {
            return !frame.has_deliver() || std::exchange(swallowed, true);
        };
        const MessageId id = world.ann.send(world.bob, QStringLiteral("one"));
        world.run(10s);
        QVERIFY(swallowed);
        VERIFY_OK(remove(world, world.ann, id));
        world.ann.send(world.bob, QStringLiteral("two"));
        QVERIFY(world.arrives({QStringLiteral("zero"), QStringLiteral("two")}, 1h));
    }

    void whoWaitsForADeletedMessageHearsSo() {
        Friends world;
        world.home.crash();
        const MessageId id = world.random.id<MessageId>();
        std::optional<Result<client::DeliveryState>> told;
        world.ann->messages().sendText(conversationWith(world.bob.account()), QStringLiteral("no"), id,
                                       client::DeliveryState::Delivered, {}, client::api::DraftThen::Kept,
                                       [&told](const Result<client::DeliveryState>& state) { told = state; });
        world.run(5s);
        QVERIFY(!told);
        VERIFY_OK(remove(world, world.ann, id));
        QVERIFY(world.runUntil([&] { return told.has_value(); }));
        QCOMPARE(told->error().code, Code::NotFound);
    }
};

} // namespace kith::test

using kith::test::TestRedaction;
KITH_TEST(TestRedaction)
#include "test_redaction.moc"
