// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/scenes.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;

/// What a sender does with each answer of a relay (PROTOCOL.md s6 "Send").
class TestDelivery : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewerManifestIsTakenAndTheMessageArrives() {
        Friends world;
        SimRelay& second = world.addRelay();
        join(world, world.bob, second); // his manifest has a new version, which Ann does not know
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.arrives({QStringLiteral("one")}));
        const auto known = store::Peers(world.ann.db()).manifest(world.bob.account()).value();
        QCOMPARE(known->manifest.version, 2u);
    }

    void aRelayThatForgotAManifestIsToldIt() {
        Friends world;
        const relay::MemoryMailStore backup(world.clock, {}, world.home.store());
        SimRelay& second = world.addRelay();
        join(world, world.bob, second);
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.arrives({QStringLiteral("one")}));
        world.bob.quit();
        second.crash();
        world.home.restore(backup); // it knows version 1 again, and Bob is not there to tell it better
        int asked = 0;
        world.home.meddle = [&asked](wire::pb::Frame& frame) {
            asked += frame.error().code() == static_cast<std::uint32_t>(wire::WireCode::NeedManifest) ? 1 : 0;
            return true;
        };
        const MessageId id = world.ann.send(world.bob, QStringLiteral("two"));
        QVERIFY(world.runUntil([&] { return world.stateOf(id) == store::MessageState::Accepted; }));
        QCOMPARE(asked, 1);
        world.bob.open();
        QVERIFY(world.arrives({QStringLiteral("one"), QStringLiteral("two")}));
    }

    void anOldBackupTakesTheManifestThatOthersHave() {
        Friends world;
        const auto backup = world.bob.copyFiles();
        SimRelay& second = world.addRelay();
        join(world, world.bob, second);
        world.run(10s);
        world.bob.restore(backup);
        const auto version = [&] { return store::loadOwnManifest(world.bob.db()).value()->manifest.version; };
        QVERIFY(world.runUntil([&] { return version() == 2u; }));
        join(world, world.bob, second); // its mail is fetched there again
        QCOMPARE(version(), 2u);
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.arrives({QStringLiteral("one")}));
    }

    void whatFindsNoRoomWaitsAndArrivesInOrder() {
        relay::MailPolicy policy;
        policy.contact.itemsMax = 3;
        SimWorld world(seed());
        SimRelay& home = world.addRelay(policy);
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), home);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), home);
        world.befriend(ann, bob);
        bob.quit();
        QStringList texts;
        for (int i = 0; i < 8; ++i) {
            texts.push_back(QString::number(i));
            ann.send(bob, texts.back());
        }
        world.run(10min);
        QVERIFY(home.waiting() <= 3);
        QVERIFY(!world.isCalm());
        QCOMPARE(ann.waiting().back().why, client::WaitingRow::Why::NoRoom);
        bob.open();
        QVERIFY(world.runUntil([&] { return bob.texts(ann) == texts; }, 24h));
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
    }

    void aDropThatIsGoneFailsTheMessageAndNothingElse() {
        Friends world;
        world.bob.quit();
        const auto drop = knownDrop(world.ann, world.bob);
        deleteDrop(world, drop->drop);
        const MessageId id = world.ann.send(world.bob, QStringLiteral("lost"));
        QVERIFY(world.runUntil([&] { return world.stateOf(id) == store::MessageState::Failed; }));
        QVERIFY(world.isCalm());
    }

    void aFailedMessageThatIsSentAgainIsSaidAnew() {
        Friends world;
        world.home.crash();
        const MessageId id = world.ann.send(world.bob, QStringLiteral("late"));
        world.ann.clock().setSkew(24h * 31);
        QVERIFY(world.runUntil([&] { return world.stateOf(id) == store::MessageState::Failed; }));
        world.ann.clock().setSkew(0ms);
        world.home.start();
        world.ann.send(world.bob, QStringLiteral("next"));
        QVERIFY(world.arrives({QStringLiteral("next")}));
        const auto retry = [&] {
            std::optional<Result<void>> told;
            world.ann->messages().retry(conversationWith(world.bob.account()), id,
                                        [&told](const Result<void>& done) { told = done; });
            world.runUntil([&] { return told.has_value(); });
            return *told;
        };
        VERIFY_OK(retry());
        QVERIFY(world.runUntil([&] { return world.stateOf(id) >= store::MessageState::Delivered; }));
        QCOMPARE(world.bob.texts(world.ann), (QStringList{QStringLiteral("next"), QStringLiteral("late")}));
        QCOMPARE(world.ann.texts(world.bob), world.bob.texts(world.ann));
        QCOMPARE(retry().error().code, Code::NotFound); // it has not failed any more
        QCOMPARE(world.count(client::Change::Kind::Unreadable), 0u);
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
    }

    void whatMustWaitIsToldWithItsReasonAndItsEnd() {
        Friends world;
        world.home.crash();
        auto& told = world.ann.waiting();
        world.ann.send(world.bob, QStringLiteral("wait"));
        QVERIFY(world.runUntil([&] { return told.size() >= 2; }));
        for (const client::WaitingRow& row : told) {
            QCOMPARE(row.conversation, conversationWith(world.bob.account()));
            QCOMPARE(row.why, client::WaitingRow::Why::NoAnswer);
            QVERIFY(row.nextTry.has_value());
        }
        QVERIFY(told.back().nextTry > told.front().nextTry);
        world.home.start();
        QVERIFY(world.arrives({QStringLiteral("wait")}));
        QVERIFY(world.runUntil([&] { return !told.back().nextTry; }));
        const std::size_t before = told.size();
        world.ann.send(world.bob, QStringLiteral("again"));
        QVERIFY(world.arrives({QStringLiteral("wait"), QStringLiteral("again")}));
        QCOMPARE(told.size(), before); // nothing waits, nothing is told
    }

    /// libsignal keeps five chains of a peer: what waits for another try must not be overtaken by what is encrypted
    /// later, of whatever lane.
    void aChatFasterThanItsRelayAllowsIsReadToTheEnd() {
        relay::MailPolicy policy;
        policy.contact.rate = {3, 0.5};
        SimWorld world(seed());
        SimRelay& home = world.addRelay(policy);
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), home);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), home);
        world.befriend(ann, bob);
        std::size_t said = 0;
        for (int i = 0; i < 200; ++i) {
            ann.send(bob, QString::number(i));
            bob.send(ann, QString::number(i));
            said += 2;
            world.run(1600ms);
        }
        for (SimPerson* person : {&ann, &bob}) {
            QVERIFY(world.runUntil([&] { return person->texts(person == &ann ? bob : ann).size() == qsizetype(said); },
                                   1h));
            QCOMPARE(person->db().integer("SELECT count(*) FROM failed").value(), 0);
            QVERIFY(!person->waiting().empty());
            for (const client::WaitingRow& row : person->waiting()) // slowed down is not asleep
                QVERIFY(!row.nextTry || row.why == client::WaitingRow::Why::Busy);
        }
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
    }

    void aMessageThatFoundNobodyForAMonthFails() {
        Friends world;
        world.home.crash();
        const MessageId id = world.ann.send(world.bob, QStringLiteral("late"));
        world.run(2min);
        QCOMPARE(world.stateOf(id), store::MessageState::Queued);
        world.ann.clock().setSkew(24h * 31);
        world.run(2min);
        QCOMPARE(world.stateOf(id), store::MessageState::Failed);
        world.ann.clock().setSkew(0ms);
        world.home.start();
        world.ann.send(world.bob, QStringLiteral("next"));
        QVERIFY(world.arrives({QStringLiteral("next")}));
        QCOMPARE(world.count(client::Change::Kind::Unreadable), 0u);
    }

    void aBusyFrontDoorAsksForMoreWorkAndGetsIt() {
        relay::MailPolicy policy;
        policy.frontPowFirstBits = wire::limits::FrontPowFirstBits + 1;
        // One proof in two shows by chance more than was asked for: then there is nothing to ask again.
        int asked = 0;
        for (std::uint64_t run = 0; asked == 0 && run < 32; ++run) {
            SimWorld world(seed() + run);
            SimRelay& home = world.addRelay(policy);
            SimPerson& ann = world.addMember(QStringLiteral("Ann"), home);
            SimPerson& bob = world.addMember(QStringLiteral("Bob"), home);
            home.meddle = [&asked](wire::pb::Frame& frame) {
                asked += frame.error().code() == static_cast<std::uint32_t>(wire::WireCode::PowRequired) ? 1 : 0;
                return true;
            };
            world.befriend(ann, bob);
        }
        QCOMPARE(asked, 1); // it was told what more is wanted, and did that
    }

    /// Work is for the doors of strangers: a contact's relay must not keep our processor busy with it.
    void ofAContactLittleWorkIsTakenAndOnce_data() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("worked"); ///< of five demands, two of each try but the last
        QTest::newRow("more than a contact's drop may ask for") << int(wire::limits::FrontPowFirstBits) + 1 << 0;
        QTest::newRow("the same again and again") << int(wire::limits::FrontPowFirstBits) << 3;
    }
    void ofAContactLittleWorkIsTakenAndOnce() {
        QFETCH(const int, bits);
        QFETCH(const int, worked);
        Friends world;
        world.bob.line().setUp(false); // what he answers is asked for nothing
        int proofs = 0;
        int asked = 0;
        world.home.overhear = [&proofs](const wire::pb::Frame& frame) { proofs += frame.send().has_pow() ? 1 : 0; };
        world.home.meddle = [&](wire::pb::Frame& frame) {
            if (!frame.has_sent() || asked == 5)
                return true;
            ++asked;
            frame.mutable_error()->set_code(static_cast<std::uint32_t>(wire::WireCode::PowRequired));
            frame.mutable_error()->set_pow_bits(static_cast<std::uint32_t>(bits));
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.runUntil([&] { return asked == 5; }));
        world.bob.line().setUp(true);
        QVERIFY(world.arrives({QStringLiteral("one")}));
        QCOMPARE(proofs, worked);
    }

    /// A relay that answers DEVICES_CHANGED with what is known already must not keep the lane busy for ever.
    void anEndlessAnswerDoesNotStallTheLane() {
        Friends world;
        const auto known = store::Peers(world.ann.db()).manifest(world.bob.account()).value();
        int answers = 0;
        world.home.meddle = [&](wire::pb::Frame& frame) {
            if (frame.body_case() != wire::pb::Frame::kSent || answers >= 5)
                return true;
            ++answers;
            const auto id = frame.id();
            frame.Clear();
            frame.set_id(id);
            frame.mutable_error()->set_code(static_cast<std::uint32_t>(wire::WireCode::DevicesChanged));
            *frame.mutable_error()->mutable_manifest() = known->toWire();
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.arrives({QStringLiteral("one")}));
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
        QVERIFY(answers > 0);
    }

    /// Its store is older than our membership: an invite helps, also while it is asked once more whether it knows us.
    void aRelayThatForgotUsCanBeJoinedWhileItIsAskedAgain() {
        Friends world;
        world.home.meddle = [](wire::pb::Frame& frame) {
            if (frame.has_welcome()) {
                const auto id = frame.id();
                frame.Clear();
                frame.set_id(id);
                frame.mutable_error()->set_code(static_cast<std::uint32_t>(wire::WireCode::AuthFailed));
            }
            return true;
        };
        world.home.crash();
        world.home.start();
        const auto last = [&world] { return world.bob.connections().back(); };
        QVERIFY(world.runUntil([&] { return last().reason == QLatin1String("LoginRefused"); }, 1h));
        VERIFY_OK(world.bob->goOnline()); // tried again at once
        QVERIFY(world.runUntil([&] { return last().state == QLatin1String("connecting"); }));
        QVERIFY(last().reason.isEmpty());
        world.home.meddle = {};
        std::optional<Result<client::Joined>> joined;
        world.bob->join(world.home.invite(), [&joined](const Result<client::Joined>& done) { joined.emplace(done); });
        QVERIFY(world.runUntil([&] { return joined.has_value(); }));
        QVERIFY2(joined->has_value(), errorText(*joined).constData());
    }

private:
    static void join(SimWorld& world, SimPerson& person, SimRelay& relay) {
        std::optional<Result<void>> joined;
        person->join(relay.invite(), [&joined](const Result<client::Joined>& result) {
            joined = result ? Result<void>() : result.error();
        });
        if (!world.runUntil([&joined] { return joined.has_value(); }) || !*joined)
            qFatal("cannot join");
        world.run(5s);
    }
    static void deleteDrop(Friends& world, const DropId& drop) {
        relay::Operation operation;
        operation.body = relay::DeleteDrop{relay::AccountRef{2}, drop, {}}; // Bob was the second to join
        world.home.run(operation);
    }
};

KITH_TEST(TestDelivery)

} // namespace kith::test

#include "test_delivery.moc"
