// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/relay_connection.h"
#include "tests/support/fake_transport.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::link;
using namespace std::chrono_literals;
using test::endpoint;
using test::FakeRelay;
using test::FakeSocket;
using wire::pb::Frame;

namespace {

class Listener final : public ConnectionListener {
public:
    void connectionGreeted() override { ++greeted; }
    void connectionPushed(const Frame& frame) override { pushed.push_back(frame); }
    void connectionClosed(const Disconnect& end) override { ends.push_back(end); }

    int greeted = 0;
    std::vector<Frame> pushed;
    std::vector<Disconnect> ends;
};

Frame cardGet(char id = 'c') {
    Frame frame;
    frame.mutable_card_get()->set_card_id(std::string(16, id));
    return frame;
}
Frame cardBody() {
    Frame frame;
    frame.mutable_card_body()->set_body("card");
    return frame;
}
Frame drained() {
    Frame frame;
    frame.mutable_drained()->set_head_seq(1);
    return frame;
}

} // namespace

class TestRelayConnection : public QObject {
    Q_OBJECT

    /// Everything of one test, made anew for each.
    struct Fixture : test::LinkWorld {
        FakeRelay relay{'r'};
        Listener listener;
        RelayConnection connection;
        RelayAddress address{relay.id(), {endpoint("relay.example.org")}, DialPolicy::PublicOnly};
        std::vector<Result<Reply>> replies;

        explicit Fixture(Channel channel = Channel::Authenticated)
            : connection(context(), channel, listener) {
            network.put(endpoint("relay.example.org"), &relay);
        }
        void open() {
            connection.open(address);
            scheduler.run();
        }
        void request(const Frame& frame = cardGet(), Millis timeout = 10s) {
            connection.request(frame, timeout, [this](const Result<Reply>& reply) { replies.push_back(reply); });
        }
        FakeSocket& socket() { return relay.socket(); }
    };

    static void verifyEnded(Fixture& f, Code code) {
        f.scheduler.run();
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(f.listener.ends[0].error.code, code);
        QVERIFY(!f.connection.isGreeted());
        QVERIFY(!f.socket().isOpen());
    }

private Q_SLOTS:
    void nothingButHelloLeavesBeforeTheRelayIsVerified_data() {
        QTest::addColumn<int>("code");
        QTest::newRow("another relay") << int(Code::Untrusted);
        QTest::newRow("another leaf") << int(Code::Untrusted);
        QTest::newRow("another signature") << int(Code::Untrusted);
        QTest::newRow("oversize") << int(Code::TooLarge);
        QTest::newRow("another frame") << int(Code::Invalid);
        QTest::newRow("another id") << int(Code::Invalid);
        QTest::newRow("noise") << int(Code::Invalid);
        QTest::newRow("push first") << int(Code::Invalid);
        QTest::newRow("ping first") << int(Code::Invalid);
        QTest::newRow("error") << int(Code::Unavailable);
        QTest::newRow("silence") << int(Code::Timeout);
        QTest::newRow("loss") << int(Code::Unavailable);
    }
    void nothingButHelloLeavesBeforeTheRelayIsVerified() {
        QFETCH(int, code);
        const QByteArray what = QTest::currentDataTag();
        Fixture f;
        f.network.checksMessageMax = false;
        FakeRelay other('x');
        f.relay.answersHello = what.startsWith("another leaf") || what == "another signature";
        if (what == "another relay")
            f.network.put(endpoint("relay.example.org"), &other);
        if (what == "another leaf")
            f.relay.leaf = crypto::sha256(view("somebody in between"));
        if (what == "another signature")
            f.relay.tweak = [&f](auto& body) { body.set_rk(FakeRelay('y').key().publicKey().str()); };
        FakeRelay& answering = what == "another relay" ? other : f.relay;

        f.request(); // waits
        f.open();
        Frame hello;
        hello.set_id(1);
        Frame frame;
        if (what == "oversize")
            answering.socket().sendRaw(QByteArray(int(wire::limits::HandshakeFrameMax) + 1, 'x'));
        else if (what == "another frame")
            answering.socket().reply(hello, cardBody());
        else if (what == "another id") {
            frame.set_id(7);
            *frame.mutable_hello_ok() = f.relay.helloOk(f.socket().hello);
            answering.socket().send(frame);
        } else if (what == "noise")
            answering.socket().sendRaw("\xff\xff\xff");
        else if (what == "push first")
            answering.socket().send(drained());
        else if (what == "ping first") {
            frame.mutable_ping();
            answering.socket().reply(hello, frame);
        } else if (what == "error") {
            frame.mutable_error()->set_code(31);
            answering.socket().reply(hello, frame);
        } else if (what == "silence")
            f.scheduler.advance(5s);
        else if (what == "loss")
            answering.socket().close();
        f.scheduler.run();

        QCOMPARE(f.listener.greeted, 0);
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(int(f.listener.ends[0].error.code), code);
        QCOMPARE(f.replies.size(), 1U);
        QCOMPARE(int(f.replies[0].error().code), code);
        QCOMPARE(answering.socket().bytes.size(), 1U);
        QVERIFY(answering.socket().received.empty());
        QVERIFY(!answering.socket().isOpen());
    }
    void aMessageOverTheLimitOfTheFirstFrameIsRefusedByTheTransportToo() {
        Fixture f;
        f.relay.tweak = [](auto& body) { body.add_features(std::string(5'000, 'f')); };
        f.open();
        verifyEnded(f, Code::TooLarge);
    }
    void hellosOfAllSocketsDifferInTheNonceOnly() {
        std::set<std::string> seen;
        std::set<std::string> nonces;
        for (const Channel channel : {Channel::Anonymous, Channel::Anonymous, Channel::Authenticated}) {
            Fixture f(channel);
            f.random = test::SeededRandom(test::seed() + nonces.size());
            f.open();
            QCOMPARE(f.socket().channel, channel);
            Frame frame;
            QCOMPARE(wire::decodeFrame(view(f.socket().bytes[0]), wire::Sender::Client, 4096, frame),
                     wire::WireCode::None);
            wire::pb::Hello hello;
            QVERIFY(wire::decodeHello(frame.hello(), hello));
            nonces.insert(hello.client_nonce());
            hello.set_client_nonce(std::string(32, '0'));
            frame.set_hello(hello.SerializeAsString());
            seen.insert(frame.SerializeAsString());
        }
        QCOMPARE(seen.size(), 1U);
        QCOMPARE(nonces.size(), 3U);
    }
    void anErrorIsAnAnswerToHelloAndItsWaitIsCapped() {
        Fixture f;
        f.relay.answersHello = false;
        f.open();
        Frame hello;
        hello.set_id(1);
        Frame error;
        error.mutable_error()->set_code(32);
        error.mutable_error()->set_retry_after_ms(0xffffffff);
        f.socket().reply(hello, error);
        verifyEnded(f, Code::Unavailable);
        QCOMPARE(f.listener.ends[0].retryAfter, Millis(60'000));
    }

    void endpointsAreTriedInOrder() {
        Fixture f;
        FakeRelay stranger('x');
        f.network.put(endpoint("silent.example.org"), nullptr);
        f.network.put(endpoint("stranger.example.org"), &stranger);
        f.address.endpoints = {endpoint("refused.example.org"), endpoint("silent.example.org"),
                               endpoint("stranger.example.org"), endpoint("relay.example.org")};
        f.open();
        f.scheduler.advance(3s);
        QCOMPARE(f.network.dialled, f.address.endpoints);
        QCOMPARE(f.listener.greeted, 1);
        QCOMPARE(f.connection.greeting().relay, f.relay.id());
        QCOMPARE(f.listener.ends.size(), 0U);
    }
    void anUntrustedEndpointIsTheWorstFailure() {
        Fixture f;
        FakeRelay stranger('x');
        f.network.put(endpoint("stranger.example.org"), &stranger);
        f.address.endpoints = {endpoint("refused.example.org"), endpoint("stranger.example.org"),
                               endpoint("refused.example.org")};
        f.open();
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(f.listener.ends[0].error.code, Code::Untrusted);
    }
    void aStrangerAtALanAddressIsNoAttackWhenThereIsAPublicOne() {
        Fixture f;
        FakeRelay stranger('x');
        f.network.put(endpoint("192.168.1.5"), &stranger);
        f.address.policy = DialPolicy::LocalToo;
        f.address.endpoints = {endpoint("192.168.1.5"), endpoint("asleep.example.org")};
        f.open();
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(f.listener.ends[0].error.code, Code::Unavailable);
        f.address.endpoints.pop_back();
        f.open();
        QCOMPARE(f.listener.ends.size(), 2U);
        QCOMPARE(f.listener.ends[1].error.code, Code::Untrusted);
    }
    void localEndpointsAreDialledByPolicyOnly() {
        Fixture f;
        f.network.put(endpoint("192.168.1.5"), &f.relay);
        f.address.endpoints = {endpoint("192.168.1.5"), endpoint("localhost"), endpoint("127.0.0.1")};
        f.request();
        f.connection.open(f.address);
        QVERIFY(f.listener.ends.empty()); // not from inside the call
        f.scheduler.run();
        QVERIFY(f.network.dialled.empty());
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(f.listener.ends[0].error.code, Code::Denied);
        QCOMPARE(f.replies.size(), 1U);
        f.address.policy = DialPolicy::LocalToo;
        f.open();
        QCOMPARE(f.listener.greeted, 1);
    }

    void repliesFindTheirRequests() {
        Fixture f;
        f.request(cardGet('a'));
        f.open();
        f.request(cardGet('b'));
        QCOMPARE(f.socket().received.size(), 2U);
        const Frame first = f.socket().received[0];
        const Frame second = f.socket().received[1];
        QVERIFY(first.id() > 1 && second.id() > first.id());
        Frame denied;
        denied.mutable_error()->set_code(std::uint32_t(wire::WireCode::Quota));
        denied.mutable_error()->set_retry_after_ms(1'500);
        denied.mutable_error()->set_drop_id(std::string(16, 'd'));
        f.socket().reply(second, denied);
        f.socket().reply(first, cardBody());
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_OK(f.replies[0]);
        QCOMPARE(f.replies[0]->error, wire::WireCode::Quota);
        QCOMPARE(f.replies[0]->retryAfter(), Millis(1'500));
        QCOMPARE(f.replies[0]->frame.error().drop_id(), std::string(16, 'd'));
        QVERIFY(f.replies[1]->isOk());
        QCOMPARE(f.replies[1]->frame.card_body().body(), std::string("card"));
        QCOMPARE(f.connection.pending(), 0U);
        f.scheduler.advance(10s); // their timeouts are gone too
        QCOMPARE(f.replies.size(), 2U);
    }
    void anErrorWithoutACodeIsNoSuccess() {
        Fixture f;
        f.open();
        f.request();
        Frame error;
        error.mutable_error();
        f.socket().reply(f.socket().received[0], error);
        f.scheduler.run();
        QCOMPARE(f.replies[0]->error, wire::WireCode::Internal);
    }
    void lossFailsEveryRequestOnce() {
        Fixture f;
        f.open();
        for (int i = 0; i < 200; ++i) // some under way, some waiting
            f.request();
        f.socket().close(1012);
        verifyEnded(f, Code::Unavailable);
        QCOMPARE(f.listener.ends[0].closeCode, std::uint16_t(1012));
        QCOMPARE(f.replies.size(), 200U);
        for (const auto& reply : f.replies)
            VERIFY_CODE(reply, Code::Unavailable);
        f.request();
        QCOMPARE(f.replies.size(), 200U); // not from inside the call
        f.scheduler.advance(3600s);
        QCOMPARE(f.replies.size(), 201U);
        QCOMPARE(f.connection.pending(), 0U);
    }
    void closeCodesOfAnUnverifiedPeerAreIgnored() {
        Fixture f;
        f.relay.answersHello = false;
        f.open();
        f.socket().close(4409);
        verifyEnded(f, Code::Unavailable);
        QCOMPARE(f.listener.ends[0].closeCode, std::uint16_t(0));
    }
    void closeFailsRequestsAndReportsNothing() {
        Fixture f;
        f.open();
        f.request();
        f.connection.close();
        QVERIFY(f.replies.empty());
        QVERIFY(f.socket().saidGoodbye);
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Unavailable);
        QVERIFY(f.listener.ends.empty());
        f.open();
        QCOMPARE(f.listener.greeted, 2);
    }
    void closeAfterALossReportsNothing() {
        Fixture f;
        f.open();
        f.connection.abandon(QStringLiteral("test"));
        f.connection.close();
        f.scheduler.run();
        QVERIFY(f.listener.ends.empty());
    }
    void aHandlerMayCloseTheConnection() {
        Fixture f;
        f.open();
        f.connection.request(cardGet(), 10s, [&f](const Result<Reply>&) { f.connection.close(); });
        f.request();
        f.socket().reply(f.socket().received[0], cardBody());
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Unavailable);
    }
    void destructionDropsHandlers() {
        Fixture f;
        int calls = 0;
        {
            RelayConnection connection(f.context(), Channel::Anonymous, f.listener);
            connection.open(f.address);
            f.scheduler.run();
            connection.request(cardGet(), 10s, [&calls](const Result<Reply>&) { ++calls; });
            connection.close();
        }
        f.scheduler.advance(60s);
        QCOMPARE(calls, 0);
    }

    void aRequestTimesOutAndItsLateAnswerIsIgnored() {
        Fixture f;
        f.open();
        f.request(cardGet('a'), 20s);
        f.request(cardGet('b'), 5s);
        f.scheduler.advance(5s - 1ms);
        QVERIFY(f.replies.empty());
        f.scheduler.advance(1ms);
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Timeout);
        f.scheduler.advance(15s);
        QCOMPARE(f.replies.size(), 2U);
        f.socket().reply(f.socket().received[0], cardBody());
        f.socket().reply(f.socket().received[1], cardBody());
        f.scheduler.run();
        QVERIFY(f.connection.isGreeted());
        QCOMPARE(f.replies.size(), 2U);
    }
    void timeoutsRunWhileConnecting() {
        Fixture f;
        f.network.put(endpoint("relay.example.org"), nullptr);
        f.request(cardGet(), 1s);
        f.open();
        f.scheduler.advance(1s);
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Timeout);
        f.scheduler.advance(2s);
        QCOMPARE(f.listener.ends.size(), 1U);
        QCOMPARE(f.replies.size(), 1U);
    }
    void unansweredRequestsAreBounded() {
        Fixture f;
        f.open();
        for (int i = 0; i < 130; ++i)
            f.request();
        QCOMPARE(f.socket().received.size(), 128U);
        f.socket().reply(f.socket().received[5], cardBody());
        f.scheduler.run();
        QCOMPARE(f.socket().received.size(), 129U);
        QCOMPARE(f.connection.pending(), 129U);
    }
    void unansweredBytesAreBounded() {
        Fixture f;
        f.open();
        Frame put;
        put.mutable_card_put()->set_card_id(std::string(16, 'c'));
        put.mutable_card_put()->set_body(std::string(16 * 1024, 'b'));
        for (int i = 0; i < 70; ++i)
            f.request(put);
        QCOMPARE(f.socket().received.size(), 63U); // 64 of them are more than 1 MiB
    }
    void waitingRequestsAreBounded() {
        Fixture f;
        Frame put;
        put.mutable_card_put()->set_card_id(std::string(16, 'c'));
        put.mutable_card_put()->set_body(std::string(16 * 1024, 'b'));
        for (int i = 0; i < 2'048; ++i)
            f.request(put);
        f.scheduler.run();
        QVERIFY(!f.replies.empty());
        for (const auto& reply : f.replies)
            VERIFY_CODE(reply, Code::Unavailable);
        put.mutable_card_put()->set_body(std::string(1024 * 1024, 'b'));
        f.replies.clear();
        f.request(put);
        f.scheduler.run();
        VERIFY_CODE(f.replies[0], Code::TooLarge);
    }
    void aRelayThatAnswersPingsButNoRequestsIsLeft() {
        Fixture f;
        f.open();
        for (int i = 0; i < 128; ++i)
            f.request(cardGet(), 5s);
        f.scheduler.advance(5s);
        verifyEnded(f, Code::Timeout);
        QCOMPARE(f.replies.size(), 128U);
    }

    void pingsAreAnswered() {
        Fixture f;
        f.open();
        Frame ping;
        ping.mutable_ping()->set_t(42);
        f.socket().send(ping);
        f.scheduler.run();
        QCOMPARE(f.socket().last(Frame::kPong).pong().t(), 42U);
        QCOMPARE(f.socket().last(Frame::kPong).id(), 0U);
    }
    void pingsWithoutReadingEndTheConnection() {
        Fixture f;
        f.open();
        f.socket().unsent = wire::limits::UnsentBytesMax + 1;
        Frame ping;
        ping.mutable_ping();
        f.socket().send(ping);
        verifyEnded(f, Code::Invalid);
        QCOMPARE(f.socket().count(Frame::kPong), 0U);
    }
    void aQuietConnectionIsPingedEvery25Seconds() {
        Fixture f;
        f.open();
        f.scheduler.advance(25s - 1ms);
        QCOMPARE(f.socket().count(Frame::kPing), 0U);
        f.scheduler.advance(1ms);
        QCOMPARE(f.socket().count(Frame::kPing), 1U);
        f.scheduler.advance(3600s);
        QVERIFY(f.connection.isGreeted());
        QCOMPARE(f.socket().count(Frame::kPing), 145U);
    }
    void aSilentRelayIsDeadAfter60Seconds() {
        Fixture f;
        f.open();
        f.relay.answersPing = false;
        f.scheduler.advance(60s - 1ms);
        QVERIFY(f.connection.isGreeted());
        f.scheduler.advance(1ms);
        verifyEnded(f, Code::Timeout);
    }
    void whateverIsHeardKeepsAConnectionAlive() {
        Fixture f;
        f.open();
        f.relay.answersPing = false;
        for (int i = 0; i < 10; ++i) {
            f.scheduler.advance(20s);
            f.socket().send(drained());
            f.scheduler.run();
        }
        QVERIFY(f.connection.isGreeted());
        QCOMPARE(f.socket().count(Frame::kPing), 0U);
    }
    void aProbeFindsADeadConnectionInFiveSeconds() {
        Fixture f;
        f.open();
        f.connection.probe();
        f.scheduler.advance(300s); // answered: goes on
        QVERIFY(f.connection.isGreeted());
        f.relay.answersPing = false;
        f.connection.probe();
        f.scheduler.advance(5s);
        verifyEnded(f, Code::Timeout);
    }

    void unexpectedFramesEndTheConnection_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("anonymous");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& bytes, bool anonymous = false,
                            Code code = Code::Invalid) { QTest::newRow(name) << bytes << anonymous << int(code); };
        Frame answer = cardBody();
        answer.set_id(77);
        row("answer to nothing", wire::encodeFrame(answer));
        answer.set_id(2);
        answer.mutable_sent()->set_status(wire::pb::ACCEPTED);
        row("answer of the wrong kind", wire::encodeFrame(answer));
        answer.set_id(0);
        row("answer as a push", wire::encodeFrame(answer));
        Frame request = cardGet();
        row("a client's frame", wire::encodeFrame(request));
        Frame error;
        error.mutable_error()->set_code(50);
        row("error to nothing", wire::encodeFrame(error));
        row("noise", QByteArray("\xff\xff\xff"));
        Frame deliver;
        deliver.mutable_deliver()->add_envelopes()->set_msg_id("short");
        row("malformed", wire::encodeFrame(deliver));
        row("mail on an anonymous socket", wire::encodeFrame(drained()), true);
        row("too big", QByteArray(int(wire::limits::FrameMax) + 1, 'x'), false, Code::TooLarge);
    }
    void unexpectedFramesEndTheConnection() {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, anonymous);
        QFETCH(int, code);
        Fixture f(anonymous ? Channel::Anonymous : Channel::Authenticated);
        f.network.checksMessageMax = false;
        f.open();
        f.request(); // id 2
        f.socket().sendRaw(bytes);
        f.socket().send(drained()); // too late to be heard
        verifyEnded(f, Code(code));
        QVERIFY(f.listener.pushed.empty());
        QCOMPARE(f.replies.size(), 1U);
    }
    void framesOfANewerVersionAreTolerated() {
        Fixture f;
        f.open();
        f.request();
        const QByteArray push("\xc2\x3e\x00", 3); // field 1000, empty
        f.socket().sendRaw(push);
        f.scheduler.run();
        QVERIFY(f.connection.isGreeted());
        f.socket().sendRaw(QByteArray("\x08\x02", 2) + push);
        f.scheduler.run();
        QVERIFY(f.connection.isGreeted());
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Invalid);
    }
    void pushesReachTheListener() {
        Fixture f;
        f.open();
        f.socket().send(drained());
        Frame away;
        away.mutable_go_away()->set_reason(wire::pb::DRAIN);
        f.socket().send(away);
        f.scheduler.run();
        QCOMPARE(f.listener.pushed.size(), 2U);
        QVERIFY(f.listener.pushed[1].has_go_away());
    }
};
KITH_TEST(TestRelayConnection)
#include "test_relay_connection.moc"
