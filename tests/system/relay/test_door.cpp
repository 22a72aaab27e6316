// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/descriptor.h"
#include "core/wire/limits.h"
#include "tests/support/raw_websocket.h"
#include "tests/support/test_main.h"
#include "tests/system/relay/relay_process.h"

#include <QSslSocket>
#include <QTcpSocket>

using namespace kith;
using namespace kith::test;
using wire::CloseCode;
using wire::WireCode;
using Channel = RelayClient::Channel;

/// What a port that faces the network has to stand.
class TestDoor : public QObject {
    Q_OBJECT
    RelayProcess m_relay;
    SeededRandom m_random{seed()};

    /// Everything the relay sends until it closes.
    QByteArray exchange(const QByteArray& request) {
        QSslSocket socket;
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.connectToHostEncrypted(QStringLiteral("127.0.0.1"), m_relay.endpoint().port);
        if (!QTest::qWaitFor([&] { return socket.isEncrypted(); }, 10'000))
            return "no TLS";
        socket.write(request);
        QByteArray answer;
        const bool isOver = QTest::qWaitFor(
            [&] {
                answer += socket.readAll();
                return socket.state() == QAbstractSocket::UnconnectedState;
            },
            10'000);
        return isOver ? answer : "still open: " + answer;
    }
    QByteArray get(const QByteArray& path, const QByteArray& more = {}) {
        return exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n");
    }

    /// A WebSocket by hand: QWebSocket reads whatever arrives, and takes close code 1012 for an error of the protocol.
    static bool upgrade(QTcpSocket& socket, const RelayProcess& relay) {
        socket.connectToHost(QStringLiteral("127.0.0.1"), relay.endpoint().port);
        if (!QTest::qWaitFor([&] { return socket.state() == QAbstractSocket::ConnectedState; }))
            return false;
        socket.setSocketOption(QAbstractSocket::ReceiveBufferSizeSocketOption, 4096);
        socket.write(upgradeRequest(RawChannel::Anonymous));
        return QTest::qWaitFor([&] { return socket.bytesAvailable() > 0; });
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_relay.start()); }

    void theFewPathsAreServedAndNothingElse() {
        QVERIFY(get("/healthz").startsWith("HTTP/1.1 200 "));
        QVERIFY(get("/readyz").startsWith("HTTP/1.1 200 "));
        const QByteArray answer = get("/krp/v1/descriptor");
        QVERIFY(answer.startsWith("HTTP/1.1 200 "));
        const QJsonObject json = QJsonDocument::fromJson(answer.mid(answer.indexOf("\r\n\r\n") + 4)).object();
        pb::Signed given;
        given.set_body(toString(*fromBase64Url(json[QLatin1String("descriptor")].toString())));
        given.set_sig(toString(*fromBase64Url(json[QLatin1String("sig")].toString())));
        const auto descriptor = crypto::verifyDescriptor(given);
        VERIFY_OK(descriptor);
        QCOMPARE(descriptor->descriptor.relay, m_relay.relay());
        for (const char* path : {"/", "/krp/v1/ws", "/metrics", "/../etc/passwd", "/healthz/x"})
            QVERIFY2(get(path).startsWith("HTTP/1.1 404 "), path);
        QVERIFY(
            exchange("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").startsWith("HTTP/1.1 405 "));
        QVERIFY(get("/healthz", "Content-Length: 5\r\n").startsWith("HTTP/1.1 400 "));
    }
    void aPageInABrowserIsRefused() {
        QVERIFY(get("/healthz", "Origin: https://evil.example\r\n").startsWith("HTTP/1.1 403 "));
        RelayClient client(m_random, m_relay.endpoint());
        VERIFY_CODE(client.connect(Channel::Anonymous, QStringLiteral("https://evil.example")), Code::Unavailable);
    }
    void aLongHeadAndGarbageAreRefused() {
        QVERIFY(get("/healthz", "X: " + QByteArray(9000, 'x') + "\r\n").startsWith("HTTP/1.1 431 "));
        QVERIFY(exchange("not http at all\r\n\r\n").startsWith("HTTP/1.1 400 "));
        QVERIFY(exchange("GET / HTTP/1.1\r\nHost : x\r\n\r\n").startsWith("HTTP/1.1 400 "));
        QVERIFY(exchange(m_random.bytes(20'000)).startsWith("HTTP/1.1 4"));
    }
    void anUpgradeNeedsPathAndSubprotocol() {
        const QByteArray head = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        QVERIFY(get("/krp/v1/ws", head).startsWith("HTTP/1.1 400 "));
        QVERIFY(get("/other", head + "Sec-WebSocket-Protocol: krp.v1\r\n").startsWith("HTTP/1.1 404 "));
    }
    void whoSaysNothingOrNoTlsIsCutOffAfterThreeSeconds() {
        QTcpSocket silent;
        silent.connectToHost(QStringLiteral("127.0.0.1"), m_relay.endpoint().port);
        QTcpSocket noise;
        noise.connectToHost(QStringLiteral("127.0.0.1"), m_relay.endpoint().port);
        QVERIFY(QTest::qWaitFor([&] { return noise.state() == QAbstractSocket::ConnectedState; }));
        noise.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); // without TLS
        QVERIFY(QTest::qWaitFor([&] { return noise.state() == QAbstractSocket::UnconnectedState; }, 10'000));
        QVERIFY(!noise.readAll().startsWith("HTTP"));
        QVERIFY(QTest::qWaitFor([&] { return silent.state() == QAbstractSocket::UnconnectedState; }, 10'000));
        QVERIFY(get("/healthz").startsWith("HTTP/1.1 200 "));
    }
    void anotherRelaysIdIsUntrusted() {
        RelayClient client(m_random, m_relay.endpoint());
        VERIFY_OK(client.connect(Channel::Anonymous));
        VERIFY_CODE(client.hello(m_random.id<RelayId>()), Code::Untrusted);
        // HELLO_OK names exactly the leaf that is shown: in front of another one it does not verify.
        RelayClient second(m_random, m_relay.endpoint());
        VERIFY_OK(second.connect(Channel::Anonymous));
        const std::string hello = helloBytes(m_random);
        const auto answer = second.call(helloFrame(hello));
        VERIFY_OK(answer);
        VERIFY_OK(meet(hello, *answer, second.leafPin()));
        VERIFY_CODE(meet(hello, *answer, m_random.id<crypto::Hash32>()), Code::Untrusted);
    }
    void anOversizeMessageIsClosedWith1009() {
        RelayClient client(m_random, m_relay.endpoint());
        VERIFY_OK(client.open(Channel::Anonymous, m_relay.relay()));
        client.sendBytes(QByteArray(static_cast<qsizetype>(wire::limits::FrameMax) + 1, 'x'));
        QCOMPARE(client.closeCode().value(), static_cast<int>(CloseCode::TooBig));
        RelayClient early(m_random, m_relay.endpoint());
        VERIFY_OK(early.connect(Channel::Anonymous));
        early.sendBytes(QByteArray(static_cast<qsizetype>(wire::limits::HandshakeFrameMax) + 1, 'x'));
        QCOMPARE(early.closeCode().value(), static_cast<int>(CloseCode::TooBig));
    }
    void noiseOnASocketIsAnsweredAndTheRelayLives() {
        RelayClient client(m_random, m_relay.endpoint());
        VERIFY_OK(client.open(Channel::Anonymous, m_relay.relay()));
        for (int i = 0; i < 200; ++i)
            client.sendBytes(m_random.bytes(m_random.below(300)));
        pb::Frame ping;
        ping.mutable_ping()->set_t(7);
        const auto pong = client.call(ping);
        VERIFY_OK(pong);
        QCOMPARE(pong->pong().t(), 7U);
    }
    void whoDoesNotReadIsClosedAndOthersAreServed() {
        RelayProcess relay({QStringLiteral("--plain-loopback"), QStringLiteral("--no-rate-limits")});
        QVERIFY(relay.start());
        QTcpSocket socket;
        socket.setReadBufferSize(1024); // and nothing is read after the upgrade
        QVERIFY(upgrade(socket, relay));
        pb::Frame ping;
        ping.mutable_ping()->set_t(~0ULL);
        socket.write(masked(ws::Binary, wire::encodeFrame(helloFrame(helloBytes(m_random)))));
        QByteArray burst;
        for (int i = 0; i < 2000; ++i) {
            ping.set_id(static_cast<std::uint64_t>(i) + (1ULL << 62U));
            burst += masked(ws::Binary, wire::encodeFrame(ping));
        }
        const bool isCut = QTest::qWaitFor(
            [&] {
                if (socket.bytesToWrite() < burst.size())
                    socket.write(burst);
                return socket.state() == QAbstractSocket::UnconnectedState;
            },
            90'000); // a patience, not a mark: sanitizers on a busy machine take long
        QVERIFY2(isCut, "a socket that never reads may write for ever");
        RelayClient other(m_random, relay.endpoint(), RelayClient::Security::Plain);
        VERIFY_OK(other.open(Channel::Anonymous, relay.relay()));
        QVERIFY(other.met().leafPin.isNull()); // no leaf on plain loopback
    }
    void aDrainEndsInCloseCode1012() {
        RelayProcess relay({QStringLiteral("--plain-loopback")});
        QVERIFY(relay.start());
        QTcpSocket socket;
        QVERIFY(upgrade(socket, relay));
        socket.write(masked(ws::Binary, wire::encodeFrame(helloFrame(helloBytes(m_random)))));
        QByteArray received;
        QVERIFY(QTest::qWaitFor([&] { return (received += socket.readAll()).contains('\x82'); }));
        QCOMPARE(relay.stop(), 0);
        QVERIFY(QTest::qWaitFor([&] { return socket.state() == QAbstractSocket::UnconnectedState; }));
        received += socket.readAll();
        QVERIFY(received.endsWith(QByteArray::fromHex("880203f4")));
    }
    void plainAndUnlimitedAreForLoopbackOnly() {
        for (const char* option : {"--plain-loopback", "--no-rate-limits"}) {
            QProcess process;
            const QTemporaryDir folder;
            process.start(RelayProcess::program(),
                          {QStringLiteral("--data"), folder.filePath(QStringLiteral("r")), QStringLiteral("--listen"),
                           QStringLiteral("0.0.0.0:0"), QLatin1String(option), QStringLiteral("--json")});
            QVERIFY(process.waitForFinished());
            QCOMPARE(process.exitCode(), 1);
            QVERIFY(process.readAllStandardOutput().contains("loopback"));
        }
    }
    void aLostKeyOrStoreIsNeverTakenForANewRelay() {
        RelayProcess relay;
        QVERIFY(relay.start());
        const RelayId identity = relay.relay();
        QCOMPARE(relay.stop(), 0);
        const QString key = relay.folder() + QStringLiteral("/relay.key");
        const QString store = relay.folder() + QStringLiteral("/relay.db");
        for (const QString& file : {key, store}) {
            QVERIFY(QFile::rename(file, file + QStringLiteral(".away")));
            QVERIFY(!relay.start());
            const QJsonObject error = relay.ready()[QLatin1String("error")].toObject();
            QCOMPARE(error[QLatin1String("code")].toString(), QStringLiteral("Denied"));
            QVERIFY(error[QLatin1String("message")].toString().contains(QStringLiteral("backup")));
            QVERIFY(!QFile::exists(file));
            QVERIFY(QFile::rename(file + QStringLiteral(".away"), file));
        }
        QVERIFY(relay.start());
        QCOMPARE(relay.relay(), identity);
        QCOMPARE(relay.stop(), 0);
        // A first start that was killed before it ended begins anew.
        QVERIFY(QFile::rename(key, key + QStringLiteral(".new")));
        QVERIFY(relay.start());
        QVERIFY(relay.relay() != identity);
    }
    void theSameInviteAndDescriptorAreShownUntilSomethingChanges() {
        RelayProcess relay;
        QVERIFY(relay.start());
        const QJsonValue invite = relay.ready()[QLatin1String("invite")];
        QVERIFY(invite.isString());
        RelayClient client(m_random, relay.endpoint());
        VERIFY_OK(client.open(Channel::Anonymous, relay.relay()));
        const std::uint64_t issued = client.met().helloOk.issued_ms();
        QCOMPARE(relay.stop(), 0);
        QVERIFY(relay.start());
        QCOMPARE(relay.ready()[QLatin1String("invite")], invite);
        VERIFY_OK(client.open(Channel::Authenticated, relay.relay()));
        QCOMPARE(client.met().helloOk.issued_ms(), issued);
        const TestAccount first(m_random, {relay.relay()});
        VERIFY_OK(client.logIn(first, wire::InviteLink::parse(invite.toString())->token));
        client.close();
        QCOMPARE(relay.stop(), 0);
        QVERIFY(relay.start());
        QVERIFY(!relay.ready().contains(QLatin1String("invite")));
    }
};

KITH_TEST(TestDoor)
#include "test_door.moc"
