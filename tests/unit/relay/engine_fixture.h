// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/relay_engine.h"
#include "core/relay/mailstore/memory_mail_store.h"
#include "tests/support/relay_frames.h"
#include "tests/support/relay_self.h"
#include "tests/support/test_main.h"

#include <QTest>

#include <map>
#include <set>

namespace kith::test {

using namespace kith::relay;
using wire::CloseCode;

/// An engine over a store in memory, with every connection in the hand of the test. Operations run when the test says
/// so (or at once inside call()), so that it can stop between a send and its commit.
class EngineFixture {
public:
    explicit EngineFixture(const EnginePolicy& policy = {}, const MailPolicy& mail = {})
        : store(clock, mail)
        , engine(makeRelaySelf(random, clock), policy, random) {}

    Now now() const { return {clock.wall(), clock.steady()}; }

    // Connections
    ConnectionId connect(SocketKind kind, Peer peer = {"address", true}) {
        const ConnectionId id{++m_last};
        engine.connected(id, kind, peer, now(), out);
        collect();
        return id;
    }
    void disconnect(ConnectionId id) { engine.disconnected(id); }
    /// After HELLO.
    ConnectionId meet(SocketKind kind, Peer peer = {"address", true}) {
        const ConnectionId id = connect(kind, std::move(peer));
        const std::string hello = helloBytes(random);
        const pb::Frame reply = call(id, helloFrame(hello));
        auto met = test::meet(hello, reply, engine.self().leafPin);
        if (!met)
            qFatal("HELLO failed: %s", errorText(met).constData());
        m_met[id] = std::move(met).value();
        return id;
    }
    const Met& met(ConnectionId id) { return m_met[id]; }

    // Messages
    std::uint64_t send(ConnectionId id, pb::Frame frame) {
        frame.set_id(++m_lastRequest);
        sendBytes(id, wire::encodeFrame(frame));
        return m_lastRequest;
    }
    void sendBytes(ConnectionId id, const QByteArray& bytes) {
        engine.received(id, view(bytes), now(), out);
        collect();
    }
    /// Until the store has nothing more to do.
    void runStore(RelayEngine::Commit commit = RelayEngine::Commit::Durable) {
        while (!m_operations.empty()) {
            std::vector<Operation> batch;
            batch.swap(m_operations);
            if (commit == RelayEngine::Commit::Durable && !store.execute(batch))
                qFatal("the memory store failed");
            engine.storeCompleted(batch, commit, now(), out);
            collect();
        }
    }
    pb::Frame call(ConnectionId id, const pb::Frame& frame) {
        const std::uint64_t request = send(id, frame);
        runStore();
        return reply(id, request);
    }
    /// The reply to a request, taken out of what has arrived; empty when there is none.
    pb::Frame reply(ConnectionId id, std::uint64_t request) {
        auto& list = m_arrived[id];
        for (auto at = list.begin(); at != list.end(); ++at)
            if (at->id() == request) {
                const pb::Frame frame = *at;
                list.erase(at);
                return frame;
            }
        return {};
    }
    std::vector<pb::Frame> take(ConnectionId id) { return std::exchange(m_arrived[id], {}); }
    std::vector<QByteArray> takeRaw(ConnectionId id) { return std::exchange(m_raw[id], {}); }
    std::optional<CloseCode> closed(ConnectionId id) {
        const auto found = m_closed.find(id);
        return found == m_closed.end() ? std::nullopt : std::optional(found->second);
    }
    std::size_t waiting() const { return m_operations.size(); }
    void tick() {
        engine.tick(now(), out);
        collect();
    }
    void unsent(ConnectionId id, std::size_t bytes) {
        engine.unsent(id, bytes, now(), out);
        collect();
    }
    void drain() {
        engine.drain(now(), out);
        collect();
    }

    // People
    wire::InviteToken invite(std::uint32_t uses = 1) {
        const auto token = random.id<wire::InviteToken>();
        Operation operation;
        operation.body = AddInvite{{crypto::inviteIdOf(token), uses, toMinute(clock.wall()) + 60}, {}};
        if (!store.execute({&operation, 1}))
            qFatal("no invite");
        return token;
    }
    TestAccount member(int devices = 1) {
        TestAccount account(random, {engine.self().relay}, devices);
        const ConnectionId id = meet(SocketKind::Authenticated, {"other", false});
        if (!call(id, registerFrame(m_met[id], account, 1, invite())).has_registered())
            qFatal("cannot register");
        disconnect(id);
        return account;
    }
    /// Logged in, with the frames after WELCOME still to be taken.
    ConnectionId login(const TestAccount& account, std::size_t device = 0, std::uint32_t windowItems = 0) {
        const ConnectionId id = meet(SocketKind::Authenticated, {"other", false});
        pb::Frame frame = authFrame(m_met[id], account, account.device(device));
        frame.mutable_auth()->set_window_msgs(windowItems);
        const pb::Frame reply = call(id, frame);
        if (!reply.has_welcome())
            qFatal("cannot log in: %d", static_cast<int>(codeOf(reply)));
        m_welcome[id] = reply.welcome();
        return id;
    }
    const pb::Welcome& welcome(ConnectionId id) { return m_welcome[id]; }
    TestDrop drop(ConnectionId session, const TestAccount& owner, pb::DropKind kind = pb::DROP_CONTACT) {
        const TestDrop made = TestDrop::of(random, owner);
        if (!call(session, dropPutFrame(made, kind)).has_ok())
            qFatal("cannot put the drop");
        return made;
    }
    static std::vector<pb::Envelope> delivered(const std::vector<pb::Frame>& frames) {
        std::vector<pb::Envelope> all;
        for (const pb::Frame& frame : frames)
            for (const pb::Envelope& envelope : frame.deliver().envelopes())
                all.push_back(envelope);
        return all;
    }

    FakeClock clock;
    SeededRandom random{seed()};
    MemoryMailStore store;
    Effects out;
    RelayEngine engine;

private:
    void collect() {
        for (Effects::Output& output : out.outputs) {
            if (output.close) {
                m_closed.emplace(output.connection, *output.close);
                continue;
            }
            if (m_closed.contains(output.connection))
                qFatal("something was sent after a close");
            pb::Frame frame;
            if (wire::decodeFrame(view(output.frame), wire::Sender::Relay, wire::limits::FrameMax, frame) !=
                wire::WireCode::None)
                qFatal("the engine sent a malformed frame");
            m_raw[output.connection].push_back(output.frame);
            m_arrived[output.connection].push_back(std::move(frame));
        }
        out.outputs.clear();
        for (Operation& operation : out.operations)
            m_operations.push_back(std::move(operation));
        out.operations.clear();
    }

    std::uint64_t m_last = 0;
    std::uint64_t m_lastRequest = 0;
    std::vector<Operation> m_operations;
    std::map<ConnectionId, Met> m_met;
    std::map<ConnectionId, pb::Welcome> m_welcome;
    std::map<ConnectionId, std::vector<pb::Frame>> m_arrived;
    std::map<ConnectionId, std::vector<QByteArray>> m_raw;
    std::map<ConnectionId, CloseCode> m_closed;
};

} // namespace kith::test
