// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/relay_engine.h"

#include <algorithm>

namespace kith::relay {
namespace {

constexpr Millis TickWhileWaiting{1'000};
constexpr Millis TickOtherwise{30'000};
constexpr std::uint32_t RetryFailedMs = 1'000;
constexpr std::uint32_t RetryDrainMs = 2'000;

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

/// What a client may ask: where, whether a relay that is about to stop still does it, what it costs the store beyond
/// its own row, and who answers. A new frame is a message in frame.proto, a row in wire/frame.cpp for its size and
/// fields, a row here, and the function that it names.
struct RelayEngine::Request {
    enum On : unsigned { Anonymous = 1, Login = 2, Mail = 4, Anywhere = 7 };
    enum class Drain { Goes, Stops };
    using Spends = Switchboard::Spends;

    pb::Frame::BodyCase body;
    unsigned on;
    Drain drain;
    std::optional<Spends> price;
    void (*handle)(RelayEngine& engine, Connection& connection, pb::Frame& frame);

    static const Request All[];
    static const Request* find(pb::Frame::BodyCase body);
};

const RelayEngine::Request RelayEngine::Request::All[] = {
    {pb::Frame::kSend,
     Anonymous | Mail,
     Drain::Stops,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_sends.send(connection, frame.id(), *frame.mutable_send());
     }},
    {pb::Frame::kAck,
     Mail,
     Drain::Goes,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_deliveries.acknowledge(connection, frame.ack());
     }},
    {pb::Frame::kPing,
     Anywhere,
     Drain::Goes,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         pb::Frame pong;
         pong.mutable_pong()->set_t(frame.ping().t());
         engine.m_board.reply(connection, frame.id(), pong);
     }},
    {pb::Frame::kPong, Anywhere, Drain::Goes, {}, [](RelayEngine&, Connection&, pb::Frame&) {}},
    {pb::Frame::kRegister,
     Login,
     Drain::Stops,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_logins.registerAccount(connection, frame.id(), *frame.mutable_register_());
     }},
    {pb::Frame::kAuth,
     Login,
     Drain::Stops,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_logins.authenticate(connection, frame.id(), *frame.mutable_auth());
     }},
    {pb::Frame::kBundlesGet, Anonymous | Mail, Drain::Goes, Spends::List,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.get(connection, frame.id(), frame.bundles_get());
     }},
    {pb::Frame::kCardGet,
     Anonymous,
     Drain::Goes,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.get(connection, frame.id(), frame.card_get());
     }},
    {pb::Frame::kDescGet,
     Anonymous,
     Drain::Goes,
     {},
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.get(connection, frame.id(), frame.desc_get());
     }},
    {pb::Frame::kManifestPut, Mail, Drain::Goes, Spends::Manifest,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.put(connection, frame.id(), frame.manifest_put());
     }},
    {pb::Frame::kKeysPut, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.put(connection, frame.id(), frame.keys_put());
     }},
    {pb::Frame::kDropPut, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.put(connection, frame.id(), frame.drop_put());
     }},
    {pb::Frame::kDropDel, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.remove(connection, frame.id(), frame.drop_del());
     }},
    {pb::Frame::kDropList, Mail, Drain::Goes, Spends::List,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.list(connection, frame.id(), frame.drop_list());
     }},
    {pb::Frame::kCardPut, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.put(connection, frame.id(), *frame.mutable_card_put());
     }},
    {pb::Frame::kCardDel, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.remove(connection, frame.id(), frame.card_del());
     }},
    {pb::Frame::kDescPut, Mail, Drain::Goes, Spends::Write,
     [](RelayEngine& engine, Connection& connection, pb::Frame& frame) {
         engine.m_directory.put(connection, frame.id(), frame.desc_put());
     }},
};

const RelayEngine::Request* RelayEngine::Request::find(pb::Frame::BodyCase body) {
    const auto* found =
        std::find_if(std::begin(All), std::end(All), [body](const Request& each) { return each.body == body; });
    return found == std::end(All) ? nullptr : found;
}

bool RelayEngine::isServed(pb::Frame::BodyCase body) {
    return Request::find(body) != nullptr;
}

void RelayEngine::serve(Connection& connection, pb::Frame& frame) {
    const Request* request = Request::find(frame.body_case());
    if (request != nullptr && request->drain == Request::Drain::Stops && m_isDraining)
        return m_board.refuse(connection, frame.id(), Answer{WireCode::Draining, RetryDrainMs, 0, 0, {}});
    const bool isLoggedIn = connection.phase == Connection::Phase::Mail;
    const Request::On where = connection.kind == SocketKind::Anonymous ? Request::Anonymous
                              : isLoggedIn                             ? Request::Mail
                                                                       : Request::Login;
    if (request == nullptr || (request->on & where) == 0)
        return m_board.refuse(connection, frame.id(),
                              where == Request::Login ? WireCode::AuthRequired : WireCode::Unsupported);
    if (request->price && isLoggedIn &&
        !m_board.maySpend(connection, frame.id(), connection.session->account, *request->price))
        return;
    request->handle(*this, connection, frame);
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
