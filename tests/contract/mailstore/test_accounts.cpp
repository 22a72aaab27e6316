// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/contract/mailstore/store_fixture.h"

using namespace kith;
using namespace kith::test;

class TestAccounts : public QObject {
    Q_OBJECT

    static RegisterAccount registration(const TestAccount& account, std::uint64_t version,
                                        std::optional<InviteId> invite) {
        RegisterAccount op;
        op.manifest = StoreFixture::offer(account, version);
        op.invite = invite;
        return op;
    }
    static pb::OneTimeKey key(std::uint32_t id, char fill = 'k') {
        pb::OneTimeKey out;
        out.set_opk_id(id);
        out.set_opk(std::string(32, fill));
        return out;
    }

private Q_SLOTS:
    void initTestCase_data() { bothStores(); }

    void anInviteAdmitsAsManyAsItSaysAndIsNeededOnlyOnce() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const InviteId invite = t.invite(2);
        const std::vector<RelayId> homes{t.random.id<RelayId>()};
        const TestAccount a(t.random, homes);
        const TestAccount b(t.random, homes);
        const TestAccount c(t.random, homes);
        QCOMPARE(t.run(registration(a, 1, {})).answer.code, WireCode::GrantInvalid);
        QCOMPARE(t.run(registration(a, 1, t.random.id<InviteId>())).answer.code, WireCode::GrantInvalid);
        QCOMPARE(t.run(registration(a, 1, invite)).answer.code, WireCode::None);
        t.reopen();
        QCOMPARE(t.run(registration(a, 1, invite)).answer.code, WireCode::None); // a repeat uses nothing up
        QCOMPARE(t.run(registration(b, 1, invite)).answer.code, WireCode::None);
        QCOMPARE(t.run(registration(c, 1, invite)).answer.code, WireCode::GrantInvalid);
        QCOMPARE(t.run(registration(a, 2, {})).answer.code, WireCode::None); // new homes or a recovery need no grant
        const auto stale = t.run(registration(a, 1, {}));
        QCOMPARE(stale.answer.code, WireCode::Conflict);
        QCOMPARE(stale.answer.manifest->body(), toString(a.manifest(2).body));
    }
    void expiredAndRevokedInvitesAdmitNobody() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount a(t.random, {t.random.id<RelayId>()});
        const InviteId revoked = t.invite();
        QCOMPARE(t.run(RevokeInvite{revoked, {}}).answer.code, WireCode::None);
        QCOMPARE(t.run(RevokeInvite{revoked, {}}).answer.code, WireCode::NotFound);
        QCOMPARE(t.run(registration(a, 1, revoked)).answer.code, WireCode::GrantInvalid);
        const InviteId late = t.invite();
        QCOMPARE(t.run(ListInvites{}).invites.size(), 1U);
        t.clock.advance(std::chrono::minutes(60));
        QCOMPARE(t.run(registration(a, 1, late)).answer.code, WireCode::GrantInvalid);
        t.sweepAll();
        QVERIFY(t.run(ListInvites{}).invites.empty());
    }
    void membersAreListedInTheOrderOfJoiningWithTheirLastDay() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        QVERIFY(t.run(ListMembers{}).members.empty());
        const TestAccount first = t.member();
        const std::int64_t joined = toDay(t.clock.wall());
        const TestAccount second = t.member();
        t.clock.advance(std::chrono::hours(24 * 3));
        const TestAccount third = t.member();
        const std::vector<Member> all{{first.id(), joined}, {second.id(), joined}, {third.id(), joined + 3}};
        QCOMPARE(t.run(ListMembers{}).members, all);
        QCOMPARE(t.run(ListMembers{2, {}}).members, std::vector(all.begin(), all.begin() + 2));
    }
    void manifestVersionsNeverDecreaseAcross53And63Bits() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        TestAccount owner = t.member();
        const AccountRef ref = t.login(owner).ref;
        std::uint64_t stored = 1;
        for (const std::uint64_t version : {2ULL, (1ULL << 53U), (1ULL << 53U) + 1, (1ULL << 53U), (1ULL << 63U) - 1,
                                            (1ULL << 63U) + 5, 7ULL, ~0ULL}) {
            const auto put = t.run(PutManifest{ref, StoreFixture::offer(owner, version), {}, false, {}});
            QCOMPARE(put.answer.code, version > stored ? WireCode::None : WireCode::Conflict);
            stored = std::max(stored, version);
            t.reopen();
            QCOMPARE(t.login(owner).manifestVersion, stored);
        }
        QCOMPARE(t.run(PutManifest{ref, StoreFixture::offer(owner, stored), {}, false, {}}).answer.code,
                 WireCode::None); // the same bytes again
        owner.addDevice();        // a fork: the same version with other devices
        QCOMPARE(t.run(PutManifest{ref, StoreFixture::offer(owner, stored), {}, false, {}}).answer.code,
                 WireCode::Conflict);
    }
    void aRemovedDeviceLosesItsMailboxInTheSameStep() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        t.run(t.send(drop, {owner.device(0), owner.device(1)}));
        const auto gone = t.login(owner, 1);
        const DeviceId removedId = owner.device(1);
        owner.removeDevice(1);
        const DeviceId addedId = owner.addDevice();
        const auto put =
            t.run(PutManifest{gone.ref, StoreFixture::offer(owner, 2), {owner.bundle(addedId, 9)}, false, {}});
        QCOMPARE(put.adoption->removed, std::vector<MailboxId>{gone.mailbox});
        t.reopen();
        QVERIFY(t.all(gone.mailbox).empty());
        QCOMPARE(t.login(owner, 0).items, 1U);
        QCOMPARE(t.login(owner, 1).spkId, 9U);
        const auto found = t.run(FindDevice{owner.id(), removedId, {}});
        QCOMPARE(found.known, FindDevice::Known::Removed);
        QCOMPARE(found.login, owner.login(removedId).publicKey());
        QCOMPARE(found.manifest->body(), toString(owner.manifest(2).body));
        QCOMPARE(t.run(FindDevice{owner.id(), DeviceId(5), {}}).known, FindDevice::Known::Not);
        OpenLease late;
        late.account = owner.id();
        late.device = removedId;
        late.login = owner.login(removedId).publicKey();
        QCOMPARE(t.run(late).answer.code, WireCode::AuthFailed);
    }
    void onlyTheNewestLeaseAndEpochMayAck() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        for (int i = 0; i < 6; ++i)
            t.run(t.send(drop, {owner.device()}));
        const auto older = t.login(owner);
        const auto newer = t.login(owner);
        QVERIFY(newer.lease > older.lease);
        const auto items = t.all(newer.mailbox);
        t.run(t.ack(older, items[5].seq));
        QCOMPARE(t.all(newer.mailbox).size(), 6U);
        AcknowledgeItems wrongEpoch = t.ack(newer, items[5].seq);
        wrongEpoch.epoch += 1;
        t.run(wrongEpoch);
        QCOMPARE(t.all(newer.mailbox).size(), 6U);
        AcknowledgeItems future = t.ack(newer, items[5].seq);
        future.pushedUpTo = items[1].seq; // nothing that was not pushed in this lease
        future.also = {items[4].seq};
        t.run(future);
        QCOMPARE(t.all(newer.mailbox).size(), 4U);
        AcknowledgeItems holes = t.ack(newer, 0);
        holes.also = {items[3].seq, items[5].seq, 1, items[5].seq + 1};
        t.run(holes);
        const auto left = t.all(newer.mailbox);
        QCOMPARE(left.size(), 2U);
        QCOMPARE(left[0].seq, items[2].seq);
        QCOMPARE(left[1].seq, items[4].seq);
        t.reopen();
        t.run(t.ack(newer, items[5].seq)); // the lease outlives the process
        QVERIFY(t.all(newer.mailbox).empty());
    }
    void seeingMoreThanTheStoreKnowsRenewsThatAccountOnly() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member(2);
        const TestAccount other = t.member();
        const TestDrop drop = t.drop(owner);
        for (const TestAccount* account : {&owner, &other})
            t.run(PutKeys{t.login(*account).mailbox, {}, {key(1), key(2)}, false, {}});
        t.run(t.send(drop, {owner.device(0)}));
        const auto session = t.login(owner);
        const auto sibling = t.login(owner, 1);
        const auto stranger = t.login(other);
        QVERIFY(!t.login(owner, 0, session.currentEpoch, session.headSeq).renewedEpochs);
        QVERIFY(!t.login(owner, 0, session.currentEpoch - 1, ~0ULL >> 1U).renewedEpochs); // of another epoch
        QCOMPARE(t.login(owner, 1).oneTimeKeys, 0U);
        const auto claimed = t.login(owner, 0, session.currentEpoch, session.headSeq + 1);
        QVERIFY(claimed.renewedEpochs);
        QVERIFY(claimed.currentEpoch > session.currentEpoch);
        QCOMPARE(claimed.oneTimeKeys, 0U);
        QVERIFY(t.login(owner, 1).currentEpoch > sibling.currentEpoch);
        QCOMPARE(t.all(session.mailbox).size(), 1U); // it removes nothing
        QCOMPARE(t.login(other).currentEpoch, stranger.currentEpoch);
        QCOMPARE(t.login(other).oneTimeKeys, 2U);
    }
    void aLaterEpochThanTheStoreKnowsProvesAnOldCopyToo() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        t.run(PutKeys{session.mailbox, {}, {key(1), key(2)}, false, {}});
        const auto claimed = t.login(owner, 0, session.currentEpoch + 1, 0);
        QVERIFY(claimed.renewedEpochs);
        QVERIFY(claimed.currentEpoch > session.currentEpoch);
        QCOMPARE(claimed.oneTimeKeys, 0U);
    }
    void aRestoredStoreRenewsAllEpochsAndKeepsNoOneTimeKey() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount a = t.member();
        const TestAccount b = t.member();
        for (const TestAccount* account : {&a, &b})
            t.run(PutKeys{t.login(*account).mailbox, {}, {key(1)}, false, {}});
        const auto before = t.login(a);
        if (t.isDurable()) {
            VERIFY_OK(t.store().setSetting(RestoredSetting, view("1")));
            t.reopen();
        } else {
            t.run(RenewEpochs{});
        }
        for (const TestAccount* account : {&a, &b}) {
            const auto now = t.login(*account);
            QVERIFY(now.currentEpoch > before.currentEpoch);
            QCOMPARE(now.oneTimeKeys, 0U);
        }
        const auto once = t.login(a);
        t.reopen();
        QCOMPARE(t.login(a).currentEpoch, once.currentEpoch);
    }
    void aRelayThatWasBehindGivesItsOneTimeKeysUp() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        t.run(PutKeys{session.mailbox, {}, {key(1)}, false, {}});
        t.run(PutManifest{session.ref, StoreFixture::offer(owner, 2), {}, false, {}});
        QCOMPARE(t.login(owner).oneTimeKeys, 1U);
        t.run(PutManifest{session.ref, StoreFixture::offer(owner, 3), {}, true, {}});
        QCOMPARE(t.login(owner).oneTimeKeys, 0U);
        t.run(PutKeys{session.mailbox, {}, {key(2)}, false, {}});
        OpenLease op;
        op.account = owner.id();
        op.device = owner.device();
        op.login = owner.login(op.device).publicKey();
        op.manifest = StoreFixture::offer(owner, 4);
        const auto outcome = t.run(op);
        QCOMPARE(outcome.manifestVersion, 4U);
        QCOMPARE(outcome.oneTimeKeys, 0U);
    }
    void anIdleMailboxIsPurgedAndTakesNothingUntilItsDeviceIsBack() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        const auto idle = t.login(owner, 1);
        t.clock.advance(std::chrono::hours(24 * 50));
        t.run(t.send(drop, {owner.device(0), owner.device(1)}));
        t.login(owner, 0);
        t.clock.advance(std::chrono::hours(24 * 11));
        Sweep::Outcome swept;
        do {
            const auto part = t.run(Sweep{});
            swept.hasMore = part.hasMore;
            swept.purged.insert(swept.purged.end(), part.purged.begin(), part.purged.end());
        } while (swept.hasMore);
        QCOMPARE(swept.purged.size(), 1U);
        QCOMPARE(swept.purged[0].device, owner.device(1));
        QVERIFY(t.all(idle.mailbox).empty());
        QCOMPARE(t.run(t.send(drop, {owner.device(1)})).answer.code, WireCode::Quota);
        QCOMPARE(t.run(t.send(drop, {owner.device(0), owner.device(1)})).placed.size(), 1U);
        const auto back = t.login(owner, 1);
        QVERIFY(back.isLagged);
        QVERIFY(back.currentEpoch > idle.currentEpoch);
        QCOMPARE(t.run(t.send(drop, {owner.device(1)})).answer.code, WireCode::None);
    }
    void anAckKeepsADeviceAndItsAccountAwake() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        for (int i = 0; i < 10; ++i) {
            t.clock.advance(std::chrono::hours(24 * 50));
            t.run(t.ack(session, 0));
            t.sweepAll();
        }
        QVERIFY(t.run(FindDevice{owner.id(), owner.device(), {}}).isAccountKnown);
        QVERIFY(!t.login(owner).isLagged);
    }
    void idleAccountsAndThoseThatLeftAreDeletedWithEverything() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount left = t.member();
        const TestDrop drop = t.drop(left);
        t.run(t.send(drop, {left.device()}));
        const auto session = t.login(left);
        t.run(PutManifest{session.ref, StoreFixture::offer(left, 2, false), {}, false, {}});
        t.clock.advance(std::chrono::hours(24 * 14));
        t.sweepAll();
        QCOMPARE(t.login(left).answer.code, WireCode::None);
        t.clock.advance(std::chrono::hours(24));
        t.sweepAll();
        QCOMPARE(t.login(left).answer.code, WireCode::AuthFailed);
        QVERIFY(t.all(session.mailbox).empty());
        QCOMPARE(t.run(t.send(drop, {left.device()})).answer.code, WireCode::Denied);

        const TestAccount idle = t.member();
        t.login(idle);
        t.clock.advance(std::chrono::hours(24 * 366));
        t.sweepAll();
        QVERIFY(!t.run(FindDevice{idle.id(), idle.device(), {}}).isAccountKnown);
        QCOMPARE(t.run(CountAll{}).accounts, 0);
        QCOMPARE(t.run(CountAll{}).drops, 0);
    }
};

KITH_TEST(TestAccounts)
#include "test_accounts.moc"
