// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/relay_engine.h"

namespace kith::relay {
namespace {

constexpr Millis TickWhileWaiting{1'000};
constexpr Millis TickOtherwise{30'000};
constexpr std::uint32_t RetryFailedMs = 1'000;
constexpr std::uint32_t RetryDrainMs = 2'000;

/// What a member's request costs the store beyond its own row.
std::optional<Switchboard::Spends> priceOf(pb::Frame::BodyCase body) {
    switch (body) {
    case pb::Frame::kManifestPut:
        return Switchboard::Spends::Manifest;
    case pb::Frame::kDropList:
    case pb::Frame::kBundlesGet:
        return Switchboard::Spends::List;
    case pb::Frame::kKeysPut:
    case pb::Frame::kDropPut:
    case pb::Frame::kDropDel:
    case pb::Frame::kCardPut:
    case pb::Frame::kCardDel:
    case pb::Frame::kDescPut:
        return Switchboard::Spends::Write;
    default:
        return std::nullopt;
    }
}

} // namespace

RelayEngine::RelayEngine(RelaySelf self, const EnginePolicy& policy, Random& random)
    : m_policy(policy)
    , m_self(std::move(self))
    , m_random(random)
    , m_board(m_policy)
    , m_deliveries(m_board)
    , m_logins(m_self, random, m_board, m_deliveries)
    , m_sends(m_self, m_board, m_deliveries)
    , m_directory(m_self, m_board, m_deliveries) {}

void RelayEngine::connected(ConnectionId id, SocketKind kind, const Peer& peer, Now now, Effects& out) {
    m_board.beginTurn(now, out);
    m_board.open(id, kind, peer);
}

void RelayEngine::disconnected(ConnectionId id) {
    Connection* connection = m_board.find(id);
    if (connection == nullptr)
        return;
    m_deliveries.end(*connection);
    m_board.forget(id);
}

void RelayEngine::unsent(ConnectionId id, std::size_t bytes, Now now, Effects& out) {
    Connection* connection = m_board.find(id);
    if (connection == nullptr)
        return;
    m_board.beginTurn(now, out);
    m_board.setUnsent(*connection, bytes);
    m_deliveries.resume(*connection);
}

void RelayEngine::received(ConnectionId id, ByteView message, Now now, Effects& out) {
    Connection* connection = m_board.find(id);
    if (connection == nullptr || connection->phase == Connection::Phase::Closed)
        return;
    m_board.beginTurn(now, out);
    if (connection->phase == Connection::Phase::Hello)
        return m_logins.hello(*connection, message);
    if (!m_board.admit(*connection, message))
        return;
    const WireCode code = wire::decodeFrame(message, wire::Sender::Client, wire::limits::FrameMax, m_frame);
    if (code != WireCode::None)
        return m_board.refuse(*connection, m_frame.id(), code);
    serve(*connection, m_frame);
}

void RelayEngine::serve(Connection& connection, pb::Frame& frame) {
    if (serveBoth(connection, frame))
        return;
    if (connection.kind == SocketKind::Anonymous)
        serveAnonymous(connection, frame);
    else
        serveAuthenticated(connection, frame);
}

bool RelayEngine::serveBoth(Connection& connection, const pb::Frame& frame) {
    switch (frame.body_case()) {
    case pb::Frame::kPing: {
        pb::Frame pong;
        pong.mutable_pong()->set_t(frame.ping().t());
        m_board.reply(connection, frame.id(), pong);
        return true;
    }
    case pb::Frame::kPong:
        return true;
    case pb::Frame::kRegister:
    case pb::Frame::kAuth:
    case pb::Frame::kSend:
        if (!m_isDraining)
            return false;
        m_board.refuse(connection, frame.id(), Answer{WireCode::Draining, RetryDrainMs, 0, 0, {}});
        return true;
    default:
        return false;
    }
}

void RelayEngine::serveAnonymous(Connection& connection, pb::Frame& frame) {
    switch (frame.body_case()) {
    case pb::Frame::kSend:
        return m_sends.send(connection, frame.id(), *frame.mutable_send());
    case pb::Frame::kBundlesGet:
        return m_directory.get(connection, frame.id(), frame.bundles_get());
    case pb::Frame::kCardGet:
        return m_directory.get(connection, frame.id(), frame.card_get());
    case pb::Frame::kDescGet:
        return m_directory.get(connection, frame.id(), frame.desc_get());
    default:
        return m_board.refuse(connection, frame.id(), WireCode::Unsupported);
    }
}

void RelayEngine::serveAuthenticated(Connection& connection, pb::Frame& frame) {
    const std::uint64_t id = frame.id();
    if (connection.phase != Connection::Phase::Mail) {
        if (frame.has_register_())
            return m_logins.registerAccount(connection, id, *frame.mutable_register_());
        if (frame.has_auth())
            return m_logins.authenticate(connection, id, *frame.mutable_auth());
        return m_board.refuse(connection, id, WireCode::AuthRequired);
    }
    if (const auto price = priceOf(frame.body_case());
        price && !m_board.maySpend(connection, id, connection.session->account, *price))
        return;
    switch (frame.body_case()) {
    case pb::Frame::kAck:
        return m_deliveries.acknowledge(connection, frame.ack());
    case pb::Frame::kSend:
        return m_sends.send(connection, id, *frame.mutable_send());
    case pb::Frame::kBundlesGet:
        return m_directory.get(connection, id, frame.bundles_get());
    case pb::Frame::kManifestPut:
        return m_directory.put(connection, id, frame.manifest_put());
    case pb::Frame::kKeysPut:
        return m_directory.put(connection, id, frame.keys_put());
    case pb::Frame::kDropPut:
        return m_directory.put(connection, id, frame.drop_put());
    case pb::Frame::kDropDel:
        return m_directory.remove(connection, id, frame.drop_del());
    case pb::Frame::kDropList:
        return m_directory.list(connection, id, frame.drop_list());
    case pb::Frame::kCardPut:
        return m_directory.put(connection, id, *frame.mutable_card_put());
    case pb::Frame::kCardDel:
        return m_directory.remove(connection, id, frame.card_del());
    case pb::Frame::kDescPut:
        return m_directory.put(connection, id, frame.desc_put());
    default:
        return m_board.refuse(connection, id, WireCode::Unsupported);
    }
}

void RelayEngine::storeCompleted(std::vector<Operation>& batch, Commit commit, Now now, Effects& out) {
    m_board.beginTurn(now, out);
    for (Operation& operation : batch) {
        Connection* connection = m_board.settle(operation);
        if (commit == Commit::Failed)
            fail(connection, operation);
        else
            complete(connection, operation);
    }
    batch.clear();
    m_deliveries.flush();
}

void RelayEngine::complete(Connection* connection, Operation& operation) {
    const std::uint64_t request = operation.request;
    const auto visit = [&](auto& op) {
        using Op = std::decay_t<decltype(op)>;
        if constexpr (std::is_same_v<Op, EnqueueItems>)
            m_sends.completed(connection, request, op);
        else if constexpr (std::is_same_v<Op, FetchItems>)
            m_deliveries.fetched(connection, op);
        else if constexpr (std::is_same_v<Op, AcknowledgeItems>)
            for (const DropId& drop : op.outcome.resumed)
                m_deliveries.quotaHit(op.outcome.account, drop, true);
        else if constexpr (std::is_same_v<Op, Sweep>)
            completed(op);
        else if constexpr (requires { m_logins.completed(connection, request, op); })
            m_logins.completed(connection, request, op);
        else if constexpr (requires { m_directory.completed(connection, request, op); })
            m_directory.completed(connection, request, op);
    };
    std::visit(visit, operation.body);
}

void RelayEngine::completed(const Sweep& op) {
    for (const Sweep::Resumed& resumed : op.outcome.resumed)
        m_deliveries.quotaHit(resumed.account, resumed.drop, true);
    for (const Sweep::Purged& purged : op.outcome.purged) {
        pb::Event event;
        event.mutable_mailbox_purged()->set_device_id(toU32(purged.device));
        m_deliveries.announce(purged.account, event);
    }
    m_deliveries.closeRemoved(op.outcome.removed, nullptr);
    m_isSweeping = op.outcome.hasMore;
    if (m_isSweeping)
        m_board.askQuietly(nullptr, Sweep{});
}

/// Nothing of the batch has happened, or nobody knows: the client repeats under the same ids.
void RelayEngine::fail(Connection* connection, const Operation& operation) {
    if (std::holds_alternative<Sweep>(operation.body))
        m_isSweeping = false;
    else if (std::holds_alternative<FetchItems>(operation.body))
        m_deliveries.fetchFailed(connection);
    else if (connection != nullptr && !std::holds_alternative<AcknowledgeItems>(operation.body)) {
        if (std::holds_alternative<FindDevice>(operation.body) || std::holds_alternative<OpenLease>(operation.body))
            m_logins.failed(*connection);
        m_board.refuse(*connection, operation.request, Answer{WireCode::RetryLater, RetryFailedMs, 0, 0, {}});
    }
}

void RelayEngine::tick(Now now, Effects& out) {
    m_board.beginTurn(now, out);
    m_board.closeLate();
    if (m_deliveries.hasWaiting())
        m_deliveries.resumeAll();
    if (!m_isSweeping && (m_sweptAt == SteadyTime{} || now.steady - m_sweptAt >= m_policy.sweepEvery)) {
        m_isSweeping = true;
        m_sweptAt = now.steady;
        m_board.askQuietly(nullptr, Sweep{});
    }
    if (m_touchedDay != toDay(now.wall)) {
        m_touchedDay = toDay(now.wall);
        m_deliveries.touchAll();
    }
}

Millis RelayEngine::nextTick() const {
    return m_board.hasStalled() || m_deliveries.hasWaiting() ? TickWhileWaiting : TickOtherwise;
}

void RelayEngine::drain(Now now, Effects& out) {
    m_board.beginTurn(now, out);
    m_isDraining = true;
    m_board.forEach([this](Connection& connection) {
        if (connection.phase == Connection::Phase::Hello)
            return;
        pb::Frame frame;
        frame.mutable_go_away()->set_reason(pb::DRAIN);
        // Not all at once, wherever they go.
        frame.mutable_go_away()->set_retry_after_ms(RetryDrainMs +
                                                    static_cast<std::uint32_t>(m_random.below(RetryDrainMs)));
        m_board.push(connection, frame);
    });
}

} // namespace kith::relay
