// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/relay_engine.h"
#include "core/relay/mailstore/memory_mail_store.h"
#include "tests/fuzz/engine_commands.h"
#include "tests/fuzz/target.h"
#include "tests/support/relay_frames.h"
#include "tests/support/relay_self.h"

#include <deque>
#include <map>
#include <set>

using namespace kith;
using namespace kith::relay;
using namespace kith::test;
using wire::WireCode;

namespace {

constexpr std::size_t CommandsMax = 300;
constexpr std::size_t Drops = 4;
constexpr std::size_t Accounts = 2;
constexpr std::size_t Versions = 3;

SeededRandom& keyRandom() {
    static SeededRandom random(7);
    return random;
}

/// The people of every run: account 0 has two devices, of which manifest version 2 removes one; account 1 has one.
struct People {
    explicit People(const RelayId& relay)
        : accounts{TestAccount(keyRandom(), {relay}, 2), TestAccount(keyRandom(), {relay}, 1)}
        , invite(keyRandom().id<wire::InviteToken>()) {
        for (std::size_t i = 0; i < Drops; ++i)
            drops.push_back(TestDrop::of(keyRandom(), accounts[i % Accounts]));
    }
    crypto::SignedManifest manifest(std::size_t which, std::uint64_t version) const {
        crypto::SignedManifest made = accounts[which].manifest(version);
        if (which != 0 || version != 2)
            return made;
        made.manifest.devices.pop_back();
        return crypto::signManifest(made.manifest, accounts[which].key()).value();
    }
    TestAccount accounts[Accounts];
    wire::InviteToken invite;
    std::vector<TestDrop> drops;
};

/// One engine, one store and the sockets between. Checks after every call what the engine promises.
class EngineRun {
public:
    explicit EngineRun(std::uint8_t policy)
        : m_store(m_clock, (policy & 1U) != 0 ? MailPolicy() : smallMail())
        , m_engine(makeRelaySelf(m_random, m_clock), (policy & 2U) != 0 ? EnginePolicy() : EnginePolicy::withoutRates(),
                   m_random) {
        static const People everybody(m_engine.self().relay); // the relay's key is the same in every run
        m_people = &everybody;
        Operation operation;
        operation.body = AddInvite{{crypto::inviteIdOf(m_people->invite), 8, toMinute(m_clock.wall()) + 600}, {}};
        INVARIANT(m_store.execute({&operation, 1}));
    }

    void run(FuzzInput in) {
        for (std::size_t i = 0; i < CommandsMax && !in.isEmpty(); ++i) {
            const auto command = EngineCommand(in.byte() % std::uint8_t(EngineCommand::Count));
            const std::uint8_t a = in.byte();
            const std::uint8_t b = in.byte();
            step(command, a, b, in);
            INVARIANT(m_engine.connections() == m_sockets.size());
        }
        finish();
    }

private:
    struct Socket {
        SocketKind kind{};
        bool isClosed = false;
        Met met;
        std::string hello;
        std::multiset<std::uint64_t> asked; ///< not answered yet
        std::set<std::uint64_t> open;       ///< those of them that must be answered
        std::uint64_t seq = 0;
        std::uint32_t epoch = 0;
    };
    enum class Turn { Other, Durable };

    static MailPolicy smallMail() {
        MailPolicy policy;
        policy.mailboxItems = 12;
        policy.contact = {4, 64 * 1024, {1e15, 1e15}};
        policy.self = {4, 64 * 1024, {1e15, 1e15}};
        policy.frontPowFirstBits = 0;
        policy.dropsPerAccount = 3;
        policy.tombstonesPerAccount = 2;
        policy.sweepRows = 2;
        return policy;
    }
    Now now() const { return {m_clock.wall(), m_clock.steady()}; }

    // --- what comes out

    void collect(Turn turn) {
        for (Effects::Output& output : m_out.outputs) {
            const auto found = m_sockets.find(output.connection);
            if (output.close) {
                if (found != m_sockets.end())
                    INVARIANT(!std::exchange(found->second.isClosed, true));
                continue;
            }
            INVARIANT(found != m_sockets.end() && !found->second.isClosed); // nothing is sent after a close
            pb::Frame frame;
            INVARIANT(wire::decodeFrame(view(output.frame), wire::Sender::Relay, wire::limits::FrameMax, frame) ==
                      WireCode::None);
            arrived(output.connection, found->second, frame, turn);
        }
        m_out.outputs.clear();
        for (Operation& operation : m_out.operations)
            m_waiting.push_back(std::move(operation));
        m_out.operations.clear();
    }

    void arrived(ConnectionId id, Socket& socket, const pb::Frame& frame, Turn turn) {
        if (frame.id() != 0) {
            const auto asked = socket.asked.find(frame.id());
            INVARIANT(asked != socket.asked.end()); // one answer, and only to what was asked
            socket.asked.erase(asked);
            socket.open.erase(frame.id());
        }
        if (frame.has_hello_ok()) {
            auto met = meet(socket.hello, frame, m_engine.self().leafPin);
            INVARIANT(met || socket.hello.empty());
            if (met)
                socket.met = std::move(met).value();
        }
        if (frame.has_sent()) // accepted means durable
            INVARIANT(turn == Turn::Durable && m_committed.contains({std::uint64_t(id), frame.id()}));
        if (frame.has_welcome())
            socket.epoch = frame.welcome().epoch();
        INVARIANT(!frame.has_deliver() || turn == Turn::Durable);
        for (const pb::Envelope& envelope : frame.deliver().envelopes()) {
            const auto bodies = m_durable.find(envelope.drop_id() + envelope.msg_id());
            INVARIANT(bodies != m_durable.end() && bodies->second.contains(envelope.body()));
            INVARIANT((envelope.seq() == 0) == (envelope.class_() == pb::CLASS_LIVE));
            if (envelope.seq() == 0)
                continue;
            INVARIANT(envelope.seq() > socket.seq && frame.deliver().epoch() == socket.epoch);
            socket.seq = envelope.seq();
        }
    }

    // --- the store

    void begin(std::size_t count, RelayEngine::Commit commit) {
        end();
        for (; count > 0 && !m_waiting.empty(); --count) {
            m_batch.push_back(std::move(m_waiting.front()));
            m_waiting.pop_front();
        }
        m_commit = commit;
        if (commit == RelayEngine::Commit::Failed)
            return;
        std::vector<std::pair<std::string, std::set<std::string>>> bodies; // an outcome may take them out
        for (const Operation& operation : m_batch) {
            bodies.emplace_back();
            if (const auto* send = std::get_if<EnqueueItems>(&operation.body)) {
                bodies.back().first = send->drop.str() + send->envelope.str();
                for (const EnqueueItems::Item& item : send->items)
                    bodies.back().second.insert(item.body);
            }
        }
        INVARIANT(m_store.execute(m_batch));
        for (std::size_t i = 0; i < m_batch.size(); ++i) {
            const auto* send = std::get_if<EnqueueItems>(&m_batch[i].body);
            if (send == nullptr || !send->outcome.answer.isDone())
                continue;
            m_committed.insert({m_batch[i].connection, m_batch[i].request});
            if (!send->outcome.isDuplicate)
                m_durable[bodies[i].first].merge(bodies[i].second);
        }
    }
    void end() {
        if (m_batch.empty())
            return;
        m_engine.storeCompleted(m_batch, m_commit, now(), m_out);
        INVARIANT(m_batch.empty());
        collect(m_commit == RelayEngine::Commit::Durable ? Turn::Durable : Turn::Other);
    }
    void runStore() {
        for (int round = 0; !m_waiting.empty() || !m_batch.empty(); ++round) {
            INVARIANT(round < 10'000); // a sweep that never ends
            begin(m_waiting.size(), RelayEngine::Commit::Durable);
            end();
        }
    }

    // --- what goes in

    void receive(ConnectionId id, Socket& socket, ByteView message) {
        pb::Frame frame;
        (void)wire::decodeFrame(message, wire::Sender::Client, wire::limits::FrameMax, frame);
        // A message that is refused unread is answered under the number that stands in front.
        socket.asked.insert({frame.id(), wire::peekFrameId(message)});
        m_engine.received(id, message, now(), m_out);
        collect(Turn::Other);
    }
    void send(ConnectionId id, Socket& socket, pb::Frame frame) {
        frame.set_id(++m_request);
        socket.asked.insert(frame.id());
        if (!frame.has_ack())
            socket.open.insert(frame.id());
        m_engine.received(id, view(wire::encodeFrame(frame)), now(), m_out);
        collect(Turn::Other);
    }

    void step(EngineCommand command, std::uint8_t a, std::uint8_t b, FuzzInput& in) {
        switch (command) {
        case EngineCommand::Connect:
            return connect(b);
        case EngineCommand::StoreBegin:
            return begin(std::size_t{b} + 1, RelayEngine::Commit::Durable);
        case EngineCommand::StoreFails:
            return begin(std::size_t{b} + 1, RelayEngine::Commit::Failed);
        case EngineCommand::StoreEnds:
            return end();
        case EngineCommand::Tick:
            m_engine.tick(now(), m_out);
            INVARIANT(m_engine.nextTick() > Millis(0));
            return collect(Turn::Other);
        case EngineCommand::Advance: {
            constexpr Millis Steps[] = {Millis(1),         Millis(1'000),      Millis(31'000),
                                        Millis(3'600'000), Millis(86'400'000), Millis(31LL * 86'400'000)};
            return m_clock.advance(Steps[b % std::size(Steps)]);
        }
        case EngineCommand::WallJump:
            return m_clock.jump(Millis(3'600'000) * (int{b} - 128));
        case EngineCommand::Drain:
            m_engine.drain(now(), m_out);
            return collect(Turn::Other);
        default:
            break;
        }
        if (m_sockets.empty())
            return;
        const auto socket = std::next(m_sockets.begin(), static_cast<std::ptrdiff_t>(a % m_sockets.size()));
        if (command == EngineCommand::Disconnect) {
            m_engine.disconnected(socket->first);
            m_sockets.erase(socket);
        } else if (command == EngineCommand::Unsent) {
            m_engine.unsent(socket->first, std::size_t{b} * 16 * 1024, now(), m_out);
            collect(Turn::Other);
        } else if (command == EngineCommand::Raw) {
            receive(socket->first, socket->second, in.take(b));
        } else if (auto frame = request(command, socket->second, b)) {
            send(socket->first, socket->second, std::move(*frame));
        }
    }

    void connect(std::uint8_t b) {
        const ConnectionId id{++m_last};
        const SocketKind kind = (b & 1U) != 0 ? SocketKind::Anonymous : SocketKind::Authenticated;
        const Peer peer{(b & 4U) != 0 ? "here" : "there", (b & 2U) != 0};
        m_sockets[id].kind = kind;
        m_engine.connected(id, kind, peer, now(), m_out);
        collect(Turn::Other);
        if (m_sockets[id].isClosed && m_engine.connections() < m_sockets.size())
            m_sockets.erase(id); // an address with too many sockets: it was never taken in
    }

    std::optional<pb::Frame> request(EngineCommand command, Socket& socket, std::uint8_t b) {
        const std::size_t who = b % Accounts;
        const std::uint64_t version = 1 + (b >> 4U) % Versions;
        const TestAccount& account = m_people->accounts[who];
        const TestDrop& drop = m_people->drops[b % Drops];
        pb::Frame frame;
        switch (command) {
        case EngineCommand::Hello:
            socket.hello = helloBytes(m_random);
            return helloFrame(socket.hello);
        case EngineCommand::Register:
            return registerFrame(socket.met, account, version, m_people->invite);
        case EngineCommand::Auth: {
            const std::size_t device = who == 0 ? (b >> 1U) % 2 : 0;
            frame = authFrame(socket.met, account, account.device(device), version);
            if ((b & 4U) != 0)
                *frame.mutable_auth()->mutable_manifest() = m_people->manifest(who, version).toWire();
            frame.mutable_auth()->set_window_msgs((b & 8U) != 0 ? 2 : 0);
            return frame;
        }
        case EngineCommand::DropPut:
            frame = dropPutFrame(drop, pb::DropKind(1 + (b >> 2U) % 4), 1 + (b >> 5U));
            frame.mutable_drop_put()->set_paused((b & 16U) != 0);
            return frame;
        case EngineCommand::DropDel:
            frame.mutable_drop_del()->set_drop_id(drop.id.str());
            return frame;
        case EngineCommand::DropList:
            frame.mutable_drop_list();
            return frame;
        case EngineCommand::Send:
            return sendTo(drop, m_people->accounts[b % Drops % Accounts], b);
        case EngineCommand::SendAgain:
            return m_sent;
        case EngineCommand::Ack:
            frame = ackFrame(socket.epoch, b == 0 ? socket.seq : std::uint64_t{b} << 20U);
            frame.mutable_ack()->set_marks((b & 1U) != 0);
            if (b == 2)
                frame.mutable_ack()->add_also(socket.seq);
            return frame;
        case EngineCommand::Bundles:
            frame.mutable_bundles_get()->set_drop_id(drop.id.str());
            if ((b & 4U) != 0)
                frame.mutable_bundles_get()->set_token(drop.token.str());
            frame.mutable_bundles_get()->set_known_ver(version - 1);
            return frame;
        case EngineCommand::KeysPut:
            for (std::uint32_t i = 0; i < b % 101U; ++i) {
                pb::OneTimeKey* key = frame.mutable_keys_put()->add_opks();
                key->set_opk_id(i);
                key->set_opk(std::string(32, 'o'));
            }
            frame.mutable_keys_put()->set_replace((b & 128U) != 0);
            return frame;
        case EngineCommand::ManifestPut: {
            const crypto::SignedManifest manifest = m_people->manifest(who, version);
            *frame.mutable_manifest_put()->mutable_manifest() = manifest.toWire();
            for (const crypto::ManifestDevice& device : manifest.manifest.devices)
                *frame.mutable_manifest_put()->add_bundles() = account.bundle(device.id);
            return frame;
        }
        default:
            return lesser(command, drop, b);
        }
    }

    std::optional<pb::Frame> lesser(EngineCommand command, const TestDrop& drop, std::uint8_t b) {
        pb::Frame frame;
        const std::string card(CardId::size, static_cast<char>('a' + b % 12));
        switch (command) {
        case EngineCommand::CardPut:
            frame.mutable_card_put()->set_card_id(card);
            frame.mutable_card_put()->set_body(std::string(1U + b, 'c'));
            frame.mutable_card_put()->set_expires_min(toMinute(m_clock.wall()) + b);
            return frame;
        case EngineCommand::CardGet:
            frame.mutable_card_get()->set_card_id(card);
            return frame;
        case EngineCommand::CardDel:
            frame.mutable_card_del()->set_card_id(card);
            return frame;
        case EngineCommand::DescPut:
            *frame.mutable_desc_put()->mutable_descriptor() = m_engine.self().descriptor.toWire();
            return frame;
        case EngineCommand::DescGet:
            frame.mutable_desc_get()->set_drop_id(drop.id.str());
            frame.mutable_desc_get()->set_token(drop.token.str());
            frame.mutable_desc_get()->add_relay_ids(m_engine.self().relay.str());
            return frame;
        case EngineCommand::Ping:
            frame.mutable_ping()->set_t(b);
            return frame;
        default:
            return std::nullopt;
        }
    }

    std::optional<pb::Frame> sendTo(const TestDrop& drop, const TestAccount& owner, std::uint8_t b) {
        std::vector<DeviceId> devices{owner.device(0)};
        if (&owner == &m_people->accounts[0] && (b & 16U) != 0)
            devices.push_back(owner.device(1));
        std::string body = "mail " + std::to_string(m_request);
        body.resize(body.size() + (std::size_t{b} >> 5U) * 9'000, 'm');
        pb::Frame frame = sendFrame(m_random, drop, devices, body);
        if ((b & SendWithToken) == 0)
            frame.mutable_send()->clear_token();
        if ((b & SendLive) != 0)
            frame.mutable_send()->set_class_(pb::CLASS_LIVE);
        m_sent = frame;
        return frame;
    }

    /// Every request has its answer once the store has nothing left, and nothing remains of connections that are gone.
    void finish() {
        runStore();
        for (const auto& [id, socket] : m_sockets)
            INVARIANT(socket.isClosed || socket.open.empty());
        while (!m_sockets.empty()) {
            m_engine.disconnected(m_sockets.begin()->first);
            m_sockets.erase(m_sockets.begin());
        }
        INVARIANT(m_engine.connections() == 0);
        runStore();
        INVARIANT(m_engine.isIdle());
    }

    FakeClock m_clock;
    SeededRandom m_random{1};
    MemoryMailStore m_store;
    RelayEngine m_engine;
    Effects m_out;
    const People* m_people = nullptr;
    std::map<ConnectionId, Socket> m_sockets;
    std::deque<Operation> m_waiting;
    std::vector<Operation> m_batch; ///< in the store
    RelayEngine::Commit m_commit = RelayEngine::Commit::Durable;
    std::set<std::pair<std::uint64_t, std::uint64_t>> m_committed; ///< (connection, request) of sends
    std::map<std::string, std::set<std::string>> m_durable;        ///< drop and message: bodies
    std::uint64_t m_last = 0;
    std::uint64_t m_request = std::uint64_t{1} << 40U;
    std::optional<pb::Frame> m_sent;
};

} // namespace

/// The engine keeps its promises whatever comes: nothing after a close, only frames that a client can read, one answer
/// to each request, ACCEPTED and mail only after the commit, mail as it was sent and in rising order, an answer to
/// everything once the store is done, and nothing left of connections that are gone.
KITH_FUZZ_TARGET(engine) {
    FuzzInput in(data, size);
    EngineRun run(in.byte());
    run.run(in);
    return 0;
}
