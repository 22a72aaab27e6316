// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/acceptor.h"

#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/relay/server/request_head.h"
#include "core/socket/socket_watch.h"
#include "core/wire/limits.h"

#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QTcpServer>
#include <QTimer>
#include <QWebSocket>
#include <QWebSocketServer>

namespace kith::relay {
namespace {

constexpr int StepPatienceMs = 3000; ///< for TLS, and then for the head
constexpr int HalfOpenMax = 64;
constexpr qint64 EarlyBufferMax = 16 * 1024;
/// Files of the store, answers of the operator: what a full house of sockets must not take.
constexpr qintptr DescriptorReserve = 64;
constexpr int RestMs = 500; ///< before descriptors are asked for again

const char* reason(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

QByteArray serialize(const HttpAnswer& answer) {
    return "HTTP/1.1 " + QByteArray::number(answer.status) + ' ' + reason(answer.status) +
           "\r\nContent-Type: " + (answer.contentType.isEmpty() ? QByteArray("text/plain") : answer.contentType) +
           "\r\nContent-Length: " + QByteArray::number(answer.body.size()) +
           "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" + answer.body;
}

} // namespace

QString ListenAddress::toString() const {
    const QString host = address.protocol() == QAbstractSocket::IPv6Protocol
                             ? QStringLiteral("[%1]").arg(address.toString())
                             : address.toString();
    return QStringLiteral("%1:%2").arg(host).arg(port);
}

struct Acceptor::Tls {
    QSslConfiguration configuration;
};

/// Gives descriptors to the acceptor instead of making sockets of its own.
class Acceptor::Door final : public QTcpServer {
public:
    explicit Door(Acceptor& owner)
        : QTcpServer(&owner)
        , m_owner(owner) {
        connect(this, &QTcpServer::acceptError, &owner, [&owner] { owner.rest(); }); // Qt has paused it already
    }

private:
    void incomingConnection(qintptr descriptor) override { m_owner.arrive(descriptor); }

    Acceptor& m_owner;
};

/// One connection from accept to answer or upgrade. Deletes itself, and with it a socket that was not handed on.
class Acceptor::Arrival final : public QObject {
public:
    Arrival(Acceptor& owner, QTcpSocket* socket)
        : QObject(&owner)
        , m_owner(owner)
        , m_socket(socket)
        , m_key(keyOf(socket->peerAddress()).toStdString()) {
        m_socket->setParent(this);
        ++m_owner.m_halfOpen[m_key];
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this, [this] { giveUp(); });
        connect(m_socket, &QTcpSocket::disconnected, this, [this] { giveUp(); });
        m_patience.start(StepPatienceMs);
        m_socket->setReadBufferSize(EarlyBufferMax);
        if (auto* tls = qobject_cast<QSslSocket*>(socket)) {
            connect(tls, &QSslSocket::encrypted, this, [this] { awaitHead(); });
            tls->startServerEncryption();
        } else {
            awaitHead();
        }
    }
    ~Arrival() override {
        if (--m_owner.m_halfOpen[m_key] <= 0)
            m_owner.m_halfOpen.erase(m_key);
    }

private:
    void awaitHead() {
        m_patience.start(StepPatienceMs);
        connect(m_socket, &QTcpSocket::readyRead, this, [this] { judge(); });
        judge();
    }
    void judge() {
        const RequestHead head = readHead(m_socket->peek(RequestHeadMax + 1));
        switch (head.kind) {
        case RequestHead::Kind::Incomplete:
            return;
        case RequestHead::Kind::Refused:
            answer({head.status, {}, {}});
            return;
        case RequestHead::Kind::Get:
            answer(m_owner.m_callbacks.get(head.path));
            return;
        case RequestHead::Kind::Upgrade:
            if (head.path == "/krp/v1/ws")
                handOn(*m_owner.m_authenticated);
            else if (head.path == "/krp/v1/drop")
                handOn(*m_owner.m_anonymous);
            else
                answer({404, {}, {}});
            return;
        }
    }
    void answer(const HttpAnswer& what) {
        disconnect(m_socket, &QTcpSocket::readyRead, this, nullptr);
        m_socket->write(serialize(what));
        m_socket->disconnectFromHost(); // after what was written; then giveUp()
    }
    void handOn(QWebSocketServer& server) {
        disconnect(m_socket, nullptr, this, nullptr);
        m_patience.stop();
        m_socket->setParent(nullptr);
        QTcpSocket* socket = m_socket;
        std::erase_if(m_owner.m_carriers, [](const QPointer<QTcpSocket>& carrier) { return carrier.isNull(); });
        m_owner.m_carriers.emplace_back(socket);
        m_socket = nullptr;
        deleteLater();
        server.handleConnection(socket);
    }
    void giveUp() {
        if (m_socket != nullptr) {
            disconnect(m_socket, nullptr, this, nullptr);
            m_socket->abort();
        }
        deleteLater();
    }

    Acceptor& m_owner;
    QTcpSocket* m_socket;
    std::string m_key;
    QTimer m_patience;
};

Acceptor::Acceptor(const crypto::TlsLeaf* leaf, Callbacks callbacks, QObject* parent)
    : QObject(parent)
    , m_callbacks(std::move(callbacks))
    , m_authenticated(std::make_unique<QWebSocketServer>(QStringLiteral("kith"), QWebSocketServer::NonSecureMode, this))
    , m_anonymous(std::make_unique<QWebSocketServer>(QStringLiteral("kith"), QWebSocketServer::NonSecureMode, this)) {
    if (leaf != nullptr) {
        m_tls = std::make_unique<Tls>();
        QSslConfiguration& tls = m_tls->configuration;
        tls.setProtocol(QSsl::TlsV1_3OrLater);
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        tls.setCaCertificates({});
        tls.setLocalCertificate(QSslCertificate(leaf->certificatePem, QSsl::Pem));
        tls.setPrivateKey(QSslKey(toByteArray(leaf->privateKeyPem.view()), QSsl::Ec, QSsl::Pem));
        // A ticket would let a relay recognise an anonymous client, and Qt makes no use of it anyway.
        tls.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
        tls.setSslOption(QSsl::SslOptionDisableSessionSharing, true);
    }
    m_descriptorMax = static_cast<qintptr>(platform::descriptorLimit()) - DescriptorReserve;
    handOn(*m_authenticated, SocketKind::Authenticated);
    handOn(*m_anonymous, SocketKind::Anonymous);
    m_rest.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        for (const auto& door : m_doors)
            door->resumeAccepting();
    });
}

Acceptor::~Acceptor() = default;

void Acceptor::handOn(QWebSocketServer& server, SocketKind kind) {
    server.setSupportedSubprotocols({QStringLiteral("krp.v1")});
    connect(&server, &QWebSocketServer::newConnection, this, [this, &server, kind] {
        while (QWebSocket* socket = server.nextPendingConnection()) {
            socket->setParent(nullptr);
            if (SocketWatch* watching = watch(*socket))
                m_callbacks.opened(socket, watching, kind, keyOf(socket->peerAddress()));
            else
                delete socket; // it was gone before it began
        }
    });
}

SocketWatch* Acceptor::watch(QWebSocket& socket) {
    const auto carrier = std::find_if(m_carriers.begin(), m_carriers.end(), [&](const QPointer<QTcpSocket>& each) {
        return each && each->peerPort() == socket.peerPort() && each->peerAddress() == socket.peerAddress() &&
               each->localPort() == socket.localPort();
    });
    if (carrier == m_carriers.end())
        return nullptr;
    auto* watching = new SocketWatch(socket, **carrier, 2 * wire::limits::UnsentBytesMax);
    watching->setMessageMax(wire::limits::HandshakeFrameMax);
    m_carriers.erase(carrier);
    return watching;
}

/// Qt stops accepting when there is no descriptor left; nobody else would begin again.
void Acceptor::rest() {
    if (m_rest.isActive())
        return;
    qCWarning(log::relay) << "no connection can be accepted for a moment: the limit of open files is reached";
    m_rest.start(RestMs);
}

Result<std::vector<ListenAddress>> Acceptor::listen(const std::vector<ListenAddress>& addresses) {
    std::vector<ListenAddress> bound;
    for (const ListenAddress& wanted : addresses) {
        auto door = std::make_unique<Door>(*this);
        if (!door->listen(wanted.address, wanted.port)) {
            const QAbstractSocket::SocketError error = door->serverError();
            const bool lacksIpv6 = error == QAbstractSocket::UnsupportedSocketOperationError ||
                                   error == QAbstractSocket::SocketAddressNotAvailableError;
            if (wanted.address == QHostAddress::AnyIPv6 && !bound.empty() && lacksIpv6)
                continue;
            const QString detail = QStringLiteral("%1: %2").arg(wanted.toString(), door->errorString());
            if (error == QAbstractSocket::SocketAccessError)
                return fail(Code::Denied, detail, Cause::PortReserved);
            return fail(Code::Unavailable, detail,
                        error == QAbstractSocket::AddressInUseError                ? Cause::PortInUse
                        : error == QAbstractSocket::SocketAddressNotAvailableError ? Cause::NoSuchAddress
                                                                                   : Cause::None);
        }
        bound.push_back({wanted.address, door->serverPort()});
        m_doors.push_back(std::move(door));
    }
    return bound;
}

void Acceptor::close() {
    for (const auto& door : m_doors)
        door->close();
}

void Acceptor::arrive(qintptr descriptor) {
    // The system gives the lowest free number: a high one says that the others are taken.
    if (descriptor >= m_descriptorMax) {
        platform::closeDescriptor(static_cast<int>(descriptor));
        for (const auto& door : m_doors)
            door->pauseAccepting();
        return rest();
    }
    QTcpSocket* socket = nullptr;
    if (m_tls) {
        auto* tls = new QSslSocket;
        tls->setSslConfiguration(m_tls->configuration);
        socket = tls;
    } else {
        socket = new QTcpSocket;
    }
    if (!socket->setSocketDescriptor(descriptor)) {
        qCWarning(log::relay) << "a connection was lost before it began";
        delete socket;
        return;
    }
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    const auto open = m_halfOpen.find(keyOf(socket->peerAddress()).toStdString());
    if (open != m_halfOpen.end() && open->second >= HalfOpenMax) {
        socket->abort();
        delete socket;
        return;
    }
    new Arrival(*this, socket); // deletes itself
}

QByteArray Acceptor::keyOf(const QHostAddress& address) {
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4); // a mapped address too
    QByteArray key;
    if (isV4) {
        appendU32(key, v4);
        return key;
    }
    const Q_IPV6ADDR v6 = address.toIPv6Address();
    return {reinterpret_cast<const char*>(v6.c), 8}; // one household or host has a /64
}

} // namespace kith::relay
