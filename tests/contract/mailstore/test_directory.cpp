// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/contract/mailstore/store_fixture.h"

#include <set>

using namespace kith;
using namespace kith::test;

class TestDirectory : public QObject {
    Q_OBJECT

    static std::vector<pb::OneTimeKey> keys(std::uint32_t from, std::uint32_t to, char fill = 'k') {
        std::vector<pb::OneTimeKey> out;
        for (std::uint32_t id = from; id <= to; ++id) {
            out.emplace_back().set_opk_id(id);
            out.back().set_opk(std::string(32, fill));
        }
        return out;
    }
    static TakeBundles bundles(const TestDrop& drop) {
        TakeBundles op;
        op.drop = drop.id;
        op.authority = StoreFixture::by(drop);
        op.knownVersion = 1;
        return op;
    }
    static PutDrop put(AccountRef ref, const pb::DropPut& drop) { return {ref, drop, {}}; }

private Q_SLOTS:
    void initTestCase_data() { bothStores(); }

    void eachOneTimeKeyIsHandedOutOnceEvenWhenPutAgain() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const MailboxId mailbox = t.login(owner).mailbox;
        QCOMPARE(t.run(PutKeys{mailbox, owner.bundle(owner.device(), 3), keys(1, 30), false, {}}).held, 30U);
        std::set<std::uint32_t> seen;
        for (int i = 0; i < 40; ++i) {
            const TestDrop drop = t.drop(owner); // a fresh drop has a fresh bucket
            const auto got = t.run(bundles(drop));
            QCOMPARE(got.bundles.size(), 1U);
            QCOMPARE(got.bundles[0].spk_id(), 3U);
            if (got.bundles[0].opk_id() != 0)
                QVERIFY(seen.insert(got.bundles[0].opk_id()).second);
            QCOMPARE(got.low.size(), i == 10 || i == 29 ? 1U : 0U); // 19 left, none left
            if (i % 7 == 0) {
                t.run(PutKeys{mailbox, {}, keys(1, 30), false, {}}); // a repeat after a lost reply
                t.reopen();
            }
        }
        QCOMPARE(seen.size(), 30U);
        t.run(PutKeys{mailbox, {}, keys(1, 30), true, {}});
        QCOMPARE(t.login(owner).oneTimeKeys, 0U);
    }
    void aChangedKeyUnderAHeldIdIsAConflictAndReplaceEmptiesThePool() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const MailboxId mailbox = t.login(owner).mailbox;
        t.run(PutKeys{mailbox, {}, keys(5, 9), false, {}});
        QCOMPARE(t.run(PutKeys{mailbox, {}, keys(9, 9, 'x'), false, {}}).answer.code, WireCode::Conflict);
        auto twice = keys(20, 20);
        twice.push_back(twice[0]);
        QCOMPARE(t.run(PutKeys{mailbox, {}, twice, false, {}}).answer.code, WireCode::Malformed);
        QCOMPARE(t.run(PutKeys{mailbox, {}, keys(8, 12), true, {}}).held, 5U);
        QCOMPARE(t.run(PutKeys{mailbox, {}, keys(100, 400), false, {}}).held, wire::limits::OneTimeKeysPerDevice);
    }
    void keysAreIssuedAtARateForEachDropAndDeviceAndOnlyToTheToken() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member(2);
        for (std::size_t i = 0; i < 2; ++i)
            t.run(PutKeys{t.login(owner, i).mailbox, {}, keys(1, 50), false, {}});
        const TestDrop drop = t.drop(owner);
        TestDrop stranger = drop;
        stranger.token = t.random.id<crypto::DropToken>();
        for (int i = 0; i < 20; ++i)
            QCOMPARE(t.run(bundles(stranger)).answer.code, WireCode::Denied);
        const auto issued = [&](const TestDrop& by) {
            const auto got = t.run(bundles(by));
            return std::count_if(got.bundles.begin(), got.bundles.end(), [](const auto& b) { return b.opk_id() != 0; });
        };
        for (int i = 0; i < 6; ++i)
            QCOMPARE(issued(drop), 2);
        QCOMPARE(issued(drop), 0);
        QCOMPARE(issued(t.drop(owner)), 2);
        t.clock.advance(std::chrono::minutes(10));
        QCOMPARE(issued(drop), 2);
        QCOMPARE(issued(drop), 0);
    }
    void frontDoorsGiveNoOneTimeKeys() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        t.run(PutKeys{t.login(owner).mailbox, {}, keys(1, 5), false, {}});
        const auto got = t.run(bundles(t.drop(owner, pb::DROP_FRONT)));
        QCOMPARE(got.bundles.size(), 1U);
        QCOMPARE(got.bundles[0].opk_id(), 0U);
        QCOMPARE(t.login(owner).oneTimeKeys, 5U);
    }
    void bundlesComeWithTheManifestOnlyWhereItIsNews() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member(2);
        const TestDrop drop = t.drop(owner);
        QVERIFY(!t.run(bundles(drop)).newer);
        TakeBundles op = bundles(drop);
        op.knownVersion = 0;
        op.devices = {owner.device(1)};
        const auto got = t.run(op);
        QCOMPARE(got.newer->body(), toString(owner.manifest(1).body));
        QCOMPARE(got.bundles.size(), 1U);
        QCOMPARE(got.bundles[0].device_id(), toU32(owner.device(1)));
        op.knownVersion = 8;
        QCOMPARE(t.run(op).answer.code, WireCode::NeedManifest);
        op.manifest = StoreFixture::offer(owner, 8);
        QCOMPARE(t.run(op).answer.code, WireCode::None);
    }
    void aDropIsImmutableButForItsSettings() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestAccount other = t.member();
        const AccountRef ref = t.login(owner).ref;
        const TestDrop drop = t.drop(owner);
        const pb::DropPut first = drop.put(pb::DROP_CONTACT);
        QCOMPARE(t.run(put(ref, first)).answer.code, WireCode::None); // the same again
        pb::DropPut paused = first;
        paused.set_paused(true);
        QCOMPARE(t.run(put(ref, paused)).answer.code, WireCode::Conflict); // ver not above
        paused.set_ver(2);
        const auto accepted = t.run(put(ref, paused));
        QCOMPARE(accepted.answer.code, WireCode::None);
        QVERIFY(accepted.becamePaused);
        const auto stale = t.run(put(ref, first)).answer;
        QCOMPARE(stale.code, WireCode::Conflict);
        QCOMPARE(stale.current, 2U);
        pb::DropPut otherKind = drop.put(pb::DROP_GROUP, 3);
        QCOMPARE(t.run(put(ref, otherKind)).answer.code, WireCode::Conflict);
        pb::DropPut otherToken = drop.put(pb::DROP_CONTACT, 3);
        otherToken.set_token_hash(std::string(32, 'x'));
        QCOMPARE(t.run(put(ref, otherToken)).answer.code, WireCode::Conflict);
        const auto foreign = t.run(put(t.login(other).ref, drop.put(pb::DROP_CONTACT, 9))).answer;
        QCOMPARE(foreign.code, WireCode::Conflict);
        QCOMPARE(foreign.current, 0U);
    }
    void aDeletedDropIsNeverRevivedForSixtyDays() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const auto session = t.login(owner);
        const TestDrop drop = t.drop(owner);
        t.run(DeleteDrop{t.login(t.member()).ref, drop.id, {}}); // of somebody else: nothing happens
        QCOMPARE(t.login(owner).drops.size(), 1U);
        t.run(t.send(drop, {owner.device()}));
        t.run(DeleteDrop{session.ref, drop.id, {}});
        t.reopen();
        QCOMPARE(t.run(put(session.ref, drop.put(pb::DROP_CONTACT, 99))).answer.code, WireCode::Conflict);
        QVERIFY(t.login(owner).drops.empty());
        QCOMPARE(t.all(session.mailbox).size(), 1U); // what was accepted is still delivered
        t.clock.advance(std::chrono::hours(24 * 59));
        t.login(owner);
        t.sweepAll();
        QCOMPARE(t.run(put(session.ref, drop.put(pb::DROP_CONTACT, 99))).answer.code, WireCode::Conflict);
    }
    void tombstonesAndDropsOfAnAccountAreCounted() {
        QFETCH_GLOBAL(StoreKind, kind);
        MailPolicy policy = MailPolicy::withoutRates();
        policy.dropsPerAccount = 3;
        policy.tombstonesPerAccount = 2;
        StoreFixture t(kind, policy);
        const TestAccount owner = t.member();
        const AccountRef ref = t.login(owner).ref;
        std::vector<TestDrop> drops;
        for (int i = 0; i < 3; ++i)
            drops.push_back(t.drop(owner));
        const TestDrop fourth = TestDrop::of(t.random, owner);
        QCOMPARE(t.run(put(ref, fourth.put(pb::DROP_CONTACT))).answer.code, WireCode::NoRoom);
        for (const TestDrop& drop : drops) {
            t.run(DeleteDrop{ref, drop.id, {}});
            t.clock.advance(std::chrono::hours(24));
        }
        // Two graves are kept: the oldest made room for the third.
        QCOMPARE(t.run(put(ref, drops[2].put(pb::DROP_CONTACT, 9))).answer.code, WireCode::Conflict);
        QCOMPARE(t.run(put(ref, drops[1].put(pb::DROP_CONTACT, 9))).answer.code, WireCode::Conflict);
        QCOMPARE(t.run(put(ref, drops[0].put(pb::DROP_CONTACT, 9))).answer.code, WireCode::None);
    }
    void limitsOfADropAreThoseOfItsKindAtMost() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const AccountRef ref = t.login(owner).ref;
        const TestDrop drop = TestDrop::of(t.random, owner);
        pb::DropPut asked = drop.put(pb::DROP_GROUP);
        asked.set_max_items(1'000'000);
        asked.set_max_bytes(5);
        t.run(put(ref, asked));
        const auto listed = t.run(ListDrops{ref, {}, {}}).drops;
        QCOMPARE(listed.size(), 1U);
        QCOMPARE(listed[0].max_items(), wire::limits::GroupDropItems);
        QCOMPARE(listed[0].max_bytes(), 5U);
        QVERIFY(listed[0].r16().empty());
        QCOMPARE(t.run(t.send(drop, {owner.device()}, "123456")).answer.code, WireCode::Quota);
        QCOMPARE(t.run(t.send(drop, {owner.device()}, "12345")).answer.code, WireCode::None);
    }
    void dropsAreListedInPagesSortedById() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const AccountRef ref = t.login(owner).ref;
        std::vector<Operation> batch;
        for (int i = 0; i < wire::limits::DropPageMax + 5; ++i) {
            const TestDrop drop = TestDrop::of(t.random, owner);
            batch.emplace_back().body = put(ref, drop.put(pb::DROP_CONTACT));
        }
        VERIFY_OK(t.store().execute(batch));
        const auto first = t.run(ListDrops{ref, {}, {}});
        QVERIFY(first.hasMore);
        QCOMPARE(first.drops.size(), static_cast<std::size_t>(wire::limits::DropPageMax));
        const auto rest = t.run(ListDrops{ref, DropId::checked(first.drops.back().drop_id()), {}});
        QVERIFY(!rest.hasMore);
        QCOMPARE(rest.drops.size(), 5U);
        std::set<std::string> ids;
        for (const auto* page : {&first.drops, &rest.drops})
            for (const pb::DropPut& drop : *page)
                QVERIFY(ids.empty() || *ids.rbegin() < drop.drop_id() ? ids.insert(drop.drop_id()).second : false);
        QCOMPARE(t.login(owner).drops.size(), ids.size());
    }
    void cardsAreTheirOwnersAndExpire() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount owner = t.member();
        const TestAccount other = t.member();
        const AccountRef ref = t.login(owner).ref;
        const CardId card = t.random.id<CardId>();
        QCOMPARE(t.run(ReadCard{card, {}}).answer.code, WireCode::NotFound);
        t.run(PutCard{ref, card, "one", 0, {}});
        QCOMPARE(t.run(PutCard{t.login(other).ref, card, "swap", 0, {}}).answer.code, WireCode::Conflict);
        t.run(DeleteCard{t.login(other).ref, card, {}});
        t.reopen();
        QCOMPARE(t.run(ReadCard{card, {}}).body, std::string("one"));
        for (std::uint32_t i = 1; i < wire::limits::CardsPerAccount; ++i)
            QCOMPARE(t.run(PutCard{ref, t.random.id<CardId>(), "more", 0, {}}).answer.code, WireCode::None);
        QCOMPARE(t.run(PutCard{ref, t.random.id<CardId>(), "too many", 0, {}}).answer.code, WireCode::NoRoom);
        QCOMPARE(t.run(PutCard{ref, card, "two", 0, {}}).answer.code, WireCode::None);
        t.clock.advance(std::chrono::hours(24 * 14));
        QCOMPARE(t.run(ReadCard{card, {}}).answer.code, WireCode::NotFound);
        t.sweepAll();
        QCOMPARE(t.run(PutCard{ref, card, "three", ~0U, {}}).answer.code, WireCode::None);
        t.clock.advance(std::chrono::hours(24 * 364));
        t.login(owner);
        QCOMPARE(t.run(ReadCard{card, {}}).body, std::string("three"));
        t.clock.advance(std::chrono::hours(24 * 2));
        QCOMPARE(t.run(ReadCard{card, {}}).answer.code, WireCode::NotFound);
        t.run(DeleteCard{ref, card, {}});
    }
    void descriptorsAreThoseOfTheAccountsHomesAndTheNewestWins() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        const RelayId home = t.random.id<RelayId>();
        const TestAccount owner(t.random, {home});
        RegisterAccount op;
        op.manifest = StoreFixture::offer(owner, 1);
        op.invite = t.invite();
        t.run(op);
        const AccountRef ref = t.login(owner).ref;
        const auto putIt = [&](const RelayId& relay, std::uint32_t generation, std::uint64_t issued, const char* body) {
            PutDescriptor put{ref, relay, generation, issued, {}, {}};
            put.descriptor.set_body(body);
            put.descriptor.set_sig(std::string(64, 's'));
            return t.run(put).answer.code;
        };
        QCOMPARE(putIt(t.random.id<RelayId>(), 1, 1, "foreign"), WireCode::Denied);
        QCOMPARE(putIt(home, 2, 10, "a"), WireCode::None);
        QCOMPARE(putIt(home, 2, 10, "a"), WireCode::None);
        QCOMPARE(putIt(home, 2, 10, "b"), WireCode::Conflict);
        QCOMPARE(putIt(home, 1, 99, "c"), WireCode::Conflict);
        QCOMPARE(putIt(home, 2, 11, "d"), WireCode::None);
        const TestDrop drop = t.drop(owner);
        ReadDescriptors read{drop.id, StoreFixture::by(drop), {home, t.random.id<RelayId>()}, {}};
        t.reopen();
        const auto got = t.run(read);
        QCOMPARE(got.homes, std::vector<RelayId>{home});
        QCOMPARE(got.descriptors.size(), 1U);
        QCOMPARE(got.descriptors[0].body(), std::string("d"));
        read.authority.tokenHash = {};
        QCOMPARE(t.run(read).answer.code, WireCode::Denied);
    }
    void settingsAreKept() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        QVERIFY(!t.store().setting(QLatin1String("x"))->has_value());
        VERIFY_OK(t.store().setSetting(QLatin1String("x"), view("one")));
        VERIFY_OK(t.store().setSetting(QLatin1String("x"), view("two")));
        t.reopen();
        auto read = t.store().setting(QLatin1String("x"));
        QCOMPARE(toString((*read)->view()), std::string("two"));
        VERIFY_OK(t.store().removeSetting(QLatin1String("x")));
        t.reopen();
        QVERIFY(!t.store().setting(QLatin1String("x"))->has_value());
    }
    void invitesAreLimitedInNumber() {
        QFETCH_GLOBAL(StoreKind, kind);
        StoreFixture t(kind);
        std::vector<Operation> batch(wire::limits::InvitesMax + 1);
        for (Operation& operation : batch)
            operation.body = AddInvite{{t.random.id<InviteId>(), 1, toMinute(t.clock.wall()) + 10}, {}};
        VERIFY_OK(t.store().execute(batch));
        for (std::size_t i = 0; i < batch.size(); ++i)
            QCOMPARE(std::get<AddInvite>(batch[i].body).outcome.answer.code,
                     i < wire::limits::InvitesMax ? WireCode::None : WireCode::NoRoom);
        t.clock.advance(std::chrono::minutes(10));
        QCOMPARE(t.run(AddInvite{{t.random.id<InviteId>(), 1, toMinute(t.clock.wall()) + 10}, {}}).answer.code,
                 WireCode::None);
    }

    void descriptorsOfHomesThatWereLeftAreForgotten_data() { bothStores(); }
    void descriptorsOfHomesThatWereLeftAreForgotten() {
        QFETCH(const StoreKind, kind);
        StoreFixture t(kind);
        TestAccount account = t.member();
        const OpenLease::Outcome session = t.login(account);
        const RelayId kept = t.random.id<RelayId>();
        const RelayId left = t.random.id<RelayId>();
        std::uint64_t version = 1;
        const auto live = [&](std::vector<RelayId> homes) {
            account.setHomes(std::move(homes));
            QVERIFY(t.run(PutManifest{session.ref, t.offer(account, ++version), {}, false, {}}).answer.isDone());
        };
        live({kept, left});
        pb::Signed descriptor;
        descriptor.set_body("where it is");
        for (const RelayId& relay : {kept, left})
            QVERIFY(t.run(PutDescriptor{session.ref, relay, 1, 1, descriptor, {}}).answer.isDone());
        live({kept});
        live({kept, left}); // it was gone in between
        const TestDrop drop = t.drop(account);
        const auto found = t.run(ReadDescriptors{drop.id, t.by(drop), {kept, left}, {}});
        QCOMPARE(found.homes.size(), 2U);
        QCOMPARE(found.descriptors.size(), 1U);
    }

    void loginKeysOfRemovedDevicesAreFew_data() { bothStores(); }
    void loginKeysOfRemovedDevicesAreFew() {
        QFETCH(const StoreKind, kind);
        StoreFixture t(kind);
        TestAccount account = t.member();
        const AccountRef ref = t.login(account).ref;
        std::vector<DeviceId> removed;
        std::uint64_t version = 1;
        for (std::uint32_t i = 0; i < wire::limits::RetiredPerAccount + 8; ++i) {
            removed.push_back(account.device());
            account.addDevice();
            account.removeDevice(0);
            t.clock.advance(std::chrono::hours(24));
            QVERIFY(t.run(PutManifest{ref, t.offer(account, ++version), {}, false, {}}).answer.isDone());
        }
        const auto known = [&](DeviceId device) { return t.run(FindDevice{account.id(), device, {}}).known; };
        QCOMPARE(known(removed.front()), FindDevice::Known::Not);
        QCOMPARE(known(removed.back()), FindDevice::Known::Removed);
    }

    /// Counting must not mean looking at all of them, and must not drift from what is there.
    void countsOfDropsStayTrue_data() { bothStores(); }
    void countsOfDropsStayTrue() {
        QFETCH(const StoreKind, kind);
        MailPolicy policy = MailPolicy::withoutRates();
        policy.dropsPerAccount = 6;
        policy.tombstonesPerAccount = 4;
        StoreFixture t(kind, policy);
        const TestAccount account = t.member();
        const AccountRef ref = t.login(account).ref;
        std::vector<TestDrop> live;
        for (int step = 0; step < 300; ++step) {
            if (t.random.below(3) > 0) {
                const TestDrop drop = TestDrop::of(t.random, account);
                pb::DropPut put = drop.put(pb::DROP_CONTACT);
                if (t.random.below(4) == 0)
                    put.set_expires_min(toMinute(t.clock.wall()) + 1);
                const auto code = t.run(PutDrop{ref, put, {}}).answer.code;
                QCOMPARE(code, live.size() < 6 ? WireCode::None : WireCode::NoRoom);
                if (code == WireCode::None && put.expires_min() == 0)
                    live.push_back(drop);
                else if (code == WireCode::None) {
                    t.clock.advance(std::chrono::hours(25));
                    t.sweepAll(); // it becomes a tombstone by itself
                }
            } else if (!live.empty()) {
                t.run(DeleteDrop{ref, live.back().id, {}});
                live.pop_back();
            }
            if (t.random.below(20) == 0)
                t.reopen();
            QCOMPARE(t.run(ListDrops{ref, {}, {}}).drops.size(), live.size());
        }
    }

    void aRemovalGetsThroughWhenTheDiskIsLowAndANewDeviceDoesNot() {
        StoreFixture t(StoreKind::Sqlite);
        TestAccount account = t.member(2);
        const AccountRef ref = t.login(account).ref;
        t.freeBytes = 0;
        account.addDevice();
        QCOMPARE(t.run(PutManifest{ref, t.offer(account, 2), {}, false, {}}).answer.code, WireCode::RetryLater);
        account.removeDevice(2);
        account.removeDevice(1);
        QVERIFY(t.run(PutManifest{ref, t.offer(account, 2), {}, false, {}}).answer.isDone());
    }

    /// A box without a clock of its own begins years ago; somebody sets the date.
    void whatCameUnderAWrongClockLivesOnOnceItIsRight_data() { bothStores(); }
    void whatCameUnderAWrongClockLivesOnOnceItIsRight() {
        QFETCH(const StoreKind, kind);
        StoreFixture t(kind);
        const TestAccount account = t.member();
        const OpenLease::Outcome session = t.login(account);
        const TestDrop drop = t.drop(account);
        QVERIFY(t.run(t.send(drop, {account.device()})).answer.isDone());
        const InviteId invite = t.invite();
        t.clock.jump(std::chrono::hours(24 * 365 * 3));
        t.sweepAll();
        QCOMPARE(t.all(session.mailbox).size(), 1U);
        RegisterAccount op;
        const TestAccount guest(t.random, {t.random.id<RelayId>()});
        op.manifest = t.offer(guest, 1);
        op.invite = invite;
        QVERIFY(t.run(op).answer.isDone());
        t.clock.advance(std::chrono::hours(24 * 31));
        t.sweepAll();
        QCOMPARE(t.all(session.mailbox).size(), 0U);
    }
};

KITH_TEST(TestDirectory)
#include "test_directory.moc"
