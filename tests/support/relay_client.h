// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/relay_frames.h"

#include <QWebSocket>

#include <deque>
#include <memory>

namespace kith::test {

/// A client of KRP/1 that knows nothing but frames: connects (pinned TLS or plain), speaks when told and waits for
/// answers. For tests against a running relay; it shares no code with the client that people use.
/// Thread: one with an event loop; calls wait for at most `Patience` and run the loop meanwhile.
class RelayClient {
public:
    enum class Security { Tls, Plain };
    enum class Channel { Authenticated, Anonymous };

    RelayClient(Random& random, wire::Endpoint endpoint, Security security = Security::Tls)
        : m_random(random)
        , m_endpoint(std::move(endpoint))
        , m_security(security) {}

    RelayClient(const RelayClient&) = delete;
    RelayClient& operator=(const RelayClient&) = delete;

    /// TCP, TLS and upgrade. Unavailable when it fails. `origin` as a page in a browser would send it.
    Result<void> connect(Channel channel, const QString& origin = {});
    /// HELLO and the check of HELLO_OK. Untrusted: not `relay`, or not signed for the leaf that was seen.
    Result<void> hello(const RelayId& relay);
    /// connect() and hello().
    Result<void> open(Channel channel, const RelayId& relay);
    void close();

    /// Sends with a fresh id and waits for the reply. Timeout, or Unavailable when the socket was closed.
    Result<wire::pb::Frame> call(wire::pb::Frame frame);
    /// Sends and returns the id.
    std::uint64_t send(wire::pb::Frame frame);
    void sendBytes(const QByteArray& bytes) { m_socket->sendBinaryMessage(bytes); }
    Result<wire::pb::Frame> reply(std::uint64_t id);
    /// The next frame that answers nothing: DELIVER, DRAINED, EVENT, GOAWAY.
    Result<wire::pb::Frame> push();
    /// Envelopes pushed until there are `count` of them; other pushes are dropped.
    Result<std::vector<wire::pb::Envelope>> envelopes(std::size_t count);
    /// Pushes up to and with DRAINED; the envelopes among them.
    Result<std::vector<wire::pb::Envelope>> backlog();
    /// Waits for the end of the socket; the WebSocket close code.
    Result<int> closeCode();

    /// Registers by the invite, if one is given, and logs in.
    Result<wire::pb::Welcome> logIn(const TestAccount& account, const std::optional<wire::InviteToken>& invite = {});
    const Met& met() const { return m_met; }
    const crypto::Hash32& leafPin() const { return m_leafPin; }

private:
    bool wait(const std::function<bool()>& done);
    void receive(const QByteArray& message);

    Random& m_random;
    wire::Endpoint m_endpoint;
    Security m_security;
    std::unique_ptr<QWebSocket> m_socket;
    crypto::Hash32 m_leafPin;
    Met m_met;
    std::deque<wire::pb::Frame> m_replies;
    std::deque<wire::pb::Frame> m_pushes;
    std::uint64_t m_lastId = 1ULL << 40U; ///< far from what noise in a test takes for ids
    bool m_isOpen = false;
    bool m_isOver = false;
};

} // namespace kith::test
