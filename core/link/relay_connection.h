// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/link/detail/later.h"
#include "core/link/hello.h"
#include "core/link/transport.h"

#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace kith::link {

/// What every link needs from the process; all of it outlives the link.
struct LinkContext {
    Scheduler& scheduler;
    const Clock& clock;
    Random& random;
    TransportFactory& transports;
};

/// The relay's answer to a request. An ERROR is an answer too: its fields (manifest, pow_bits, current, drop_id) are
/// read from frame.error().
struct Reply {
    wire::pb::Frame frame;
    wire::WireCode error = wire::WireCode::None;

    bool isOk() const { return error == wire::WireCode::None; }
    Millis retryAfter() const { return Millis(frame.error().retry_after_ms()); }
};

/// Unavailable: no connection, it was lost, or too much is under way; Timeout: no answer in time; Denied: only local
/// endpoints and the policy forbids them; Untrusted: not the expected relay; TooLarge: the frame does not fit; Invalid:
/// an answer of an unknown kind.
/// After Unavailable and Timeout the relay may have done it all the same: repeat, all requests are idempotent.
using ReplyHandler = std::function<void(Result<Reply>)>;

/// Why a connection ended.
struct Disconnect {
    Error error;                 ///< as for ReplyHandler; Invalid also when the relay broke the protocol
    std::uint16_t closeCode = 0; ///< wire::CloseCode, 0 when the peer sent none
    Millis retryAfter{0};        ///< what the relay asked for in answer to HELLO
};

class ConnectionListener {
public:
    /// The relay is verified; RelayConnection::greeting() is set from now on.
    virtual void connectionGreeted() = 0;
    /// DELIVER, DRAINED, EVENT or GOAWAY; the first three on authenticated sockets only.
    virtual void connectionPushed(const wire::pb::Frame& frame) = 0;
    /// Once for every open(), unless close() was called. Waiting requests are answered after it.
    virtual void connectionClosed(const Disconnect& end) = 0;

protected:
    ~ConnectionListener() = default;
};

/// One verified connection to a relay, at the first of its endpoints that answers. Hides transports, HELLO, frames,
/// request ids, windows and pings. Nothing but HELLO leaves before the relay is verified (PROTOCOL.md s18, 14).
/// Thread: the core thread. Callbacks come from the event loop, never from inside a call; a callback may call anything
/// here but must not destroy the connection. Every handler runs exactly once, except that destruction drops them.
/// Can be opened again after it was closed. Source: PROTOCOL.md s2, s5, s6.
class RelayConnection final : private TransportListener {
public:
    RelayConnection(const LinkContext& context, Channel channel, ConnectionListener& listener);
    ~RelayConnection();
    RelayConnection(const RelayConnection&) = delete;
    RelayConnection& operator=(const RelayConnection&) = delete;

    void open(const RelayAddress& address);
    /// Says goodbye, after what is queued in the socket. Requests still waiting fail with Unavailable.
    void close();
    /// Closes because the relay broke the protocol, and tells the listener so.
    void abandon(const QString& why);

    bool isGreeted() const { return m_state == State::Greeted; }
    /// Valid while isGreeted().
    const Greeting& greeting() const { return m_greeting; }

    /// Sends `frame` (its id is set here) once the connection is greeted and the window has room: 128 requests and
    /// 1 MiB not yet answered, half of what a relay grants. `timeout` counts from this call. Before open() and while
    /// connecting requests wait; after a close they fail.
    void request(wire::pb::Frame frame, Millis timeout, ReplyHandler handler);
    /// Answers `handler` with `error` in the next turn, as a request that cannot be made.
    void refuse(ReplyHandler handler, Error error);
    /// A frame that has no reply (ACK); dropped unless greeted.
    void tell(wire::pb::Frame frame);
    /// Requests whose handler has not run yet.
    std::size_t pending() const { return m_pending; }
    /// Asks whether the relay is still there, after a suspend or a change of network: closes with Timeout unless it is
    /// heard within 5 s. Nothing unless greeted.
    void probe();

private:
    enum class State { Fresh, Connecting, Hello, Greeted, Closed };
    struct Request {
        wire::pb::Frame frame; ///< empty once sent
        wire::pb::Frame::BodyCase kind;
        std::size_t bytes;
        SteadyTime deadline;
        ReplyHandler handler; ///< empty once it ran: a late answer is then ignored
    };

    void transportOpened(const crypto::Hash32& leafPin) override;
    void transportReceived(const QByteArray& message) override;
    void transportClosed(const TransportEnd& end) override;

    void dial();
    void endpointFailed(Disconnect why);
    bool isStrangerInLan() const;
    void readHelloOk(wire::WireCode decoded);
    void read(wire::WireCode decoded);
    void readPush();
    void readReply(wire::WireCode decoded);
    void answerPing();
    void sendPing();
    void send(wire::pb::Frame& frame);
    void pump();
    void failLater(Request& request, const Error& error);
    void end(const Disconnect& disconnect);
    void onDeadline();
    void onQuiet();

    LinkContext m_context;
    Channel m_channel;
    ConnectionListener& m_listener;
    State m_state = State::Fresh;
    std::uint64_t m_opened = 0; ///< counts open() and close(): tells a late report of an earlier connection
    std::unique_ptr<Transport> m_transport;

    RelayAddress m_address;
    std::size_t m_endpoint = 0;
    std::optional<Disconnect> m_failure; ///< the most telling one of the endpoints tried so far
    std::string m_hello;
    crypto::Hash32 m_leafPin;
    Greeting m_greeting;

    wire::pb::Frame m_frame; ///< reused for every message that arrives
    std::uint64_t m_lastId = 0;
    std::deque<Request> m_waiting;
    std::map<std::uint64_t, Request> m_unanswered;
    std::size_t m_waitingBytes = 0;
    std::size_t m_unansweredBytes = 0;
    std::size_t m_pending = 0;
    SteadyTime m_lastHeard;

    detail::Later m_later;
    std::unique_ptr<Alarm> m_deadline;
    SteadyTime m_deadlineAt;
    std::unique_ptr<Alarm> m_quiet; ///< HELLO_OK is late, the relay is silent, or a ping is due
};

} // namespace kith::link
