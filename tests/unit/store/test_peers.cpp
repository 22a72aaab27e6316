// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/peers/peers.h"

#include "core/store/keys/key_store_sql.h"
#include "tests/unit/store/manifests.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

using Outcome = Adoption::Outcome;
using Devices = std::vector<std::uint32_t>;

struct Known : TestTables {
    Result<Adoption> adopt(const crypto::SignedManifest& manifest) { return peers.adopt(manifest, now); }
    Outcome outcome(const crypto::SignedManifest& manifest) { return adopt(manifest)->outcome; }
    Devices devices() {
        Devices numbers;
        const auto all = peers.devices(ana.id());
        for (const PeerDeviceKeys& listed : *all)
            numbers.push_back(toU32(listed.device));
        return numbers;
    }
    /// A session with each of these, as after the first message.
    void openSessions(const Devices& numbers) {
        for (const std::uint32_t number : numbers) {
            signal::KeyChanges changes;
            changes.session = {{ana.id(), DeviceId(number)}, "session " + QByteArray::number(number)};
            INVARIANT(keys.apply(std::move(changes)));
        }
    }
    Devices sessions() {
        Devices numbers;
        for (std::uint32_t number = 1; number < 10; ++number)
            if (keys.session({ana.id(), DeviceId(number)})->has_value())
                numbers.push_back(number);
        return numbers;
    }
    std::uint64_t version() { return peers.manifest(ana.id())->value().manifest.version; }

    Peers peers{db};
    KeyStoreSql keys{db, profile.clock};
    PeerAccount ana{random};
    crypto::ManifestDevice phone = ana.device(1);
    crypto::ManifestDevice laptop = ana.device(2);
    crypto::ManifestDevice tablet = ana.device(3);
    crypto::SignedManifest first = ana.sign(1, {}, {phone, laptop});
};

} // namespace

/// Which devices of another account are believed in.
class PeersTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void firstManifestIsAdopted() {
        Known known;
        QVERIFY(!known.peers.manifest(known.ana.id())->has_value());
        const auto adoption = known.adopt(known.first);
        VERIFY_OK(adoption);
        QCOMPARE(adoption->outcome, Outcome::Adopted);
        QVERIFY(!adoption->recovered);
        const auto devices = known.peers.devices(known.ana.id());
        QCOMPARE(devices->size(), std::size_t(2));
        QVERIFY(devices->front().identity == known.phone.identity && devices->front().seal == known.phone.seal);
        QCOMPARE(devices->front().registrationId, known.phone.registrationId);
        const auto back = known.peers.manifest(known.ana.id());
        QVERIFY(back->value().body == known.first.body && back->value().signature == known.first.signature);
        QCOMPARE(known.outcome(known.first), Outcome::Known);
    }

    void newerWinsAndRemovedDevicesLoseTheirSessionsInTheSameUnit() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        known.openSessions({1, 2});
        const auto second = known.ana.sign(2, known.first.hash(), {known.phone, known.tablet});
        {
            auto undone = sqlite::Savepoint::begin(known.db);
            VERIFY_OK(undone);
            QCOMPARE(known.outcome(second), Outcome::Adopted);
            QVERIFY(known.devices() == Devices({1, 3}));
            QVERIFY(known.sessions() == Devices({1}));
        }
        QVERIFY(known.devices() == Devices({1, 2})); // both or neither
        QVERIFY(known.sessions() == Devices({1, 2}));
        const auto adoption = known.adopt(second);
        QVERIFY(adoption->outcome == Outcome::Adopted && !adoption->recovered);
        QVERIFY(known.sessions() == Devices({1}));
        QVERIFY(!known.keys.trustedIdentity({known.ana.id(), DeviceId(2)})->has_value());
        QVERIFY(known.keys.trustedIdentity({known.ana.id(), DeviceId(3)})->value().bytes() ==
                known.tablet.identity.bytes());
    }

    void sessionsOfOtherAccountsStay() {
        Known known;
        PeerAccount bo(known.random);
        VERIFY_OK(known.peers.adopt(bo.sign(1, {}, {bo.device(2)}), known.now));
        VERIFY_OK(known.adopt(known.first));
        signal::KeyChanges changes;
        changes.session = {{bo.id(), DeviceId(2)}, QByteArray("with bo")};
        VERIFY_OK(known.keys.apply(std::move(changes)));
        VERIFY_OK(known.adopt(known.ana.sign(2, known.first.hash(), {known.phone})));
        QVERIFY(known.keys.session({bo.id(), DeviceId(2)})->has_value());
        QCOMPARE(known.peers.devices(bo.id())->size(), std::size_t(1));
    }

    void staleIsIgnored() {
        Known known;
        const auto second = known.ana.sign(2, known.first.hash(), {known.phone});
        VERIFY_OK(known.adopt(second));
        known.openSessions({1});
        QCOMPARE(known.outcome(known.first), Outcome::Stale); // it would bring back the laptop
        QVERIFY(known.devices() == Devices({1}));
        QVERIFY(known.sessions() == Devices({1}));
        QCOMPARE(known.version(), std::uint64_t(2));
    }

    void missedVersionsDoNotMatter() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        QCOMPARE(known.outcome(known.ana.sign(9, known.random.id<crypto::Hash32>(), {known.tablet, known.phone})),
                 Outcome::Adopted);
        QVERIFY(known.devices() == Devices({1, 3}));
    }

    void newKeysUnderAnOldNumberAreAnotherDevice() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        known.openSessions({1, 2});
        const auto reinstalled = known.ana.device(2);
        const auto adoption = known.adopt(known.ana.sign(2, known.first.hash(), {known.phone, reinstalled}));
        QVERIFY(adoption->outcome == Outcome::Adopted && !adoption->recovered);
        QVERIFY(known.sessions() == Devices({1}));
        QVERIFY(known.peers.devices(known.ana.id())->back().identity == reinstalled.identity);
    }

    void recoveryIsWhatKeepsNoDevice() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        known.openSessions({1, 2});
        const auto second = known.adopt(known.ana.sign(2, known.first.hash(), {known.phone, known.tablet}));
        QVERIFY(!second->recovered);
        const auto sameNumber = known.ana.device(1);
        const auto third = known.adopt(known.ana.sign(9, {}, {sameNumber}));
        QVERIFY(third->outcome == Outcome::Adopted && third->recovered);
        QVERIFY(known.sessions().empty());
    }

    void versionsAboveTwoToThe63Compare() {
        Known known;
        const std::uint64_t recovered = std::uint64_t(0x80000001) << 32U; // in the year 2038
        known.now = WallTime(std::chrono::seconds(0x80000001)) + std::chrono::hours(1);
        VERIFY_OK(known.adopt(known.first));
        const auto high = known.ana.sign(recovered + 1, {}, {known.phone});
        QCOMPARE(known.outcome(high), Outcome::Adopted);
        QCOMPARE(known.version(), recovered + 1);
        QCOMPARE(known.outcome(known.ana.sign(std::uint64_t(0x7fffffff) << 32U, {}, {known.laptop})), Outcome::Stale);
        QCOMPARE(known.outcome(known.ana.sign(recovered + 2, high.hash(), {known.phone, known.tablet})),
                 Outcome::Adopted);
        QVERIFY(known.devices() == Devices({1, 3}));
    }

    void recoveryFromTheFutureIsHeldBack() {
        Known known;
        const auto atSecond = [&](std::chrono::seconds ahead) {
            const auto second = std::chrono::floor<std::chrono::seconds>(known.now + ahead).time_since_epoch().count();
            return static_cast<std::uint64_t>(second) << 32U | 1U;
        };
        const auto farAhead =
            known.ana.sign(atSecond(std::chrono::hours(24) + std::chrono::seconds(1)), {}, {known.tablet});
        QCOMPARE(known.outcome(farAhead), Outcome::Ahead); // also as the first of all
        QVERIFY(!known.peers.manifest(known.ana.id())->has_value());
        VERIFY_OK(known.adopt(known.first));
        QCOMPARE(known.outcome(farAhead), Outcome::Ahead);
        QVERIFY(known.devices() == Devices({1, 2}));
        QCOMPARE(known.outcome(known.ana.sign(atSecond(std::chrono::hours(24)), {}, {known.tablet})), Outcome::Adopted);
        known.now += std::chrono::hours(1); // and then its time has come
        QCOMPARE(known.outcome(farAhead), Outcome::Adopted);
    }

    void forkKeepsOnlyCommonDevices_data() {
        QTest::addColumn<int>("version");
        QTest::newRow("same version") << 1;
        QTest::newRow("successor of another") << 2;
    }
    void forkKeepsOnlyCommonDevices() {
        QFETCH(const int, version);
        Known known;
        VERIFY_OK(known.adopt(known.first));
        known.openSessions({1, 2});
        const auto rival = known.ana.sign(static_cast<std::uint64_t>(version), known.random.id<crypto::Hash32>(),
                                          {known.phone, known.tablet});
        for (int round = 0; round < 2; ++round) {
            QCOMPARE(known.outcome(rival), Outcome::Fork);
            QVERIFY(known.devices() == Devices({1}));
            QVERIFY(known.sessions() == Devices({1}));
            QCOMPARE(known.outcome(known.first), Outcome::Known); // which does not bring the laptop back
            QVERIFY(known.devices() == Devices({1}));
        }
        QCOMPARE(known.version(), std::uint64_t(1));
    }

    void forkWithOtherKeysUnderTheSameNumberHasNothingInCommon() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        known.openSessions({1, 2});
        QCOMPARE(known.outcome(known.ana.sign(1, {}, {known.phone, known.ana.device(2)})), Outcome::Fork);
        QVERIFY(known.devices() == Devices({1}));
        QVERIFY(known.sessions() == Devices({1}));
    }

    void successorOfOneSideDoesNotEndAFork() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        const auto removal = known.ana.sign(1, known.random.id<crypto::Hash32>(), {known.phone}); // without the laptop
        QCOMPARE(known.outcome(removal), Outcome::Fork);
        const auto unaware = known.ana.sign(2, known.first.hash(), {known.phone, known.laptop});
        QCOMPARE(known.outcome(unaware), Outcome::Fork);
        QVERIFY(known.devices() == Devices({1}));
        QCOMPARE(known.outcome(known.ana.sign(7, unaware.hash(), {known.phone, known.laptop})), Outcome::Fork);
        QVERIFY(known.devices() == Devices({1}));
    }

    void mergeHealsAFork_data() {
        QTest::addColumn<bool>("onRival"); // the merge succeeds the other side
        QTest::addColumn<bool>("grown");   // one side had a successor, which we saw
        QTest::newRow("on ours") << false << false;
        QTest::newRow("on the other") << true << false;
        QTest::newRow("on ours, which grew") << false << true;
        QTest::newRow("on the other, ours grew") << true << true;
    }
    void mergeHealsAFork() {
        QFETCH(const bool, onRival);
        QFETCH(const bool, grown);
        Known known;
        VERIFY_OK(known.adopt(known.first));
        const auto rival = known.ana.sign(1, known.random.id<crypto::Hash32>(), {known.phone, known.tablet});
        QCOMPARE(known.outcome(rival), Outcome::Fork);
        auto ours = known.first;
        if (grown) {
            ours = known.ana.sign(2, known.first.hash(), {known.phone, known.laptop});
            QCOMPARE(known.outcome(ours), Outcome::Fork);
        }
        const auto merge = known.ana.sign(3, (onRival ? rival : ours).hash(), {known.phone, known.laptop, known.tablet},
                                          {ours.hash(), rival.hash()});
        QCOMPARE(known.outcome(merge), Outcome::Adopted);
        QVERIFY(known.devices() == Devices({1, 2, 3}));
        // And the fork is over: a plain successor counts again.
        QCOMPARE(known.outcome(known.ana.sign(4, merge.hash(), {known.phone})), Outcome::Adopted);
    }

    void mergeOfTheNextVersionIsNoFork() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        const auto other = known.random.id<crypto::Hash32>(); // a side we never saw
        QCOMPARE(known.outcome(known.ana.sign(2, other, {known.phone}, {known.first.hash(), other})), Outcome::Adopted);
    }

    void recoveryEndsAFork() {
        Known known;
        VERIFY_OK(known.adopt(known.first));
        QCOMPARE(known.outcome(known.ana.sign(1, {}, {known.tablet})), Outcome::Fork);
        QVERIFY(known.devices().empty());
        const auto recovery = known.adopt(known.ana.sign(std::uint64_t(1'000'000) << 32U, {}, {known.tablet}));
        QVERIFY(recovery->outcome == Outcome::Adopted && recovery->recovered);
        QVERIFY(known.devices() == Devices({3}));
    }

    void homesComeInTheirOrderAndKeepThePermission() {
        Known known;
        const auto account = known.ana.id();
        const auto home = [&](const RelayId& relay, const char* endpoint, bool localAllowed) {
            return PeerHome{relay, *wire::Endpoint::parse(QString::fromLatin1(endpoint)), localAllowed};
        };
        const auto first = known.random.id<RelayId>();
        const auto second = known.random.id<RelayId>();
        VERIFY_OK(known.peers.setHome(account, home(second, "192.168.0.2:8443", true), 1));
        VERIFY_OK(known.peers.setHome(account, home(first, "relay.example:8443", false), 0));
        auto homes = known.peers.homes(account);
        QVERIFY(homes->front().relay == first && homes->back().relay == second);
        // Heard again without a person: still allowed; another address: not.
        VERIFY_OK(known.peers.setHome(account, home(second, "192.168.0.2:8443", false), 1));
        QVERIFY(known.peers.homes(account)->back().localAllowed);
        VERIFY_OK(known.peers.setHome(account, home(second, "192.168.0.3:8443", false), 1));
        QVERIFY(!known.peers.homes(account)->back().localAllowed);
        QVERIFY(!known.peers.homes(account)->front().localAllowed);
        VERIFY_OK(known.peers.setHome(account, home(first, "relay.example:8443", true), 0));
        QVERIFY(known.peers.homes(account)->front().localAllowed);
    }

    void newerDropReplacesTheOlder() {
        Known known;
        const auto drop = [&](std::uint32_t version, wire::pb::DropKind kind = wire::pb::DROP_CONTACT) {
            return PeerDrop{known.random.id<DropId>(), known.random.secret(32), kind, version};
        };
        const auto account = known.ana.id();
        const auto chat = conversationWith(account);
        const auto current = [&](wire::pb::DropKind kind = wire::pb::DROP_CONTACT) {
            auto found = known.peers.drop(account, kind, chat);
            return std::move(*found).value();
        };
        const auto second = drop(2);
        QCOMPARE(*known.peers.setDrop(account, chat, second), true);
        QCOMPARE(*known.peers.setDrop(account, chat, drop(1)), false);
        QCOMPARE(*known.peers.setDrop(account, chat, drop(2)), false);
        QVERIFY(current().drop == second.drop);
        QCOMPARE(toByteArray(current().secret.view()), toByteArray(second.secret.view()));
        const auto third = drop(0xffffffff);
        QCOMPARE(*known.peers.setDrop(account, chat, third), true);
        QVERIFY(current().drop == third.drop && current().version == 0xffffffff);
        const auto front = drop(1, wire::pb::DROP_FRONT);
        QCOMPARE(*known.peers.setDrop(account, chat, front), true);
        QVERIFY(current(wire::pb::DROP_FRONT).drop == front.drop && current().drop == third.drop);
        VERIFY_OK(known.peers.removeDrop(account, wire::pb::DROP_FRONT, chat));
        QVERIFY(!known.peers.drop(account, wire::pb::DROP_FRONT, chat)->has_value());
        QVERIFY(current().drop == third.drop);
    }

    /// Somebody with whom we share a group has another drop for it; neither replaces the other.
    void eachConversationHasItsOwnDrop() {
        Known known;
        const auto account = known.ana.id();
        const auto chat = conversationWith(account);
        const auto group = known.random.id<ConversationId>();
        const PeerDrop own{known.random.id<DropId>(), known.random.secret(32), wire::pb::DROP_GROUP, 1};
        const PeerDrop shared{known.random.id<DropId>(), known.random.secret(32), wire::pb::DROP_GROUP, 1};
        QCOMPARE(*known.peers.setDrop(account, chat, own), true);
        QCOMPARE(*known.peers.setDrop(account, group, shared), true);
        QVERIFY(known.peers.drop(account, wire::pb::DROP_GROUP, chat)->value().drop == own.drop);
        QVERIFY(known.peers.drop(account, wire::pb::DROP_GROUP, group)->value().drop == shared.drop);
        VERIFY_OK(known.peers.removeDrop(account, wire::pb::DROP_GROUP, group));
        QVERIFY(known.peers.drop(account, wire::pb::DROP_GROUP, chat)->has_value());
    }

    void forgetLeavesNothingOfThatAccount() {
        Known known;
        PeerAccount bo(known.random);
        for (const PeerAccount* account : {&known.ana, &bo}) {
            VERIFY_OK(known.peers.adopt(account->sign(1, {}, {known.phone}), known.now));
            VERIFY_OK(known.peers.setHome(
                account->id(),
                {known.random.id<RelayId>(), *wire::Endpoint::parse(QStringLiteral("relay.example:8443")), false}, 0));
            VERIFY_OK(known.peers.setDrop(account->id(), conversationWith(account->id()),
                                          {known.random.id<DropId>(), known.random.secret(32)}));
        }
        known.openSessions({1});
        VERIFY_OK(known.peers.forget(known.ana.id()));
        QVERIFY(!known.peers.manifest(known.ana.id())->has_value());
        QVERIFY(known.devices().empty() && known.sessions().empty());
        QVERIFY(known.peers.homes(known.ana.id())->empty());
        QVERIFY(
            !known.peers.drop(known.ana.id(), wire::pb::DROP_CONTACT, conversationWith(known.ana.id()))->has_value());
        QVERIFY(known.peers.manifest(bo.id())->has_value());
        QCOMPARE(known.peers.homes(bo.id())->size(), std::size_t(1));
    }
};

KITH_TEST(PeersTest)
#include "test_peers.moc"
