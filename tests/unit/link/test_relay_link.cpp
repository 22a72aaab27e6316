// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "tests/unit/link/relay_link_owner.h"

#include <QTest>

using namespace kith;
using namespace kith::link;
using namespace kith::link::owner_test;
using namespace std::chrono_literals;

class TestRelayLink : public QObject {
    Q_OBJECT

    struct Fixture : test::LinkWorld {
        FakeRelay relay{'r'};
        Owner owner;
        std::optional<RelayLink> link;
        RelayAddress address{relay.id(), {endpoint("relay.example.org")}, DialPolicy::PublicOnly};
        bool welcomes = true;

        explicit Fixture(std::uint64_t seed = 1)
            : LinkWorld(seed) {
            network.put(endpoint("relay.example.org"), &relay);
            relay.onFrame = [this](FakeSocket& socket, const Frame& frame) {
                if (frame.has_auth() && welcomes)
                    socket.reply(frame, welcomeFrame());
            };
            link.emplace(context(), owner);
            owner.link = &*link;
        }
        void start() {
            link->start(address);
            scheduler.run();
        }
        void goLive() {
            start();
            push(drainedFrame());
        }
        void push(const Frame& frame) {
            socket().send(frame);
            scheduler.run();
        }
        FakeSocket& socket() { return relay.socket(); }
        LinkState state() const { return link->state().state; }
        LinkReason reason() const { return link->state().reason; }
    };

    static std::vector<wire::pb::Ack> acks(const FakeSocket& socket) {
        std::vector<wire::pb::Ack> result;
        for (const Frame& frame : socket.received)
            if (frame.has_ack())
                result.push_back(frame.ack());
        return result;
    }
    static std::vector<std::uint64_t> also(const wire::pb::Ack& ack) { return {ack.also().begin(), ack.also().end()}; }

private Q_SLOTS:
    void aLoginWalksFromConnectingToLive() {
        Fixture f;
        f.link->start(f.address);
        QVERIFY(f.owner.log.isEmpty()); // nothing from inside the call
        f.scheduler.run();
        QCOMPARE(f.owner.log.join(u' '),
                 QStringLiteral("connecting connecting registration? login? connecting welcome"));
        QCOMPARE(f.state(), LinkState::Backlog);
        f.push(drainedFrame());
        QCOMPARE(f.state(), LinkState::Live);
        QCOMPARE(f.owner.log.mid(6).join(u' '), QStringLiteral("live drained"));
        std::vector<LinkState> states;
        for (const auto& state : f.owner.states)
            states.push_back(state.state);
        QCOMPARE(states, (std::vector{LinkState::Connecting, LinkState::Greeted, LinkState::Backlog, LinkState::Live}));
        QCOMPARE(f.link->greeting()->relay, f.relay.id());
    }
    /// Computed from what the relay knows: its own name, leaf and transcript.
    void loginAndRegistrationAreBoundToThisConnection() {
        Fixture f;
        f.owner.isRegistered = false;
        f.relay.onFrame = [](FakeSocket& socket, const Frame& frame) {
            Frame answer;
            answer.mutable_registered()->set_manifest_ver(1);
            socket.reply(frame, frame.has_register_() ? answer : welcomeFrame());
        };
        f.start();
        QCOMPARE(f.owner.log.mid(2).join(u' '), QStringLiteral("registration? registered login? connecting welcome"));
        const auto transcript = crypto::transcriptHash(f.socket().hello, f.relay.helloOk(f.socket().hello).body());
        const auto reg = f.socket().received[0].register_();
        QVERIFY(crypto::verifySignature(
            f.owner.accountKey.publicKey(),
            view(crypto::registerMessage(f.relay.id(), f.relay.leaf, transcript, crypto::sha256(view("manifest")))),
            view(reg.sig())));
        const auto auth = f.socket().received[1].auth();
        QVERIFY(crypto::verifySignature(
            f.owner.deviceKey.publicKey(),
            view(crypto::authMessage(f.relay.id(), f.relay.leaf, transcript, f.owner.account, Device, ManifestVersion)),
            view(auth.sig())));
        QCOMPARE(auth.role(), wire::pb::ROLE_MAIL);
        QCOMPARE(auth.window_msgs(), wire::limits::WindowMsgs);
        QCOMPARE(auth.window_bytes(), wire::limits::WindowBytes);
        QCOMPARE(auth.epoch(), Epoch);
        QCOMPARE(auth.seen_seq(), 11U);
        QVERIFY(!auth.has_manifest());
    }
    void needManifestRepeatsTheLoginWithItOnce() {
        Fixture f;
        f.relay.onFrame = [](FakeSocket& socket, const Frame& frame) {
            socket.reply(frame, frame.auth().has_manifest() ? welcomeFrame() : errorFrame(WireCode::NeedManifest));
        };
        f.start();
        QCOMPARE(f.state(), LinkState::Backlog);
        QCOMPARE(f.relay.sockets.size(), 1U);
        QVERIFY(f.owner.log.contains(QStringLiteral("login+manifest?")));
        QVERIFY(!f.owner.log.contains(QStringLiteral("refused")));

        Fixture g;
        g.relay.onFrame = [](FakeSocket& socket, const Frame& frame) {
            socket.reply(frame, errorFrame(WireCode::NeedManifest));
        };
        g.start();
        QCOMPARE(g.socket().count(Frame::kAuth), 2U);
        QCOMPARE(g.owner.lastRefusal.error, WireCode::NeedManifest);
        QCOMPARE(g.state(), LinkState::Waiting);
    }
    void aRefusalIsTriedAgainOrStops_data() {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("reason");
        const auto row = [](const char* name, WireCode code, LinkState state, LinkReason reason) {
            QTest::newRow(name) << int(code) << int(state) << int(reason);
        };
        row("AUTH_FAILED", WireCode::AuthFailed, LinkState::Waiting, LinkReason::LoginRefused);
        row("REVOKED", WireCode::Revoked, LinkState::Waiting, LinkReason::LoginRefused);
        row("CONFLICT", WireCode::Conflict, LinkState::Waiting, LinkReason::LoginRefused);
        row("SIGNUP_CLOSED", WireCode::SignupClosed, LinkState::Waiting, LinkReason::LoginRefused);
        row("RATE", WireCode::Rate, LinkState::Waiting, LinkReason::Busy);
        row("RETRY_LATER", WireCode::RetryLater, LinkState::Waiting, LinkReason::Busy);
        row("INTERNAL", WireCode::Internal, LinkState::Waiting, LinkReason::Busy);
        row("GRANT_INVALID", WireCode::GrantInvalid, LinkState::Stopped, LinkReason::RequestRefused);
        row("MALFORMED", WireCode::Malformed, LinkState::Stopped, LinkReason::RequestRefused);
        row("UNSUPPORTED", WireCode::Unsupported, LinkState::Stopped, LinkReason::RequestRefused);
    }
    void aRefusalIsTriedAgainOrStops() {
        QFETCH(int, code);
        QFETCH(int, state);
        QFETCH(int, reason);
        for (const bool registered : {true, false}) {
            Fixture f;
            f.owner.isRegistered = registered;
            f.relay.onFrame = [code](FakeSocket& socket, const Frame& frame) {
                Frame error = errorFrame(WireCode(code), 90'000);
                *error.mutable_error()->mutable_manifest() = someManifest();
                socket.reply(frame, error);
            };
            f.start();
            QCOMPARE(int(f.owner.lastRefusal.error), code);
            QCOMPARE(f.owner.lastRefusal.frame.error().manifest().body(), std::string("manifest"));
            QCOMPARE(int(f.state()), state);
            QCOMPARE(int(f.reason()), reason);
            QVERIFY(!f.socket().isOpen());
            if (f.state() == LinkState::Waiting) {
                QVERIFY(*f.link->state().nextTry >= f.clock.wall() + 90s);
                f.scheduler.advance(89s);
                QCOMPARE(f.relay.sockets.size(), 1U);
                f.scheduler.advance(62s);
                QVERIFY(f.relay.sockets.size() >= 2U);
            } else {
                f.scheduler.advance(24h);
                QCOMPARE(f.relay.sockets.size(), 1U);
            }
        }
    }
    /// A relay alone cannot switch a client off: only the owner, who has checked the manifest, stops the link.
    void anOwnerWhoBelievesARevocationStopsTheLink() {
        Fixture f;
        f.owner.stopOn = QStringLiteral("refused");
        f.relay.onFrame = [](FakeSocket& socket, const Frame& frame) {
            socket.reply(frame, errorFrame(WireCode::Revoked));
        };
        f.start();
        QCOMPARE(f.state(), LinkState::Idle);
        f.scheduler.advance(24h);
        QCOMPARE(f.relay.sockets.size(), 1U);
        f.link->retryNow(RelayLink::RetryCause::UserAsked);
        f.scheduler.advance(24h);
        QCOMPARE(f.relay.sockets.size(), 1U);
    }
    void theOwnerMayStopFromEveryCallback() {
        for (const char* callback : {"connecting", "welcome", "deliver", "drained", "live", "event", "goAway"}) {
            Fixture f;
            f.owner.stopOn = QLatin1String(callback);
            f.start();
            if (f.socket().isOpen()) {
                Frame event;
                event.mutable_event()->mutable_keys_low();
                for (const Frame& frame :
                     {event, deliverFrame(1, 2), drainedFrame(), goAwayFrame(wire::pb::DRAIN, 1'000)})
                    f.socket().send(frame);
                f.scheduler.run();
            }
            QCOMPARE(f.state(), LinkState::Idle);
            QVERIFY2(f.owner.log.last() == f.owner.stopOn, qPrintable(f.owner.log.join(u' ')));
            QVERIFY(!f.socket().isOpen());
            f.scheduler.advance(24h);
            QCOMPARE(f.relay.sockets.size(), 1U);
        }
    }

    void aLostConnectionComesBackAndBackoffGrows() {
        Fixture f(test::seed());
        f.goLive();
        f.socket().close();
        f.scheduler.run();
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::NotReachable);
        QVERIFY(*f.link->state().nextTry <= f.clock.wall() + 1s);
        QVERIFY(f.link->greeting() == nullptr);
        f.scheduler.advance(1s);
        f.push(drainedFrame());
        QCOMPARE(f.state(), LinkState::Live);

        f.network.remove(endpoint("relay.example.org"));
        f.socket().close();
        f.scheduler.run();
        for (int i = 1; i < 12; ++i) {
            QVERIFY(*f.link->state().nextTry <= f.clock.wall() + std::min<Millis>(Millis(1'000 << (i - 1)), 60s));
            const auto tries = f.network.dialled.size();
            f.scheduler.advance(*f.link->state().nextTry - f.clock.wall());
            QCOMPARE(f.network.dialled.size(), tries + 1);
            QCOMPARE(f.state(), LinkState::Waiting);
        }
    }
    void waitingCostsNothing() {
        Fixture f;
        f.network.remove(endpoint("relay.example.org"));
        f.start();
        f.scheduler.advance(24h);
        // One dial a wait, 30 s on average once the range has grown.
        QVERIFY(f.network.dialled.size() < 24 * 3600 / 20);
        QVERIFY(f.network.dialled.size() > 24 * 60);
    }
    void aRelayThatCannotProveItselfIsToldNothingAndTriedSeldom() {
        Fixture f;
        f.relay.leaf = crypto::sha256(view("somebody in between"));
        f.start();
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::Untrusted);
        f.scheduler.advance(1h);
        QVERIFY(f.relay.sockets.size() >= 10U && f.relay.sockets.size() <= 13U);
        QVERIFY(!f.owner.log.contains(QStringLiteral("registration?")));
        f.relay.leaf = f.relay.pins[0]; // the address is its own again
        f.scheduler.advance(7min);
        QCOMPARE(f.state(), LinkState::Backlog);
    }
    void replacedStopsUntilTheUserActs_data() {
        QTest::addColumn<bool>("byCloseCode");
        QTest::newRow("GOAWAY") << false;
        QTest::newRow("4409") << true;
    }
    void replacedStopsUntilTheUserActs() {
        QFETCH(bool, byCloseCode);
        Fixture f;
        f.goLive();
        if (byCloseCode)
            f.socket().close(std::uint16_t(wire::CloseCode::Replaced));
        else
            f.socket().send(goAwayFrame(wire::pb::REPLACED));
        f.scheduler.run();
        QCOMPARE(f.state(), LinkState::Stopped);
        QCOMPARE(f.reason(), LinkReason::Replaced);
        f.link->retryNow(RelayLink::RetryCause::NetworkChanged);
        f.scheduler.advance(24h);
        QCOMPARE(f.relay.sockets.size(), 1U);
        f.link->retryNow(RelayLink::RetryCause::UserAsked);
        f.scheduler.run();
        QCOMPARE(f.relay.sockets.size(), 2U);
        QCOMPARE(f.state(), LinkState::Backlog);
    }
    void aDrainingRelayIsLeftUntilItSaid() {
        Fixture f(test::seed());
        f.goLive();
        f.push(goAwayFrame(wire::pb::DRAIN, 10'000));
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::Busy);
        QVERIFY(f.owner.log.contains(QStringLiteral("goAway")));
        QVERIFY(*f.link->state().nextTry >= f.clock.wall() + 10s);
        QVERIFY(*f.link->state().nextTry <= f.clock.wall() + 11s);
        QVERIFY(!f.socket().isOpen());
        f.scheduler.advance(10s - 1ms);
        QCOMPARE(f.relay.sockets.size(), 1U);
        f.scheduler.advance(1s + 1ms);
        QCOMPARE(f.relay.sockets.size(), 2U);
    }
    void goAwayRevokedIsTriedAgain() {
        Fixture f;
        f.goLive();
        f.push(goAwayFrame(wire::pb::REVOKED));
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::LoginRefused);
    }
    void retryNowSkipsTheWait() {
        Fixture f;
        f.network.remove(endpoint("relay.example.org"));
        f.start();
        f.scheduler.advance(600s);
        QCOMPARE(f.state(), LinkState::Waiting);
        f.network.put(endpoint("relay.example.org"), &f.relay);
        f.link->retryNow(RelayLink::RetryCause::NetworkChanged);
        f.scheduler.run();
        QCOMPARE(f.state(), LinkState::Backlog);
    }
    void aChangedNetworkFindsADeadConnectionSoon() {
        Fixture f;
        f.goLive();
        f.relay.answersPing = false;
        f.link->retryNow(RelayLink::RetryCause::NetworkChanged);
        f.scheduler.advance(5s);
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::NoAnswer);
    }
    void newEndpointsCountFromTheNextTry() {
        Fixture f;
        f.goLive();
        f.address.endpoints = {endpoint("new.example.org")};
        f.network.put(endpoint("new.example.org"), &f.relay);
        f.link->start(f.address);
        f.scheduler.run();
        QCOMPARE(f.state(), LinkState::Live);
        f.socket().close();
        f.scheduler.advance(1s);
        QCOMPARE(f.network.dialled.back(), endpoint("new.example.org"));

        FakeRelay other('o');
        f.network.put(endpoint("other.example.org"), &other);
        f.link->start({other.id(), {endpoint("other.example.org")}, DialPolicy::PublicOnly});
        f.scheduler.run();
        QCOMPARE(f.relay.openSockets(), 0U);
        QCOMPARE(other.openSockets(), 1U);
    }
    void aSilentLoginIsGivenUp() {
        Fixture f;
        f.welcomes = false;
        f.start();
        f.scheduler.advance(30s - 1ms);
        QCOMPARE(f.state(), LinkState::Greeted);
        f.scheduler.advance(1ms);
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::NoAnswer);
    }
    void destructionIsSilent() {
        Fixture f;
        f.goLive();
        const qsizetype told = f.owner.log.size();
        f.link.reset();
        f.scheduler.advance(60s);
        QCOMPARE(f.owner.log.size(), told);
        QVERIFY(!f.socket().isOpen());
    }

    void requestsAreForLoggedInLinksOnly() {
        Fixture f;
        std::vector<Result<Reply>> replies;
        Frame list;
        list.mutable_drop_list();
        const auto ask = [&] {
            f.link->request(list, 10s, [&replies](const Result<Reply>& reply) { replies.push_back(reply); });
        };
        ask();
        QVERIFY(replies.empty());
        f.welcomes = false;
        f.start();
        ask();
        f.scheduler.run();
        QCOMPARE(replies.size(), 2U);
        VERIFY_CODE(replies[0], Code::Unavailable);
        VERIFY_CODE(replies[1], Code::Unavailable);
        QCOMPARE(f.socket().count(Frame::kDropList), 0U);

        f.socket().reply(f.socket().last(Frame::kAuth), welcomeFrame());
        f.scheduler.run();
        ask();
        ask();
        Frame page;
        page.mutable_drop_page();
        f.socket().reply(f.socket().last(Frame::kDropList), page);
        f.socket().close();
        f.scheduler.run();
        QCOMPARE(replies.size(), 4U);
        VERIFY_OK(replies[2]);
        VERIFY_CODE(replies[3], Code::Unavailable);
    }

    void acksAreBatchedFor50Milliseconds() {
        Fixture f;
        f.goLive();
        f.push(deliverFrame(10, 13));
        QCOMPARE(f.owner.seqs, (std::vector<std::uint64_t>{10, 11, 12, 13}));
        f.link->ackAfterCommit(Epoch, 10);
        f.scheduler.advance(30ms);
        f.link->ackAfterCommit(Epoch, 11);
        f.link->ackAfterCommit(Epoch, 13);
        f.scheduler.advance(19ms);
        QCOMPARE(acks(f.socket()).size(), 0U);
        f.scheduler.advance(1ms);
        QCOMPARE(acks(f.socket()).size(), 1U);
        QCOMPARE(acks(f.socket())[0].epoch(), Epoch);
        QCOMPARE(acks(f.socket())[0].up_to_seq(), 11U);
        QCOMPARE(also(acks(f.socket())[0]), std::vector<std::uint64_t>{13});
        QVERIFY(!acks(f.socket())[0].marks());
        f.link->ackAfterCommit(Epoch, 12);
        f.scheduler.advance(50ms);
        QCOMPARE(acks(f.socket())[1].up_to_seq(), 13U);
        QCOMPARE(acks(f.socket())[1].also_size(), 0);
        f.scheduler.advance(1s);
        QCOMPARE(acks(f.socket()).size(), 2U);
    }
    void thirtyCommitsAreAckedAtOnce() {
        Fixture f;
        f.goLive();
        f.push(deliverFrame(1, 64));
        for (std::uint64_t seq = 1; seq <= 29; ++seq)
            f.link->ackAfterCommit(Epoch, seq);
        QCOMPARE(acks(f.socket()).size(), 0U);
        f.link->ackAfterCommit(Epoch, 30);
        QCOMPARE(acks(f.socket()).size(), 1U);
        QCOMPARE(acks(f.socket())[0].up_to_seq(), 30U);
    }
    void onlyWhatThisConnectionDeliveredIsAcked() {
        Fixture f;
        f.goLive();
        f.push(deliverFrame(5, 6));
        f.link->ackAfterCommit(Epoch, 7);
        f.link->ackAfterCommit(Epoch + 1, 5);
        f.scheduler.advance(1s);
        QCOMPARE(acks(f.socket()).size(), 0U);
        f.link->ackAfterCommit(Epoch, 6);
        f.socket().close(); // before the ack left
        f.scheduler.advance(1s);
        QCOMPARE(f.relay.sockets.size(), 2U);
        f.link->ackAfterCommit(Epoch, 5);
        f.scheduler.advance(1s);
        QCOMPARE(acks(f.socket()).size(), 0U);
        f.push(deliverFrame(5, 6));
        f.link->ackAfterCommit(Epoch, 5);
        f.link->ackAfterCommit(Epoch, 5);
        f.scheduler.advance(50ms);
        QCOMPARE(acks(f.socket()).size(), 1U);
        QCOMPARE(acks(f.socket())[0].up_to_seq(), 5U);
    }
    void whatCouldNotBeStoredIsAskedForByComingBack() {
        Fixture f;
        f.goLive();
        f.push(deliverFrame(1, 2));
        f.link->ackAfterCommit(Epoch, 1);
        f.link->couldNotStore();
        f.link->couldNotStore(); // each envelope says so
        QCOMPARE(acks(f.socket()).size(), 1U);
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::CannotStore);
        f.scheduler.advance(9s);
        QCOMPARE(f.relay.sockets.size(), 1U);
        f.scheduler.advance(3s);
        QCOMPARE(f.relay.sockets.size(), 2U);
    }
    void stoppingSendsTheAcksThatAreDue() {
        Fixture f;
        f.goLive();
        f.push(deliverFrame(1, 1));
        f.link->ackAfterCommit(Epoch, 1);
        f.link->stop();
        QCOMPARE(acks(f.socket()).size(), 1U);
        QVERIFY(f.socket().saidGoodbye);
    }
    void liveItemsAreDeliveredAndNeverAcked() {
        Fixture f;
        f.goLive();
        Frame frame = deliverFrame(5, 5);
        addEnvelope(frame, 0, wire::pb::CLASS_LIVE);
        addEnvelope(frame, 6);
        f.push(frame);
        QCOMPARE(f.owner.seqs, (std::vector<std::uint64_t>{5, 0, 6}));
        f.link->ackAfterCommit(Epoch, 0);
        f.link->ackAfterCommit(Epoch, 5);
        f.link->ackAfterCommit(Epoch, 6);
        f.scheduler.advance(50ms);
        QCOMPARE(acks(f.socket())[0].up_to_seq(), 6U);
    }
    void marksAreClearedByAnAckOfTheirOwn() {
        Fixture f;
        f.link->ackMarks(); // no connection: nothing
        f.goLive();
        f.link->ackMarks();
        QCOMPARE(acks(f.socket()).size(), 1U);
        QVERIFY(acks(f.socket())[0].marks());
        QCOMPARE(acks(f.socket())[0].up_to_seq(), 0U);
    }
    /// A random order of commits, with a model: every seq is acked exactly once, none before its commit.
    void everyCommitIsAckedOnce() {
        test::SeededRandom random(test::seed());
        Fixture f;
        f.goLive();
        std::vector<std::uint64_t> open;
        std::set<std::uint64_t> committed;
        std::uint64_t seq = 0;
        for (int round = 0; round < 300; ++round) {
            if (open.size() < 150) {
                const std::uint64_t first = seq + 1 + random.below(3);
                seq = first + random.below(40);
                f.push(deliverFrame(first, seq));
                for (std::uint64_t i = first; i <= seq; ++i)
                    open.push_back(i);
            }
            for (std::uint64_t n = random.below(40); n > 0 && !open.empty(); --n) {
                const auto pick = open.begin() + std::ptrdiff_t(random.below(open.size()));
                f.link->ackAfterCommit(Epoch, *pick);
                committed.insert(*pick);
                open.erase(pick);
            }
            f.scheduler.advance(Millis(random.below(60)));
        }
        f.scheduler.advance(50ms);
        std::set<std::uint64_t> acked;
        std::uint64_t upTo = 0;
        for (const auto& ack : acks(f.socket())) {
            QVERIFY(ack.up_to_seq() >= upTo);
            upTo = ack.up_to_seq();
            for (const std::uint64_t one : ack.also()) {
                QVERIFY(one > upTo);
                QVERIFY(acked.insert(one).second);
            }
        }
        for (const std::uint64_t one : committed)
            QVERIFY(one <= upTo || acked.contains(one));
        for (const std::uint64_t one : open)
            QVERIFY(one > upTo && !acked.contains(one));
    }

    void mailThatBreaksThePromisesEndsTheConnection_data() {
        QTest::addColumn<int>("what");
        const char* names[] = {"seq repeats", "seq falls", "another epoch", "beyond the window",
                               "DRAINED of another epoch"};
        for (int i = 0; i < 5; ++i)
            QTest::newRow(names[i]) << i;
    }
    void mailThatBreaksThePromisesEndsTheConnection() {
        QFETCH(int, what);
        Fixture f;
        f.goLive();
        f.push(deliverFrame(1, 60));
        QCOMPARE(f.state(), LinkState::Live);
        const std::size_t delivered = f.owner.seqs.size();
        std::size_t allowed = 0;
        switch (what) {
        case 0:
            f.push(deliverFrame(60, 61));
            break;
        case 1:
            f.push(deliverFrame(5, 6));
            break;
        case 2: {
            Frame frame = deliverFrame(61, 61);
            frame.mutable_deliver()->set_epoch(Epoch + 1);
            f.push(frame);
            break;
        }
        case 3:
            for (std::uint64_t first = 61; first < 400; first += 60)
                f.push(deliverFrame(first, first + 59));
            allowed = 180;
            break;
        default:
            f.push(drainedFrame(Epoch + 1));
        }
        QCOMPARE(f.state(), LinkState::Waiting);
        QCOMPARE(f.reason(), LinkReason::Misbehaved);
        QCOMPARE(f.owner.seqs.size(), delivered + allowed);
    }
    void mailBeforeWelcomeEndsTheConnection() {
        for (const Frame& frame : {deliverFrame(1, 1), drainedFrame(0)}) {
            Fixture f;
            f.welcomes = false;
            f.start();
            f.push(frame);
            QCOMPARE(f.state(), LinkState::Waiting);
            QCOMPARE(f.reason(), LinkReason::Misbehaved);
            QVERIFY(f.owner.seqs.empty());
        }
    }
};
KITH_TEST(TestRelayLink)
#include "test_relay_link.moc"
