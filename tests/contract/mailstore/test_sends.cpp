// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/contract/mailstore/store_fixture.h"

using namespace kith;
using namespace kith::test;

class TestSends : public QObject {
    Q_OBJECT
    static MailPolicy small() {
        MailPolicy policy = MailPolicy::withoutRates();
        policy.mailboxItems = 12;
        policy.mailboxBytes = 12'000;
        return policy;
    }

private Q_SLOTS:
    void initTestCase_data() { bothStores(); }

    void anAcceptedItemIsThereForEveryDeviceUntilAcked() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        const auto sent = t.run(t.send(drop, {owner.device(0), owner.device(1)}, "hello"));
        QCOMPARE(sent.answer.code, WireCode::None);
        QCOMPARE(sent.placed.size(), 2U);
        t.reopen();
        for (std::size_t i = 0; i < 2; ++i) {
            const auto session = t.login(owner, i);
            QCOMPARE(session.items, 1U);
            QCOMPARE(session.bytes, 5U);
            const auto items = t.all(session.mailbox);
            QCOMPARE(items.size(), 1U);
            QCOMPARE(items[0].body, std::string("hello"));
            t.run(t.ack(session, items[0].seq));
            t.reopen();
            QVERIFY(t.all(session.mailbox).empty());
            QCOMPARE(t.login(owner, i).items, 0U);
        }
    }
    void aRepeatIsADuplicateAlsoAfterAckAndRestart() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        const EnqueueItems once = t.send(drop, {owner.device()});
        std::vector<Operation> batch(2); // both in one commit
        batch[0].body = once;
        batch[1].body = once;
        VERIFY_OK(t.store().execute(batch));
        QVERIFY(!std::get<EnqueueItems>(batch[0].body).outcome.isDuplicate);
        QVERIFY(std::get<EnqueueItems>(batch[1].body).outcome.isDuplicate);
        const auto session = t.login(owner);
        t.run(t.ack(session, session.headSeq));
        t.reopen();
        QVERIFY(t.run(once).isDuplicate);
        QVERIFY(t.all(session.mailbox).empty());
        t.clock.advance(wire::limits::DedupWindow - std::chrono::hours(24));
        t.sweepAll();
        QVERIFY(t.run(once).isDuplicate);
        t.clock.advance(std::chrono::hours(48));
        t.sweepAll();
        QVERIFY(!t.run(once).isDuplicate);
    }
    void aRepeatIsNeverRefusedForWhatHasChangedSince() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind, small());
        TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner, pb::DROP_CONTACT, 1);
        const EnqueueItems once = t.send(drop, {owner.device()});
        QCOMPARE(t.run(once).answer.code, WireCode::None);
        t.run(PutManifest{t.login(owner).ref, StoreFixture::offer(owner, 2), {}, false, {}});
        QVERIFY(t.run(once).isDuplicate); // max_total is used up and the version has risen
        EnqueueItems other = t.send(drop, {owner.device()});
        other.manifestVersion = 2;
        QCOMPARE(t.run(other).answer.code, WireCode::Denied);
    }
    void everyClosedDropDeniesAlike() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        const auto denied = [&](const TestDrop& drop) {
            const auto outcome = t.run(t.send(drop, {owner.device()}));
            return outcome.answer.code == WireCode::Denied && !outcome.answer.manifest && outcome.answer.current == 0 &&
                   outcome.answer.powBits == 0 && outcome.answer.retryAfterMs == 0 && outcome.placed.empty();
        };
        QVERIFY(denied(TestDrop::of(t.random, owner))); // unknown
        TestDrop wrongToken = t.drop(owner);
        wrongToken.token = t.random.id<crypto::DropToken>();
        QVERIFY(denied(wrongToken));
        const TestDrop paused = t.drop(owner);
        pb::DropPut put = paused.put(pb::DROP_CONTACT, 2);
        put.set_paused(true);
        t.run(PutDrop{session.ref, put, {}});
        QVERIFY(denied(paused));
        const TestDrop deleted = t.drop(owner);
        t.run(DeleteDrop{session.ref, deleted.id, {}});
        QVERIFY(denied(deleted));
        const TestDrop expired = t.drop(owner);
        put = expired.put(pb::DROP_CONTACT, 2);
        put.set_expires_min(toMinute(t.clock.wall()) + 5);
        t.run(PutDrop{session.ref, put, {}});
        QVERIFY(!denied(expired));
        t.clock.advance(std::chrono::minutes(5));
        QVERIFY(denied(expired));
        t.sweepAll();
        QVERIFY(denied(expired));
        const TestDrop full = t.drop(owner, pb::DROP_CONTACT, 1);
        QVERIFY(!denied(full));
        QVERIFY(denied(full));
    }
    void onlyTheOwnSelfDropNeedsNoToken() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestAccount other = t.member();
        const auto as = [&](const TestAccount& who, const TestDrop& drop) {
            EnqueueItems op = t.send(drop, {owner.device()});
            op.authority = {{}, t.login(who).ref};
            return t.run(op).answer.code;
        };
        QCOMPARE(as(owner, t.drop(owner, pb::DROP_SELF)), WireCode::None);
        QCOMPARE(as(other, t.drop(owner, pb::DROP_SELF)), WireCode::Denied);
        QCOMPARE(as(owner, t.drop(owner, pb::DROP_CONTACT)), WireCode::Denied);
    }
    void aWrongTokenLeavesTheBucketAlone() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind, MailPolicy());
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        TestDrop stranger = drop;
        stranger.token = t.random.id<crypto::DropToken>();
        for (int i = 0; i < 200; ++i)
            QCOMPARE(t.run(t.send(stranger, {owner.device()})).answer.code, WireCode::Denied);
        for (int i = 0; i < 60; ++i)
            QCOMPARE(t.run(t.send(drop, {owner.device()})).answer.code, WireCode::None);
        const auto over = t.run(t.send(drop, {owner.device()})).answer;
        QCOMPARE(over.code, WireCode::Rate);
        QVERIFY(over.retryAfterMs > 0 && over.retryAfterMs <= 1000);
        t.clock.advance(Millis(over.retryAfterMs));
        QCOMPARE(t.run(t.send(drop, {owner.device()})).answer.code, WireCode::None);
    }
    void aFrontDoorAsksForWorkThatGrowsWithWhatIsPending() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner, pb::DROP_FRONT);
        for (std::uint32_t pending = 0; pending < 9; ++pending) {
            const std::uint32_t needed = std::min(20 + pending, 26U);
            EnqueueItems op = t.send(drop, {owner.device()});
            op.powBits = needed - 1;
            const auto refused = t.run(op).answer;
            QCOMPARE(refused.code, WireCode::PowRequired);
            QCOMPARE(refused.powBits, needed);
            op.powBits = needed;
            QCOMPARE(t.run(op).answer.code, WireCode::None);
        }
        EnqueueItems big = t.send(drop, {owner.device()}, std::string(wire::limits::RequestBodyMax + 1, 'x'));
        big.powBits = 26;
        QCOMPARE(t.run(big).answer.code, WireCode::TooBig);
    }
    void anOldVersionGetsTheManifestAndANewerOneIsAskedForIt() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        EnqueueItems old = t.send(drop, {owner.device(0)});
        old.manifestVersion = 0;
        const auto changed = t.run(old).answer;
        QCOMPARE(changed.code, WireCode::DevicesChanged);
        QCOMPARE(changed.manifest->body(), toString(owner.manifest(1).body));

        const auto removed = t.login(owner, 1);
        owner.removeDevice(1);
        EnqueueItems ahead = t.send(drop, {owner.device(0)});
        ahead.manifestVersion = 5;
        QCOMPARE(t.run(ahead).answer.code, WireCode::NeedManifest);
        ahead.manifest = StoreFixture::offer(t.member(), 9); // of somebody else
        QCOMPARE(t.run(ahead).answer.code, WireCode::NeedManifest);
        ahead.manifest = StoreFixture::offer(owner, 5);
        const auto taken = t.run(ahead);
        QCOMPARE(taken.answer.code, WireCode::None);
        QVERIFY(taken.adoption && taken.adoption->removed == std::vector<MailboxId>{removed.mailbox});
        QCOMPARE(t.login(owner).manifestVersion, 5U);
    }
    void anUnlistedDeviceIsMalformedAndStoresNothing() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        const EnqueueItems op = t.send(drop, {owner.device(), DeviceId(77)});
        QCOMPARE(t.run(op).answer.code, WireCode::Malformed);
        QVERIFY(t.all(t.login(owner).mailbox).empty());
        QVERIFY(!t.run(op).isDuplicate);
    }
    void noDropHoldsMoreThanHalfOfTheRoomLeft() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind, small());
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        std::uint32_t total = 0;
        for (int round = 0; round < 30; ++round) {
            const TestDrop drop = t.drop(owner);
            std::uint32_t held = 0;
            while (t.run(t.send(drop, {owner.device()})).answer.code == WireCode::None) {
                const std::uint32_t roomBefore = 12 - total;
                held += 1;
                total += 1;
                QVERIFY2(held == 1 || held * 2 <= roomBefore, "a drop took more than half of the room");
            }
        }
        QCOMPARE(total, 12U); // one item each while there is room
        const auto now = t.login(owner);
        QVERIFY(now.isLagged || !now.skipped.empty() || now.items == 12);
        QCOMPARE(t.all(session.mailbox).size(), 12U);
    }
    void aDropOverItsShareNeverMakesADeviceLagged() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind, small());
        TestAccount owner = t.member(2);
        const TestDrop noisy = t.drop(owner);
        const std::vector<DeviceId> both{owner.device(0), owner.device(1)};
        while (t.run(t.send(noisy, both)).answer.code == WireCode::None) {
        }
        const auto first = t.login(owner, 0);
        t.run(t.ack(first, first.headSeq)); // the other one is asleep
        QCOMPARE(t.run(t.send(noisy, both)).answer.code, WireCode::None);
        const auto asleep = t.login(owner, 1);
        QVERIFY(!asleep.isLagged);
        QCOMPARE(asleep.skipped, std::vector<DropId>{noisy.id});

        // Now the mailbox fills with one item of each of many drops: that is nobody's fault, and the device lags.
        int taken = 0;
        while (t.run(t.send(t.drop(owner), both)).answer.code == WireCode::None)
            ++taken;
        QCOMPARE(taken, 11); // beside the one item of the noisy drop
        const auto now = t.login(owner, 0);
        t.run(t.ack(now, now.headSeq));
        QCOMPARE(t.run(t.send(t.drop(owner), both)).answer.code, WireCode::None);
        QVERIFY(t.login(owner, 1).isLagged);
        AcknowledgeItems marks = t.ack(t.login(owner, 1), 0);
        marks.clearMarks = true;
        t.run(marks);
        t.reopen();
        QVERIFY(!t.login(owner, 1).isLagged);
        QVERIFY(t.login(owner, 1).skipped.empty());
    }
    void aRefusedSendStoresNothingAtAll() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind, small());
        const TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        EnqueueItems refused;
        do {
            refused = t.send(drop, {owner.device(0), owner.device(1)});
        } while (t.run(refused).answer.code == WireCode::None);
        const auto first = t.login(owner, 0);
        const auto second = t.login(owner, 1);
        QCOMPARE(first.items, second.items);
        t.run(t.ack(first, first.headSeq));
        t.run(t.ack(second, second.headSeq));
        QVERIFY(!t.run(refused).isDuplicate);
        QCOMPARE(t.login(owner, 0).items, 1U);
        QCOMPARE(t.login(owner, 1).items, 1U);
    }
    void aFullDropIsReportedOnceAndAgainWhenItIsUnderHalf() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = TestDrop::of(t.random, owner);
        PutDrop put{t.login(owner).ref, drop.put(pb::DROP_CONTACT), {}};
        put.drop.set_max_items(4);
        t.run(put);
        for (int i = 0; i < 4; ++i)
            QCOMPARE(t.run(t.send(drop, {owner.device()})).answer.code, WireCode::None);
        const auto refused = t.run(t.send(drop, {owner.device()}));
        QCOMPARE(refused.answer.code, WireCode::Quota);
        QVERIFY(refused.becameFull);
        QVERIFY(!t.run(t.send(drop, {owner.device()})).becameFull);
        t.reopen();
        const auto session = t.login(owner);
        QCOMPARE(session.full, std::vector<DropId>{drop.id});
        const auto items = t.all(session.mailbox);
        QVERIFY(t.run(t.ack(session, items[0].seq)).resumed.empty());
        QCOMPARE(t.run(t.ack(session, items[1].seq)).resumed, std::vector<DropId>{drop.id});
        QVERIFY(t.login(owner).full.empty());
    }
    void liveItemsAreNeverWritten() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        EnqueueItems op = t.send(drop, {owner.device()}, "typing-canary");
        op.kind = EnqueueItems::Kind::Live;
        const auto outcome = t.run(op);
        QCOMPARE(outcome.answer.code, WireCode::None);
        QCOMPARE(outcome.placed.size(), 1U);
        QVERIFY(!t.run(op).isDuplicate);
        QCOMPARE(t.login(owner).items, 0U);
        QVERIFY(t.all(t.login(owner).mailbox).empty());
        op.authority.tokenHash = {};
        QCOMPARE(t.run(op).answer.code, WireCode::Denied);
    }
    void seqRisesOverRestartAndABackwardClock() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        std::uint64_t last = 0;
        for (const int jumpMinutes : {0, 0, 5, -600, 0, 1000, -20'000, 0}) {
            t.clock.jump(std::chrono::minutes(jumpMinutes));
            t.reopen();
            const auto outcome = t.run(t.send(drop, {owner.device()}));
            QVERIFY(outcome.placed[0].seq > last);
            QVERIFY(outcome.placed[0].seq < 1ULL << 53U);
            last = outcome.placed[0].seq;
            const auto session = t.login(owner);
            t.run(t.ack(session, session.headSeq)); // an empty mailbox must not start over
        }
    }
    void aLongLifeIsCutToTheRetentionAndAZeroOneTakesIt() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        const auto minutes = [&](std::uint32_t ttl) {
            EnqueueItems op = t.send(drop, {owner.device()});
            op.ttlSeconds = ttl;
            const auto outcome = t.run(op);
            return outcome.expiresMinute - outcome.receivedMinute;
        };
        QCOMPARE(minutes(61), 2U);
        QCOMPARE(minutes(3600), 60U);
        QCOMPARE(minutes(0), 30U * 24 * 60);
        QCOMPARE(minutes(0xffffffff), 30U * 24 * 60);
    }
    void expiryRemovesWhatIsDueAndNothingElse() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        for (const std::uint32_t ttl : {3600U, 7200U, 86400U}) {
            EnqueueItems op = t.send(drop, {owner.device()}, std::to_string(ttl));
            op.ttlSeconds = ttl;
            t.run(op);
        }
        const MailboxId mailbox = t.login(owner).mailbox;
        t.clock.advance(std::chrono::seconds(3600) - Millis(1));
        t.sweepAll();
        QCOMPARE(t.all(mailbox).size(), 3U);
        t.clock.advance(Millis(1));
        QCOMPARE(t.all(mailbox).size(), 2U); // not readable even before the sweep
        t.clock.jump(-std::chrono::hours(5));
        QCOMPARE(t.all(mailbox).size(), 2U); // and not again when the clock is set back
        t.sweepAll();
        QCOMPARE(t.login(owner).items, 2U);
        t.clock.jump(std::chrono::hours(5));
        t.clock.advance(std::chrono::hours(24));
        t.sweepAll();
        QCOMPARE(t.login(owner).items, 0U);
        QCOMPARE(t.login(owner).bytes, 0U);
    }
    void aFullDiskRefusesNewMailButTakesAcks() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        const EnqueueItems before = t.send(drop, {owner.device()});
        t.run(before);
        if (kind == StoreKind::Memory)
            static_cast<MemoryMailStore&>(t.store()).setDisk(Disk::Low);
        t.freeBytes = 1000;
        const EnqueueItems refused = t.send(drop, {owner.device()});
        QCOMPARE(t.run(refused).answer.code, WireCode::RetryLater);
        QVERIFY(!t.store().hasRoom());
        QVERIFY(t.run(before).isDuplicate);
        const auto session = t.login(owner);
        t.run(t.ack(session, session.headSeq));
        QVERIFY(t.all(session.mailbox).empty());
        RegisterAccount newcomer;
        newcomer.manifest = StoreFixture::offer(TestAccount(t.random, {t.random.id<RelayId>()}), 1);
        newcomer.invite = t.invite();
        QCOMPARE(t.run(newcomer).answer.code, WireCode::SignupClosed);
        if (kind == StoreKind::Memory)
            static_cast<MemoryMailStore&>(t.store()).setDisk(Disk::Roomy);
        t.freeBytes = 1LL << 40;
        QCOMPARE(t.run(refused).answer.code, WireCode::None);
    }
};

KITH_TEST(TestSends)
#include "test_sends.moc"
