// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/relay_client.h"

#include "core/crypto/tls_leaf.h"
#include "core/wire/limits.h"

#include <QNetworkRequest>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QTest>
#include <QWebSocketHandshakeOptions>

namespace kith::test {
namespace {

constexpr int PatienceMs = 20'000;

Error lost() {
    return fail(Code::Unavailable, QStringLiteral("the relay closed the connection"));
}

} // namespace

bool RelayClient::wait(const std::function<bool()>& done) {
    return QTest::qWaitFor(done, PatienceMs);
}

Result<void> RelayClient::connect(Channel channel, const QString& origin) {
    m_socket.reset(); // reports its own end
    m_replies.clear();
    m_pushes.clear();
    m_isOpen = false;
    m_isOver = false;
    m_leafPin = {};
    m_socket = std::make_unique<QWebSocket>(origin);
    m_socket->setMaxAllowedIncomingMessageSize(wire::limits::FrameMax);
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_3OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone); // the relay's key signs the leaf: hello() checks it
    tls.setCaCertificates({});
    m_socket->setSslConfiguration(tls);
    QObject::connect(m_socket.get(), &QWebSocket::connected, m_socket.get(), [this] { m_isOpen = true; });
    QObject::connect(m_socket.get(), &QWebSocket::disconnected, m_socket.get(), [this] { m_isOver = true; });
    QObject::connect(m_socket.get(), qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), m_socket.get(),
                     [this] { m_isOver = m_isOver || !m_isOpen; });
    QObject::connect(m_socket.get(), &QWebSocket::binaryMessageReceived, m_socket.get(),
                     [this](const QByteArray& message) { receive(message); });
    const bool isTls = m_security == Security::Tls;
    QNetworkRequest request(
        QUrl(QStringLiteral("%1://%2/krp/v1/%3")
                 .arg(isTls ? QStringLiteral("wss") : QStringLiteral("ws"), m_endpoint.toString(),
                      channel == Channel::Authenticated ? QStringLiteral("ws") : QStringLiteral("drop"))));
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({QStringLiteral("krp.v1")});
    m_socket->open(request, options);
    if (!wait([this] { return m_isOpen || m_isOver; }) || !m_isOpen)
        return fail(Code::Unavailable, m_socket->errorString());
    if (!isTls)
        return {};
    const QByteArray der = m_socket->sslConfiguration().peerCertificate().toDer();
    TRY_ASSIGN(m_leafPin, crypto::leafPinOf(view(der)));
    return {};
}

Result<void> RelayClient::hello(const RelayId& relay) {
    const std::string bytes = helloBytes(m_random);
    TRY_ASSIGN(const wire::pb::Frame answer, call(helloFrame(bytes)));
    TRY_ASSIGN(m_met, meet(bytes, answer, m_leafPin));
    return m_met.relay == relay ? Result<void>() : fail(Code::Untrusted, QStringLiteral("another relay"));
}

Result<void> RelayClient::open(Channel channel, const RelayId& relay) {
    TRY(connect(channel));
    return hello(relay);
}

void RelayClient::close() {
    m_socket.reset();
}

void RelayClient::receive(const QByteArray& message) {
    wire::pb::Frame frame;
    if (wire::decodeFrame(view(message), wire::Sender::Relay, wire::limits::FrameMax, frame) != wire::WireCode::None)
        qFatal("the relay sent a malformed frame");
    (frame.id() == 0 ? m_pushes : m_replies).push_back(std::move(frame));
}

std::uint64_t RelayClient::send(wire::pb::Frame frame) {
    frame.set_id(++m_lastId);
    sendBytes(wire::encodeFrame(frame));
    return m_lastId;
}

Result<wire::pb::Frame> RelayClient::call(wire::pb::Frame frame) {
    return reply(send(std::move(frame)));
}

Result<wire::pb::Frame> RelayClient::reply(std::uint64_t id) {
    const auto find = [this, id] {
        return std::find_if(m_replies.begin(), m_replies.end(), [id](const auto& each) { return each.id() == id; });
    };
    if (!wait([&] { return find() != m_replies.end() || m_isOver; }))
        return fail(Code::Timeout, QStringLiteral("no reply"));
    const auto found = find();
    if (found == m_replies.end())
        return lost();
    wire::pb::Frame frame = std::move(*found);
    m_replies.erase(found);
    return frame;
}

Result<wire::pb::Frame> RelayClient::push() {
    if (!wait([this] { return !m_pushes.empty() || m_isOver; }))
        return fail(Code::Timeout, QStringLiteral("no push"));
    if (m_pushes.empty())
        return lost();
    wire::pb::Frame frame = std::move(m_pushes.front());
    m_pushes.pop_front();
    return frame;
}

Result<std::vector<wire::pb::Envelope>> RelayClient::envelopes(std::size_t count) {
    std::vector<wire::pb::Envelope> all;
    while (all.size() < count) {
        TRY_ASSIGN(const wire::pb::Frame frame, push());
        all.insert(all.end(), frame.deliver().envelopes().begin(), frame.deliver().envelopes().end());
    }
    return all;
}

Result<std::vector<wire::pb::Envelope>> RelayClient::backlog() {
    std::vector<wire::pb::Envelope> all;
    for (;;) {
        TRY_ASSIGN(const wire::pb::Frame frame, push());
        all.insert(all.end(), frame.deliver().envelopes().begin(), frame.deliver().envelopes().end());
        if (frame.has_drained())
            return all;
    }
}

Result<int> RelayClient::closeCode() {
    if (!wait([this] { return m_isOver; }))
        return fail(Code::Timeout, QStringLiteral("the socket stays open"));
    return static_cast<int>(m_socket->closeCode());
}

Result<wire::pb::Welcome> RelayClient::logIn(const TestAccount& account,
                                             const std::optional<wire::InviteToken>& invite) {
    if (invite) {
        TRY_ASSIGN(const wire::pb::Frame answer, call(registerFrame(m_met, account, 1, invite)));
        if (!answer.has_registered())
            return fail(Code::Denied, QStringLiteral("REGISTER was answered %1").arg(int(codeOf(answer))));
    }
    TRY_ASSIGN(const wire::pb::Frame answer, call(authFrame(m_met, account, account.device())));
    if (!answer.has_welcome())
        return fail(Code::Denied, QStringLiteral("AUTH was answered %1").arg(int(codeOf(answer))));
    return answer.welcome();
}

} // namespace kith::test
