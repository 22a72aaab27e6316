// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/pow.h"
#include "core/wire/limits.h"
#include "tests/unit/relay/engine_fixture.h"

#include <QFile>
#include <QRegularExpression>

using namespace kith;
using namespace kith::test;
using wire::WireCode;

class TestRequests : public QObject {
    Q_OBJECT
    /// A nonce that reaches exactly the wanted number of zero bits or more.
    static std::uint64_t work(const pb::Send& send, std::uint32_t hour, std::uint32_t bits) {
        const std::atomic<bool> never{false};
        return *crypto::solvePow(DropId::checked(send.drop_id()), EnvelopeId::checked(send.msg_id()), hour, bits,
                                 never);
    }

private Q_SLOTS:
    /// What wire/frame.cpp takes from a client, the table of the engine serves.
    void everyFrameOfClientsIsServed() {
        QFile file(QStringLiteral("core/wire/frame.proto"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString bodies = QString::fromUtf8(file.readAll())
                                   .section(QStringLiteral("oneof body {"), 1)
                                   .section(QStringLiteral("  }"), 0, 0);
        auto rows = QRegularExpression(QStringLiteral("= (\\d+);")).globalMatch(bodies);
        int served = 0;
        while (rows.hasNext()) {
            const int body = rows.next().captured(1).toInt();
            QByteArray message;
            auto tag = static_cast<std::uint32_t>(body) << 3U | 2U;
            for (; tag > 127; tag >>= 7U)
                message.append(static_cast<char>(tag | 128U));
            message.append(static_cast<char>(tag)).append('\0'); // an empty body
            wire::pb::Frame frame;
            const auto code = wire::decodeFrame(view(message), wire::Sender::Client, wire::limits::FrameMax, frame);
            if (code == wire::WireCode::Unsupported || body == wire::pb::Frame::kHello)
                continue;
            QVERIFY2(RelayEngine::isServed(static_cast<wire::pb::Frame::BodyCase>(body)), message.toHex().constData());
            ++served;
        }
        QVERIFY(served > 15);
    }

    void everyCauseOfDeniedAnswersTheSameBytes() {
        EngineFixture t;
        const TestAccount owner = t.member();
        const ConnectionId session = t.login(owner);
        const ConnectionId sender = t.meet(SocketKind::Anonymous, {"s", false});
        std::vector<TestDrop> drops;
        drops.push_back(TestDrop::of(t.random, owner)); // unknown
        drops.push_back(t.drop(session, owner));        // wrong token
        drops.back().token = t.random.id<crypto::DropToken>();
        drops.push_back(t.drop(session, owner)); // paused
        pb::Frame put = dropPutFrame(drops.back(), pb::DROP_CONTACT, 2);
        put.mutable_drop_put()->set_paused(true);
        QVERIFY(t.call(session, put).has_ok());
        drops.push_back(t.drop(session, owner)); // deleted
        pb::Frame remove;
        remove.mutable_drop_del()->set_drop_id(drops.back().id.str());
        QVERIFY(t.call(session, remove).has_ok());
        drops.push_back(t.drop(session, owner)); // expired
        put = dropPutFrame(drops.back(), pb::DROP_CONTACT, 2);
        put.mutable_drop_put()->set_expires_min(toMinute(t.clock.wall()) + 1);
        QVERIFY(t.call(session, put).has_ok());
        t.clock.advance(std::chrono::minutes(1));
        std::set<QByteArray> answers;
        for (const TestDrop& drop : drops) {
            pb::Frame frame = sendFrame(t.random, drop, {owner.device()}, "x");
            frame.set_id(7);
            t.takeRaw(sender);
            t.sendBytes(sender, wire::encodeFrame(frame));
            t.runStore();
            const auto raw = t.takeRaw(sender);
            QCOMPARE(raw.size(), 1U);
            answers.insert(raw[0]);
        }
        QCOMPARE(answers.size(), 1U);
        pb::Frame denied;
        QVERIFY(denied.ParseFromString(toString(*answers.begin())));
        QCOMPARE(codeOf(denied), WireCode::Denied);
    }
    void anAnonymousSocketIsLimitedBeforeAnythingIsRead() {
        EngineFixture t;
        const ConnectionId id = t.meet(SocketKind::Anonymous, {"s", false});
        pb::Frame frame;
        frame.mutable_card_get()->set_card_id(std::string(16, 'c'));
        for (int i = 0; i < 600; ++i)
            QCOMPARE(codeOf(t.call(id, frame)), WireCode::NotFound);
        const pb::Frame limited = t.call(id, frame);
        QCOMPARE(codeOf(limited), WireCode::Rate);
        QVERIFY(limited.error().retry_after_ms() > 0);
        t.clock.advance(std::chrono::seconds(1));
        for (int i = 0; i < 60; ++i)
            QCOMPARE(codeOf(t.call(id, frame)), WireCode::NotFound);
        // Who goes on against refusals is cut off.
        for (int i = 0; i < 300 && !t.closed(id); ++i)
            t.send(id, frame);
        QCOMPARE(t.closed(id), CloseCode::Limit);
    }
    void anAddressIsLimitedOverAllItsSockets() {
        EngineFixture t;
        std::vector<ConnectionId> sockets;
        for (int i = 0; i < 64; ++i)
            sockets.push_back(t.meet(SocketKind::Anonymous, {"one", true}));
        QCOMPARE(t.closed(t.connect(SocketKind::Anonymous, {"one", true})), CloseCode::Limit);
        QVERIFY(!t.closed(t.connect(SocketKind::Anonymous, {"two", true})));
        QVERIFY(!t.closed(t.connect(SocketKind::Anonymous, {"house", false})));
        t.disconnect(sockets.back());
        sockets.back() = t.meet(SocketKind::Anonymous, {"one", true});
        pb::Frame ping;
        ping.mutable_ping();
        int taken = 0;
        for (int round = 0; round < 40; ++round)
            for (const ConnectionId id : sockets)
                taken += t.call(id, ping).has_pong() ? 1 : 0;
        QCOMPARE(taken, 2'000);
    }
    void tooManyUnansweredAreRefusedUnreadAndThenCutOff() {
        EngineFixture t(EnginePolicy::withoutRates(), MailPolicy::withoutRates());
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(t.login(owner), owner);
        const ConnectionId id = t.meet(SocketKind::Anonymous);
        for (int i = 0; i < 256; ++i)
            t.send(id, sendFrame(t.random, drop, {owner.device()}, "x"));
        QVERIFY(t.take(id).empty());
        const std::uint64_t over = t.send(id, sendFrame(t.random, drop, {owner.device()}, "x"));
        QCOMPARE(codeOf(t.reply(id, over)), WireCode::RetryLater);
        QCOMPARE(t.waiting(), 256U);
        t.sendBytes(id, QByteArray::fromHex("0809") + QByteArray("not a frame")); // refused without a look inside
        QCOMPARE(codeOf(t.reply(id, 9)), WireCode::RetryLater);
        t.runStore();
        QVERIFY(t.call(id, sendFrame(t.random, drop, {owner.device()}, "x")).has_sent());
        for (int i = 0; i < 512; ++i)
            t.send(id, sendFrame(t.random, drop, {owner.device()}, "x"));
        QCOMPARE(t.closed(id), CloseCode::Limit);
    }
    void twoMegabytesUnansweredAreEnough() {
        EngineFixture t(EnginePolicy::withoutRates(), MailPolicy::withoutRates());
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(t.login(owner), owner);
        const ConnectionId id = t.meet(SocketKind::Anonymous);
        const std::string body(60'000, 'b');
        for (int i = 0; i < 35; ++i)
            t.send(id, sendFrame(t.random, drop, {owner.device()}, body));
        const std::uint64_t over = t.send(id, sendFrame(t.random, drop, {owner.device()}, body));
        QCOMPARE(codeOf(t.reply(id, over)), WireCode::RetryLater);
        QVERIFY(t.waiting() <= 36);
    }
    void oversizeMalformedAndUnknownFramesAreAnsweredAndTheSocketStays() {
        EngineFixture t;
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(t.login(owner), owner);
        const ConnectionId id = t.meet(SocketKind::Anonymous);
        QCOMPARE(codeOf(t.call(
                     id, sendFrame(t.random, drop, {owner.device()}, std::string(wire::limits::BodyMax + 1, 'x')))),
                 WireCode::TooBig);
        QVERIFY(t.call(id, sendFrame(t.random, drop, {owner.device()}, std::string(wire::limits::BodyMax, 'x')))
                    .has_sent());
        pb::Frame odd = sendFrame(t.random, drop, {owner.device()}, "x");
        odd.mutable_send()->set_drop_id("short");
        QCOMPARE(codeOf(t.call(id, odd)), WireCode::Malformed);
        odd = sendFrame(t.random, drop, {owner.device()}, "x");
        odd.mutable_send()->clear_token();
        QCOMPARE(codeOf(t.call(id, odd)), WireCode::Malformed);
        t.sendBytes(id, QByteArray::fromHex("08059a0500")); // id 5, an unknown body
        QCOMPARE(codeOf(t.reply(id, 5)), WireCode::Unsupported);
        pb::Frame list;
        list.mutable_drop_list();
        QCOMPARE(codeOf(t.call(id, list)), WireCode::Unsupported); // of the other kind of socket
        pb::Frame welcome;
        welcome.mutable_ok();
        QCOMPARE(codeOf(t.call(id, welcome)), WireCode::Unsupported); // of the other side
        pb::Frame ping;
        ping.mutable_ping()->set_t(42);
        QCOMPARE(t.call(id, ping).pong().t(), 42U);
        QVERIFY(!t.closed(id));
    }
    void aSessionSendsOnlyToItsOwnSelfDropWithoutAToken() {
        EngineFixture t;
        const TestAccount owner = t.member(2);
        const ConnectionId session = t.login(owner);
        const TestDrop self = t.drop(session, owner, pb::DROP_SELF);
        const TestDrop contact = t.drop(session, owner);
        pb::Frame frame = sendFrame(t.random, self, {owner.device(1)}, "sync");
        QCOMPARE(codeOf(t.call(session, frame)), WireCode::Malformed); // a token would tie sockets together
        frame.mutable_send()->clear_token();
        QVERIFY(t.call(session, frame).has_sent());
        frame = sendFrame(t.random, contact, {owner.device(1)}, "x");
        frame.mutable_send()->clear_token();
        QCOMPARE(codeOf(t.call(session, frame)), WireCode::Denied);
    }
    void aFrontDoorTakesWorkOfTheHourAndItsNeighbours() {
        MailPolicy policy;
        policy.frontPowFirstBits = 6;
        EngineFixture t({}, policy);
        const TestAccount owner = t.member();
        const TestDrop front = t.drop(t.login(owner), owner, pb::DROP_FRONT);
        const ConnectionId id = t.meet(SocketKind::Anonymous);
        const auto hour = static_cast<std::uint32_t>(toMs(t.clock.wall()) / 3'600'000);
        const pb::Frame bare = sendFrame(t.random, front, {owner.device()}, "knock");
        const pb::Frame asked = t.call(id, bare);
        QCOMPARE(codeOf(asked), WireCode::PowRequired);
        QCOMPARE(asked.error().pow_bits(), 6U);
        std::uint32_t bits = 6;
        for (const std::uint32_t at : {hour - 1, hour, hour + 1}) {
            pb::Frame frame = sendFrame(t.random, front, {owner.device()}, "knock");
            frame.mutable_send()->set_pow(work(frame.send(), at, bits++));
            QVERIFY(t.call(id, frame).has_sent());
        }
        pb::Frame old = sendFrame(t.random, front, {owner.device()}, "knock");
        std::uint64_t nonce = work(old.send(), hour - 2, 9);
        while (crypto::powBits(front.id, EnvelopeId::checked(old.send().msg_id()), hour, nonce) >= 9)
            ++nonce;
        old.mutable_send()->set_pow(nonce);
        const pb::Frame late = t.call(id, old);
        QCOMPARE(codeOf(late), WireCode::PowRequired);
        QCOMPARE(late.error().pow_bits(), 9U);
    }
    void anotherAccountsDropIdIsMalformed() {
        EngineFixture t;
        const TestAccount owner = t.member();
        const TestAccount thief = t.member();
        const ConnectionId session = t.login(thief);
        QCOMPARE(codeOf(t.call(session, dropPutFrame(TestDrop::of(t.random, owner), pb::DROP_CONTACT))),
                 WireCode::Malformed);
    }
    void manifestsKeysCardsAndDropsAreManaged() {
        EngineFixture t;
        TestAccount owner = t.member();
        const ConnectionId session = t.login(owner);
        const ConnectionId stranger = t.meet(SocketKind::Anonymous);
        const TestDrop drop = t.drop(session, owner);
        pb::Frame keys;
        *keys.mutable_keys_put()->mutable_spk() = owner.bundle(owner.device(), 4);
        for (std::uint32_t i = 1; i <= 25; ++i) {
            keys.mutable_keys_put()->add_opks()->set_opk_id(i);
            keys.mutable_keys_put()->mutable_opks(static_cast<int>(i) - 1)->set_opk(std::string(32, 'o'));
        }
        QCOMPARE(t.call(session, keys).keys_held().opk_count(), 25U);
        keys.mutable_keys_put()->mutable_spk()->set_device_id(99);
        QCOMPARE(codeOf(t.call(session, keys)), WireCode::Malformed);

        pb::Frame get;
        get.mutable_bundles_get()->set_drop_id(drop.id.str());
        get.mutable_bundles_get()->set_token(drop.token.str());
        const pb::Frame bundles = t.call(stranger, get);
        QCOMPARE(bundles.bundles().manifest().body(), toString(owner.manifest(1).body));
        QCOMPARE(bundles.bundles().bundles(0).spk_id(), 4U);
        QCOMPARE(bundles.bundles().bundles(0).opk_id(), 1U);

        pb::Frame card;
        card.mutable_card_put()->set_card_id(std::string(16, 'c'));
        card.mutable_card_put()->set_body("sealed");
        QVERIFY(t.call(session, card).has_ok());
        pb::Frame read;
        read.mutable_card_get()->set_card_id(std::string(16, 'c'));
        QCOMPARE(t.call(stranger, read).card_body().body(), std::string("sealed"));
        QCOMPARE(codeOf(t.call(session, read)), WireCode::Unsupported); // would tie the reader to an account
        pb::Frame remove;
        remove.mutable_card_del()->set_card_id(std::string(16, 'c'));
        QVERIFY(t.call(session, remove).has_ok());
        QCOMPARE(codeOf(t.call(stranger, read)), WireCode::NotFound);

        pb::Frame list;
        list.mutable_drop_list();
        QCOMPARE(t.call(session, list).drop_page().drops_size(), 1);

        const TestAccount other = t.member();
        pb::Frame put;
        *put.mutable_manifest_put()->mutable_manifest() = other.manifest(2).toWire();
        QCOMPARE(codeOf(t.call(session, put)), WireCode::Malformed);
        *put.mutable_manifest_put()->mutable_manifest() = owner.manifest(2).toWire();
        QVERIFY(t.call(session, put).has_ok());
        *put.mutable_manifest_put()->mutable_manifest() = owner.manifest(1).toWire();
        const pb::Frame stale = t.call(session, put);
        QCOMPARE(codeOf(stale), WireCode::Conflict);
        QCOMPARE(stale.error().manifest().body(), toString(owner.manifest(2).body));
    }
    void theRelayServesItsOwnDescriptorAndThoseOfOtherHomes() {
        EngineFixture t;
        const RelaySelf other = makeRelaySelf(t.random, t.clock);
        const TestAccount owner(t.random, {t.engine.self().relay, other.relay});
        const ConnectionId first = t.meet(SocketKind::Authenticated, {"x", false});
        QVERIFY(t.call(first, registerFrame(t.met(first), owner, 1, t.invite())).has_registered());
        const ConnectionId session = t.login(owner);
        const TestDrop drop = t.drop(session, owner);
        pb::Frame put;
        *put.mutable_desc_put()->mutable_descriptor() = other.descriptor.toWire();
        QVERIFY(t.call(session, put).has_ok());
        put.mutable_desc_put()->mutable_descriptor()->set_sig(std::string(64, 'x'));
        QCOMPARE(codeOf(t.call(session, put)), WireCode::Malformed);
        pb::Frame get;
        get.mutable_desc_get()->set_drop_id(drop.id.str());
        get.mutable_desc_get()->set_token(drop.token.str());
        for (const RelayId& relay : {other.relay, t.engine.self().relay, t.random.id<RelayId>()})
            get.mutable_desc_get()->add_relay_ids(relay.str());
        QCOMPARE(t.call(t.meet(SocketKind::Anonymous), get).descriptors().descriptors_size(), 2);
    }
    void pausingADropTellsTheSiblings() {
        EngineFixture t;
        const TestAccount owner = t.member(2);
        const ConnectionId sibling = t.login(owner, 1);
        const ConnectionId session = t.login(owner, 0);
        const TestDrop drop = t.drop(session, owner);
        t.take(sibling);
        pb::Frame put = dropPutFrame(drop, pb::DROP_CONTACT, 2);
        put.mutable_drop_put()->set_paused(true);
        QVERIFY(t.call(session, put).has_ok());
        const auto frames = t.take(sibling);
        QCOMPARE(frames.size(), 1U);
        QCOMPARE(frames[0].event().drop_paused().drop_id(), drop.id.str());
    }
    void anyBytesYieldAnErrorOrACloseAndNeverACrash() {
        EngineFixture t(EnginePolicy::withoutRates());
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(t.login(owner), owner);
        const std::vector<QByteArray> seeds{wire::encodeFrame(sendFrame(t.random, drop, {owner.device()}, "x")),
                                            wire::encodeFrame(dropPutFrame(drop, pb::DROP_CONTACT)),
                                            wire::encodeFrame(ackFrame(1, 99)),
                                            wire::encodeFrame(helloFrame(helloBytes(t.random)))};
        ConnectionId anonymous = t.meet(SocketKind::Anonymous);
        ConnectionId session = t.login(owner);
        for (int round = 0; round < 20'000; ++round) {
            QByteArray bytes =
                round % 3 == 0 ? t.random.bytes(t.random.below(120)) : seeds[t.random.below(seeds.size())];
            for (std::uint64_t i = t.random.below(5); i > 0 && !bytes.isEmpty(); --i)
                bytes[static_cast<qsizetype>(t.random.below(static_cast<std::uint64_t>(bytes.size())))] =
                    static_cast<char>(t.random.below(256));
            const int where = static_cast<int>(t.random.below(3));
            t.sendBytes(where == 0   ? anonymous
                        : where == 1 ? session
                                     : t.connect(SocketKind::Anonymous, {"f", false}),
                        bytes);
            if (round % 8 == 0)
                t.runStore();
            if (t.closed(anonymous))
                anonymous = t.meet(SocketKind::Anonymous, {"g", false});
            if (t.closed(session))
                session = t.login(owner);
        }
        t.runStore();
        t.take(anonymous); // answers to what the noise made of ids
        t.take(session);
        pb::Frame ping;
        ping.mutable_ping()->set_t(1);
        QVERIFY(t.call(anonymous, ping).has_pong());
        QVERIFY(t.call(session, ping).has_pong());
    }
};

KITH_TEST(TestRequests)
#include "test_requests.moc"
