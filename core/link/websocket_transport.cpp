// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/websocket_transport.h"

#include "core/crypto/tls_leaf.h"
#include "core/socket/socket_watch.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"

#include <QHostAddress>
#include <QHostInfo>
#include <QNetworkProxy>
#include <QSslConfiguration>
#include <QTimer>
#include <QUrl>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>

#include <algorithm>
#include <optional>

namespace kith::link {
namespace {

constexpr QLatin1String Subprotocol("krp.v1");
constexpr Millis GoodbyeTimeout{3'000};

QSslConfiguration tlsConfiguration() {
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_3OrLater);
    // An explicit empty list also keeps Qt from loading the system's authorities, which takes 143 ms.
    tls.setCaCertificates({});
    // A resumed session would link two anonymous sockets.
    tls.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    tls.setSslOption(QSsl::SslOptionDisableSessionSharing, true);
    tls.setSslOption(QSsl::SslOptionDisableSessionPersistence, true);
    return tls;
}

/// One QWebSocket, from look-up to goodbye.
class WebSocketTransport final : public QObject, public Transport {
public:
    WebSocketTransport(Scheduler& scheduler, const WebSocketOptions& options, TransportListener& listener)
        : m_options(options)
        , m_listener(listener)
        , m_socket(new QWebSocket)
        , m_timeout(scheduler.alarm([this] { finish(Code::Timeout, QStringLiteral("no connection in time")); }))
        , m_report(scheduler.alarm([this] {
            const TransportEnd end = *m_end; // the listener may destroy this
            m_listener.transportClosed(end);
        })) {}

    ~WebSocketTransport() override {
        // Never deleted at once: this may be called from inside one of its signals.
        m_socket->disconnect(this);
        if (m_watch != nullptr) {
            m_watch->disconnect(this);
            QObject::connect(m_watch, &SocketWatch::overrun, m_socket, [socket = m_socket] { socket->abort(); });
        }
        if (!m_isClosing) {
            m_socket->abort();
            m_socket->deleteLater();
            return;
        }
        QObject::connect(m_socket, &QWebSocket::disconnected, m_socket, &QObject::deleteLater);
        QTimer::singleShot(GoodbyeTimeout, m_socket, &QObject::deleteLater);
        if (m_socket->state() == QAbstractSocket::UnconnectedState)
            m_socket->deleteLater();
    }

    void open(const wire::Endpoint& endpoint, Channel channel, DialPolicy policy) override {
        m_timeout->set(m_options.connectTimeout);
        m_isPlain = m_options.loopbackTls == LoopbackTls::Off && isLoopback(endpoint);
        m_url.setScheme(m_isPlain ? QStringLiteral("ws") : QStringLiteral("wss"));
        m_url.setHost(endpoint.host);
        m_url.setPort(endpoint.port);
        m_url.setPath(pathOf(channel));
        if (policy == DialPolicy::PublicOnly && isLocal(endpoint))
            return finish(Code::Denied, QStringLiteral("a local address"));
        // A literal would be looked up backwards, which takes time and tells the name server.
        if (policy == DialPolicy::LocalToo || QHostAddress().setAddress(endpoint.host))
            return connectSocket();
        // Qt keeps the answer for a minute and connects to what is judged here.
        QHostInfo::lookupHost(endpoint.host, this, [this](const QHostInfo& found) {
            const QList<QHostAddress> addresses = found.addresses();
            if (addresses.isEmpty())
                return finish(Code::Unavailable, QStringLiteral("unknown host name"));
            if (std::any_of(addresses.begin(), addresses.end(),
                            [](const QHostAddress& address) { return isLocal(address); }))
                return finish(Code::Denied, QStringLiteral("a public name that points into a local network"));
            connectSocket();
        });
    }
    void setMessageMax(std::size_t bytes) override {
        if (m_watch != nullptr)
            m_watch->setMessageMax(bytes);
    }
    void send(const QByteArray& message) override {
        if (m_isOpen)
            m_socket->sendBinaryMessage(message);
    }
    void close() override {
        m_isClosing = true;
        m_timeout->set(GoodbyeTimeout);
        if (m_socket->state() == QAbstractSocket::UnconnectedState)
            finish(Code::Unavailable, QStringLiteral("closed"));
        else
            m_socket->close();
    }
    std::size_t unsentBytes() const override { return m_watch != nullptr ? m_watch->unsent() : 0; }

private:
    void connectSocket() {
        QObject::connect(m_socket, &QWebSocket::connected, this, &WebSocketTransport::onConnected);
        QObject::connect(m_socket, &QWebSocket::disconnected, this, &WebSocketTransport::onDisconnected);
        QObject::connect(m_socket, qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), this,
                         &WebSocketTransport::onError);
        QObject::connect(m_socket, &QWebSocket::sslErrors, this, [this] { m_socket->ignoreSslErrors(); });
        QObject::connect(m_socket, &QWebSocket::binaryMessageReceived, this, [this](const QByteArray& message) {
            if (m_isOpen)
                m_listener.transportReceived(message);
        });
        QObject::connect(m_socket, &QWebSocket::textMessageReceived, this,
                         [this] { finish(Code::Invalid, QStringLiteral("a text message")); });
        m_socket->setProxy(QNetworkProxy::NoProxy);
        m_socket->setSslConfiguration(tlsConfiguration());
        QWebSocketHandshakeOptions handshake;
        handshake.setSubprotocols({QString(Subprotocol)});
        m_socket->open(m_url, handshake);
        QTcpSocket* carrier = SocketWatch::carrierOf(*m_socket);
        if (carrier == nullptr)
            return finish(Code::Internal, QStringLiteral("this Qt does not show what a WebSocket holds"));
        m_watch = new SocketWatch(*m_socket, *carrier, 2 * wire::limits::UnsentBytesMax);
        QObject::connect(m_watch, &SocketWatch::overrun, this,
                         [this] { finish(Code::TooLarge, QStringLiteral("it sends and does not read")); });
        setMessageMax(wire::limits::HandshakeFrameMax); // the head of the upgrade has to fit, too
    }
    void onConnected() {
        if (m_end || m_isClosing)
            return;
        m_timeout->clear();
        if (m_socket->subprotocol() != Subprotocol)
            return finish(Code::Invalid, QStringLiteral("no KRP/1 behind this address"));
        crypto::Hash32 pin;
        if (!m_isPlain) {
            const auto leaf = crypto::leafPinOf(view(m_socket->sslConfiguration().peerCertificate().toDer()));
            if (!leaf)
                return finish(Code::Invalid, QStringLiteral("no TLS certificate"));
            pin = *leaf;
        }
        m_isOpen = true;
        m_listener.transportOpened(pin);
    }
    void onDisconnected() {
        const auto code = wire::CloseCode(m_socket->closeCode());
        // 1000 is also what Qt says when the connection broke.
        finish(code == wire::CloseCode::TooBig ? Code::TooLarge : Code::Unavailable,
               QStringLiteral("the connection ended"),
               code == wire::CloseCode::Normal ? std::uint16_t(0) : static_cast<std::uint16_t>(code));
    }
    void onError() {
        // An established connection reports its end in disconnected(), with the close code.
        if (!m_isOpen)
            finish(Code::Unavailable, QStringLiteral("cannot connect (%1)").arg(int(m_socket->error())));
    }
    /// Reported in a turn of its own, because a QWebSocket emits some of its signals from inside our calls.
    void finish(Code code, const QString& detail, std::uint16_t closeCode = 0) {
        m_isOpen = false;
        m_timeout->clear();
        if (m_end)
            return;
        m_end = TransportEnd{code, closeCode, detail};
        m_report->set(Millis(0));
    }

    const WebSocketOptions m_options;
    TransportListener& m_listener;
    QWebSocket* m_socket;           ///< outlives this by a goodbye
    SocketWatch* m_watch = nullptr; ///< its child
    QUrl m_url;
    bool m_isPlain = false;
    bool m_isOpen = false;
    bool m_isClosing = false;
    std::optional<TransportEnd> m_end;
    std::unique_ptr<Alarm> m_timeout;
    std::unique_ptr<Alarm> m_report;
};

} // namespace

WebSocketTransportFactory::WebSocketTransportFactory(Scheduler& scheduler, WebSocketOptions options)
    : m_scheduler(scheduler)
    , m_options(options) {}

std::unique_ptr<Transport> WebSocketTransportFactory::create(TransportListener& listener) {
    return std::make_unique<WebSocketTransport>(m_scheduler, m_options, listener);
}

} // namespace kith::link
