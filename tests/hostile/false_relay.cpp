// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hostile/false_relay.h"

#include "tests/hostile/json_lines.h"

#include <QHostAddress>
#include <QSslKey>

namespace kith::hostile {
namespace {

constexpr auto Beat = std::chrono::milliseconds(20);
constexpr std::uint64_t LieBeats = 250; ///< how long a connection is played the same lie

relay::RelaySelf makeSelf(Random& random, const Clock& clock, const wire::Endpoint& endpoint,
                          const crypto::TlsLeaf& leaf) {
    auto key = crypto::SigningKey::fromSeed(random.secret(32).view()).value();
    const RelayId relay = crypto::relayIdOf(key.publicKey());
    crypto::Descriptor descriptor;
    descriptor.relay = relay;
    descriptor.relayKey = key.publicKey();
    descriptor.issued = clock.wall();
    descriptor.notAfter = clock.wall() + std::chrono::hours(24);
    descriptor.endpoints = {endpoint};
    descriptor.leafPins = {leaf.pin};
    auto signedOne = crypto::signDescriptor(descriptor, key);
    return {std::move(key), relay, leaf.pin, std::move(signedOne)};
}

} // namespace

FalseRelay::FalseRelay(std::uint64_t seed)
    : m_random(seed)
    , m_leaf(crypto::makeTlsLeaf().value()) {
    m_tls.setProtocol(QSsl::TlsV1_3OrLater);
    m_tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_tls.setLocalCertificate(QSslCertificate(m_leaf.certificatePem, QSsl::Pem));
    m_tls.setPrivateKey(QSslKey(toByteArray(m_leaf.privateKeyPem.view()), QSsl::Ec, QSsl::Pem));
    m_tls.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    m_tick.setSingleShot(true);
    connect(&m_tick, &QTimer::timeout, this, [this] { onTick(); });
    connect(&m_beat, &QTimer::timeout, this, [this] { onBeat(); });
}

bool FalseRelay::start() {
    if (!listen(QHostAddress::LocalHost))
        return false;
    m_endpoint = {serverAddress().toString(), serverPort()};
    m_engine = std::make_unique<relay::RelayEngine>(makeSelf(m_random, m_clock, m_endpoint, m_leaf),
                                                    relay::EnginePolicy::withoutRates(), m_random);
    onTick();
    return true;
}

void FalseRelay::begin() {
    m_isHostile = true;
    m_beat.start(Beat);
}

wire::InviteLink FalseRelay::invite(std::uint32_t uses) {
    const auto token = m_random.id<wire::InviteToken>();
    relay::Operation operation;
    operation.body = relay::AddInvite{{crypto::inviteIdOf(token), uses, toMinute(m_clock.wall()) + 24 * 60}, {}};
    (void)m_store.execute({&operation, 1});
    return {m_endpoint, m_engine->self().relay, token, {}};
}

DropId FalseRelay::anyDrop() {
    return m_drops.empty() ? DropId() : m_drops[m_random.below(m_drops.size())];
}

const pb::Signed& FalseRelay::anyManifest() {
    static const pb::Signed none;
    return m_manifests.empty() ? none : m_manifests[m_random.below(m_manifests.size())];
}

void FalseRelay::choose(Customer& customer) {
    if (m_order.empty()) {
        for (const Lie& lie : allLies())
            m_order.push_back(&lie);
        for (std::size_t i = m_order.size(); i > 1; --i)
            std::swap(m_order[i - 1], m_order[m_random.below(i)]);
    }
    customer.lie = m_order.back();
    customer.plays = 0;
    m_order.pop_back();
    if (m_played[customer.lie]++ == 0)
        printLine({{QStringLiteral("event"), QStringLiteral("lie")},
                   {QStringLiteral("name"), QLatin1String(customer.lie->name)}});
}

bool FalseRelay::isPlayed(const Customer& customer) const {
    if (customer.lie == nullptr)
        return false;
    const bool isKnown = customer.kind == relay::SocketKind::Anonymous || customer.epoch != 0;
    return customer.lie->begins == Lie::Begins::AtOnce || (isKnown && customer.plays > 25); // after DRAINED
}

// --- connections

void FalseRelay::incomingConnection(qintptr descriptor) {
    auto* socket = new QSslSocket;
    socket->setSslConfiguration(m_tls);
    socket->setSocketDescriptor(descriptor);
    auto* customer = new Customer(socket);
    customer->setParent(this);
    connect(customer, &Customer::upgraded, this, [this, customer] { onUpgraded(*customer); });
    connect(customer, &Customer::received, this,
            [this, customer](const QByteArray& message) { onReceived(*customer, message); });
    connect(customer, &Customer::gone, this, [this, customer] { onGone(*customer); });
    customer->id = relay::ConnectionId{++m_lastId};
    m_customers[customer->id] = customer;
    if (m_isHostile)
        choose(*customer);
    if (m_isHostile && m_random.below(20) == 0) // nor is every connection even begun
        QTimer::singleShot(m_random.below(2) == 0 ? 0 : 2'000, customer, [customer] { customer->hangUp(); });
    else
        customer->startTls();
}

void FalseRelay::onUpgraded(Customer& customer) {
    m_engine->connected(customer.id, customer.kind, {"address", false}, now(), m_effects);
    carryOut();
}

void FalseRelay::onReceived(Customer& customer, const QByteArray& message) {
    pb::Frame frame;
    if (wire::decodeFrame(view(message), wire::Sender::Client, wire::limits::FrameMax, frame) == wire::WireCode::None) {
        if (frame.has_ack())
            customer.acked = std::max<std::uint64_t>(customer.acked, frame.ack().up_to_seq());
        if (frame.has_drop_put() && m_drops.size() < 64)
            m_drops.push_back(DropId::checked(frame.drop_put().drop_id()));
        if (frame.has_register_() && m_manifests.size() < 64)
            m_manifests.push_back(frame.register_().manifest());
    }
    m_engine->received(customer.id, view(message), now(), m_effects);
    carryOut();
}

void FalseRelay::onGone(Customer& customer) {
    if (m_customers.erase(customer.id) == 0)
        return;
    m_engine->disconnected(customer.id);
    customer.deleteLater();
    carryOut();
}

void FalseRelay::carryOut() {
    while (!m_effects.isEmpty()) {
        for (const auto& output : std::exchange(m_effects.outputs, {})) {
            const auto found = m_customers.find(output.connection);
            if (found == m_customers.end())
                continue;
            Customer& customer = *found->second;
            pb::Frame frame;
            if (!output.frame.isEmpty() && wire::decodeFrame(view(output.frame), wire::Sender::Relay,
                                                             wire::limits::FrameMax, frame) == wire::WireCode::None) {
                if (!isPlayed(customer) || customer.lie->meddle == nullptr ||
                    customer.lie->meddle(*this, customer, frame))
                    customer.send(frame);
            }
            if (output.close)
                customer.close(static_cast<std::uint16_t>(*output.close));
        }
        auto batch = std::exchange(m_effects.operations, {});
        if (batch.empty())
            continue;
        (void)m_store.execute(batch);
        m_engine->storeCompleted(batch, relay::RelayEngine::Commit::Durable, now(), m_effects);
    }
    m_effects.greeted.clear();
    m_tick.start(m_engine->nextTick());
}

void FalseRelay::onTick() {
    m_engine->tick(now(), m_effects);
    carryOut();
}

void FalseRelay::onBeat() {
    std::vector<relay::ConnectionId> ids;
    for (const auto& [id, customer] : m_customers)
        ids.push_back(id);
    for (const relay::ConnectionId id : ids) {
        const auto found = m_customers.find(id);
        if (found == m_customers.end())
            continue; // hung up meanwhile
        Customer& customer = *found->second;
        if (customer.lie == nullptr || customer.plays > LieBeats)
            choose(customer);
        ++customer.plays;
        const bool isPlaying = isPlayed(customer);
        customer.setDeaf(isPlaying && customer.lie->isDeaf);
        if (isPlaying && customer.lie->play != nullptr && m_customers.contains(id))
            customer.lie->play(*this, customer);
    }
}

} // namespace kith::hostile
