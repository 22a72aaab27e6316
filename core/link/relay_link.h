// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/link/backoff.h"
#include "core/link/connection_state.h"
#include "core/link/detail/ack_batch.h"
#include "core/link/relay_connection.h"

namespace kith::link {

enum class AttachManifest { No, Yes };

/// The account and device a RelayLink works for: builds its credentials, takes what it receives. Implemented by the
/// client. Any call may call back into the link (stop it, for example) but must not destroy it.
class HomeOwner {
public:
    /// The registration to send before the login, or nothing when this account is registered at the relay. Signs
    /// crypto::registerMessage over the greeting.
    virtual std::optional<wire::pb::Register> registration(const Greeting& greeting) = 0;
    /// The login: signs crypto::authMessage over the greeting; epoch and seen_seq as stored. The link sets role and
    /// windows. With the manifest attached where the relay asked for it (it slept while the device was linked).
    virtual wire::pb::Auth login(const Greeting& greeting, AttachManifest attach) = 0;
    virtual void registered(const wire::pb::Registered& registered) = 0;

    virtual void welcome(const wire::pb::Welcome& welcome) = 0;
    /// Call RelayLink::ackAfterCommit for each durable envelope once it is committed.
    virtual void deliver(const wire::pb::Deliver& deliver) = 0;
    virtual void drained(const wire::pb::Drained& drained) = 0;
    virtual void event(const wire::pb::Event& event) = 0;
    /// The link acts by itself afterwards: REPLACED stops it, everything else waits and connects again. On MOVED or a
    /// proven REVOKED the owner calls start() with the new address or stop().
    virtual void goAway(const wire::pb::GoAway& goAway) = 0;
    /// Registration or login was answered with an ERROR (REVOKED{manifest}, CONFLICT{manifest}, AUTH_FAILED ...). The
    /// link then tries again with backoff, or stops where repeating is useless (PROTOCOL.md s17, permanent codes).
    virtual void refused(const Reply& reply) = 0;
    virtual void stateChanged(const ConnectionState& state) = 0;

protected:
    ~HomeOwner() = default;
};

/// The authenticated connection to one home, kept alive: connect, verify, register, log in, receive, come back after
/// every loss (PROTOCOL.md s6, Connect). Hides retries, endpoints, pings and the batching of acks.
/// Thread: the core thread; 0 % CPU while waiting. Callbacks come from the event loop, never from inside a call.
/// Destruction is silent: it drops handlers and callbacks.
class RelayLink final : private ConnectionListener {
public:
    RelayLink(const LinkContext& context, HomeOwner& owner);
    ~RelayLink();

    /// Connects in the next turn; also out of Waiting and Stopped. A connection that is up stays if the relay is the
    /// same: new endpoints then count from the next try on.
    void start(const RelayAddress& address);
    /// Sends acks that are due, says goodbye and is Idle at once, without a stateChanged.
    void stop();
    enum class RetryCause { NetworkChanged, UserAsked };
    /// Tries at once when Waiting. When connected, finds out within 5 s whether the relay is still there. When Stopped
    /// only if the user asked: two copies of one device would otherwise throw each other out at every new network.
    void retryNow(RetryCause cause);

    const ConnectionState& state() const { return m_state; }
    /// The relay as verified; nothing unless connected.
    const Greeting* greeting() const;

    /// Marks one delivered envelope as committed. Acks leave together, 50 ms after the first or when 30 are due. A seq
    /// of an earlier connection is forgotten: the relay delivers it again.
    void ackAfterCommit(std::uint32_t epoch, std::uint64_t seq);
    /// What was delivered could not be stored: hangs up and comes back in 10 s or later. The relay then delivers again
    /// what was not acked, which it never does while the connection lasts.
    void couldNotStore();
    /// The home does what no honest one does: ends the connection; the next try waits as after any failure.
    void breakOff(const QString& why) { m_connection.abandon(why); }
    /// The skipped and lagged marks of WELCOME are recorded and may be cleared at the relay.
    void ackMarks();

    /// A management frame; Unavailable unless logged in (Backlog or Live).
    void request(wire::pb::Frame frame, Millis timeout, ReplyHandler handler);

private:
    void connectionGreeted() override;
    void connectionPushed(const wire::pb::Frame& frame) override;
    void connectionClosed(const Disconnect& end) override;

    bool isLoggedIn() const { return m_state.state == LinkState::Backlog || m_state.state == LinkState::Live; }
    bool isConnected() const;
    void connect();
    void logIn(AttachManifest attach);
    void onRegistered(const Result<Reply>& result);
    void onLoggedIn(const Result<Reply>& result, AttachManifest attached);
    void onRefused(const Reply& reply);
    void onDeliver(const wire::pb::Deliver& deliver);
    void onGoAway(const wire::pb::GoAway& goAway);
    void flushAcks();
    void hangUp();
    void waitAndRetry(Millis retryAfter, LinkReason reason);
    void halt(LinkReason reason);
    void enter(ConnectionState state);

    LinkContext m_context;
    HomeOwner& m_owner;
    RelayAddress m_address;
    RelayConnection m_connection;
    ConnectionState m_state;
    Backoff m_backoff;
    std::uint64_t m_attempt = 0; ///< changes when a connection begins or is given up: tells late answers
    std::uint32_t m_epoch = 0;
    detail::AckBatch m_acks;
    std::unique_ptr<Alarm> m_next;
    std::unique_ptr<Alarm> m_flush;
};

} // namespace kith::link
