// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/io_side.h"

#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/socket/socket_watch.h"
#include "core/wire/limits.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QWebSocket>

namespace kith::relay {
namespace {

constexpr Millis CloseGrace{5'000};

/// Customers of the same house share no address limit with strangers (PROTOCOL.md s17).
bool isOfThisHouse(const QHostAddress& address) {
    bool isV4 = false;
    const QHostAddress plain(address.toIPv4Address(&isV4));
    const QHostAddress& real = isV4 ? plain : address;
    return real.isLoopback() || real.isLinkLocal() || real.isUniqueLocalUnicast() ||
           real.isInSubnet(QHostAddress(QStringLiteral("10.0.0.0")), 8) ||
           real.isInSubnet(QHostAddress(QStringLiteral("172.16.0.0")), 12) ||
           real.isInSubnet(QHostAddress(QStringLiteral("192.168.0.0")), 16);
}

} // namespace

IoSide::IoSide(StoreSide& store, const RelayIdentity& identity, Options options)
    : m_store(store)
    , m_identity(identity)
    , m_options(options)
    , m_started(m_clock.steady()) {
    const bool tls = options.security == PortSecurity::Tls;
    Acceptor::Callbacks callbacks;
    callbacks.opened = [this](QWebSocket* socket, SocketWatch* watch, SocketKind kind, const QByteArray& key) {
        onOpened(socket, watch, kind, key);
    };
    callbacks.get = [this](const QByteArray& path) { return get(path); };
    m_store.setListener([this](StoreSide::Batch results, const Result<void>& done) {
        auto shared = std::make_shared<StoreSide::Batch>(std::move(results));
        QMetaObject::invokeMethod(
            this, [this, shared, done] { onStored(std::move(*shared), done); }, Qt::QueuedConnection);
    });
    m_acceptor = std::make_unique<Acceptor>(tls ? &identity.leaf : nullptr, std::move(callbacks), this);
}

IoSide::~IoSide() = default;

Result<std::vector<ListenAddress>> IoSide::listen(const std::vector<ListenAddress>& addresses) {
    return m_acceptor->listen(addresses);
}

Result<void> IoSide::begin(crypto::SignedDescriptor descriptor) {
    platform::keepNoLargeBlocks(); // strangers begin messages of a megabyte, and leave
    TRY_ASSIGN(crypto::SigningKey key, crypto::SigningKey::fromSeed(m_identity.seed.view()));
    const Hash32 pin = m_options.security == PortSecurity::Tls ? m_identity.leaf.pin : Hash32();
    const EnginePolicy policy = m_options.rates == RateLimits::Off ? EnginePolicy::withoutRates() : EnginePolicy();
    m_engine = std::make_unique<RelayEngine>(RelaySelf{std::move(key), m_identity.relay, pin, std::move(descriptor)},
                                             policy, m_random);
    QMetaObject::invokeMethod(
        this, [this] { onTick(); }, Qt::QueuedConnection); // on the I/O thread, once it runs
    return {};
}

void IoSide::shutDown() {
    m_acceptor.reset();
    m_tick.reset();
    m_ping.reset();
    for (auto& [id, customer] : m_customers) {
        customer.socket->disconnect(this);
        delete customer.socket;
    }
    m_customers.clear();
}

void IoSide::onOpened(QWebSocket* socket, SocketWatch* watch, SocketKind kind, const QByteArray& addressKey) {
    const ConnectionId id{++m_lastConnection};
    const bool isCounted = m_options.rates == RateLimits::Enforced;
    const bool isLimited = isCounted && !isOfThisHouse(socket->peerAddress());
    socket->setParent(this);
    m_customers[id] = {socket, watch, m_clock.steady(), kind};
    connect(watch, &SocketWatch::arrived, this, [this, id] { onArrived(id); });
    connect(watch, &SocketWatch::overrun, socket, [socket] { socket->abort(); });
    connect(socket, &QWebSocket::binaryMessageReceived, this,
            [this, id](const QByteArray& message) { onMessage(id, message); });
    connect(socket, &QWebSocket::textMessageReceived, this,
            [socket] { socket->close(QWebSocketProtocol::CloseCodeDatatypeNotSupported); });
    connect(socket, &QWebSocket::disconnected, this, [this, id] { onGone(id); });
    connect(socket, &QWebSocket::bytesWritten, this, [this, id] {
        m_written.insert(id);
        scheduleTurnEnd();
    });
    connect(socket, &QWebSocket::pong, this, [this, id] { heard(id); });
    m_engine->connected(id, kind, {addressKey, isLimited, isCounted}, now(), m_effects);
    apply();
    if (!m_ping) {
        m_ping = std::make_unique<QTimer>();
        connect(m_ping.get(), &QTimer::timeout, this, &IoSide::onPing);
    }
    if (!m_ping->isActive())
        m_ping->start(Millis(wire::limits::PingEvery));
}

/// Anybody may begin a large message on an anonymous socket and never end it.
void IoSide::onArrived(ConnectionId id) {
    const auto found = m_customers.find(id);
    if (found == m_customers.end() || found->second.kind != SocketKind::Anonymous)
        return;
    noteUnread(found->second, found->second.watch->unread());
    if (m_unread > wire::limits::StrangersUnreadBytes && found->second.unread > wire::limits::HandshakeFrameMax)
        found->second.socket->abort();
}

void IoSide::noteUnread(Customer& customer, std::size_t bytes) {
    m_unread = m_unread - customer.unread + bytes;
    customer.unread = bytes;
}

void IoSide::heard(ConnectionId id) {
    if (const auto found = m_customers.find(id); found != m_customers.end())
        found->second.lastHeard = m_clock.steady();
}

void IoSide::onMessage(ConnectionId id, const QByteArray& message) {
    heard(id);
    m_engine->received(id, view(message), now(), m_effects);
    apply();
}

void IoSide::onGone(ConnectionId id) {
    const auto found = m_customers.find(id);
    if (found == m_customers.end())
        return;
    noteUnread(found->second, 0);
    found->second.socket->deleteLater();
    m_customers.erase(found);
    m_someHaveGone = true;
    m_engine->disconnected(id);
    checkDrained();
}

void IoSide::apply() {
    for (Effects::Output& output : m_effects.outputs) {
        const auto found = m_customers.find(output.connection);
        if (found == m_customers.end())
            continue;
        QWebSocket* socket = found->second.socket;
        if (!output.frame.isEmpty())
            socket->sendBinaryMessage(output.frame);
        if (output.close)
            close(*socket, *output.close);
        m_written.insert(output.connection);
    }
    m_effects.outputs.clear();
    for (const ConnectionId id : std::exchange(m_effects.greeted, {}))
        if (const auto found = m_customers.find(id); found != m_customers.end())
            found->second.watch->setMessageMax(wire::limits::FrameMax);
    if (!m_written.empty() || !m_effects.operations.empty())
        scheduleTurnEnd();
}

void IoSide::close(QWebSocket& socket, wire::CloseCode code) {
    socket.close(static_cast<QWebSocketProtocol::CloseCode>(code));
    QTimer::singleShot(CloseGrace, &socket, [&socket] { socket.abort(); });
}

void IoSide::scheduleTurnEnd() {
    if (m_turnEndPosted)
        return;
    m_turnEndPosted = true;
    QMetaObject::invokeMethod(
        this, [this] { endTurn(); }, Qt::QueuedConnection);
}

void IoSide::endTurn() {
    m_turnEndPosted = false;
    for (const ConnectionId id : std::exchange(m_written, {})) {
        const auto found = m_customers.find(id);
        if (found != m_customers.end())
            m_engine->unsent(id, found->second.watch->unsent(), now(), m_effects);
    }
    if (!m_effects.outputs.empty())
        apply();
    submit();
    const Millis next = m_engine->nextTick();
    if (m_tick && (!m_tick->isActive() || m_tick->remainingTimeAsDuration() > next))
        m_tick->start(next);
    checkDrained();
}

void IoSide::submit() {
    if (!m_effects.operations.empty())
        m_store.submit(std::exchange(m_effects.operations, {}));
}

void IoSide::onStored(StoreSide::Batch batch, const Result<void>& done) {
    if (!m_acceptor)
        return; // shut down
    m_storeWorks = done.has_value();
    const bool hasJoined = done && std::any_of(batch.begin(), batch.end(), [](const Operation& operation) {
                               const auto* registered = std::get_if<RegisterAccount>(&operation.body);
                               return registered != nullptr && registered->outcome.answer.isDone();
                           });
    if (hasJoined)
        Q_EMIT memberJoined();
    m_engine->storeCompleted(batch, done ? RelayEngine::Commit::Durable : RelayEngine::Commit::Failed, now(),
                             m_effects);
    apply();
    checkDrained();
}

void IoSide::onTick() {
    if (!m_tick) {
        m_tick = std::make_unique<QTimer>();
        m_tick->setSingleShot(true);
        m_tick->setTimerType(Qt::CoarseTimer);
        connect(m_tick.get(), &QTimer::timeout, this, &IoSide::onTick);
    }
    m_engine->tick(now(), m_effects);
    apply();
    m_tick->start(m_engine->nextTick());
}

void IoSide::onPing() {
    if (std::exchange(m_someHaveGone, false))
        platform::giveBackMemory();
    if (m_customers.empty()) {
        m_ping->stop();
        return;
    }
    std::vector<QWebSocket*> dead;
    for (const auto& [id, customer] : m_customers) {
        if (m_clock.steady() - customer.lastHeard >= wire::limits::DeadAfter)
            dead.push_back(customer.socket);
        else
            customer.socket->ping();
    }
    for (QWebSocket* socket : dead)
        socket->abort();
}

HttpAnswer IoSide::get(const QByteArray& path) const {
    if (path == "/healthz")
        return {200, "text/plain", "ok\n"};
    if (path == "/readyz")
        return m_storeWorks && !m_engine->isDraining() ? HttpAnswer{200, "text/plain", "ready\n"}
                                                       : HttpAnswer{503, "text/plain", "not ready\n"};
    if (path == "/krp/v1/descriptor") {
        const crypto::SignedDescriptor& descriptor = m_engine->self().descriptor;
        const QJsonObject json{{QStringLiteral("descriptor"), toBase64Url(view(descriptor.body))},
                               {QStringLiteral("sig"), toBase64Url(descriptor.signature.view())}};
        return {200, "application/json", QJsonDocument(json).toJson(QJsonDocument::Compact)};
    }
    return {404, "text/plain", "not here\n"};
}

LiveStatus IoSide::status() const {
    return {m_customers.size(), m_clock.steady() - m_started, platform::processUse(), m_engine->isDraining()};
}

void IoSide::drain(Millis within, std::function<void()> done) {
    m_drained = std::move(done);
    m_acceptor->close();
    m_engine->drain(now(), m_effects);
    apply();
    QTimer::singleShot(within, this, [this] {
        for (const auto& [id, customer] : m_customers)
            customer.socket->abort();
        if (const auto finished = std::exchange(m_drained, nullptr))
            finished();
    });
    scheduleTurnEnd();
}

void IoSide::checkDrained() {
    if (!m_drained)
        return;
    if (m_customers.empty()) {
        std::exchange(m_drained, nullptr)();
        return;
    }
    if (m_closingAll || !m_engine->isIdle())
        return;
    m_closingAll = true; // a close waits in the socket behind what was said before
    std::vector<QWebSocket*> open;
    for (const auto& [id, customer] : m_customers)
        open.push_back(customer.socket);
    for (QWebSocket* socket : open)
        close(*socket, wire::CloseCode::Drain);
}

} // namespace kith::relay
