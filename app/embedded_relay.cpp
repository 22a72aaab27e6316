// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/embedded_relay.h"

#include "core/base/logging.h"
#include "core/wire/link.h"

namespace kith::app {
namespace {

/// RFC 1918, 6598, 3927, 4193 and 4291: not known outside, the second one not even to the people next door.
bool isOfOwnNetwork(const QHostAddress& address) {
    for (const auto& [net, bits] : {std::pair{"10.0.0.0", 8},
                                    {"172.16.0.0", 12},
                                    {"192.168.0.0", 16},
                                    {"100.64.0.0", 10},
                                    {"169.254.0.0", 16},
                                    {"fc00::", 7},
                                    {"fe80::", 10}})
        if (address.isInSubnet(QHostAddress(QLatin1String(net)), bits))
            return true;
    return false;
}

} // namespace

EmbeddedRelay::EmbeddedRelay(QString folder, ui::Preferences& preferences)
    : m_folder(std::move(folder))
    , m_preferences(preferences) {}

EmbeddedRelay::~EmbeddedRelay() = default;

void EmbeddedRelay::startIfWanted() {
    const int port = m_preferences.relayPort();
    if (port == 0)
        return;
    m_status.port = port;
    if (const Result<void> running = enable(port); !running) {
        qCWarning(log::relay) << "the relay of this program does not start:" << running.error().detail;
        m_status.problem = running.error();
    }
}

Result<void> EmbeddedRelay::enable(int port) {
    if (m_server)
        return {};
    TRY_ASSIGN(relay::RelayFolder folder, relay::RelayFolder::open(m_folder, QStringLiteral("kith"), m_clock));
    TRY_ASSIGN(auto known, relay::loadPublicEndpoint(*folder.store));
    const auto number = static_cast<std::uint16_t>(port);
    relay::RelayConfig config{
        std::move(folder),
        {{QHostAddress(QHostAddress::AnyIPv4), number}, {QHostAddress(QHostAddress::AnyIPv6), number}},
        std::move(known)};
    TRY_ASSIGN(m_server, relay::RelayServer::start(std::move(config)));
    connect(m_server.get(), &relay::RelayServer::memberJoined, this, &EmbeddedRelay::refresh);
    m_preferences.setRelayPort(port);
    m_status.isRunning = true;
    m_status.port = port;
    m_status.problem.reset();
    m_status.address = m_server->publicEndpoint().toString();
    const QHostAddress address(m_server->publicEndpoint().host);
    m_status.isLocalOnly = address.isLoopback();
    m_status.isNetworkOnly = isOfOwnNetwork(address);
    Q_EMIT statusChanged();
    refresh();
    return {};
}

void EmbeddedRelay::disable() {
    m_preferences.setRelayPort(0);
    m_server.reset();
    m_status.isRunning = false;
    Q_EMIT statusChanged();
}

void EmbeddedRelay::createInvite(const QString& contactLink, std::function<void(const Result<QString>&)> done) {
    if (!m_server) {
        done(fail(Code::Unavailable, QStringLiteral("the relay is off")));
        return;
    }
    m_server->order([](relay::RelayAdmin& admin) { return admin.createInvite(1, std::chrono::hours(14 * 24)); },
                    [this, contactLink, done = std::move(done)](const Result<relay::MadeInvite>& made) {
                        if (!made) {
                            done(made.error());
                            return;
                        }
                        wire::InviteLink link = made->link;
                        const auto contact = wire::ContactLink::parse(contactLink);
                        if (contact && contact->relay == link.relay)
                            link.card = contact->card;
                        done(link.toString());
                        refresh();
                    });
}

void EmbeddedRelay::refresh() {
    if (!m_server)
        return;
    m_server->order(
        [](relay::RelayAdmin& admin) { return admin.members(); },
        [this](const Result<std::vector<relay::Member>>& members) {
            if (!m_server || !members)
                return;
            m_status.members.clear();
            for (const relay::Member& member : *members)
                m_status.members.push_back({member.account, WallTime(std::chrono::hours(24 * member.lastDay))});
            Q_EMIT statusChanged();
        });
}

} // namespace kith::app
