// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/drop_link.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::link {
namespace {

namespace limits = wire::limits;

/// Relays remembered although nothing is under way with them: the failures in a row decide the next wait.
constexpr std::size_t PeersKept = 256;

} // namespace

/// One relay: how often connecting failed, and the socket that new requests take.
struct DropLink::Peer {
    explicit Peer(Random& random)
        : backoff(random) {}

    Backoff backoff;
    SteadyTime notBefore;
    RelayAddress failed; ///< what notBefore is about: another address may be tried at once
    Error why;
    Socket* current = nullptr;
};

/// One connection with its requests and its two clocks.
class DropLink::Socket final : private ConnectionListener {
public:
    enum class Stage {
        Waiting,  ///< for its turn among SocketsMax
        Open,     ///< connecting or connected
        Retiring, ///< takes no new requests; closes after the last one
        Dead,     ///< closed; removed once all handlers ran
    };

    Socket(DropLink& owner, RelayAddress to)
        : address(std::move(to))
        , connection(owner.m_context, Channel::Anonymous, *this)
        , m_owner(owner)
        , m_idle(owner.m_context.scheduler.alarm([this] { m_owner.retire(*this); }))
        , m_life(owner.m_context.scheduler.alarm([this] { m_owner.retire(*this); })) {}

    void open() {
        stage = Stage::Open;
        connection.open(address);
        m_life->set(limits::AnonymousLife);
    }
    void request(wire::pb::Frame frame, Millis timeout, ReplyHandler handler) {
        ++m_underWay;
        m_idle->clear();
        connection.request(std::move(frame), timeout,
                           [this, handler = std::move(handler)](const Result<Reply>& result) {
                               handler(result);
                               if (--m_underWay == 0)
                                   m_owner.onIdle(*this);
                           });
    }
    bool isIdle() const { return m_underWay == 0; }
    void startIdleClock() { m_idle->set(limits::AnonymousIdle); }
    void close() {
        connection.close();
        die();
    }
    void die() {
        stage = Stage::Dead;
        m_idle->clear();
        m_life->clear();
        m_owner.m_later.run([&owner = m_owner] { owner.removeDead(); });
    }

    const RelayAddress address;
    RelayConnection connection;
    Stage stage = Stage::Waiting;
    bool wasGreeted = false;

private:
    void connectionGreeted() override { m_owner.onGreeted(*this); }
    void connectionPushed(const wire::pb::Frame& frame) override {
        m_owner.onGoAway(*this, Millis(frame.go_away().retry_after_ms()));
    }
    void connectionClosed(const Disconnect& end) override { m_owner.onFailed(*this, end); }

    DropLink& m_owner;
    std::size_t m_underWay = 0;
    std::unique_ptr<Alarm> m_idle;
    std::unique_ptr<Alarm> m_life;
};

DropLink::DropLink(const LinkContext& context)
    : m_context(context)
    , m_later(context.scheduler) {}

DropLink::~DropLink() = default;

void DropLink::send(const RelayAddress& to, wire::pb::Frame frame, Millis timeout, ReplyHandler handler) {
    Peer& peer = peerOf(to.relay);
    if (auto allowed = mayDial(to, peer); !allowed)
        return m_later.run([handler = std::move(handler), error = allowed.error()] { handler(error); });
    socketFor(to, peer).request(std::move(frame), timeout, std::move(handler));
}

void DropLink::greet(const RelayAddress& to, Millis timeout, std::function<void(Result<Greeting>)> handler) {
    Peer& peer = peerOf(to.relay);
    if (auto allowed = mayDial(to, peer); !allowed)
        return m_later.run([handler = std::move(handler), error = allowed.error()] { handler(error); });
    Socket& socket = socketFor(to, peer);
    wire::pb::Frame ping;
    ping.mutable_ping();
    socket.request(std::move(ping), timeout, [&socket, handler = std::move(handler)](const Result<Reply>& result) {
        if (result)
            handler(socket.connection.greeting());
        else
            handler(result.error());
    });
}

std::optional<WallTime> DropLink::nextTry(const RelayId& relay) const {
    const auto found = m_peers.find(relay);
    const Millis left = found == m_peers.end() ? Millis(0) : found->second->notBefore - m_context.clock.steady();
    if (left <= Millis(0))
        return std::nullopt;
    return m_context.clock.wall() + left;
}

void DropLink::retryNow() {
    for (auto& [relay, peer] : m_peers) {
        peer->notBefore = {};
        peer->backoff.reset();
        if (peer->current != nullptr)
            peer->current->connection.probe();
    }
}

DropLink::Peer& DropLink::peerOf(const RelayId& relay) {
    std::unique_ptr<Peer>& peer = m_peers[relay];
    if (!peer)
        peer = std::make_unique<Peer>(m_context.random);
    return *peer;
}

Result<void> DropLink::mayDial(const RelayAddress& to, const Peer& peer) const {
    if (peer.current == nullptr && m_context.clock.steady() < peer.notBefore && to == peer.failed)
        return peer.why;
    return {};
}

DropLink::Socket& DropLink::socketFor(const RelayAddress& to, Peer& peer) {
    if (peer.current == nullptr) {
        m_sockets.push_back(std::make_unique<Socket>(*this, to));
        peer.current = m_sockets.back().get();
        m_later.run([this] { admitWaiting(); });
    }
    return *peer.current;
}

/// Opens waiting sockets as long as there is room; idle ones make room, the oldest first.
void DropLink::admitWaiting() {
    using Stage = Socket::Stage;
    auto open = std::count_if(m_sockets.begin(), m_sockets.end(), [](const auto& socket) {
        return socket->stage == Stage::Open || socket->stage == Stage::Retiring;
    });
    for (const auto& waiting : m_sockets) {
        if (waiting->stage != Stage::Waiting)
            continue;
        if (open == SocketsMax) {
            const auto idle = std::find_if(m_sockets.begin(), m_sockets.end(), [](const auto& socket) {
                return socket->stage == Stage::Open && socket->isIdle();
            });
            if (idle == m_sockets.end())
                return;
            retire(**idle);
            --open;
        }
        waiting->open();
        ++open;
    }
}

void DropLink::retire(Socket& socket) {
    Peer& peer = peerOf(socket.address.relay);
    if (peer.current == &socket)
        peer.current = nullptr;
    if (socket.isIdle())
        socket.close();
    else
        socket.stage = Socket::Stage::Retiring;
}

void DropLink::removeDead() {
    std::erase_if(m_sockets, [](const std::unique_ptr<Socket>& socket) {
        return socket->stage == Socket::Stage::Dead && socket->isIdle();
    });
    if (m_peers.size() > PeersKept)
        std::erase_if(m_peers, [now = m_context.clock.steady()](const auto& entry) {
            return entry.second->current == nullptr && entry.second->notBefore <= now;
        });
    admitWaiting();
}

// What sockets report

void DropLink::onGreeted(Socket& socket) {
    socket.wasGreeted = true;
    Peer& peer = peerOf(socket.address.relay);
    peer.backoff.reset();
    peer.notBefore = {};
}

void DropLink::onIdle(Socket& socket) {
    switch (socket.stage) {
    case Socket::Stage::Open:
        socket.startIdleClock();
        return admitWaiting();
    case Socket::Stage::Waiting:
    case Socket::Stage::Retiring:
        return retire(socket);
    case Socket::Stage::Dead:
        return m_later.run([this] { removeDead(); });
    }
}

void DropLink::onFailed(Socket& socket, const Disconnect& end) {
    Peer& peer = peerOf(socket.address.relay);
    if (peer.current == &socket)
        peer.current = nullptr;
    if (!socket.wasGreeted)
        hold(peer, socket.address, end.retryAfter, end.error);
    socket.die();
}

void DropLink::onGoAway(Socket& socket, Millis retryAfter) {
    hold(peerOf(socket.address.relay), socket.address, retryAfter,
         fail(Code::Unavailable, QStringLiteral("the relay asked to come back later")));
    retire(socket);
}

void DropLink::hold(Peer& peer, const RelayAddress& address, Millis retryAfter, const Error& why) {
    const bool isFinal = why.code == Code::Untrusted || why.code == Code::Denied;
    peer.notBefore = m_context.clock.steady() + peer.backoff.next(retryAfter);
    peer.failed = address;
    peer.why = {isFinal ? why.code : Code::Unavailable, QStringLiteral("not tried again yet: ") + why.detail};
}

} // namespace kith::link
