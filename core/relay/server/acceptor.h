// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"
#include "core/crypto/tls_leaf.h"
#include "core/relay/engine/effects.h"

#include <QHostAddress>
#include <QObject>
#include <QPointer>
#include <QTcpSocket>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

class QTcpServer;
class QWebSocket;
class QWebSocketServer;

namespace kith {
class SocketWatch;
}

namespace kith::relay {

struct ListenAddress {
    QHostAddress address;
    std::uint16_t port = 0; ///< 0 = any free one
    QString toString() const;
};

struct HttpAnswer {
    int status = 404;
    QByteArray contentType;
    QByteArray body;
};

/// The relay's door: one TLS 1.3 port on several addresses. Looks at each request head without consuming it, answers
/// the few GET paths, and hands WebSocket upgrades on (PROTOCOL.md s2, README.md "HTTP"). Everything before the upgrade
/// is bounded: 3 s for TLS, 3 s for the head, 8 KiB of head, 64 half-open connections per address. With all descriptors
/// in use it accepts nobody until some are free, instead of trying all the time. Thread: the I/O thread, which needs an
/// event loop.
class Acceptor : public QObject {
    Q_OBJECT
public:
    struct Callbacks {
        /// A WebSocket of the subprotocol krp.v1 with its watch, which takes messages of 4 KiB until it is told
        /// otherwise. The receiver owns it. `addressKey` groups one customer's sockets: an IPv4 address or an IPv6 /64.
        std::function<void(QWebSocket* socket, SocketWatch* watch, SocketKind kind, QByteArray addressKey)> opened;
        std::function<HttpAnswer(const QByteArray& path)> get;
    };
    /// Without a leaf (null) the port is plain: for loopback only, which the caller has checked.
    Acceptor(const crypto::TlsLeaf* leaf, Callbacks callbacks, QObject* parent);
    ~Acceptor() override;

    /// The addresses with their real ports. Unavailable when one is in use, Denied when it may not be bound. "All IPv6
    /// addresses" beside another one is left out where the system has no IPv6.
    Result<std::vector<ListenAddress>> listen(const std::vector<ListenAddress>& addresses);
    /// No new connections; those handed on are not touched.
    void close();

private:
    class Door;
    class Arrival;
    struct Tls;

    void arrive(qintptr descriptor);
    void rest();
    SocketWatch* watch(QWebSocket& socket);
    void handOn(QWebSocketServer& server, SocketKind kind);
    static QByteArray keyOf(const QHostAddress& address);

    std::unique_ptr<Tls> m_tls;
    Callbacks m_callbacks;
    std::vector<std::unique_ptr<Door>> m_doors;
    std::unique_ptr<QWebSocketServer> m_authenticated;
    std::unique_ptr<QWebSocketServer> m_anonymous;
    std::unordered_map<std::string, int> m_halfOpen;
    /// Handed to a WebSocket server, by the other end's address: QWebSocket hides what it stands on.
    std::vector<QPointer<QTcpSocket>> m_carriers;
    QTimer m_rest{this};
    qintptr m_descriptorMax = 0;
};

} // namespace kith::relay
