// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/effects.h"
#include "tests/support/raw_websocket.h"
#include "tests/support/relay_frames.h"

#include <QSslSocket>

namespace kith::hostile {

namespace pb = wire::pb;
struct Lie;

/// One connection of somebody's client to the false relay: TLS, the upgrade, messages.
class Customer final : public QObject {
    Q_OBJECT
public:
    explicit Customer(QSslSocket* socket);

    void startTls() { m_socket->startServerEncryption(); }
    bool hasRoom() const { return m_socket->bytesToWrite() + m_socket->encryptedBytesToWrite() < 256 * 1024; }
    void write(const QByteArray& bytes) { m_socket->write(bytes); }
    void send(const pb::Frame& frame);
    void close(std::uint16_t code);
    void hangUp() { m_socket->abort(); }
    void setDeaf(bool isDeaf);

    relay::ConnectionId id{};
    relay::SocketKind kind{};
    const Lie* lie = nullptr;    ///< what is played on it now
    std::uint64_t plays = 0;     ///< of this lie
    std::uint32_t epoch = 0;     ///< of its mailbox; 0 until it has logged in
    std::uint64_t seq = 0;       ///< the last one it was sent
    std::uint64_t acked = 0;     ///< by the client
    std::uint64_t junkAfter = 0; ///< the last seq before mail was made up

Q_SIGNALS:
    void upgraded();
    void received(const QByteArray& message);
    void gone();

private:
    void read();
    bool readHead();

    QSslSocket* m_socket; ///< a child
    test::RawMessages m_messages;
    bool m_hasUpgraded = false;
    bool m_isDeaf = false;
};

} // namespace kith::hostile
