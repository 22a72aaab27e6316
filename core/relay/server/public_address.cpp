// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/public_address.h"

#include <QUdpSocket>

namespace kith::relay {
namespace {

constexpr QLatin1String Elsewhere("203.0.113.1"); ///< of a documentation network (RFC 5737): only the route matters
constexpr std::uint16_t AnyPort = 9;

/// Connecting a datagram socket asks the system for the route and sends nothing.
QHostAddress addressOfDefaultRoute() {
    QUdpSocket probe;
    probe.connectToHost(QHostAddress(Elsewhere), AnyPort);
    return probe.state() == QAbstractSocket::ConnectedState ? probe.localAddress() : QHostAddress();
}

} // namespace

wire::Endpoint guessedEndpoint(const ListenAddress& bound) {
    const QHostAddress& given = bound.address;
    bool isAny = false;
    for (const QHostAddress::SpecialAddress any : {QHostAddress::Any, QHostAddress::AnyIPv4, QHostAddress::AnyIPv6})
        isAny = isAny || given == any;
    const QHostAddress route = isAny ? addressOfDefaultRoute() : given;
    return {route.isNull() ? QStringLiteral("127.0.0.1") : route.toString(), bound.port};
}

} // namespace kith::relay
