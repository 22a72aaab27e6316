// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/relay_link.h"

#include "core/wire/limits.h"

namespace kith::link {
namespace {

using wire::WireCode;
using wire::pb::Frame;
namespace limits = wire::limits;

constexpr Millis LoginTimeout{30'000};
constexpr Millis AckDelay{50};
constexpr Millis StorageWait{10'000}; ///< a full disk does not empty in a moment
constexpr Millis UntrustedWait{300'000};
constexpr std::size_t AckBatchMax = 30;

/// PROTOCOL.md s17: the same request can never succeed.
bool isPermanent(WireCode code) {
    return code == WireCode::Unsupported || code == WireCode::Malformed || code == WireCode::TooBig ||
           code == WireCode::AuthRequired || code == WireCode::GrantInvalid;
}
LinkReason reasonOf(WireCode code) {
    const bool isBusy = code == WireCode::Rate || code == WireCode::RetryLater || code == WireCode::Draining ||
                        code == WireCode::Internal || code == WireCode::NoRoom;
    return isBusy ? LinkReason::Busy : LinkReason::LoginRefused;
}
LinkReason reasonOf(const Disconnect& end) {
    switch (wire::CloseCode(end.closeCode)) {
    case wire::CloseCode::Drain:
    case wire::CloseCode::Limit:
        return LinkReason::Busy;
    case wire::CloseCode::Auth:
        return LinkReason::LoginRefused;
    case wire::CloseCode::Normal:
    case wire::CloseCode::TooBig:
    case wire::CloseCode::Replaced:
        break;
    }
    switch (end.error.code) {
    case Code::Timeout:
        return LinkReason::NoAnswer;
    case Code::Invalid:
    case Code::TooLarge:
        return LinkReason::Misbehaved;
    default:
        return end.retryAfter > Millis(0) ? LinkReason::Busy : LinkReason::NotReachable;
    }
}

} // namespace

RelayLink::RelayLink(const LinkContext& context, HomeOwner& owner)
    : m_context(context)
    , m_owner(owner)
    , m_connection(context, Channel::Authenticated, *this)
    , m_backoff(context.random)
    , m_next(context.scheduler.alarm([this] { connect(); }))
    , m_flush(context.scheduler.alarm([this] { flushAcks(); })) {}

RelayLink::~RelayLink() = default;

// Commands

bool RelayLink::isConnected() const {
    switch (m_state.state) {
    case LinkState::Connecting:
    case LinkState::Greeted:
    case LinkState::Backlog:
    case LinkState::Live:
        return true;
    case LinkState::Idle:
    case LinkState::Waiting:
    case LinkState::Stopped:
        return false;
    }
    return false;
}

void RelayLink::start(const RelayAddress& address) {
    const bool isSameRelay = address.relay == m_address.relay;
    m_address = address;
    if (isConnected() && isSameRelay)
        return;
    hangUp();
    m_backoff.reset();
    m_next->set(Millis(0));
}

void RelayLink::stop() {
    hangUp();
    m_state = {};
}

void RelayLink::retryNow(RetryCause cause) {
    const bool mayTry =
        m_state.state == LinkState::Waiting || (m_state.state == LinkState::Stopped && cause == RetryCause::UserAsked);
    if (mayTry) {
        m_backoff.reset();
        m_next->set(Millis(0));
    } else {
        m_connection.probe();
    }
}

const Greeting* RelayLink::greeting() const {
    return m_connection.isGreeted() ? &m_connection.greeting() : nullptr;
}

void RelayLink::request(Frame frame, Millis timeout, ReplyHandler handler) {
    if (isLoggedIn())
        m_connection.request(std::move(frame), timeout, std::move(handler));
    else
        m_connection.refuse(std::move(handler), fail(Code::Unavailable, QStringLiteral("not logged in")));
}

// Transitions

void RelayLink::enter(ConnectionState state) {
    m_state = state;
    m_owner.stateChanged(m_state);
}

void RelayLink::hangUp() {
    ++m_attempt;
    flushAcks();
    m_next->clear();
    m_connection.close();
}

void RelayLink::waitAndRetry(Millis retryAfter, LinkReason reason) {
    hangUp();
    const Millis wait = m_backoff.next(retryAfter);
    m_next->set(wait);
    enter({LinkState::Waiting, reason, m_context.clock.wall() + wait});
}

void RelayLink::halt(LinkReason reason) {
    hangUp();
    enter({LinkState::Stopped, reason, {}});
}

void RelayLink::connect() {
    ++m_attempt;
    m_connection.open(m_address);
    enter({LinkState::Connecting, LinkReason::None, {}});
}

void RelayLink::connectionGreeted() {
    const std::uint64_t attempt = m_attempt;
    enter({LinkState::Greeted, LinkReason::None, {}});
    if (attempt != m_attempt)
        return;
    auto registration = m_owner.registration(m_connection.greeting());
    if (attempt != m_attempt)
        return;
    if (!registration)
        return logIn(AttachManifest::No);
    Frame frame;
    *frame.mutable_register_() = std::move(*registration);
    m_connection.request(std::move(frame), LoginTimeout, [this, attempt](const Result<Reply>& result) {
        if (attempt == m_attempt)
            onRegistered(result);
    });
}

void RelayLink::onRegistered(const Result<Reply>& result) {
    if (!result)
        return waitAndRetry(Millis(0), LinkReason::NoAnswer);
    if (!result->isOk())
        return onRefused(*result);
    const std::uint64_t attempt = m_attempt;
    m_owner.registered(result->frame.registered());
    if (attempt == m_attempt)
        logIn(AttachManifest::No);
}

void RelayLink::logIn(AttachManifest attach) {
    const std::uint64_t attempt = m_attempt;
    Frame frame;
    *frame.mutable_auth() = m_owner.login(m_connection.greeting(), attach);
    if (attempt != m_attempt)
        return;
    frame.mutable_auth()->set_role(wire::pb::ROLE_MAIL);
    frame.mutable_auth()->set_window_msgs(limits::WindowMsgs);
    frame.mutable_auth()->set_window_bytes(limits::WindowBytes);
    m_connection.request(std::move(frame), LoginTimeout, [this, attempt, attach](const Result<Reply>& result) {
        if (attempt == m_attempt)
            onLoggedIn(result, attach);
    });
}

void RelayLink::onLoggedIn(const Result<Reply>& result, AttachManifest attached) {
    if (!result)
        return waitAndRetry(Millis(0), LinkReason::NoAnswer);
    if (result->error == WireCode::NeedManifest && attached == AttachManifest::No)
        return logIn(AttachManifest::Yes);
    if (!result->isOk())
        return onRefused(*result);
    const std::uint64_t attempt = m_attempt;
    const wire::pb::Welcome& welcome = result->frame.welcome();
    m_epoch = welcome.epoch();
    m_acks.begin(m_epoch);
    enter({LinkState::Backlog, LinkReason::None, {}});
    if (attempt == m_attempt)
        m_owner.welcome(welcome);
}

void RelayLink::onRefused(const Reply& reply) {
    const std::uint64_t attempt = m_attempt;
    m_owner.refused(reply);
    if (attempt != m_attempt)
        return;
    if (isPermanent(reply.error))
        halt(LinkReason::RequestRefused);
    else
        waitAndRetry(reply.retryAfter(), reasonOf(reply.error));
}

void RelayLink::connectionClosed(const Disconnect& end) {
    if (wire::CloseCode(end.closeCode) == wire::CloseCode::Replaced)
        halt(LinkReason::Replaced);
    else if (end.error.code == Code::Untrusted)
        waitAndRetry(UntrustedWait, LinkReason::Untrusted);
    else
        waitAndRetry(end.retryAfter, reasonOf(end));
}

// Mail

void RelayLink::connectionPushed(const Frame& frame) {
    if (frame.has_go_away())
        return onGoAway(frame.go_away());
    if (!isLoggedIn())
        return m_connection.abandon(QStringLiteral("mail before WELCOME"));
    if (frame.has_deliver())
        return onDeliver(frame.deliver());
    if (frame.has_event())
        return m_owner.event(frame.event());
    if (frame.drained().epoch() != m_epoch)
        return m_connection.abandon(QStringLiteral("DRAINED of another epoch"));
    const std::uint64_t attempt = m_attempt;
    m_backoff.reset();
    if (m_state.state != LinkState::Live)
        enter({LinkState::Live, LinkReason::None, {}});
    if (attempt == m_attempt)
        m_owner.drained(frame.drained());
}

void RelayLink::onDeliver(const wire::pb::Deliver& deliver) {
    if (deliver.epoch() != m_epoch)
        return m_connection.abandon(QStringLiteral("mail of another epoch"));
    for (const wire::pb::Envelope& envelope : deliver.envelopes())
        if (envelope.class_() == wire::pb::CLASS_DURABLE && !m_acks.delivered(envelope.seq()))
            return m_connection.abandon(QStringLiteral("seq does not increase"));
    if (m_acks.inFlight() > limits::WindowMsgs)
        return m_connection.abandon(QStringLiteral("mail beyond the window"));
    m_owner.deliver(deliver);
}

void RelayLink::ackAfterCommit(std::uint32_t epoch, std::uint64_t seq) {
    if (!isLoggedIn() || !m_acks.committed(epoch, seq))
        return;
    if (m_acks.due() >= AckBatchMax)
        flushAcks();
    else if (!m_flush->isSet())
        m_flush->set(AckDelay);
}

void RelayLink::couldNotStore() {
    if (isLoggedIn())
        waitAndRetry(StorageWait, LinkReason::CannotStore);
}

void RelayLink::flushAcks() {
    m_flush->clear();
    while (auto ack = m_acks.take()) {
        Frame frame;
        *frame.mutable_ack() = std::move(*ack);
        m_connection.tell(std::move(frame));
    }
}

void RelayLink::ackMarks() {
    if (!isLoggedIn())
        return;
    Frame frame;
    frame.mutable_ack()->set_epoch(m_epoch);
    frame.mutable_ack()->set_marks(true);
    m_connection.tell(std::move(frame));
}

void RelayLink::onGoAway(const wire::pb::GoAway& goAway) {
    const std::uint64_t attempt = m_attempt;
    m_owner.goAway(goAway);
    if (attempt != m_attempt)
        return;
    switch (goAway.reason()) {
    case wire::pb::REPLACED:
        return halt(LinkReason::Replaced);
    case wire::pb::REVOKED:
        return waitAndRetry(Millis(goAway.retry_after_ms()), LinkReason::LoginRefused);
    default:
        return waitAndRetry(Millis(goAway.retry_after_ms()), LinkReason::Busy);
    }
}

} // namespace kith::link
