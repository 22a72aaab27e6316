// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/connection.h"
#include "core/relay/engine/engine_policy.h"

#include <unordered_map>

namespace kith::relay {

/// The connections of an engine and everything that leaves it: replies, pushes, closes, store operations, under the
/// limits of a socket and an address (PROTOCOL.md s17, s20). Private to core/relay/engine.
class Switchboard {
public:
    explicit Switchboard(const EnginePolicy& policy)
        : m_policy(policy) {}

    /// Of this turn. Every public call of the engine sets it first.
    void beginTurn(Now now, Effects& out) {
        m_now = now;
        m_out = &out;
    }
    Now now() const { return m_now; }

    /// Null when the address or all together have too many sockets that are not logged in; the connection has then been
    /// told to close.
    Connection* open(ConnectionId id, SocketKind kind, const Peer& peer);
    Connection* find(ConnectionId id);
    void forget(ConnectionId id);
    /// A member now: no longer counted among strangers.
    void noteLogin(Connection& connection);
    void noteGreeting(const Connection& connection) { m_out->greeted.push_back(connection.id); }
    std::size_t size() const { return m_connections.size(); }
    template <typename Visit>
    void forEach(Visit visit) {
        for (auto& [id, connection] : m_connections)
            visit(*connection);
    }

    /// False when the message must not be read: it has been answered, or the connection closed.
    bool admit(Connection& connection, ByteView message);
    /// Zero = go on, else how long to wait.
    Millis takeLogin(const Connection& connection);
    Millis takeRegistration(const Connection& connection);
    /// The rates of an account, over all its sockets. False: the request has been refused with RATE.
    enum class Spends { Login, Write, List, Manifest };
    bool maySpend(Connection& connection, std::uint64_t request, AccountRef account, Spends what);

    void reply(Connection& connection, std::uint64_t request, pb::Frame& frame);
    void replyOk(Connection& connection, std::uint64_t request);
    void refuse(Connection& connection, std::uint64_t request, const Answer& answer, const DropId* drop = nullptr);
    void refuse(Connection& connection, std::uint64_t request, WireCode code);
    void push(Connection& connection, pb::Frame& frame);
    void close(Connection& connection, wire::CloseCode code);
    void goAway(Connection& connection, pb::GoAway goodbye, wire::CloseCode code);

    /// A store operation that answers `request`, charged to the connection until it is done.
    void ask(Connection& connection, std::uint64_t request, OperationBody body);
    /// A store operation of the engine's own; `connection` may be null.
    void askQuietly(const Connection* connection, OperationBody body, std::uint64_t request = 0);
    /// Takes the charge back; null when the connection is gone.
    Connection* settle(const Operation& operation);
    std::size_t underWay() const { return m_underWay; }

    /// What the socket has not taken yet.
    void setUnsent(Connection& connection, std::size_t bytes);
    bool mayDeliver(const Connection& connection, std::uint64_t more) const {
        return connection.phase != Connection::Phase::Closed && connection.unsent + more < wire::limits::UnsentBytesMax;
    }
    /// Closes whoever has not read for too long, or not logged in.
    void closeLate();
    bool hasStalled() const { return m_hasStalled; }

private:
    struct SpendsHash {
        std::size_t operator()(const std::pair<AccountRef, Spends>& key) const {
            return std::hash<std::int64_t>()(static_cast<std::int64_t>(key.first) * 4 + static_cast<int>(key.second));
        }
    };
    Answer whyNot(Connection& connection);
    void emit(Connection& connection, QByteArray bytes);

    const EnginePolicy& m_policy;
    Now m_now{};
    Effects* m_out = nullptr;
    std::unordered_map<ConnectionId, std::unique_ptr<Connection>> m_connections;
    std::unordered_map<QByteArray, std::uint32_t> m_strangers; ///< by address
    std::uint32_t m_strangersInAll = 0;
    wire::TokenBuckets<QByteArray> m_addresses;
    wire::TokenBuckets<QByteArray> m_logins;
    wire::TokenBuckets<QByteArray> m_registrations;
    wire::TokenBuckets<std::pair<AccountRef, Spends>, SpendsHash> m_accounts;
    std::size_t m_underWay = 0;
    std::size_t m_underWayBytes = 0;
    std::uint32_t m_messageBytes = 0; ///< of the message in hand
    bool m_hasStalled = false;
};

} // namespace kith::relay
