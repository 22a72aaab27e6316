// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/login.h"
#include "core/link/relay_connection.h"
#include "core/wire/limits.h"
#include "tests/support/sim_scheduler.h"

#include <map>

namespace kith::test {

using wire::pb::Frame;

class FakeTransport;

/// One connection as the relay sees it. Lives as long as anybody looks at it.
struct FakeSocket {
    link::Channel channel = link::Channel::Authenticated;
    std::string hello;             ///< as it arrived
    std::vector<Frame> received;   ///< everything after HELLO
    std::vector<QByteArray> bytes; ///< everything, as it arrived
    bool saidGoodbye = false;
    FakeTransport* transport = nullptr; ///< null once the client dropped it
    std::size_t unsent = 0;             ///< what the transport claims to have in its buffer

    bool isOpen() const { return transport != nullptr && !saidGoodbye; }
    /// The last frame with this body; a default one when there is none.
    Frame last(Frame::BodyCase body) const {
        for (auto frame = received.rbegin(); frame != received.rend(); ++frame)
            if (frame->body_case() == body)
                return *frame;
        return {};
    }
    std::size_t count(Frame::BodyCase body) const {
        return static_cast<std::size_t>(std::count_if(
            received.begin(), received.end(), [body](const Frame& frame) { return frame.body_case() == body; }));
    }
    void send(const Frame& frame) { sendRaw(wire::encodeFrame(frame)); }
    void sendRaw(const QByteArray& bytes);
    void reply(const Frame& request, Frame frame) {
        frame.set_id(request.id());
        send(frame);
    }
    void close(std::uint16_t closeCode = 0, Code code = Code::Unavailable);
};

/// A scripted relay with a real key: answers HELLO and PING, leaves the rest to onFrame.
class FakeRelay {
public:
    explicit FakeRelay(char seed)
        : m_key(crypto::SigningKey::fromSeed(view(QByteArray(32, seed))).value())
        , leaf(crypto::sha256(view(QByteArray(1, seed)))) {
        pins.push_back(leaf);
    }

    RelayId id() const { return crypto::relayIdOf(m_key.publicKey()); }
    const crypto::SigningKey& key() const { return m_key; }
    wire::pb::Signed helloOk(const std::string& hello) const {
        wire::pb::HelloOk body;
        body.set_relay_id(id().str());
        body.set_rk(m_key.publicKey().str());
        body.set_nonce(std::string(32, 'n'));
        for (const crypto::Hash32& pin : pins)
            body.add_leaf_pins(pin.str());
        body.set_version(link::MinorVersionMax);
        body.set_server_ms(serverMs);
        if (tweak)
            tweak(body);
        wire::pb::Signed result;
        result.set_body(body.SerializeAsString());
        const auto transcript = crypto::transcriptHash(hello, result.body());
        result.set_sig(m_key.sign(view(crypto::helloMessage(transcript))).str());
        return result;
    }
    /// The newest connection; there is one.
    FakeSocket& socket() const {
        INVARIANT(!sockets.empty());
        return *sockets.back();
    }
    std::size_t openSockets() const {
        return static_cast<std::size_t>(
            std::count_if(sockets.begin(), sockets.end(), [](const auto& socket) { return socket->isOpen(); }));
    }
    void receive(FakeSocket& socket, const QByteArray& bytes) {
        socket.bytes.push_back(bytes);
        Frame frame;
        INVARIANT(wire::decodeFrame(view(bytes), wire::Sender::Client, wire::limits::FrameMax, frame) ==
                  wire::WireCode::None);
        if (frame.has_hello() && socket.hello.empty()) {
            socket.hello = frame.hello();
            Frame answer;
            *answer.mutable_hello_ok() = helloOk(socket.hello);
            if (answersHello)
                socket.reply(frame, answer);
            return;
        }
        socket.received.push_back(frame);
        if (frame.has_ping() && answersPing) {
            Frame pong;
            *pong.mutable_pong() = frame.ping();
            socket.reply(frame, pong);
        } else if (onFrame) {
            onFrame(socket, frame);
        }
    }

private:
    crypto::SigningKey m_key;

public:
    crypto::Hash32 leaf; ///< what TLS shows
    std::vector<crypto::Hash32> pins;
    std::uint64_t serverMs = 1;
    bool answersHello = true;
    bool answersPing = true;
    std::function<void(wire::pb::HelloOk&)> tweak;
    std::function<void(FakeSocket&, const Frame&)> onFrame;
    std::vector<std::shared_ptr<FakeSocket>> sockets;
};

/// Which relay answers at which endpoint. Nobody: refused. A null relay: silence, then a timeout.
class FakeNetwork final : public link::TransportFactory {
public:
    explicit FakeNetwork(Scheduler& loop)
        : scheduler(loop) {}
    std::unique_ptr<link::Transport> create(link::TransportListener& listener) override;

    void put(const wire::Endpoint& endpoint, FakeRelay* relay) { relays[endpoint.toString()] = relay; }
    void remove(const wire::Endpoint& endpoint) { relays.erase(endpoint.toString()); }

    Scheduler& scheduler;
    std::map<QString, FakeRelay*> relays;
    std::vector<wire::Endpoint> dialled;
    bool checksMessageMax = true; ///< off: as if the transport had overlooked it
};

class FakeTransport final : public link::Transport {
public:
    FakeTransport(FakeNetwork& network, link::TransportListener& listener)
        : m_network(network)
        , m_listener(listener)
        , m_timeout(network.scheduler.alarm([this] {
            end({Code::Timeout, 0, QStringLiteral("silence")});
        })) {}
    ~FakeTransport() override { m_socket->transport = nullptr; }

    void open(const wire::Endpoint& endpoint, link::Channel channel, link::DialPolicy) override {
        m_network.dialled.push_back(endpoint);
        const auto found = m_network.relays.find(endpoint.toString());
        if (found == m_network.relays.end())
            return end({Code::Unavailable, 0, QStringLiteral("refused")});
        m_relay = found->second;
        if (m_relay == nullptr)
            return m_timeout->set(Millis(3'000));
        m_socket->channel = channel;
        m_socket->transport = this;
        m_relay->sockets.push_back(m_socket);
        later([this] {
            m_isOpen = true;
            m_listener.transportOpened(m_relay->leaf);
        });
    }
    void setMessageMax(std::size_t bytes) override { m_messageMax = bytes; }
    void send(const QByteArray& message) override {
        if (m_isOpen)
            m_relay->receive(*m_socket, message);
    }
    void close() override {
        m_socket->saidGoodbye = true;
        end({Code::Unavailable, 0, QStringLiteral("closed")});
    }
    std::size_t unsentBytes() const override { return m_socket->unsent; }

    void deliver(const QByteArray& message) {
        later([this, message] {
            if (m_network.checksMessageMax && static_cast<std::size_t>(message.size()) > m_messageMax)
                end({Code::TooLarge, 1009, QStringLiteral("too large")});
            else
                m_listener.transportReceived(message);
        });
    }
    void end(const link::TransportEnd& how) {
        later([this, how] {
            m_isEnded = true;
            m_isOpen = false;
            m_listener.transportClosed(how);
        });
    }

private:
    void later(std::function<void()> work) {
        // The listener may destroy this from inside a callback.
        m_network.scheduler.post([alive = std::weak_ptr(m_alive), this, work = std::move(work)] {
            if (!alive.expired() && !m_isEnded)
                work();
        });
    }

    FakeNetwork& m_network;
    link::TransportListener& m_listener;
    FakeRelay* m_relay = nullptr;
    std::shared_ptr<FakeSocket> m_socket = std::make_shared<FakeSocket>();
    std::shared_ptr<int> m_alive = std::make_shared<int>();
    std::size_t m_messageMax = wire::limits::HandshakeFrameMax;
    bool m_isOpen = false;
    bool m_isEnded = false;
    std::unique_ptr<Alarm> m_timeout;
};

inline std::unique_ptr<link::Transport> FakeNetwork::create(link::TransportListener& listener) {
    return std::make_unique<FakeTransport>(*this, listener);
}
inline void FakeSocket::sendRaw(const QByteArray& message) {
    if (transport != nullptr)
        transport->deliver(message);
}
inline void FakeSocket::close(std::uint16_t closeCode, Code code) {
    if (transport != nullptr)
        transport->end({code, closeCode, QStringLiteral("closed by the relay")});
}

/// Clock, event loop, seeded randomness and network of one test.
struct LinkWorld {
    FakeClock clock;
    SimScheduler scheduler{clock};
    SeededRandom random;
    FakeNetwork network{scheduler};

    explicit LinkWorld(std::uint64_t seed = 1)
        : random(seed) {}
    link::LinkContext context() { return {scheduler, clock, random, network}; }
};

inline wire::Endpoint endpoint(const char* text) {
    return wire::Endpoint::parse(QString::fromLatin1(text)).value();
}

} // namespace kith::test
