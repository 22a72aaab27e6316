// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hostile/customer.h"

#include <QCryptographicHash>

namespace kith::hostile {

Customer::Customer(QSslSocket* socket)
    : m_socket(socket) {
    m_socket->setParent(this);
    connect(m_socket, &QSslSocket::readyRead, this, [this] { read(); });
    connect(m_socket, &QSslSocket::disconnected, this, &Customer::gone);
}

void Customer::send(const pb::Frame& frame) {
    for (const pb::Envelope& envelope : frame.deliver().envelopes())
        seq = std::max(seq, envelope.seq());
    if (frame.has_welcome())
        epoch = frame.welcome().epoch();
    write(test::unmasked(test::ws::Binary, wire::encodeFrame(frame)));
}

void Customer::close(std::uint16_t code) {
    QByteArray reason(1, static_cast<char>(code >> 8));
    reason.append(static_cast<char>(code & 0xff));
    write(test::unmasked(test::ws::Close, reason));
    m_socket->disconnectFromHost();
}

void Customer::setDeaf(bool isDeaf) {
    m_isDeaf = isDeaf;
    m_socket->setReadBufferSize(isDeaf ? 1024 : 0);
    if (!isDeaf)
        read();
}

void Customer::read() {
    if (m_isDeaf || (!m_hasUpgraded && !readHead()))
        return;
    m_messages.add(m_socket->readAll());
    while (auto message = m_messages.next()) {
        if (message->type == test::ws::Ping)
            write(test::unmasked(test::ws::Pong, message->payload));
        else if (message->type == test::ws::Close)
            m_socket->disconnectFromHost();
        else if (message->type == test::ws::Binary)
            Q_EMIT received(message->payload);
    }
}

/// RFC 6455 4.2.2, for a client that asks as it should.
bool Customer::readHead() {
    const QByteArray head = m_socket->peek(8'192);
    const qsizetype end = head.indexOf("\r\n\r\n");
    if (end < 0)
        return false;
    m_socket->read(end + 4);
    const QByteArray name("Sec-WebSocket-Key: ");
    const qsizetype at = head.indexOf(name) + name.size();
    const QByteArray key = head.mid(at, head.indexOf('\r', at) - at);
    const QByteArray accept =
        QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1).toBase64();
    kind = head.startsWith("GET /krp/v1/ws ") ? relay::SocketKind::Authenticated : relay::SocketKind::Anonymous;
    write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: " +
          accept + "\r\nSec-WebSocket-Protocol: krp.v1\r\n\r\n");
    m_hasUpgraded = true;
    Q_EMIT upgraded();
    return true;
}

} // namespace kith::hostile
