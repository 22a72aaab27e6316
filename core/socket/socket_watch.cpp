// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/socket/socket_watch.h"

#include <QSslSocket>
#include <QWebSocket>

#include <algorithm>

namespace kith {
namespace {

/// Beside a whole message: its header, and the rest of the TLS record that brought its end.
constexpr qint64 BesideMessage = 16 * 1024 + 256;

std::size_t bytes(qint64 count) {
    return static_cast<std::size_t>(std::max<qint64>(0, count));
}

} // namespace

SocketWatch::SocketWatch(QWebSocket& socket, QTcpSocket& carrier, std::size_t unsentMax)
    : QObject(&socket)
    , m_socket(socket)
    , m_carrier(&carrier)
    , m_unsentMax(unsentMax) {
    // Behind the WebSocket's own slot. Queued, because an answer may end the socket.
    connect(&carrier, &QTcpSocket::readyRead, this, &SocketWatch::look, Qt::QueuedConnection);
}

QTcpSocket* SocketWatch::carrierOf(const QWebSocket& socket) {
    if (auto* tls = socket.findChild<QSslSocket*>(QString(), Qt::FindDirectChildrenOnly))
        return tls;
    return socket.findChild<QTcpSocket*>(QString(), Qt::FindDirectChildrenOnly);
}

void SocketWatch::setMessageMax(std::size_t most) {
    m_socket.setMaxAllowedIncomingFrameSize(most);
    m_socket.setMaxAllowedIncomingMessageSize(most);
    if (m_carrier)
        m_carrier->setReadBufferSize(static_cast<qint64>(most) + BesideMessage);
}

std::size_t SocketWatch::unsent() const {
    if (!m_carrier)
        return 0;
    const auto* tls = qobject_cast<const QSslSocket*>(m_carrier.data());
    return bytes(m_carrier->bytesToWrite()) + (tls != nullptr ? bytes(tls->encryptedBytesToWrite()) : 0);
}

std::size_t SocketWatch::unread() const {
    if (!m_carrier)
        return 0;
    const auto* tls = qobject_cast<const QSslSocket*>(m_carrier.data());
    return bytes(m_carrier->bytesAvailable()) + (tls != nullptr ? bytes(tls->encryptedBytesAvailable()) : 0);
}

void SocketWatch::look() {
    if (m_isOver || !m_carrier)
        return;
    if (unsent() > m_unsentMax) {
        m_isOver = true;
        Q_EMIT overrun();
        return;
    }
    Q_EMIT arrived();
}

} // namespace kith
