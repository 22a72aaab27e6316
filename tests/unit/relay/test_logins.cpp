// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/relay/engine_fixture.h"

using namespace kith;
using namespace kith::test;
using wire::WireCode;

class TestLogins : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyHelloIsReadFirstAndAtMostFourKiB() {
        EngineFixture t;
        const ConnectionId early = t.connect(SocketKind::Anonymous);
        pb::Frame ping;
        ping.mutable_ping();
        QCOMPARE(codeOf(t.call(early, ping)), WireCode::AuthRequired);
        QCOMPARE(t.closed(early), CloseCode::Auth);
        const ConnectionId big = t.connect(SocketKind::Anonymous);
        t.sendBytes(big, QByteArray(4097, 'x'));
        QCOMPARE(t.closed(big), CloseCode::TooBig);
        const ConnectionId garbage = t.connect(SocketKind::Authenticated);
        t.sendBytes(garbage, "garbage");
        QCOMPARE(t.closed(garbage), CloseCode::Auth);
        const ConnectionId future = t.connect(SocketKind::Authenticated);
        pb::Hello hello;
        hello.set_client_nonce(std::string(32, 'n'));
        hello.set_min(wire::limits::MinorVersion + 1);
        hello.set_max(9);
        QCOMPARE(codeOf(t.call(future, helloFrame(hello.SerializeAsString()))), WireCode::Unsupported);
        const ConnectionId twice = t.meet(SocketKind::Anonymous);
        QCOMPARE(codeOf(t.call(twice, helloFrame(helloBytes(t.random)))), WireCode::Unsupported);
        QVERIFY(!t.closed(twice));
    }
    void helloOkNamesLeafLimitsAndTheDescriptorsAge() {
        EngineFixture t;
        const ConnectionId id = t.meet(SocketKind::Anonymous);
        const pb::HelloOk& ok = t.met(id).helloOk;
        QCOMPARE(ok.server_ms(), static_cast<std::uint64_t>(toMs(t.clock.wall())));
        QCOMPARE(ok.issued_ms(), static_cast<std::uint64_t>(toMs(t.clock.wall())));
        QCOMPARE(ok.limits().body_max(), wire::limits::BodyMax);
        QVERIFY(t.met(id).helloOk.nonce() != t.met(t.meet(SocketKind::Anonymous)).helloOk.nonce());
    }
    void registeringNeedsTheHolderOfTheAccountKeyAndThisRelayInTheManifest() {
        EngineFixture t;
        const TestAccount account(t.random, {t.engine.self().relay});
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"other", false});
        pb::Frame stolen = registerFrame(t.met(id), account, 1, t.invite());
        stolen.mutable_register_()->set_sig(std::string(64, 'x'));
        QCOMPARE(codeOf(t.call(id, stolen)), WireCode::AuthFailed);
        const TestAccount elsewhere(t.random, {t.random.id<RelayId>()});
        QCOMPARE(codeOf(t.call(id, registerFrame(t.met(id), elsewhere, 1, t.invite()))), WireCode::Malformed);
        QCOMPARE(codeOf(t.call(id, registerFrame(t.met(id), account, 1, {}))), WireCode::GrantInvalid);
        const auto invite = t.invite();
        QCOMPARE(t.call(id, registerFrame(t.met(id), account, 1, invite)).registered().manifest_ver(), 1U);
        QVERIFY(t.call(id, registerFrame(t.met(id), account, 1, invite)).has_registered()); // a repeat
        QCOMPARE(codeOf(t.call(t.meet(SocketKind::Anonymous), stolen)), WireCode::Unsupported);
    }
    void aSignatureOfAnotherConnectionLeafOrRelayIsRefused() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId first = t.meet(SocketKind::Authenticated, {"other", false});
        const ConnectionId second = t.meet(SocketKind::Authenticated, {"other", false});
        const auto refused = [&](const Met& met) {
            return codeOf(t.call(second, authFrame(met, account, account.device()))) == WireCode::AuthFailed;
        };
        QVERIFY(refused(t.met(first))); // another transcript
        Met met = t.met(second);
        met.leafPin = t.random.id<crypto::Hash32>();
        QVERIFY(refused(met));
        met = t.met(second);
        met.relay = t.random.id<RelayId>();
        QVERIFY(refused(met));
        pb::Frame otherVersion = authFrame(t.met(second), account, account.device(), 1);
        otherVersion.mutable_auth()->set_manifest_ver(2);
        QCOMPARE(codeOf(t.call(second, otherVersion)), WireCode::AuthFailed);
        QVERIFY(t.call(second, authFrame(t.met(second), account, account.device())).has_welcome());
        // A registration signed for another connection likewise.
        const TestAccount other(t.random, {t.engine.self().relay});
        QCOMPARE(codeOf(t.call(first, registerFrame(t.met(second), other, 1, t.invite()))), WireCode::AuthFailed);
    }
    void unknownAccountsDevicesAndWrongSignaturesLookAlike() {
        EngineFixture t;
        TestAccount account = t.member();
        const TestAccount stranger(t.random, {t.engine.self().relay});
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"other", false});
        // Without the manifest nobody learns whether an account is here.
        QCOMPARE(codeOf(t.call(id, authFrame(t.met(id), stranger, stranger.device()))), WireCode::NeedManifest);
        const DeviceId unknown = account.addDevice();
        QCOMPARE(codeOf(t.call(id, authFrame(t.met(id), account, unknown, 1))), WireCode::NeedManifest);
        const auto withManifest = [&](const TestAccount& who, DeviceId device, std::uint64_t version) {
            pb::Frame frame = authFrame(t.met(id), who, device, version);
            *frame.mutable_auth()->mutable_manifest() = who.manifest(version).toWire();
            return frame;
        };
        QCOMPARE(codeOf(t.call(id, withManifest(stranger, stranger.device(), 1))), WireCode::AuthFailed);
        QCOMPARE(codeOf(t.call(id, withManifest(account, unknown, 1))), WireCode::AuthFailed); // no newer version
        pb::Frame forged = withManifest(account, unknown, 2);
        forged.mutable_auth()->mutable_manifest()->set_sig(std::string(64, 'x'));
        QCOMPARE(codeOf(t.call(id, forged)), WireCode::AuthFailed);
        // This home slept while the device was linked.
        const pb::Frame welcome = t.call(id, withManifest(account, unknown, 2));
        QVERIFY(welcome.has_welcome());
        QCOMPARE(welcome.welcome().manifest_ver(), 2U);
    }
    void onlyARemovedDeviceLearnsThatItWasRemoved() {
        EngineFixture t;
        TestAccount account = t.member(2);
        const DeviceId removed = account.device(1);
        const ConnectionId other = t.login(account, 1);
        const ConnectionId admin = t.login(account, 0);
        t.take(other);
        account.removeDevice(1);
        pb::Frame put;
        *put.mutable_manifest_put()->mutable_manifest() = account.manifest(2).toWire();
        QVERIFY(t.call(admin, put).has_ok());
        const auto last = t.take(other);
        QCOMPARE(last.size(), 1U);
        QCOMPARE(last[0].go_away().reason(), pb::REVOKED);
        QCOMPARE(last[0].go_away().manifest().body(), toString(account.manifest(2).body));
        QCOMPARE(t.closed(other), CloseCode::Auth);
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"other", false});
        pb::Frame wrong = authFrame(t.met(id), account, removed);
        wrong.mutable_auth()->set_sig(std::string(64, 'x'));
        QCOMPARE(codeOf(t.call(id, wrong)), WireCode::AuthFailed);
        const pb::Frame told = t.call(id, authFrame(t.met(id), account, removed));
        QCOMPARE(codeOf(told), WireCode::Revoked);
        QCOMPARE(told.error().manifest().body(), toString(account.manifest(2).body));
    }
    void theNewestLoginReplacesTheOlderOne() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId older = t.login(account);
        t.take(older);
        const ConnectionId newer = t.login(account);
        const auto last = t.take(older);
        QCOMPARE(last.size(), 1U);
        QCOMPARE(last[0].go_away().reason(), pb::REPLACED);
        QCOMPARE(t.closed(older), CloseCode::Replaced);
        QVERIFY(!t.closed(newer));
        t.disconnect(older);
        const TestDrop drop = t.drop(newer, account);
        t.take(newer);
        const ConnectionId sender = t.meet(SocketKind::Anonymous);
        t.call(sender, sendFrame(t.random, drop, {account.device()}, "still served"));
        QCOMPARE(EngineFixture::delivered(t.take(newer)).size(), 1U);
    }
    void nothingButRegisterAndAuthIsServedBeforeLogin() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId id = t.meet(SocketKind::Authenticated);
        pb::Frame frame;
        frame.mutable_drop_list();
        QCOMPARE(codeOf(t.call(id, frame)), WireCode::AuthRequired);
        QCOMPARE(codeOf(t.call(id, ackFrame(1, 1))), WireCode::AuthRequired);
        pb::Frame blob = authFrame(t.met(id), account, account.device());
        blob.mutable_auth()->set_role(pb::ROLE_BLOB);
        QCOMPARE(codeOf(t.call(id, blob)), WireCode::Unsupported);
        t.clock.advance(std::chrono::seconds(30));
        t.tick();
        QCOMPARE(t.closed(id), CloseCode::Auth);
    }
    void loginsAndRegistrationsOfAnAddressAreLimited() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"attacker", true});
        pb::Frame wrong = authFrame(t.met(id), account, account.device());
        wrong.mutable_auth()->set_sig(std::string(64, 'x'));
        for (int i = 0; i < 10; ++i)
            QCOMPARE(codeOf(t.call(id, wrong)), WireCode::AuthFailed);
        const pb::Frame limited = t.call(id, wrong);
        QCOMPARE(codeOf(limited), WireCode::Rate);
        QVERIFY(limited.error().retry_after_ms() <= 6'000);
        const TestAccount stranger(t.random, {t.engine.self().relay});
        for (int i = 0; i < 5; ++i)
            QCOMPARE(codeOf(t.call(id, registerFrame(t.met(id), stranger, 1, {}))), WireCode::GrantInvalid);
        const pb::Frame guessing = t.call(id, registerFrame(t.met(id), stranger, 1, {}));
        QCOMPARE(codeOf(guessing), WireCode::Rate);
        QVERIFY(guessing.error().retry_after_ms() > 0);
        const ConnectionId neighbour = t.meet(SocketKind::Authenticated, {"neighbour", true});
        QVERIFY(t.call(neighbour, authFrame(t.met(neighbour), account, account.device())).has_welcome());
    }
    void aPartyOfGuestsJoinsFromOneAddress() {
        EngineFixture t;
        for (int i = 0; i < 30; ++i) {
            const TestAccount guest(t.random, {t.engine.self().relay});
            const ConnectionId id = t.meet(SocketKind::Authenticated, {"table", true});
            QVERIFY(t.call(id, registerFrame(t.met(id), guest, 1, t.invite())).has_registered());
            t.disconnect(id);
        }
    }
    void whatOneAccountAsksForIsLimitedOverItsSockets() {
        EngineFixture t;
        const TestAccount account = t.member(2);
        const ConnectionId one = t.login(account, 0);
        const ConnectionId two = t.login(account, 1);
        pb::Frame list;
        list.mutable_drop_list();
        for (int i = 0; i < 30; ++i)
            QVERIFY(t.call(i % 2 == 0 ? one : two, list).has_drop_page());
        const pb::Frame limited = t.call(one, list);
        QCOMPARE(codeOf(limited), WireCode::Rate);
        QVERIFY(limited.error().retry_after_ms() <= 1'000);
        QCOMPARE(codeOf(t.call(two, list)), WireCode::Rate);
        std::uint64_t version = 1;
        pb::Frame put;
        for (int i = 0; i < 30; ++i) {
            *put.mutable_manifest_put()->mutable_manifest() = account.manifest(++version).toWire();
            QVERIFY(t.call(one, put).has_ok());
        }
        *put.mutable_manifest_put()->mutable_manifest() = account.manifest(++version).toWire();
        QCOMPARE(codeOf(t.call(two, put)), WireCode::Rate);
        const TestAccount other = t.member();
        QVERIFY(t.call(t.login(other), list).has_drop_page());
    }
    void socketsThatDoNotLogInAreCountedAlsoAtHome() {
        EngineFixture t;
        const Peer home{"home", false};
        std::vector<ConnectionId> open;
        for (std::uint32_t i = 0; i < wire::limits::StrangersOfThisHouse; ++i)
            open.push_back(t.connect(i % 2 == 0 ? SocketKind::Anonymous : SocketKind::Authenticated, home));
        QVERIFY(!t.closed(open.back()));
        QCOMPARE(t.closed(t.connect(SocketKind::Authenticated, home)), CloseCode::Limit);
        QVERIFY(!t.closed(t.connect(SocketKind::Authenticated, {"elsewhere", true})));
        t.disconnect(open.front());
        const ConnectionId again = t.connect(SocketKind::Anonymous, home);
        QVERIFY(!t.closed(again));
    }
    void aMemberIsNoLongerCountedAmongStrangers() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId session = t.login(account); // from "other"
        for (std::uint32_t i = 0; i < wire::limits::StrangersOfThisHouse; ++i)
            QVERIFY(!t.closed(t.connect(SocketKind::Anonymous, {"other", false})));
        QVERIFY(!t.closed(session));
    }
    void aFailedStoreAsksForALaterLogin() {
        EngineFixture t;
        const TestAccount account = t.member();
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"other", false});
        const std::uint64_t request = t.send(id, authFrame(t.met(id), account, account.device()));
        t.runStore(RelayEngine::Commit::Failed);
        QCOMPARE(codeOf(t.reply(id, request)), WireCode::RetryLater);
        QVERIFY(t.call(id, authFrame(t.met(id), account, account.device())).has_welcome());
    }
    void seeingMoreThanTheRelaySendsTheSiblingsBackToLogin() {
        EngineFixture t;
        const TestAccount account = t.member(2);
        const ConnectionId sibling = t.login(account, 1);
        const ConnectionId first = t.login(account, 0);
        const pb::Welcome before = t.welcome(first);
        const ConnectionId id = t.meet(SocketKind::Authenticated, {"other", false});
        pb::Frame frame = authFrame(t.met(id), account, account.device(0));
        frame.mutable_auth()->set_epoch(before.epoch());
        frame.mutable_auth()->set_seen_seq(before.head_seq() + 1);
        const pb::Frame reply = t.call(id, frame);
        QVERIFY(reply.welcome().epoch() > before.epoch());
        QCOMPARE(t.closed(sibling), CloseCode::Drain);
    }
};

KITH_TEST(TestLogins)
#include "test_logins.moc"
