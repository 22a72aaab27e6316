// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QPointer>

#include <functional>

class QTcpSocket;
class QWebSocket;

namespace kith {

/// What a WebSocket really holds in memory, and its bounds. QWebSocket reads whatever arrives and answers pings by
/// itself, and over TLS its bytesToWrite() leaves out what is encrypted already: a peer that sends and never reads
/// would grow it without end (700 MB in 2 s, measured). So this looks at the TCP or TLS socket underneath, the carrier,
/// each time bytes arrive, and lets TCP hold back what exceeds one message. Thread: the socket's. A child of the
/// WebSocket; nothing here is called from inside a call.
class SocketWatch final : public QObject {
    Q_OBJECT
public:
    /// `unsentMax`: bytes that may wait to be sent at any moment; beyond that overrun() is emitted once.
    SocketWatch(QWebSocket& socket, QTcpSocket& carrier, std::size_t unsentMax);
    /// The carrier of a client's WebSocket, once open() was called; null where this Qt hides it.
    static QTcpSocket* carrierOf(const QWebSocket& socket);

    /// Larger messages close the connection (1009). No more than one of them is read before it is asked for.
    void setMessageMax(std::size_t bytes);
    /// Given to the socket and not taken by the system yet, encrypted or not.
    std::size_t unsent() const;
    /// Arrived and not given out as a message yet.
    std::size_t unread() const;

Q_SIGNALS:
    /// After each arrival, when the WebSocket has taken what it could.
    void arrived();
    void overrun();

private:
    void look();

    QWebSocket& m_socket;
    QPointer<QTcpSocket> m_carrier;
    std::size_t m_unsentMax;
    bool m_isOver = false;
};

} // namespace kith
