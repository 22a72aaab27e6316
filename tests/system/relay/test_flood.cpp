// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/limits.h"
#include "tests/support/raw_websocket.h"
#include "tests/support/test_main.h"
#include "tests/system/relay/relay_process.h"

#include <QSslSocket>
#include <QTcpSocket>

using namespace kith;
using namespace kith::test;
using Channel = RelayClient::Channel;

/// Who sends and never reads, or opens and never speaks, costs a bound and no more, over TLS as well as without:
/// memory, descriptors and service of everybody else stay as they were.
class TestFlood : public QObject {
    Q_OBJECT
    SeededRandom m_random{seed()};

    static constexpr qint64 MemoryBound = 48LL * 1024 * 1024;

    static qint64 memoryOf(qint64 pid) {
        QFile status(QStringLiteral("/proc/%1/status").arg(pid));
        if (!status.open(QIODevice::ReadOnly))
            return 0;
        for (const QByteArray& line : status.readAll().split('\n'))
            if (line.startsWith("VmRSS:"))
                return line.mid(6).trimmed().split(' ').front().toLongLong() * 1024;
        return 0;
    }
    static QStringList options(bool tls) {
        return tls ? QStringList() : QStringList{QStringLiteral("--plain-loopback")};
    }
    /// A WebSocket by hand that takes as little as possible off the line.
    static std::unique_ptr<QTcpSocket> upgraded(const RelayProcess& relay, bool tls) {
        std::unique_ptr<QTcpSocket> socket;
        if (tls) {
            auto secure = std::make_unique<QSslSocket>();
            secure->setPeerVerifyMode(QSslSocket::VerifyNone);
            secure->setReadBufferSize(1024);
            secure->connectToHostEncrypted(QStringLiteral("127.0.0.1"), relay.endpoint().port);
            if (!QTest::qWaitFor([&] { return secure->isEncrypted(); }, 20'000))
                return nullptr;
            socket = std::move(secure);
        } else {
            socket = std::make_unique<QTcpSocket>();
            socket->setReadBufferSize(1024);
            socket->connectToHost(QStringLiteral("127.0.0.1"), relay.endpoint().port);
            if (!QTest::qWaitFor([&] { return socket->state() == QAbstractSocket::ConnectedState; }, 20'000))
                return nullptr;
        }
        socket->write(upgradeRequest(RawChannel::Anonymous));
        if (!QTest::qWaitFor([&] { return socket->bytesAvailable() > 0; }, 20'000))
            return nullptr;
        return socket;
    }
    /// Writes `piece` again and again until the relay hangs up or `most` bytes have gone; the relay's growth meanwhile.
    static qint64 pour(const RelayProcess& relay, QTcpSocket& socket, const QByteArray& piece, qint64 most) {
        const qint64 before = memoryOf(relay.pid());
        qint64 highest = before;
        qint64 written = 0;
        [[maybe_unused]] const bool isOver = QTest::qWaitFor(
            [&] {
                for (int i = 0; i < 16 && socket.bytesToWrite() < 4 * piece.size(); ++i)
                    written += std::max<qint64>(0, socket.write(piece));
                highest = std::max(highest, memoryOf(relay.pid()));
                return socket.state() == QAbstractSocket::UnconnectedState || written >= most;
            },
            60'000);
        return highest - before;
    }
    static bool isServed(const RelayProcess& relay, bool tls) {
        SeededRandom random(1);
        RelayClient client(random, relay.endpoint(), tls ? RelayClient::Security::Tls : RelayClient::Security::Plain);
        return client.open(Channel::Anonymous, relay.relay()).has_value();
    }

private Q_SLOTS:
    void pingsWithoutReadingAreBounded_data() { bothWays(); }
    void pingsWithoutReadingAreBounded() {
        QFETCH(const bool, tls);
        RelayProcess relay(options(tls));
        QVERIFY(relay.start());
        const auto socket = upgraded(relay, tls);
        QVERIFY(socket);
        QByteArray pings;
        while (pings.size() < 64 * 1024)
            pings += masked(ws::Ping, QByteArray(125, 'p'));
        const qint64 grown = pour(relay, *socket, pings, 400LL * 1024 * 1024);
        QVERIFY2(grown < MemoryBound, qPrintable(QStringLiteral("%1 bytes").arg(grown)));
        QVERIFY(isServed(relay, tls));
    }

    void answersThatNobodyReadsAreBounded_data() { bothWays(); }
    void answersThatNobodyReadsAreBounded() {
        QFETCH(const bool, tls);
        RelayProcess relay(options(tls) + QStringList{QStringLiteral("--no-rate-limits")});
        QVERIFY(relay.start());
        const auto socket = upgraded(relay, tls);
        QVERIFY(socket);
        socket->write(masked(ws::Binary, wire::encodeFrame(helloFrame(helloBytes(m_random)))));
        pb::Frame ping;
        ping.mutable_ping()->set_t(~0ULL);
        QByteArray burst;
        for (int i = 0; i < 2'000; ++i) {
            ping.set_id(static_cast<std::uint64_t>(i) + (1ULL << 62U));
            burst += masked(ws::Binary, wire::encodeFrame(ping));
        }
        const qint64 grown = pour(relay, *socket, burst, 400LL * 1024 * 1024);
        QVERIFY2(grown < MemoryBound, qPrintable(QStringLiteral("%1 bytes").arg(grown)));
        QCOMPARE(socket->state(), QAbstractSocket::UnconnectedState);
        QVERIFY(isServed(relay, tls));
    }

    void largeFramesAreHeldAfterHelloOnly_data() { bothWays(); }
    void largeFramesAreHeldAfterHelloOnly() {
        QFETCH(const bool, tls);
        RelayProcess relay(options(tls));
        QVERIFY(relay.start());
        const qint64 before = memoryOf(relay.pid());
        std::vector<std::unique_ptr<QTcpSocket>> sockets;
        const QByteArray unfinished = masked(ws::Binary, QByteArray(1024 * 1024, 'x')).chopped(1);
        for (int i = 0; i < 60; ++i) {
            sockets.push_back(upgraded(relay, tls));
            QVERIFY(sockets.back());
            sockets.back()->write(unfinished);
        }
        const auto isCut = [](const auto& socket) { return socket->state() == QAbstractSocket::UnconnectedState; };
        QVERIFY(QTest::qWaitFor([&] { return std::all_of(sockets.begin(), sockets.end(), isCut); }, 30'000));
        const qint64 grown = memoryOf(relay.pid()) - before;
        QVERIFY2(grown < MemoryBound, qPrintable(QStringLiteral("%1 bytes").arg(grown)));
        QVERIFY(isServed(relay, tls));
    }

    /// The allocator keeps what is freed, and would keep the highest tide for good.
    void memoryOfAFloodIsGivenBack() {
        RelayProcess relay;
        QVERIFY(relay.start());
        const qint64 before = memoryOf(relay.pid());
        const QByteArray unfinished = masked(ws::Binary, QByteArray(1024 * 1024, 'x')).chopped(1);
        std::vector<std::unique_ptr<QTcpSocket>> sockets;
        for (int i = 0; i < 60; ++i) {
            sockets.push_back(upgraded(relay, true));
            QVERIFY(sockets.back());
            sockets.back()->write(masked(ws::Binary, wire::encodeFrame(helloFrame(helloBytes(m_random)))));
            sockets.back()->write(unfinished);
        }
        QVERIFY(QTest::qWaitFor([&] { return memoryOf(relay.pid()) > before + MemoryBound; }, 30'000));
        sockets.clear();
        const bool isBack = QTest::qWaitFor([&] { return memoryOf(relay.pid()) < before + MemoryBound / 3; }, 60'000);
        QVERIFY2(isBack, qPrintable(QStringLiteral("%1 bytes").arg(memoryOf(relay.pid()) - before)));
        QVERIFY(isServed(relay, true));
    }

    /// Also of the own house: one program of it must not use up the relay for the others.
    void strangersOfOneAddressAreCounted() {
        RelayProcess relay(options(false));
        QVERIFY(relay.start());
        std::vector<std::unique_ptr<QTcpSocket>> sockets;
        for (std::uint32_t i = 0; i < wire::limits::StrangersOfThisHouse; ++i) {
            sockets.push_back(upgraded(relay, false));
            QVERIFY(sockets.back());
        }
        auto beyond = upgraded(relay, false);
        QVERIFY(beyond);
        QVERIFY(QTest::qWaitFor([&] { return beyond->state() == QAbstractSocket::UnconnectedState; }, 20'000));
        sockets.clear();
        QVERIFY(QTest::qWaitFor([&] { return isServed(relay, false); }, 30'000));
    }

    /// With every descriptor taken the relay waits for free ones instead of trying all the time, and then serves again.
    void withoutDescriptorsItWaitsAndServesAgain() {
        RelayProcess relay(options(false), 160);
        QVERIFY(relay.start());
        std::vector<std::unique_ptr<QTcpSocket>> silent;
        for (int i = 0; i < 300; ++i) {
            auto socket = std::make_unique<QTcpSocket>();
            // Of many addresses, or the bound of one of them would keep the descriptors free.
            QVERIFY(socket->bind(QHostAddress(QStringLiteral("127.0.0.%1").arg(2 + i % 10))));
            socket->connectToHost(QStringLiteral("127.0.0.1"), relay.endpoint().port);
            silent.push_back(std::move(socket));
        }
        const double before = cpuOf(relay.pid());
        QVERIFY(QTest::qWaitFor([&] { return isServed(relay, false); }, 60'000)); // who says nothing is let go
        // Whoever waits is asked for again and again by a relay that goes on accepting: a core for all that time.
        const double spent = cpuOf(relay.pid()) - before;
        QVERIFY2(spent < 1, qPrintable(QStringLiteral("it spins: %1 s of CPU").arg(spent)));
    }

private:
    static void bothWays() {
        QTest::addColumn<bool>("tls");
        QTest::newRow("plain") << false;
        QTest::newRow("TLS") << true;
    }
    static double cpuOf(qint64 pid) {
        QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
        if (!stat.open(QIODevice::ReadOnly))
            return 0;
        const QList<QByteArray> words = stat.readAll().split(' ');
        return (words.value(13).toDouble() + words.value(14).toDouble()) / 100;
    }
};

KITH_TEST(TestFlood)
#include "test_flood.moc"
