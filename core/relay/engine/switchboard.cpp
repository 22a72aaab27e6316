// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/switchboard.h"

namespace kith::relay {
namespace {

using namespace wire::limits;

constexpr std::uint32_t RetryBusyMs = 1'000;

Answer retryAfter(WireCode code, Millis wait) {
    return {code, static_cast<std::uint32_t>(wait.count()), 0, 0, {}};
}

} // namespace

Connection* Switchboard::open(ConnectionId id, SocketKind kind, const Peer& peer) {
    auto made = std::make_unique<Connection>(id, kind, peer, m_policy.socketRate, m_now.steady);
    if (peer.isCounted) {
        const auto known = m_strangers.find(peer.addressKey);
        const std::uint32_t most = peer.hasAddressLimits ? StrangersPerAddress : StrangersOfThisHouse;
        if ((known != m_strangers.end() && known->second >= most) || m_strangersInAll >= StrangersInAll) {
            m_out->outputs.push_back({id, {}, wire::CloseCode::Limit});
            return nullptr;
        }
        ++m_strangers[peer.addressKey];
        ++m_strangersInAll;
        made->isStranger = true;
    }
    return (m_connections[id] = std::move(made)).get();
}

void Switchboard::noteLogin(Connection& connection) {
    if (!std::exchange(connection.isStranger, false))
        return;
    --m_strangersInAll;
    const auto sockets = m_strangers.find(connection.peer.addressKey);
    if (--sockets->second == 0)
        m_strangers.erase(sockets);
}

Connection* Switchboard::find(ConnectionId id) {
    const auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : found->second.get();
}

void Switchboard::forget(ConnectionId id) {
    const auto found = m_connections.find(id);
    if (found == m_connections.end())
        return;
    noteLogin(*found->second);
    m_connections.erase(found);
}

/// Before the token is known only the socket and the address pay: else whoever knows a drop could empty its bucket.
Answer Switchboard::whyNot(Connection& connection) {
    if (connection.unanswered >= UnansweredMsgs || connection.unansweredBytes >= UnansweredBytes)
        return retryAfter(WireCode::RetryLater, Millis(RetryBusyMs));
    if (connection.phase != Connection::Phase::Mail) {
        if (const Millis wait = connection.bucket.take(m_now.steady); wait > Millis(0))
            return retryAfter(WireCode::Rate, wait);
        if (connection.peer.hasAddressLimits) {
            const Millis wait = m_addresses.take(connection.peer.addressKey, m_policy.addressRate, m_now.steady);
            if (wait > Millis(0))
                return retryAfter(WireCode::Rate, wait);
        }
    }
    if (m_underWay >= m_policy.operationsMax || m_underWayBytes >= m_policy.operationBytesMax)
        return retryAfter(WireCode::RetryLater, Millis(RetryBusyMs));
    return {};
}

bool Switchboard::admit(Connection& connection, ByteView message) {
    m_messageBytes = static_cast<std::uint32_t>(message.size());
    const Answer answer = whyNot(connection);
    if (answer.isDone()) {
        connection.refusedInRow = 0;
        connection.refusedBytes = 0;
        return true;
    }
    // QWebSocket reads whatever arrives: who goes on sending against refusals is cut off.
    connection.refusedInRow += 1;
    connection.refusedBytes += message.size();
    if (connection.refusedInRow >= UnansweredMsgs || connection.refusedBytes >= UnansweredBytes)
        close(connection, wire::CloseCode::Limit);
    else
        refuse(connection, wire::peekFrameId(message), answer);
    return false;
}

Millis Switchboard::takeLogin(const Connection& connection) {
    return connection.peer.hasAddressLimits
               ? m_logins.take(connection.peer.addressKey, m_policy.loginRate, m_now.steady)
               : Millis(0);
}

Millis Switchboard::takeRegistration(const Connection& connection) {
    return connection.peer.hasAddressLimits
               ? m_registrations.take(connection.peer.addressKey, m_policy.registerRate, m_now.steady)
               : Millis(0);
}

bool Switchboard::maySpend(Connection& connection, std::uint64_t request, AccountRef account, Spends what) {
    const auto rateOf = [this](Spends spends) {
        switch (spends) {
        case Spends::Login:
            return m_policy.accountLoginRate;
        case Spends::Write:
            return m_policy.accountWriteRate;
        case Spends::List:
            return m_policy.accountListRate;
        case Spends::Manifest:
            return m_policy.manifestRate;
        }
        return m_policy.manifestRate;
    };
    const Millis wait = m_accounts.take({account, what}, rateOf(what), m_now.steady);
    if (wait > Millis(0))
        refuse(connection, request, retryAfter(WireCode::Rate, wait));
    return wait == Millis(0);
}

void Switchboard::emit(Connection& connection, QByteArray bytes) {
    if (connection.phase == Connection::Phase::Closed)
        return;
    setUnsent(connection, connection.unsent + static_cast<std::size_t>(bytes.size()));
    m_out->outputs.push_back({connection.id, std::move(bytes), {}});
    if (connection.unsent > 2 * UnsentBytesMax)
        close(connection, wire::CloseCode::Limit);
}

void Switchboard::reply(Connection& connection, std::uint64_t request, pb::Frame& frame) {
    frame.set_id(request);
    emit(connection, wire::encodeFrame(frame));
}

void Switchboard::replyOk(Connection& connection, std::uint64_t request) {
    pb::Frame frame;
    frame.mutable_ok();
    reply(connection, request, frame);
}

void Switchboard::refuse(Connection& connection, std::uint64_t request, const Answer& answer, const DropId* drop) {
    pb::Frame frame;
    pb::Error& error = *frame.mutable_error();
    error.set_code(static_cast<std::uint32_t>(answer.code));
    error.set_retry_after_ms(answer.retryAfterMs);
    error.set_pow_bits(answer.powBits);
    error.set_current(answer.current);
    if (answer.manifest)
        *error.mutable_manifest() = *answer.manifest;
    if (drop != nullptr)
        error.set_drop_id(drop->str());
    reply(connection, request, frame);
}

void Switchboard::refuse(Connection& connection, std::uint64_t request, WireCode code) {
    refuse(connection, request, Answer{code, 0, 0, 0, {}});
}

void Switchboard::push(Connection& connection, pb::Frame& frame) {
    reply(connection, 0, frame);
}

void Switchboard::close(Connection& connection, wire::CloseCode code) {
    if (connection.phase == Connection::Phase::Closed)
        return;
    connection.phase = Connection::Phase::Closed;
    m_out->outputs.push_back({connection.id, {}, code});
}

void Switchboard::goAway(Connection& connection, pb::GoAway goodbye, wire::CloseCode code) {
    pb::Frame frame;
    *frame.mutable_go_away() = std::move(goodbye);
    push(connection, frame);
    close(connection, code);
}

void Switchboard::ask(Connection& connection, std::uint64_t request, OperationBody body) {
    connection.unanswered += 1;
    connection.unansweredBytes += m_messageBytes;
    m_underWay += 1;
    m_underWayBytes += m_messageBytes;
    m_out->operations.push_back({std::uint64_t(connection.id), request, m_messageBytes, std::move(body)});
}

void Switchboard::askQuietly(const Connection* connection, OperationBody body, std::uint64_t request) {
    m_underWay += 1;
    const std::uint64_t id = connection == nullptr ? 0 : std::uint64_t(connection->id);
    m_out->operations.push_back({id, request, 0, std::move(body)});
}

Connection* Switchboard::settle(const Operation& operation) {
    m_underWay -= 1;
    m_underWayBytes -= operation.cost;
    Connection* connection = find(ConnectionId(operation.connection));
    if (connection != nullptr && operation.cost > 0) {
        connection->unanswered -= 1;
        connection->unansweredBytes -= operation.cost;
    }
    return connection;
}

void Switchboard::setUnsent(Connection& connection, std::size_t bytes) {
    connection.unsent = bytes;
    if (bytes < UnsentBytesMax) {
        connection.stalledSince.reset();
    } else if (!connection.stalledSince) {
        connection.stalledSince = m_now.steady;
        m_hasStalled = true;
    }
}

void Switchboard::closeLate() {
    m_hasStalled = false;
    for (auto& [id, connection] : m_connections) {
        if (connection->phase == Connection::Phase::Closed)
            continue;
        const bool isReady =
            connection->phase == Connection::Phase::Mail ||
            (connection->kind == SocketKind::Anonymous && connection->phase != Connection::Phase::Hello);
        if (connection->stalledSince && m_now.steady - *connection->stalledSince >= UnsentFor)
            close(*connection, wire::CloseCode::Limit);
        else if (!isReady && m_now.steady - connection->since >= m_policy.readyWithin)
            close(*connection, wire::CloseCode::Auth);
        m_hasStalled = m_hasStalled || connection->stalledSince.has_value();
    }
}

} // namespace kith::relay
