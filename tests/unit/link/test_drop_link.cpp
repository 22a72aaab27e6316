// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/drop_link.h"
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

Frame sendFrame() {
    Frame frame;
    auto* send = frame.mutable_send();
    send->set_drop_id(std::string(16, 'd'));
    send->set_token(std::string(16, 't'));
    send->set_msg_id(std::string(16, 'm'));
    send->set_class_(wire::pb::CLASS_DURABLE);
    auto* item = send->add_items();
    item->set_device_id(1);
    item->set_body("body");
    return frame;
}
Frame sentFrame() {
    Frame frame;
    frame.mutable_sent()->set_status(wire::pb::ACCEPTED);
    return frame;
}

} // namespace

class TestDropLink : public QObject {
    Q_OBJECT

    struct Fixture : test::LinkWorld {
        std::deque<FakeRelay> relays;
        std::optional<DropLink> link;
        std::vector<Result<Reply>> replies;
        bool accepts = true;

        explicit Fixture(int relayCount = 1, std::uint64_t seed = 1)
            : LinkWorld(seed) {
            for (int i = 0; i < relayCount; ++i) {
                FakeRelay& relay = relays.emplace_back(char(i + 1));
                network.put(address(i).endpoints[0], &relay);
                relay.onFrame = [this](FakeSocket& socket, const Frame& frame) {
                    if (accepts && frame.has_send())
                        socket.reply(frame, sentFrame());
                };
            }
            link.emplace(context());
        }
        RelayAddress address(int i = 0) {
            return {relays[std::size_t(i)].id(),
                    {wire::Endpoint{QStringLiteral("relay%1.example.org").arg(i), 8443}},
                    DialPolicy::PublicOnly};
        }
        void send(int i = 0, Millis timeout = 30s) { send(address(i), timeout); }
        void send(const RelayAddress& to, Millis timeout = 30s) {
            link->send(to, sendFrame(), timeout, [this](const Result<Reply>& reply) { replies.push_back(reply); });
        }
        void sendAndRun(int i = 0) {
            send(i);
            scheduler.run();
        }
        FakeRelay& relay(int i = 0) { return relays[std::size_t(i)]; }
        std::size_t openSockets() const {
            std::size_t open = 0;
            for (const FakeRelay& one : relays)
                open += one.openSockets();
            return open;
        }
    };

private Q_SLOTS:
    void requestsShareOneSocketPerRelay() {
        Fixture f(2);
        f.send(0);
        f.send(0);
        f.send(1);
        QVERIFY(f.replies.empty());
        f.scheduler.run();
        f.sendAndRun(0);
        QCOMPARE(f.replies.size(), 4U);
        for (const auto& reply : f.replies)
            QVERIFY(reply && reply->isOk());
        QCOMPARE(f.relay(0).sockets.size(), 1U);
        QCOMPARE(f.relay(1).sockets.size(), 1U);
        QCOMPARE(f.relay(0).socket().channel, Channel::Anonymous);
        QCOMPARE(f.relay(0).socket().count(Frame::kSend), 3U);
        QCOMPARE(f.relay(0).socket().count(Frame::kAuth), 0U);
    }
    void requestsWaitWhileConnecting() {
        Fixture f;
        f.relay().answersHello = false;
        f.send();
        f.scheduler.run();
        f.send();
        f.scheduler.run();
        QCOMPARE(f.relay().socket().received.size(), 0U);
        QVERIFY(f.replies.empty());
        Frame hello;
        hello.set_id(1);
        Frame answer;
        *answer.mutable_hello_ok() = f.relay().helloOk(f.relay().socket().hello);
        f.relay().socket().reply(hello, answer);
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_OK(f.replies[0]);
    }
    void anIdleSocketClosesAfter60Seconds() {
        Fixture f;
        f.sendAndRun();
        f.scheduler.advance(59s);
        f.sendAndRun();
        f.scheduler.advance(60s - 1ms);
        QCOMPARE(f.openSockets(), 1U);
        f.scheduler.advance(1ms);
        QCOMPARE(f.openSockets(), 0U);
        QVERIFY(f.relay().socket().saidGoodbye);
        f.sendAndRun();
        QCOMPARE(f.relay().sockets.size(), 2U);
        QCOMPARE(f.replies.size(), 3U);
    }
    void aSocketLivesTenMinutesAndItsRequestsEndFirst() {
        Fixture f;
        for (int i = 0; i < 20; ++i) {
            f.sendAndRun();
            f.scheduler.advance(29s);
        }
        f.scheduler.advance(10s);
        QCOMPARE(f.relay().sockets.size(), 1U);
        f.accepts = false;
        f.send(0, 60s);
        f.scheduler.advance(10s); // ten minutes
        f.accepts = true;
        FakeSocket& old = *f.relay().sockets[0];
        QVERIFY(old.isOpen());
        f.sendAndRun();
        QCOMPARE(f.relay().sockets.size(), 2U);
        QCOMPARE(f.replies.size(), 21U);
        old.reply(old.last(Frame::kSend), sentFrame());
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 22U);
        VERIFY_OK(f.replies[21]);
        QVERIFY(!old.isOpen());
        QCOMPARE(f.openSockets(), 1U);
    }
    void aRetiredSocketEndsWithItsLastTimeout() {
        Fixture f;
        f.accepts = false;
        f.send(0, 700s);
        f.scheduler.advance(600s);
        QCOMPARE(f.openSockets(), 1U);
        f.scheduler.advance(100s);
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Timeout);
        QCOMPARE(f.openSockets(), 0U);
    }
    void afterAFailedConnectionRequestsFailAtOnce() {
        Fixture f(1, test::seed());
        f.network.remove(f.address().endpoints[0]);
        f.send();
        f.send();
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_CODE(f.replies[0], Code::Unavailable);
        for (int failures = 1; failures < 12; ++failures) {
            while (!f.link->nextTry(f.address().relay)) { // a wait of 0 ms is possible
                f.sendAndRun();
            }
            const WallTime next = *f.link->nextTry(f.address().relay);
            QVERIFY(next <= f.clock.wall() + 60s);
            const auto dialled = f.network.dialled.size();
            f.replies.clear();
            f.send();
            QVERIFY(f.replies.empty()); // not from inside the call
            f.scheduler.run();
            VERIFY_CODE(f.replies[0], Code::Unavailable);
            QCOMPARE(f.network.dialled.size(), dialled);
            f.scheduler.advance(next - f.clock.wall());
            QVERIFY(!f.link->nextTry(f.address().relay));
            f.sendAndRun();
            QCOMPARE(f.network.dialled.size(), dialled + 1);
        }
        f.network.put(f.address().endpoints[0], &f.relay());
        f.link->retryNow();
        f.replies.clear();
        f.sendAndRun();
        VERIFY_OK(f.replies[0]);
        QVERIFY(!f.link->nextTry(f.address().relay));
    }
    void anotherAddressIsTriedAtOnce() {
        Fixture f;
        f.network.remove(f.address().endpoints[0]);
        f.sendAndRun();
        RelayAddress moved = f.address();
        moved.endpoints = {endpoint("moved.example.org")};
        f.network.put(moved.endpoints[0], &f.relay());
        f.send(moved);
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_OK(f.replies[1]);
    }
    void aWrongRelayIsUntrustedAndHeardNoRequest() {
        Fixture f(2);
        f.network.put(f.address(0).endpoints[0], &f.relay(1));
        f.sendAndRun(0);
        VERIFY_CODE(f.replies[0], Code::Untrusted);
        QCOMPARE(f.relay(1).socket().bytes.size(), 1U);
        QVERIFY(f.link->nextTry(f.address(0).relay));
        f.sendAndRun(0);
        VERIFY_CODE(f.replies[1], Code::Untrusted);
        QCOMPARE(f.relay(1).sockets.size(), 1U);
    }
    void strangersCannotMakeUsDialLocally() {
        Fixture f;
        RelayAddress local = f.address();
        local.endpoints = {endpoint("192.168.0.1"), endpoint("127.0.0.1:22"), endpoint("[::1]:6379")};
        f.send(local);
        f.scheduler.run();
        VERIFY_CODE(f.replies[0], Code::Denied);
        QVERIFY(f.network.dialled.empty());
        local.policy = DialPolicy::LocalToo; // pasted by the user
        f.network.put(endpoint("192.168.0.1"), &f.relay());
        f.send(local);
        f.scheduler.run();
        VERIFY_OK(f.replies[1]);
    }
    void aLostSocketFailsItsRequestsOnceAndTheNextOneConnects() {
        Fixture f;
        f.accepts = false;
        f.send();
        f.sendAndRun();
        f.relay().socket().close();
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_CODE(f.replies[1], Code::Unavailable);
        f.accepts = true;
        f.sendAndRun();
        QCOMPARE(f.replies.size(), 3U);
        VERIFY_OK(f.replies[2]);
    }
    void handlersMaySendAgain() {
        Fixture f;
        f.accepts = false;
        f.link->send(f.address(), sendFrame(), 5s, [&f](const Result<Reply>&) {
            f.accepts = true;
            f.send();
        });
        f.scheduler.run();
        f.relay().socket().close();
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_OK(f.replies[0]);
    }
    void aDrainingRelayFinishesWhatItHasAndGetsNoMore() {
        Fixture f(1, test::seed());
        f.accepts = false;
        f.sendAndRun();
        Frame away;
        away.mutable_go_away()->set_reason(wire::pb::DRAIN);
        away.mutable_go_away()->set_retry_after_ms(20'000);
        f.relay().socket().send(away);
        f.scheduler.run();
        QVERIFY(f.relay().socket().isOpen());
        f.sendAndRun();
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Unavailable);
        QVERIFY(*f.link->nextTry(f.address().relay) >= f.clock.wall() + 20s);
        f.relay().socket().reply(f.relay().socket().last(Frame::kSend), sentFrame());
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 2U);
        VERIFY_OK(f.replies[1]);
        QCOMPARE(f.openSockets(), 0U);
        f.accepts = true;
        f.scheduler.advance(21s);
        f.sendAndRun();
        VERIFY_OK(f.replies[2]);
    }
    void greetTellsTheRelaysClock() {
        Fixture f;
        f.relay().serverMs = std::uint64_t(toMs(f.clock.wall())) + 7'200'000;
        std::vector<Result<Greeting>> greetings;
        const auto greet = [&] {
            f.link->greet(f.address(), 5s, [&greetings](const Result<Greeting>& g) { greetings.push_back(g); });
            f.scheduler.run();
        };
        greet();
        QCOMPARE(greetings.size(), 1U);
        VERIFY_OK(greetings[0]);
        QCOMPARE(greetings[0]->relayTime(f.clock), f.clock.wall() + 2h);
        f.sendAndRun();
        QCOMPARE(f.relay().sockets.size(), 1U);
        f.relay().answersPing = false;
        greet();
        f.scheduler.advance(5s);
        VERIFY_CODE(greetings[1], Code::Timeout);
    }
    void socketsAreLimitedAndIdleOnesMakeRoom() {
        const int many = int(DropLink::SocketsMax) + 8;
        Fixture f(many);
        f.accepts = false;
        for (int i = 0; i < many; ++i)
            f.send(i, 300s);
        f.scheduler.run();
        QCOMPARE(f.openSockets(), DropLink::SocketsMax);
        f.send(many - 1, 1s); // waits for its turn, but no longer than it wanted
        f.scheduler.advance(1s);
        QCOMPARE(f.replies.size(), 1U);
        VERIFY_CODE(f.replies[0], Code::Timeout);
        f.accepts = true;
        for (int i = 0; i < 8; ++i)
            f.relay(i).socket().reply(f.relay(i).socket().last(Frame::kSend), sentFrame());
        f.scheduler.run();
        QCOMPARE(f.replies.size(), 1U + 8U + 8U);
        QCOMPARE(f.openSockets(), DropLink::SocketsMax);
        QVERIFY(!f.relay(0).socket().isOpen());
        QVERIFY(f.relay(8).socket().isOpen());
        for (int i = 8; i < int(DropLink::SocketsMax); ++i)
            f.relay(i).socket().reply(f.relay(i).socket().last(Frame::kSend), sentFrame());
        f.scheduler.advance(60s);
        QCOMPARE(f.replies.size(), std::size_t(many + 1));
        QCOMPARE(f.openSockets(), 0U);
    }
    void aSocketThatNobodyWaitsForAnyMoreIsNotOpened() {
        const int many = int(DropLink::SocketsMax) + 1;
        Fixture f(many);
        f.accepts = false;
        for (int i = 0; i < many; ++i)
            f.send(i, i == many - 1 ? 1s : 300s);
        f.scheduler.advance(300s);
        QCOMPARE(f.replies.size(), std::size_t(many));
        QVERIFY(f.relay(many - 1).sockets.empty());
    }
    void destructionDropsHandlers() {
        Fixture f;
        f.accepts = false;
        f.sendAndRun();
        f.send();
        f.link.reset();
        f.scheduler.advance(60s);
        QVERIFY(f.replies.empty());
        QCOMPARE(f.openSockets(), 0U);
    }
    /// Relays come, go, drain and forget to answer: every request still ends exactly once and nothing stays open.
    void everyRequestEndsOnce() {
        test::SeededRandom random(test::seed());
        const int many = int(DropLink::SocketsMax) + 10;
        Fixture f(many, test::seed());
        std::size_t sent = 0;
        for (int step = 0; step < 3'000; ++step) {
            const int i = int(random.below(std::uint64_t(many)));
            switch (random.below(8)) {
            case 0:
                f.network.remove(f.address(i).endpoints[0]);
                break;
            case 1:
                f.network.put(f.address(i).endpoints[0], &f.relay(i));
                break;
            case 2:
                f.accepts = !f.accepts;
                break;
            case 3:
                if (!f.relay(i).sockets.empty())
                    f.relay(i).socket().close();
                break;
            case 4:
                if (!f.relay(i).sockets.empty()) {
                    Frame away;
                    away.mutable_go_away()->set_reason(wire::pb::DRAIN);
                    f.relay(i).socket().send(away);
                }
                break;
            case 5:
                f.scheduler.advance(Millis(random.below(20'000)));
                break;
            default:
                f.send(i, Millis(1 + random.below(40'000)));
                ++sent;
            }
            if (random.below(3) == 0)
                f.scheduler.run();
        }
        f.scheduler.advance(800s);
        QCOMPARE(f.replies.size(), sent);
        QCOMPARE(f.openSockets(), 0U);
    }
};
KITH_TEST(TestDropLink)
#include "test_drop_link.moc"
