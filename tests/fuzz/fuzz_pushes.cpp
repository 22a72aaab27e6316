// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/drop_link.h"
#include "tests/fuzz/push_commands.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_transport.h"
#include "tests/support/wire_mutator.h"
#include "tests/unit/link/relay_link_owner.h"

#include <set>

using namespace kith;
using namespace kith::link;
using namespace kith::test;
using owner_test::Epoch;

namespace {

constexpr std::size_t CommandsMax = 300;
/// What one frame, or one alarm, may make of callbacks: a state, what it told, and a farewell in two steps.
constexpr std::size_t CallsPerFrame = 6;
constexpr std::size_t SocketsPerLink = 2; ///< a new one may be dialled before the old one is gone

wire::pb::Register registration() {
    wire::pb::Register frame;
    *frame.mutable_manifest() = owner_test::someManifest();
    frame.set_sig(std::string(64, 's'));
    return frame;
}

/// A client's links to one relay that says whatever the input wants.
class PushRun final : public HomeOwner {
public:
    PushRun() {
        m_world.network.put(endpoint("relay.example.org"), &m_relay);
        m_relay.onFrame = [this](FakeSocket& socket, const Frame& frame) {
            if (!frame.has_ack())
                m_asked[&socket].push_back(frame);
            else
                acked(frame.ack());
        };
        m_relay.tweak = [this](wire::pb::HelloOk& body) {
            if (m_hello == 1)
                body.set_nonce("short");
            else if (m_hello == 2)
                body.set_version(9);
            else if (m_hello == 3)
                body.set_relay_id(std::string(RelayId::size, 'x'));
        };
        m_link.emplace(m_world.context(), *this);
        m_drops.emplace(m_world.context());
        m_link->start(m_address);
        settle();
    }

    void run(FuzzInput in) {
        for (std::size_t i = 0; i < CommandsMax && !in.isEmpty(); ++i) {
            const auto command = PushCommand(in.byte() % std::uint8_t(PushCommand::Count));
            const std::uint8_t a = in.byte();
            const std::uint8_t b = in.byte();
            m_calls = 0;
            step(command, a, b, in);
            settle();
            check();
        }
        finish();
    }

private:
    // --- the owner: counts, and does at most one thing per callback

    void called() {
        ++m_calls;
        if (std::exchange(m_stopsNext, false))
            m_link->stop();
    }
    std::optional<wire::pb::Register> registration(const Greeting&) override {
        called();
        return m_isRegistered ? std::nullopt : std::optional(::registration());
    }
    wire::pb::Auth login(const Greeting&, AttachManifest attach) override {
        called();
        wire::pb::Auth frame;
        frame.set_account_id(std::string(AccountId::size, 'a'));
        frame.set_device_id(7);
        frame.set_sig(std::string(64, 's'));
        if (attach == AttachManifest::Yes)
            *frame.mutable_manifest() = owner_test::someManifest();
        return frame;
    }
    void registered(const wire::pb::Registered&) override {
        m_isRegistered = true;
        called();
    }
    void welcome(const wire::pb::Welcome& welcome) override {
        m_epoch = welcome.epoch();
        m_delivered.clear();
        m_committed.clear();
        called();
    }
    void deliver(const wire::pb::Deliver& deliver) override {
        INVARIANT(deliver.epoch() == m_epoch && isUp());
        for (const wire::pb::Envelope& envelope : deliver.envelopes())
            if (envelope.class_() == wire::pb::CLASS_DURABLE)
                INVARIANT(m_delivered.insert(envelope.seq()).second); // each once while the connection lasts
        INVARIANT(m_delivered.size() - m_committed.size() <= wire::limits::WindowMsgs + wire::limits::DeliverItemsMax);
        called();
    }
    void drained(const wire::pb::Drained& drained) override {
        INVARIANT(drained.epoch() == m_epoch && m_link->state().state == LinkState::Live);
        called();
    }
    void event(const wire::pb::Event&) override {
        INVARIANT(isUp()); // nothing is told of a home that the device is not logged in at
        called();
    }
    void goAway(const wire::pb::GoAway&) override { called(); }
    void refused(const Reply& reply) override {
        INVARIANT(!reply.isOk());
        called();
    }
    void stateChanged(const ConnectionState& state) override {
        INVARIANT(state == m_link->state());
        called();
    }
    bool isUp() const {
        return m_link->state().state == LinkState::Backlog || m_link->state().state == LinkState::Live;
    }

    // --- what must hold

    void acked(const wire::pb::Ack& ack) {
        for (const std::uint64_t seq : m_delivered)
            INVARIANT(seq > ack.up_to_seq() || m_committed.contains(seq)); // ACK only after COMMIT
        for (const std::uint64_t seq : ack.also())
            INVARIANT(m_committed.contains(seq));
    }
    void settle() { m_world.scheduler.run(2'000); } // every command has an end
    void check() {
        const ConnectionState& state = m_link->state();
        INVARIANT(m_calls <= CallsPerFrame * m_frames);
        INVARIANT(!isUp() || m_link->greeting() != nullptr);
        INVARIANT((state.state == LinkState::Waiting) == state.nextTry.has_value());
        INVARIANT(!state.nextTry ||
                  *state.nextTry <= m_world.clock.wall() + RetryAfterMax + wire::limits::BackoffCap + Millis(1'000));
        INVARIANT(m_relay.openSockets() <= 2 * SocketsPerLink);
        INVARIANT(state.state != LinkState::Stopped || socketOf(Channel::Authenticated) == nullptr);
        std::erase_if(m_asked, [](const auto& entry) { return !entry.first->isOpen(); });
        std::erase_if(m_relay.sockets, [](const auto& socket) { return !socket->isOpen(); });
        m_frames = 1;
    }
    /// Whatever is still open ends by itself, by an answer or in time: each handler runs once.
    void finish() {
        m_relay.answersPing = false;
        for (int i = 0; i < 40 && m_open > 0; ++i) {
            m_world.scheduler.advance(Millis(3'000));
            settle();
        }
        INVARIANT(m_open == 0);
        m_link->stop();
        settle();
        INVARIANT(socketOf(Channel::Authenticated) == nullptr);
        m_calls = 0;
        m_world.scheduler.advance(Millis(200'000));
        INVARIANT(m_calls == 0); // nothing is told, nor dialled, after stop()
    }

    // --- what the relay and the owner do

    FakeSocket* socketOf(Channel channel) {
        for (const auto& socket : m_relay.sockets)
            if (socket->isOpen() && socket->channel == channel)
                return socket.get();
        return nullptr;
    }
    void say(FakeSocket& socket, const Frame& frame) {
        m_last = frame;
        socket.send(frame);
    }
    static Frame answerTo(const Frame& request) {
        Frame frame;
        if (request.has_register_())
            frame.mutable_registered()->set_manifest_ver(1);
        else if (request.has_auth())
            frame = owner_test::welcomeFrame();
        else if (request.has_desc_get())
            frame.mutable_descriptors();
        else if (request.has_drop_list())
            frame.mutable_drop_page();
        else
            frame.mutable_ok();
        frame.set_id(request.id());
        return frame;
    }
    void step(PushCommand command, std::uint8_t a, std::uint8_t b, FuzzInput& in) {
        switch (command) {
        case PushCommand::HelloIs:
            m_hello = b % 5;
            m_relay.answersHello = m_hello != 4;
            return;
        case PushCommand::Advance: {
            constexpr Millis Steps[] = {Millis(1),      Millis(60),     Millis(1'000),
                                        Millis(26'000), Millis(61'000), Millis(3'700'000)};
            m_frames = 2'000; // as many alarms as there are in that time
            return m_world.scheduler.advance(Steps[b % std::size(Steps)]);
        }
        case PushCommand::OwnerAsks:
            return ask(a, b);
        case PushCommand::OwnerAcks:
            for (const std::uint64_t seq : m_delivered)
                if (seq % 4 != b % 5 && m_committed.insert(seq).second)
                    m_link->ackAfterCommit((b & 128U) != 0 ? Epoch + 1 : m_epoch, seq);
            return;
        case PushCommand::OwnerStops:
            m_stopsNext = (b & 1U) != 0;
            return m_stopsNext ? void() : m_link->stop();
        case PushCommand::OwnerStarts:
            return m_link->start(m_address);
        case PushCommand::OwnerRetries:
            m_drops->retryNow();
            return m_link->retryNow((b & 1U) != 0 ? RelayLink::RetryCause::UserAsked
                                                  : RelayLink::RetryCause::NetworkChanged);
        case PushCommand::OwnerCannotStore:
            return m_link->couldNotStore();
        case PushCommand::OwnerBreaksOff:
            return m_link->breakOff(QStringLiteral("a flood"));
        default:
            break;
        }
        if (FakeSocket* socket = socketOf((a & 1U) != 0 ? Channel::Anonymous : Channel::Authenticated))
            push(*socket, command, b, in);
    }

    void ask(std::uint8_t a, std::uint8_t b) {
        Frame frame;
        const auto count = [this, ran = std::make_shared<bool>(false)](const Result<Reply>&) {
            INVARIANT(!std::exchange(*ran, true));
            --m_open;
        };
        ++m_open;
        if ((a & 1U) != 0) {
            frame.mutable_desc_get()->set_drop_id(std::string(DropId::size, 'd'));
            frame.mutable_desc_get()->set_token(std::string(16, 't'));
            frame.mutable_desc_get()->add_relay_ids(m_relay.id().str());
            return m_drops->send(m_address, frame, Millis(1 + b * 100), count);
        }
        frame.mutable_drop_list();
        m_link->request(frame, Millis(1 + b * 100), count);
    }

    void push(FakeSocket& socket, PushCommand command, std::uint8_t b, FuzzInput& in) {
        Frame frame;
        auto& asked = m_asked[&socket];
        wire::pb::Event& event = *frame.mutable_event();
        switch (command) {
        case PushCommand::Answer:
        case PushCommand::AnswerOther:
        case PushCommand::Refuse:
            if (asked.empty())
                return;
            frame = answerTo(asked.front());
            if (command == PushCommand::AnswerOther)
                frame.mutable_pong();
            if (command == PushCommand::Refuse) {
                frame = owner_test::errorFrame(owner_test::WireCode(b & 63U), (b & 64U) != 0 ? ~0U : 0);
                frame.set_id(asked.front().id());
            }
            asked.erase(asked.begin());
            break;
        case PushCommand::AnswerAgain:
            frame = m_last;
            break;
        case PushCommand::Drained:
            frame = owner_test::drainedFrame(Epoch + (b & 1U));
            break;
        case PushCommand::KeysLow:
            event.mutable_keys_low()->set_count(b);
            break;
        case PushCommand::Manifest:
            *event.mutable_manifest() = owner_test::someManifest();
            break;
        case PushCommand::Quota:
            event.mutable_quota_hit()->set_drop_id(std::string(DropId::size, 'd'));
            break;
        case PushCommand::Purged:
            event.mutable_mailbox_purged()->set_device_id(b);
            break;
        case PushCommand::Notice:
            event.mutable_notice()->set_text(std::string(b * 8U, 'n'));
            break;
        case PushCommand::Deliver:
            frame = owner_test::deliverFrame(m_seq + 1, m_seq + 1 + (b & 63U));
            frame.mutable_deliver()->set_epoch(Epoch + ((b & 64U) != 0 ? 1 : 0));
            m_seq += (b & 128U) != 0 ? 0 : 64;
            break;
        case PushCommand::GoAway:
            frame = owner_test::goAwayFrame(wire::pb::GoAwayReason(b % 6), (b & 128U) != 0 ? ~0U : b * 10U);
            break;
        case PushCommand::Unasked:
            frame.mutable_descriptors();
            frame.set_id(1'000U + b);
            break;
        case PushCommand::Ping:
            frame.mutable_ping()->set_t(b);
            socket.unsent = std::size_t{b} * 16 * 1024;
            break;
        case PushCommand::Mutated:
            return socket.sendRaw(toByteArray(view(WireMutator(m_world.random).mutated(m_last.SerializeAsString()))));
        case PushCommand::Raw:
            return socket.sendRaw(toByteArray(in.take(b)));
        case PushCommand::Close:
            return socket.close((b & 1U) != 0 ? 1'000 + b : 4'400 + b);
        default:
            return;
        }
        say(socket, frame);
    }

    LinkWorld m_world;
    FakeRelay m_relay{'r'};
    RelayAddress m_address{m_relay.id(), {endpoint("relay.example.org")}, DialPolicy::PublicOnly};
    std::map<FakeSocket*, std::vector<Frame>> m_asked;
    std::optional<RelayLink> m_link;
    std::optional<DropLink> m_drops;
    int m_hello = 0;
    bool m_isRegistered = false;
    bool m_stopsNext = false;
    std::uint32_t m_epoch = 0;
    std::uint64_t m_seq = 0;
    std::set<std::uint64_t> m_delivered;
    std::set<std::uint64_t> m_committed;
    Frame m_last;
    std::size_t m_calls = 0;
    std::size_t m_frames = 1;
    std::int64_t m_open = 0; ///< requests of the client whose handler has not run
};

} // namespace

/// A relay says what it likes to a client that is logged in, and to its anonymous socket: each frame has an end and
/// asks the owner for a bounded number of things; only what belongs to the login is told; each envelope is told once
/// and acked only after its commit; every request ends, once; a link that was left or stopped is never heard of again,
/// and no wait is longer than what a relay may ask for.
KITH_FUZZ_TARGET(pushes) {
    PushRun().run(FuzzInput(data, size));
    return 0;
}
