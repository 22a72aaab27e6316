// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/relay/engine_fixture.h"

using namespace kith;
using namespace kith::test;
using wire::WireCode;

class TestDeliveries : public QObject {
    Q_OBJECT

    struct Mail {
        explicit Mail(const EnginePolicy& policy = EnginePolicy::withoutRates(),
                      const MailPolicy& mail = MailPolicy::withoutRates())
            : t(policy, mail)
            , owner(t.member(2))
            , drop(t.drop(t.login(owner), owner))
            , sender(t.meet(SocketKind::Anonymous)) {}

        pb::Frame send(const std::string& body, std::size_t device = 0) {
            return t.call(sender, sendFrame(t.random, drop, {owner.device(device)}, body));
        }
        EngineFixture t;
        TestAccount owner;
        TestDrop drop;
        ConnectionId sender;
    };
    static int count(const std::vector<pb::Frame>& frames, pb::Frame::BodyCase kind) {
        return static_cast<int>(
            std::count_if(frames.begin(), frames.end(), [kind](const auto& f) { return f.body_case() == kind; }));
    }

private Q_SLOTS:
    void acceptedLeavesOnlyAfterTheCommitAndDeliveryToo() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner);
        m.t.take(reader);
        const pb::Frame frame = sendFrame(m.t.random, m.drop, {m.owner.device()}, "body");
        const std::uint64_t request = m.t.send(m.sender, frame);
        QCOMPARE(m.t.waiting(), 1U);
        QVERIFY(m.t.take(m.sender).empty());
        QVERIFY(m.t.take(reader).empty());
        m.t.runStore();
        QCOMPARE(m.t.reply(m.sender, request).sent().status(), pb::ACCEPTED);
        const auto envelopes = EngineFixture::delivered(m.t.take(reader));
        QCOMPARE(envelopes.size(), 1U);
        QCOMPARE(envelopes[0].body(), std::string("body"));
        QCOMPARE(envelopes[0].drop_id(), m.drop.id.str());
        QCOMPARE(envelopes[0].msg_id(), frame.send().msg_id());
        QCOMPARE(m.t.call(m.sender, frame).sent().status(), pb::DUPLICATE);
        QVERIFY(m.t.take(reader).empty());
    }
    void aFailedCommitAsksForTheSameAgainAndDeliversNothing() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner);
        m.t.take(reader);
        const pb::Frame frame = sendFrame(m.t.random, m.drop, {m.owner.device()}, "body");
        const std::uint64_t request = m.t.send(m.sender, frame);
        m.t.runStore(RelayEngine::Commit::Failed);
        const pb::Frame reply = m.t.reply(m.sender, request);
        QCOMPARE(codeOf(reply), WireCode::RetryLater);
        QVERIFY(reply.error().retry_after_ms() > 0);
        QVERIFY(m.t.take(reader).empty());
        QCOMPARE(m.t.call(m.sender, frame).sent().status(), pb::ACCEPTED);
    }
    void theBacklogComesInOrderThenOneDrainedThenLiveItems() {
        Mail m;
        for (int i = 0; i < 150; ++i)
            QCOMPARE(m.send(std::to_string(i)).sent().status(), pb::ACCEPTED);
        const ConnectionId reader = m.t.login(m.owner);
        QCOMPARE(m.t.welcome(reader).backlog_msgs(), 150U);
        auto frames = m.t.take(reader);
        auto envelopes = EngineFixture::delivered(frames);
        QCOMPARE(envelopes.size(), 150U);
        for (std::size_t i = 0; i < envelopes.size(); ++i)
            QCOMPARE(envelopes[i].body(), std::to_string(i));
        QCOMPARE(count(frames, pb::Frame::kDrained), 1);
        QVERIFY(frames.back().has_drained());
        QCOMPARE(frames.back().drained().head_seq(), envelopes.back().seq());
        for (const pb::Frame& frame : frames)
            QVERIFY(frame.deliver().envelopes_size() <= wire::limits::DeliverItemsMax);
        m.send("live");
        frames = m.t.take(reader);
        QCOMPARE(EngineFixture::delivered(frames).size(), 1U);
        QCOMPARE(count(frames, pb::Frame::kDrained), 0);
    }
    void anEmptyMailboxIsDrainedAtOnce() {
        Mail m;
        const auto frames = m.t.take(m.t.login(m.owner));
        QCOMPARE(count(frames, pb::Frame::kDrained), 1);
        QCOMPARE(count(frames, pb::Frame::kDeliver), 0);
    }
    void unackedItemsComeAgainAfterAReconnectAndAckedOnesDoNot() {
        Mail m;
        for (int i = 0; i < 5; ++i)
            m.send(std::to_string(i));
        ConnectionId reader = m.t.login(m.owner);
        const auto first = EngineFixture::delivered(m.t.take(reader));
        pb::Frame ack = ackFrame(m.t.welcome(reader).epoch(), first[1].seq());
        ack.mutable_ack()->add_also(first[3].seq());
        m.t.send(reader, ack);
        m.t.runStore();
        m.t.disconnect(reader);
        reader = m.t.login(m.owner);
        const auto again = EngineFixture::delivered(m.t.take(reader));
        QCOMPARE(again.size(), 2U);
        QCOMPARE(again[0].seq(), first[2].seq());
        QCOMPARE(again[1].seq(), first[4].seq());
    }
    void anAckOfAnOlderLeaseOrAFutureOneRemovesNothing() {
        Mail m;
        for (int i = 0; i < 3; ++i)
            m.send(std::to_string(i));
        const ConnectionId old = m.t.login(m.owner);
        const std::uint32_t epoch = m.t.welcome(old).epoch();
        const std::uint64_t last = EngineFixture::delivered(m.t.take(old)).back().seq();
        // The ack is under way to the store when the newer login takes the lease.
        const ConnectionId reader = m.t.meet(SocketKind::Authenticated, {"other", false});
        m.t.send(reader, authFrame(m.t.met(reader), m.owner, m.owner.device()));
        m.t.runStore();
        m.t.send(old, ackFrame(epoch, last));
        m.t.runStore();
        QCOMPARE(EngineFixture::delivered(m.t.take(reader)).size(), 3U);
        m.t.disconnect(reader);
        const ConnectionId third = m.t.login(m.owner, 0, 2);
        QCOMPARE(EngineFixture::delivered(m.t.take(third)).size(), 2U); // the window is two
        m.t.send(third, ackFrame(epoch, last + 1000));                  // and the third was never pushed
        m.t.runStore();
        const auto rest = EngineFixture::delivered(m.t.take(third));
        QCOMPARE(rest.size(), 1U);
        QCOMPARE(rest[0].seq(), last);
    }
    void theWindowIsNeverExceeded() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner, 0, 10);
        const std::uint32_t epoch = m.t.welcome(reader).epoch();
        m.t.take(reader);
        std::deque<std::uint64_t> open;
        int received = 0;
        for (int i = 0; i < 400; ++i) {
            if (i < 200)
                m.send(std::string(1 + m.t.random.below(500), 'b'));
            for (const pb::Envelope& envelope : EngineFixture::delivered(m.t.take(reader))) {
                QVERIFY(open.empty() || envelope.seq() > open.back());
                open.push_back(envelope.seq());
                ++received;
            }
            QVERIFY(open.size() <= 10);
            if (m.t.random.below(3) == 0 && !open.empty()) {
                const std::size_t acked = 1 + m.t.random.below(open.size());
                m.t.send(reader, ackFrame(epoch, open[acked - 1]));
                open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(acked));
                m.t.runStore();
            }
        }
        QCOMPARE(received, 200);
    }
    void aWindowInBytesHoldsOneLargeItemAtLeast() {
        Mail m;
        for (int i = 0; i < 3; ++i)
            m.send(std::string(60'000, 'b'));
        const ConnectionId reader = m.t.meet(SocketKind::Authenticated, {"other", false});
        pb::Frame auth = authFrame(m.t.met(reader), m.owner, m.owner.device());
        auth.mutable_auth()->set_window_bytes(1000);
        const pb::Frame welcome = m.t.call(reader, auth);
        for (int i = 0; i < 3; ++i) {
            const auto got = EngineFixture::delivered(m.t.take(reader));
            QCOMPARE(got.size(), 1U);
            m.t.send(reader, ackFrame(welcome.welcome().epoch(), got[0].seq()));
            m.t.runStore();
        }
    }
    void aSocketThatDoesNotReadGetsNothingMoreAndIsClosed() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner);
        m.t.take(reader);
        m.t.unsent(reader, wire::limits::UnsentBytesMax);
        m.send("one");
        QVERIFY(m.t.take(reader).empty());
        QCOMPARE(m.t.engine.nextTick(), Millis(1000));
        m.t.clock.advance(std::chrono::seconds(9));
        m.t.tick();
        QVERIFY(!m.t.closed(reader));
        m.t.unsent(reader, 0); // it read after all
        m.t.runStore();
        QCOMPARE(EngineFixture::delivered(m.t.take(reader)).size(), 1U);
        m.t.unsent(reader, wire::limits::UnsentBytesMax);
        m.t.clock.advance(std::chrono::seconds(10));
        m.t.tick();
        QCOMPARE(m.t.closed(reader), CloseCode::Limit);
    }
    void twiceTheCapIsClosedAtOnce() {
        Mail m;
        pb::Frame ping;
        ping.mutable_ping();
        m.t.unsent(m.sender, 2 * wire::limits::UnsentBytesMax - 1'000);
        QVERIFY(m.t.call(m.sender, ping).has_pong());
        m.t.unsent(m.sender, 2 * wire::limits::UnsentBytesMax);
        m.t.call(m.sender, ping);
        QCOMPARE(m.t.closed(m.sender), CloseCode::Limit);
    }
    void whatIsPushedInOneTurnStaysUnderTheSocketsCap() {
        Mail m;
        for (int i = 0; i < 60; ++i)
            m.send(std::string(60'000, 'b'));
        const ConnectionId reader = m.t.login(m.owner); // nothing is taken from the socket
        std::uint64_t bytes = 0;
        for (const QByteArray& raw : m.t.takeRaw(reader))
            bytes += static_cast<std::uint64_t>(raw.size());
        QVERIFY(bytes > wire::limits::UnsentBytesMax / 2);
        QVERIFY(bytes < wire::limits::UnsentBytesMax + wire::limits::DeliverBytesMax + 64 * 1024);
        QVERIFY(!m.t.closed(reader));
    }
    void liveItemsReachConnectedDevicesOnlyAndNeedNoAck() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner);
        m.t.take(reader);
        pb::Frame frame = sendFrame(m.t.random, m.drop, {m.owner.device(0), m.owner.device(1)}, "typing");
        frame.mutable_send()->set_class_(pb::CLASS_LIVE);
        QCOMPARE(m.t.call(m.sender, frame).sent().status(), pb::ACCEPTED);
        const auto got = EngineFixture::delivered(m.t.take(reader));
        QCOMPARE(got.size(), 1U);
        QCOMPARE(got[0].class_(), pb::CLASS_LIVE);
        QCOMPARE(got[0].seq(), 0U);
        m.t.disconnect(reader);
        QCOMPARE(EngineFixture::delivered(m.t.take(m.t.login(m.owner))).size(), 0U);
        QCOMPARE(EngineFixture::delivered(m.t.take(m.t.login(m.owner, 1))).size(), 0U);
    }
    void ordersOfASenderAreKeptUnderRandomTurns() {
        Mail m;
        ConnectionId reader = m.t.login(m.owner, 0, 7);
        std::uint32_t epoch = m.t.welcome(reader).epoch();
        m.t.take(reader);
        int sent = 0;
        int expected = 0;
        std::uint64_t last = 0;
        while (expected < 300) {
            for (std::uint64_t burst = m.t.random.below(9); burst > 0 && sent < 300; --burst)
                m.t.send(m.sender, sendFrame(m.t.random, m.drop, {m.owner.device()}, std::to_string(sent++)));
            if (m.t.random.below(2) == 0)
                m.t.runStore();
            for (const pb::Envelope& envelope : EngineFixture::delivered(m.t.take(reader))) {
                QCOMPARE(envelope.body(), std::to_string(expected++));
                last = envelope.seq();
            }
            m.t.send(reader, ackFrame(epoch, last));
            if (m.t.random.below(10) == 0) {
                m.t.runStore();
                for (const pb::Envelope& envelope : EngineFixture::delivered(m.t.take(reader))) {
                    QCOMPARE(envelope.body(), std::to_string(expected++));
                    last = envelope.seq();
                }
                m.t.send(reader, ackFrame(epoch, last));
                m.t.runStore();
                const auto late = EngineFixture::delivered(m.t.take(reader)); // comes again: not acked
                Q_UNUSED(late)
                m.t.disconnect(reader);
                reader = m.t.login(m.owner, 0, 7);
                epoch = m.t.welcome(reader).epoch();
            }
        }
    }
    void eventsTellTheOwnerAndComeAgainAfterLogin() {
        MailPolicy policy = MailPolicy::withoutRates();
        policy.contact.itemsMax = 4;
        Mail m(EnginePolicy::withoutRates(), policy);
        const ConnectionId reader = m.t.login(m.owner, 0, 1);
        m.t.take(reader);
        for (int i = 0; i < 4; ++i)
            QVERIFY(m.send("x").has_sent());
        const pb::Frame full = m.send("x");
        QCOMPARE(codeOf(full), WireCode::Quota);
        QCOMPARE(full.error().drop_id(), m.drop.id.str());
        auto frames = m.t.take(reader);
        QCOMPARE(frames.back().event().quota_hit().drop_id(), m.drop.id.str());
        QVERIFY(!frames.back().event().quota_hit().cleared());
        m.t.disconnect(reader);
        const ConnectionId again = m.t.login(m.owner);
        frames = m.t.take(again);
        QCOMPARE(std::count_if(frames.begin(), frames.end(), [](const auto& f) { return f.event().has_quota_hit(); }),
                 1);
        QCOMPARE(std::count_if(frames.begin(), frames.end(), [](const auto& f) { return f.event().has_keys_low(); }),
                 1);
        m.t.send(again, ackFrame(m.t.welcome(again).epoch(), EngineFixture::delivered(frames).back().seq()));
        m.t.runStore();
        frames = m.t.take(again);
        QVERIFY(frames.size() == 1 && frames[0].event().quota_hit().cleared());
    }
    void aConnectedDeviceIsTouchedOnceADayAndMailExpires() {
        Mail m;
        m.send("old");
        const ConnectionId reader = m.t.login(m.owner);
        for (int day = 0; day < 70; ++day) {
            m.t.clock.advance(std::chrono::hours(24));
            m.t.tick();
            m.t.runStore();
        }
        QVERIFY(!m.t.closed(reader));
        m.t.disconnect(reader);
        const ConnectionId again = m.t.login(m.owner);
        QVERIFY(!m.t.welcome(again).lagged());
        QCOMPARE(m.t.welcome(again).backlog_msgs(), 0U);
        const auto frames = m.t.take(again);
        QCOMPARE(EngineFixture::delivered(frames).size(), 0U);
        const ConnectionId idle = m.t.login(m.owner, 1);
        QVERIFY(m.t.welcome(idle).lagged());
    }
    void drainSaysGoodbyeAndRefusesNewMailButAnswersTheOld() {
        Mail m;
        const ConnectionId reader = m.t.login(m.owner);
        m.t.take(reader);
        const std::uint64_t before = m.t.send(m.sender, sendFrame(m.t.random, m.drop, {m.owner.device()}, "in time"));
        QVERIFY(!m.t.engine.isIdle());
        m.t.drain();
        QCOMPARE(m.t.take(reader).back().go_away().reason(), pb::DRAIN);
        const std::uint64_t late = m.t.send(m.sender, sendFrame(m.t.random, m.drop, {m.owner.device()}, "late"));
        QCOMPARE(codeOf(m.t.reply(m.sender, late)), WireCode::Draining);
        m.t.runStore();
        QCOMPARE(m.t.reply(m.sender, before).sent().status(), pb::ACCEPTED);
        QVERIFY(m.t.engine.isIdle());
    }
};

KITH_TEST(TestDeliveries)
#include "test_deliveries.moc"
