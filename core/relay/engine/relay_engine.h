// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/directory.h"
#include "core/relay/engine/logins.h"
#include "core/relay/engine/sends.h"

namespace kith::relay {

/// The relay's side of KRP/1 without any I/O: messages and time in, messages, closes and store operations out
/// (PROTOCOL.md s5, s6). What a caller has to keep to: one call at a time; operations of a connection go to the store
/// in the order they came out, and results come back in the order in which the store worked; after a Close nothing is
/// sent on that connection, and disconnected() follows. ACCEPTED and DUPLICATE leave only from storeCompleted(), so
/// never before the commit. Thread: one, the I/O thread of its connections. Borrows `random`.
class RelayEngine {
public:
    RelayEngine(RelaySelf self, const EnginePolicy& policy, Random& random);
    RelayEngine(const RelayEngine&) = delete;
    RelayEngine& operator=(const RelayEngine&) = delete;

    void connected(ConnectionId id, SocketKind kind, const Peer& peer, Now now, Effects& out);
    void received(ConnectionId id, ByteView message, Now now, Effects& out);
    /// Bytes that the socket has not handed to the system yet; also tells that it has taken some.
    void unsent(ConnectionId id, std::size_t bytes, Now now, Effects& out);
    void disconnected(ConnectionId id);

    enum class Commit { Durable, Failed };
    /// Takes the results and leaves `batch` empty, for reuse.
    void storeCompleted(std::vector<Operation>& batch, Commit commit, Now now, Effects& out);

    void tick(Now now, Effects& out);
    /// How long until the next tick is wanted.
    Millis nextTick() const;

    /// Says GOAWAY DRAIN to all; new sends and logins are refused from now on.
    void drain(Now now, Effects& out);
    bool isDraining() const { return m_isDraining; }
    /// Nothing under way in the store: after drain() all that was accepted has been answered.
    bool isIdle() const { return m_board.underWay() == 0; }
    std::size_t connections() const { return m_board.size(); }
    const RelaySelf& self() const { return m_self; }
    /// It knows what to do with such a frame, HELLO aside.
    static bool isServed(pb::Frame::BodyCase body);

private:
    void serve(Connection& connection, pb::Frame& frame);
    struct Request;
    void complete(Connection* connection, Operation& operation);
    void completed(const Sweep& op);
    void fail(Connection* connection, const Operation& operation);

    const EnginePolicy m_policy;
    const RelaySelf m_self;
    Random& m_random;
    Switchboard m_board;
    Deliveries m_deliveries;
    Logins m_logins;
    Sends m_sends;
    Directory m_directory;
    pb::Frame m_frame; ///< reused for every message
    SteadyTime m_sweptAt{};
    std::int64_t m_touchedDay = 0;
    bool m_isSweeping = false;
    bool m_isDraining = false;
};

} // namespace kith::relay
