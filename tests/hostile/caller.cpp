// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hostile/caller.h"

#include "core/crypto/tls_leaf.h"
#include "core/wire/limits.h"

#include <QSslCertificate>
#include <QSslConfiguration>

namespace kith::hostile {

Caller::Caller(Random& random, const Target& target, Stage stage, RawChannel channel, Ears ears, Account* account)
    : m_random(random)
    , m_target(target)
    , m_wanted(stage)
    , m_channel(channel)
    , m_ears(ears)
    , m_account(account) {
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_3OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone); // the signature in HELLO_OK says who it is
    tls.setCaCertificates({});
    m_socket.setSslConfiguration(tls);
    connect(&m_socket, &QSslSocket::errorOccurred, this, [this] { m_isOver = true; });
    connect(&m_socket, &QSslSocket::disconnected, this, [this] { m_isOver = true; });
    connect(&m_socket, &QSslSocket::readyRead, this, [this] { read(); });
    connect(&m_socket, &QSslSocket::encrypted, this, [this] {
        m_stage = Stage::Encrypted;
        if (m_wanted > Stage::Encrypted)
            write(test::upgradeRequest(m_channel));
    });
    if (stage == Stage::Connected)
        m_socket.connectToHost(target.endpoint.host, target.endpoint.port);
    else
        m_socket.connectToHostEncrypted(target.endpoint.host, target.endpoint.port);
}

std::uint64_t Caller::ask(pb::Frame frame) {
    frame.set_id(++m_lastId);
    say(test::ws::Binary, wire::encodeFrame(frame));
    return m_lastId;
}

void Caller::read() {
    if (isThere() && m_ears == Ears::Deaf)
        return;
    if (m_wanted < Stage::Upgraded) {
        m_socket.readAll();
        return;
    }
    if (!std::exchange(m_hasUpgraded, true)) {
        const QByteArray head = m_socket.peek(4096);
        if (!head.contains("\r\n\r\n")) {
            m_hasUpgraded = false;
            return;
        }
        m_socket.read(head.indexOf("\r\n\r\n") + 4);
        if (!head.startsWith("HTTP/1.1 101 ")) {
            m_isOver = true;
            return;
        }
        reach(Stage::Upgraded);
    }
    m_messages.add(m_socket.readAll());
    while (auto message = m_messages.next()) {
        if (message->type == test::ws::Ping)
            say(test::ws::Pong, message->payload);
        pb::Frame frame;
        if (message->type == test::ws::Binary &&
            wire::decodeFrame(view(message->payload), wire::Sender::Relay, wire::limits::FrameMax, frame) ==
                wire::WireCode::None)
            take(frame);
    }
}

void Caller::reach(Stage stage) {
    m_stage = stage;
    if (isThere()) {
        if (m_ears == Ears::Deaf)
            m_socket.setReadBufferSize(1024);
    } else if (stage == Stage::Upgraded) {
        m_hello = test::helloBytes(m_random);
        ask(test::helloFrame(m_hello));
    } else {
        logIn();
    }
}

void Caller::take(const pb::Frame& frame) {
    if (m_stage == Stage::Upgraded && m_wanted > Stage::Upgraded && frame.has_hello_ok()) {
        const auto pin = crypto::leafPinOf(view(m_socket.peerCertificate().toDer()));
        auto met = test::meet(m_hello, frame, pin ? *pin : crypto::Hash32());
        if (!met || met->relay != m_target.relay) {
            m_isOver = true;
            return;
        }
        m_met = std::move(met).value();
        reach(Stage::Greeted);
    } else if (frame.has_registered()) {
        m_account->isRegistered = true;
        logIn();
    } else if (frame.has_welcome()) {
        m_account->version = std::max(m_account->version, frame.welcome().manifest_ver());
        reach(Stage::Member);
    } else {
        Q_EMIT heard(frame);
    }
}

void Caller::logIn() {
    const test::TestAccount& keys = m_account->keys;
    if (m_account->isRegistered)
        ask(test::authFrame(m_met, keys, keys.device(), m_account->version));
    else
        ask(test::registerFrame(m_met, keys, 1, m_account->invite));
}

} // namespace kith::hostile
