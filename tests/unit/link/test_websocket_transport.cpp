// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/tls_leaf.h"
#include "core/link/relay_connection.h"
#include "core/link/websocket_transport.h"
#include "tests/support/fake_transport.h"
#include "tests/support/test_main.h"

#include <QCryptographicHash>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

using namespace kith;
using namespace kith::link;
using test::FakeRelay;
using wire::pb::Frame;

namespace {

enum class Tls { Off, V12, V13 };

/// A relay on a real port: answers HELLO, keeps what it reads.
class Server final : public QObject {
public:
    Server(const crypto::TlsLeaf& leaf, Tls tls, const QString& subprotocol = QStringLiteral("krp.v1"))
        : m_server(QString(), tls == Tls::Off ? QWebSocketServer::NonSecureMode : QWebSocketServer::SecureMode) {
        relay.pins = {tls == Tls::Off ? crypto::Hash32() : leaf.pin};
        QSslConfiguration configuration;
        configuration.setProtocol(tls == Tls::V12 ? QSsl::TlsV1_2 : QSsl::TlsV1_3OrLater);
        configuration.setLocalCertificate(QSslCertificate(leaf.certificatePem));
        configuration.setPrivateKey(QSslKey(toByteArray(leaf.privateKeyPem.view()), QSsl::Ec));
        m_server.setSslConfiguration(configuration);
        m_server.setSupportedSubprotocols({subprotocol});
        connect(&m_server, &QWebSocketServer::newConnection, this, [this] {
            peer = m_server.nextPendingConnection();
            peer->setParent(this);
            ++connections;
            connect(peer, &QWebSocket::binaryMessageReceived, this, &Server::onMessage);
            connect(peer, &QWebSocket::disconnected, this, [this] {
                ++disconnections;
                closeCode = peer->closeCode();
            });
        });
        INVARIANT(m_server.listen(QHostAddress::LocalHost));
    }
    RelayAddress address() const {
        return {relay.id(), {{QStringLiteral("127.0.0.1"), m_server.serverPort()}}, DialPolicy::LocalToo};
    }
    void stop() { m_server.close(); }
    void send(const Frame& frame) { peer->sendBinaryMessage(wire::encodeFrame(frame)); }

    FakeRelay relay{'r'};
    QWebSocket* peer = nullptr;
    int connections = 0;
    int disconnections = 0;
    int closeCode = 0;
    std::vector<Frame> received;
    QByteArray answer; ///< sent instead of HELLO_OK when not empty

private:
    void onMessage(const QByteArray& message) {
        Frame frame;
        INVARIANT(wire::decodeFrame(view(message), wire::Sender::Client, wire::limits::FrameMax, frame) ==
                  wire::WireCode::None);
        received.push_back(frame);
        if (!frame.has_hello())
            return;
        if (!answer.isEmpty()) {
            peer->sendBinaryMessage(answer);
            return;
        }
        Frame reply;
        reply.set_id(frame.id());
        *reply.mutable_hello_ok() = relay.helloOk(frame.hello());
        send(reply);
    }

    QWebSocketServer m_server;
};

class Listener final : public ConnectionListener {
public:
    void connectionGreeted() override { isGreeted = true; }
    void connectionPushed(const Frame& frame) override { pushed.push_back(frame); }
    void connectionClosed(const Disconnect& how) override { end = how; }

    bool isGreeted = false;
    std::vector<Frame> pushed;
    std::optional<Disconnect> end;
};

/// A peer that answers the upgrade and then sends pings without end and reads nothing (RFC 6455 5.5.2).
class PingingServer final : public QObject {
public:
    PingingServer(const crypto::TlsLeaf& leaf, Tls tls) {
        if (tls == Tls::Off) {
            m_server = std::make_unique<QTcpServer>();
        } else {
            auto secure = std::make_unique<QSslServer>();
            QSslConfiguration configuration;
            configuration.setProtocol(QSsl::TlsV1_3OrLater);
            configuration.setLocalCertificate(QSslCertificate(leaf.certificatePem));
            configuration.setPrivateKey(QSslKey(toByteArray(leaf.privateKeyPem.view()), QSsl::Ec));
            secure->setSslConfiguration(configuration);
            m_server = std::move(secure);
        }
        connect(m_server.get(), &QTcpServer::pendingConnectionAvailable, this, [this] {
            m_peer = m_server->nextPendingConnection();
            connect(m_peer, &QTcpSocket::readyRead, this, &PingingServer::greet);
            connect(m_peer, &QTcpSocket::bytesWritten, this, &PingingServer::ping, Qt::QueuedConnection);
            if (auto* secure = qobject_cast<QSslSocket*>(m_peer))
                connect(secure, &QSslSocket::encryptedBytesWritten, this, &PingingServer::ping, Qt::QueuedConnection);
            if (m_peer->bytesAvailable() > 0) // it may have come with the end of the handshake
                greet();
        });
        INVARIANT(m_server->listen(QHostAddress::LocalHost));
    }
    wire::Endpoint endpoint() const { return {QStringLiteral("127.0.0.1"), m_server->serverPort()}; }
    qint64 written = 0;

private:
    void greet() {
        if (m_isGreeted)
            return;
        const QByteArray head = m_peer->readAll();
        const QByteArray name = "Sec-WebSocket-Key: ";
        const qsizetype from = head.indexOf(name) + name.size();
        const QByteArray key = head.mid(from, head.indexOf("\r\n", from) - from);
        const QByteArray accept =
            QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1).toBase64();
        m_isGreeted = true;
        m_peer->setReadBufferSize(1);
        m_peer->write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: " +
                      accept + "\r\nSec-WebSocket-Protocol: krp.v1\r\n\r\n");
    }
    void ping() {
        QByteArray pings;
        while (pings.size() < 64 * 1024)
            pings += QByteArray("\x89\x7d", 2) + QByteArray(125, 'p');
        const auto* tls = qobject_cast<const QSslSocket*>(m_peer);
        const qint64 waiting = m_peer->bytesToWrite() + (tls != nullptr ? tls->encryptedBytesToWrite() : 0);
        if (m_isGreeted && waiting < pings.size())
            written += m_peer->write(pings);
    }

    std::unique_ptr<QTcpServer> m_server;
    QTcpSocket* m_peer = nullptr;
    bool m_isGreeted = false;
};

/// Records the callbacks of a transport and, if wanted, destroys it from inside one.
class RawListener final : public TransportListener {
public:
    void transportOpened(const crypto::Hash32& leafPin) override {
        pin = leafPin;
        if (dropsWhenOpen)
            transport.reset();
    }
    void transportReceived(const QByteArray&) override {}
    void transportClosed(const TransportEnd& how) override {
        end = how;
        transport.reset();
    }

    std::unique_ptr<Transport> transport;
    std::optional<crypto::Hash32> pin;
    std::optional<TransportEnd> end;
    bool dropsWhenOpen = false;
};

} // namespace

class TestWebSocketTransport : public QObject {
    Q_OBJECT

    crypto::TlsLeaf m_leaf = crypto::makeTlsLeaf().value();

    struct Fixture {
        QtScheduler scheduler;
        SystemClock clock;
        SystemRandom random;
        WebSocketTransportFactory transports;
        Listener listener;
        RelayConnection connection;

        explicit Fixture(LoopbackTls tls = LoopbackTls::Required, Millis connectTimeout = Millis(30'000))
            : transports(scheduler, {connectTimeout, tls})
            , connection({scheduler, clock, random, transports}, Channel::Anonymous, listener) {}
    };

private Q_SLOTS:
    // Goodbyes go on after their transports: let them end before the leak check.
    void cleanup() {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents();
    }

    void theRelayIsVerifiedByTheLeafThatTlsShows() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted);
        QCOMPARE(f.connection.greeting().leafPin, m_leaf.pin);
        QCOMPARE(server.peer->requestUrl().path(), QStringLiteral("/krp/v1/drop"));
        QCOMPARE(server.peer->subprotocol(), QStringLiteral("krp.v1"));
        QVERIFY(server.peer->origin().isEmpty());
        QVERIFY(server.peer->request().rawHeader("User-Agent").isEmpty());

        std::optional<Result<Reply>> reply;
        Frame get;
        get.mutable_card_get()->set_card_id(std::string(16, 'c'));
        f.connection.request(get, Millis(30'000), [&reply](const Result<Reply>& given) { reply = given; });
        QTRY_COMPARE(server.received.size(), 2U);
        Frame body;
        body.set_id(server.received[1].id());
        body.mutable_card_body()->set_body(std::string(16'384, 'b')); // more than the first frame may hold
        server.send(body);
        QTRY_VERIFY(reply);
        QVERIFY((*reply)->isOk());
    }
    void everyConnectionHandshakesAnew() {
        Server server(m_leaf, Tls::V13);
        for (int i = 0; i < 2; ++i) {
            Fixture f;
            f.connection.open(server.address());
            QTRY_VERIFY(f.listener.isGreeted);
            QVERIFY(server.peer->sslConfiguration().sessionTicket().isEmpty());
        }
    }
    void anotherLeafIsRefusedBeforeAnyFrameButHello() {
        Server server(m_leaf, Tls::V13);
        server.relay.pins = {crypto::makeTlsLeaf()->pin};
        Fixture f;
        Frame get;
        get.mutable_card_get()->set_card_id(std::string(16, 'c'));
        bool failed = false;
        f.connection.request(get, Millis(30'000), [&failed](const Result<Reply>& given) { failed = !given; });
        f.connection.open(server.address());
        QTRY_VERIFY(failed);
        QCOMPARE(f.listener.end->error.code, Code::Untrusted);
        QTRY_COMPARE(server.disconnections, 1);
        QCOMPARE(server.received.size(), 1U);
        QVERIFY(server.received[0].has_hello());
    }
    void tlsBelow13IsRefused() {
        Server server(m_leaf, Tls::V12);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::Unavailable);
        QCOMPARE(server.connections, 0);
    }
    void plainConnectionsNeedTheOption() {
        Server server(m_leaf, Tls::Off);
        Fixture strict(LoopbackTls::Required, Millis(200)); // the server waits for a request, not for TLS
        strict.connection.open(server.address());
        QTRY_VERIFY(strict.listener.end);
        QCOMPARE(server.connections, 0);
        Fixture plain(LoopbackTls::Off);
        plain.connection.open(server.address());
        QTRY_VERIFY(plain.listener.isGreeted);
        QVERIFY(plain.connection.greeting().leafPin.isNull());
    }
    void anOversizeFirstFrameClosesTheSocket() {
        Server server(m_leaf, Tls::V13);
        server.answer = QByteArray(int(wire::limits::HandshakeFrameMax) + 1, 'x');
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::TooLarge);
        QTRY_COMPARE(server.disconnections, 1);
    }
    void anOversizeFrameClosesTheSocket() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted);
        server.peer->sendBinaryMessage(QByteArray(int(wire::limits::FrameMax) + 1, 'x'));
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::TooLarge);
    }
    void aTextMessageClosesTheSocket() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted);
        server.peer->sendTextMessage(QStringLiteral("hello"));
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::Invalid);
    }
    void anotherProtocolIsNoRelay() {
        Server server(m_leaf, Tls::V13, QStringLiteral("chat"));
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.end);
        QVERIFY(server.received.empty());
    }
    void aVanishedServerIsNoticed() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted);
        server.peer->abort();
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::Unavailable);
        QCOMPARE(f.listener.end->closeCode, std::uint16_t(0));
    }
    void theCloseCodeOfTheRelayArrives() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted);
        server.peer->close(QWebSocketProtocol::CloseCode(int(wire::CloseCode::Replaced)));
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->closeCode, std::uint16_t(wire::CloseCode::Replaced));
    }
    void aRefusedConnectionIsUnavailable() {
        Server server(m_leaf, Tls::V13);
        server.stop();
        Fixture f;
        f.connection.open(server.address());
        QVERIFY(!f.listener.end); // not from inside the call
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::Unavailable);
    }
    void aServerThatNeverSpeaksIsGivenUp() {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        Fixture f(LoopbackTls::Required, Millis(50));
        f.connection.open(
            {FakeRelay('r').id(), {{QStringLiteral("127.0.0.1"), silent.serverPort()}}, DialPolicy::LocalToo});
        QTRY_VERIFY(f.listener.end);
        QCOMPARE(f.listener.end->error.code, Code::Timeout);
    }
    void aRelayThatPingsAndNeverReadsIsLeft_data() {
        QTest::addColumn<bool>("tls");
        QTest::newRow("plain") << false;
        QTest::newRow("TLS") << true;
    }
    void aRelayThatPingsAndNeverReadsIsLeft() {
        QFETCH(const bool, tls);
        PingingServer server(m_leaf, tls ? Tls::V13 : Tls::Off);
        Fixture f(tls ? LoopbackTls::Required : LoopbackTls::Off);
        RawListener raw;
        raw.transport = f.transports.create(raw);
        raw.transport->open(server.endpoint(), Channel::Authenticated, DialPolicy::LocalToo);
        QTRY_VERIFY_WITH_TIMEOUT(raw.end, 60'000);
        QCOMPARE(raw.end->code, Code::TooLarge);
        QVERIFY2(server.written < 64LL * 1024 * 1024, qPrintable(QString::number(server.written)));
    }
    void theTransportChecksThePolicyToo() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        RawListener raw;
        raw.transport = f.transports.create(raw);
        raw.transport->open(server.address().endpoints[0], Channel::Anonymous, DialPolicy::PublicOnly);
        QVERIFY(!raw.end);
        QTRY_VERIFY(raw.end);
        QCOMPARE(raw.end->code, Code::Denied);
        QCOMPARE(server.connections, 0);
    }
    void aTransportMayBeDestroyedInItsOwnCallback() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        RawListener raw;
        raw.dropsWhenOpen = true;
        raw.transport = f.transports.create(raw);
        raw.transport->open(server.address().endpoints[0], Channel::Anonymous, DialPolicy::LocalToo);
        QTRY_VERIFY(raw.pin);
        QCOMPARE(*raw.pin, m_leaf.pin);
        QTRY_COMPARE(server.disconnections, 1);
        QVERIFY(!raw.end);
    }
    void aDestroyedTransportIsSilent() {
        Server server(m_leaf, Tls::V13);
        Fixture f;
        RawListener dropped;
        dropped.transport = f.transports.create(dropped);
        dropped.transport->open(server.address().endpoints[0], Channel::Anonymous, DialPolicy::LocalToo);
        dropped.transport.reset();
        f.connection.open(server.address());
        QTRY_VERIFY(f.listener.isGreeted); // a whole handshake later
        QVERIFY(!dropped.pin && !dropped.end);
    }
    void closeSendsWhatIsQueuedAndSaysGoodbye() {
        Server server(m_leaf, Tls::V13);
        auto f = std::make_unique<Fixture>();
        f->connection.open(server.address());
        QTRY_VERIFY(f->listener.isGreeted);
        Frame put;
        put.mutable_card_put()->set_card_id(std::string(16, 'c'));
        put.mutable_card_put()->set_body(std::string(16'384, 'b'));
        for (int i = 0; i < 40; ++i)
            f->connection.tell(put);
        f->connection.close();
        f.reset();
        QTRY_COMPARE(server.disconnections, 1);
        QCOMPARE(server.received.size(), 41U);
        QCOMPARE(server.closeCode, 1000);
    }
};
KITH_TEST(TestWebSocketTransport)
#include "test_websocket_transport.moc"
