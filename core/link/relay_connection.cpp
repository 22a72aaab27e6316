// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/relay_connection.h"

#include "core/base/logging.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::link {
namespace {

using wire::WireCode;
using wire::pb::Frame;
namespace limits = wire::limits;

constexpr Millis HelloTimeout{5'000};
constexpr Millis ProbeTimeout{5'000};
constexpr std::size_t UnansweredMax = limits::UnansweredMsgs / 2;
constexpr std::size_t UnansweredBytesMax = limits::UnansweredBytes / 2;
constexpr std::size_t WaitingMax = 4'096;
constexpr std::size_t WaitingBytesMax = 32 * 1024 * 1024;

/// PROTOCOL.md s5: a reply with fields has the request's number + 100, else OK.
Frame::BodyCase replyTo(Frame::BodyCase request) {
    switch (request) {
    case Frame::kRegister:
        return Frame::kRegistered;
    case Frame::kAuth:
        return Frame::kWelcome;
    case Frame::kSend:
        return Frame::kSent;
    case Frame::kBundlesGet:
        return Frame::kBundles;
    case Frame::kCardGet:
        return Frame::kCardBody;
    case Frame::kDescGet:
        return Frame::kDescriptors;
    case Frame::kKeysPut:
        return Frame::kKeysHeld;
    case Frame::kDropList:
        return Frame::kDropPage;
    case Frame::kPing:
        return Frame::kPong;
    default:
        return Frame::kOk;
    }
}

Disconnect failure(Code code, const QString& detail) {
    return {fail(code, detail), 0, Millis(0)};
}

} // namespace

RelayConnection::RelayConnection(const LinkContext& context, Channel channel, ConnectionListener& listener)
    : m_context(context)
    , m_channel(channel)
    , m_listener(listener)
    , m_later(context.scheduler)
    , m_deadline(context.scheduler.alarm([this] { onDeadline(); }))
    , m_quiet(context.scheduler.alarm([this] { onQuiet(); })) {}

RelayConnection::~RelayConnection() = default;

void RelayConnection::open(const RelayAddress& address) {
    INVARIANT(m_state == State::Fresh || m_state == State::Closed);
    ++m_opened;
    m_state = State::Connecting;
    m_address = address;
    if (address.policy == DialPolicy::PublicOnly)
        std::erase_if(m_address.endpoints, [](const wire::Endpoint& endpoint) { return isLocal(endpoint); });
    m_endpoint = 0;
    m_failure.reset();
    if (m_address.endpoints.empty())
        end(failure(Code::Denied, QStringLiteral("no endpoint that may be dialled")));
    else
        dial();
}

void RelayConnection::dial() {
    m_lastId = 0;
    m_transport = m_context.transports.create(*this);
    m_transport->open(m_address.endpoints[m_endpoint], m_channel, m_address.policy);
}

void RelayConnection::close() {
    if (m_state != State::Closed) {
        if (m_transport)
            m_transport->close();
        end(failure(Code::Unavailable, QStringLiteral("the connection was closed")));
    }
    ++m_opened; // the caller knows: no report, not even of an end that came first
}

void RelayConnection::abandon(const QString& why) {
    if (m_state != State::Greeted)
        return;
    qCWarning(log::link, "a relay broke the protocol: %ls", qUtf16Printable(why));
    end(failure(Code::Invalid, why));
}

void RelayConnection::end(const Disconnect& disconnect) {
    m_state = State::Closed;
    m_transport.reset();
    m_quiet->clear();
    m_later.run([this, disconnect, opened = m_opened] {
        if (opened == m_opened)
            m_listener.connectionClosed(disconnect);
    });
    for (auto& [id, request] : m_unanswered)
        failLater(request, disconnect.error);
    for (Request& request : m_waiting)
        failLater(request, disconnect.error);
    m_unanswered.clear();
    m_waiting.clear();
    m_unansweredBytes = 0;
    m_waitingBytes = 0;
}

void RelayConnection::failLater(Request& request, const Error& error) {
    if (!request.handler)
        return;
    m_later.run([this, handler = std::exchange(request.handler, {}), error] {
        --m_pending;
        handler(error);
    });
}

// Connecting

void RelayConnection::transportOpened(const crypto::Hash32& leafPin) {
    m_leafPin = leafPin;
    m_hello = makeHello(m_context.random);
    m_state = State::Hello;
    Frame frame;
    frame.set_hello(m_hello);
    send(frame);
    m_quiet->set(HelloTimeout);
}

void RelayConnection::readHelloOk(WireCode decoded) {
    if (decoded == WireCode::TooBig)
        return endpointFailed(failure(Code::TooLarge, QStringLiteral("the first frame is too big")));
    if (decoded != WireCode::None || m_frame.id() != m_lastId)
        return endpointFailed(failure(Code::Invalid, QStringLiteral("the first frame is no answer to HELLO")));
    if (m_frame.has_error()) {
        // Nobody has signed this: whoever sits in between must not be able to silence us for long.
        const Millis retryAfter(m_frame.error().retry_after_ms());
        return endpointFailed({fail(Code::Unavailable, QStringLiteral("the relay does not take us now")), 0,
                               std::min<Millis>(retryAfter, limits::BackoffCap)});
    }
    if (!m_frame.has_hello_ok())
        return endpointFailed(failure(Code::Invalid, QStringLiteral("the first frame is no answer to HELLO")));
    auto greeting = verifyHello(m_hello, m_frame.hello_ok(), m_address.relay, m_leafPin, m_context.clock.wall());
    if (!greeting)
        return endpointFailed({greeting.error(), 0, Millis(0)});
    m_greeting = std::move(greeting).value();
    m_state = State::Greeted;
    m_transport->setMessageMax(limits::FrameMax);
    m_quiet->set(limits::PingEvery);
    m_listener.connectionGreeted();
    pump();
}

/// A laptop that roams meets other relays at the LAN address of its home; that is no attack as long as the home has a
/// public address too, and must not stop the link.
bool RelayConnection::isStrangerInLan() const {
    const auto& all = m_address.endpoints;
    return isLocal(all[m_endpoint]) &&
           std::any_of(all.begin(), all.end(), [](const wire::Endpoint& endpoint) { return !isLocal(endpoint); });
}

void RelayConnection::endpointFailed(Disconnect why) {
    m_transport.reset();
    m_quiet->clear();
    m_state = State::Connecting;
    if (why.error.code == Code::Untrusted && isStrangerInLan())
        why.error.code = Code::Unavailable;
    const Millis retryAfter = std::max(why.retryAfter, m_failure ? m_failure->retryAfter : Millis(0));
    if (!m_failure || why.error.code == Code::Untrusted)
        m_failure = why;
    m_failure->retryAfter = retryAfter;
    if (++m_endpoint < m_address.endpoints.size())
        dial();
    else
        end(*m_failure);
}

void RelayConnection::transportClosed(const TransportEnd& given) {
    // Before the relay is verified, its close code is anybody's word.
    if (m_state == State::Greeted)
        end({fail(given.code, given.detail), given.closeCode, Millis(0)});
    else
        endpointFailed(failure(given.code, given.detail));
}

// Receiving

void RelayConnection::transportReceived(const QByteArray& message) {
    const std::size_t sizeMax = m_state == State::Greeted ? limits::FrameMax : limits::HandshakeFrameMax;
    const WireCode decoded = wire::decodeFrame(view(message), wire::Sender::Relay, sizeMax, m_frame);
    m_lastHeard = m_context.clock.steady();
    if (m_state == State::Greeted)
        read(decoded);
    else
        readHelloOk(decoded);
}

void RelayConnection::read(WireCode decoded) {
    const bool isOfNewerVersion = decoded == WireCode::Unsupported && m_frame.body_case() == Frame::BODY_NOT_SET;
    if (decoded == WireCode::TooBig)
        return end(failure(Code::TooLarge, QStringLiteral("a frame is too big")));
    if (decoded != WireCode::None && !isOfNewerVersion)
        return abandon(QStringLiteral("a malformed frame"));
    if (m_frame.has_ping())
        return answerPing();
    if (m_frame.id() != 0)
        return readReply(decoded);
    if (!isOfNewerVersion)
        readPush();
}

void RelayConnection::readPush() {
    switch (m_frame.body_case()) {
    case Frame::kDeliver:
    case Frame::kDrained:
    case Frame::kEvent:
        if (m_channel == Channel::Anonymous)
            return abandon(QStringLiteral("mail on an anonymous socket"));
        return m_listener.connectionPushed(m_frame);
    case Frame::kGoAway:
        return m_listener.connectionPushed(m_frame);
    default:
        return abandon(QStringLiteral("an answer to nothing"));
    }
}

void RelayConnection::readReply(WireCode decoded) {
    const auto found = m_unanswered.find(m_frame.id());
    if (found == m_unanswered.end())
        return abandon(QStringLiteral("an answer to nothing"));
    if (decoded == WireCode::None && !m_frame.has_error() && m_frame.body_case() != replyTo(found->second.kind))
        return abandon(QStringLiteral("an answer of the wrong kind"));

    const ReplyHandler handler = std::move(found->second.handler);
    m_unansweredBytes -= found->second.bytes;
    m_unanswered.erase(found);
    if (handler) {
        --m_pending;
        if (decoded == WireCode::None) {
            Reply reply;
            if (m_frame.has_error())
                reply.error = m_frame.error().code() == 0 ? WireCode::Internal : WireCode(m_frame.error().code());
            reply.frame = std::move(m_frame);
            handler(std::move(reply));
        } else {
            handler(fail(Code::Invalid, QStringLiteral("an answer of an unknown kind")));
        }
    }
    pump();
}

void RelayConnection::answerPing() {
    // A relay that pings and does not read would make us pile up answers.
    if (m_transport->unsentBytes() > limits::UnsentBytesMax)
        return abandon(QStringLiteral("pings, but reads nothing"));
    Frame pong;
    pong.set_id(m_frame.id());
    pong.mutable_pong()->set_t(m_frame.ping().t());
    m_transport->send(wire::encodeFrame(pong));
}

// Sending

void RelayConnection::send(Frame& frame) {
    frame.set_id(++m_lastId);
    m_transport->send(wire::encodeFrame(frame));
}

void RelayConnection::tell(Frame frame) {
    if (m_state == State::Greeted)
        send(frame);
}

void RelayConnection::refuse(ReplyHandler handler, Error error) {
    ++m_pending;
    m_later.run([this, handler = std::move(handler), error = std::move(error)] {
        --m_pending;
        handler(error);
    });
}

void RelayConnection::request(Frame frame, Millis timeout, ReplyHandler handler) {
    const std::size_t bytes = frame.ByteSizeLong();
    if (m_state == State::Closed)
        return refuse(std::move(handler), fail(Code::Unavailable, QStringLiteral("not connected")));
    if (bytes > limits::FrameMax)
        return refuse(std::move(handler), fail(Code::TooLarge, QStringLiteral("a frame is too big to be sent")));
    if (m_waiting.size() == WaitingMax || m_waitingBytes + bytes > WaitingBytesMax)
        return refuse(std::move(handler), fail(Code::Unavailable, QStringLiteral("too many requests are waiting")));

    const SteadyTime deadline = m_context.clock.steady() + timeout;
    const Frame::BodyCase kind = frame.body_case();
    ++m_pending;
    m_waitingBytes += bytes;
    m_waiting.push_back({std::move(frame), kind, bytes, deadline, std::move(handler)});
    if (!m_deadline->isSet() || deadline < m_deadlineAt) {
        m_deadlineAt = deadline;
        m_deadline->set(timeout);
    }
    pump();
}

void RelayConnection::pump() {
    while (m_state == State::Greeted && !m_waiting.empty() && m_unanswered.size() < UnansweredMax) {
        Request& next = m_waiting.front();
        if (!m_unanswered.empty() && m_unansweredBytes + next.bytes > UnansweredBytesMax)
            break;
        send(next.frame);
        next.frame = Frame();
        m_waitingBytes -= next.bytes;
        m_unansweredBytes += next.bytes;
        m_unanswered.emplace(m_lastId, std::move(next));
        m_waiting.pop_front();
    }
}

void RelayConnection::onDeadline() {
    const SteadyTime now = m_context.clock.steady();
    const Error late = fail(Code::Timeout, QStringLiteral("no answer in time"));
    std::optional<SteadyTime> next;
    const auto check = [&](Request& request) {
        if (request.handler && request.deadline <= now)
            failLater(request, late);
        else if (request.handler && (!next || request.deadline < *next))
            next = request.deadline;
    };
    for (auto& [id, request] : m_unanswered)
        check(request);
    for (Request& request : m_waiting)
        check(request);
    // One that left already may still be answered and stays counted: the relay has not freed its place either.
    std::erase_if(m_waiting, [this](const Request& request) {
        m_waitingBytes -= request.handler ? 0 : request.bytes;
        return !request.handler;
    });
    const bool isStuck = m_unanswered.size() >= UnansweredMax &&
                         std::none_of(m_unanswered.begin(), m_unanswered.end(),
                                      [](const auto& entry) { return bool(entry.second.handler); });
    if (isStuck)
        return end(failure(Code::Timeout, QStringLiteral("the relay answers no request")));
    if (next) {
        m_deadlineAt = *next;
        m_deadline->set(*next - now);
    }
}

// Staying alive (PROTOCOL.md s2: ping 25 s, dead after 60 s)

void RelayConnection::sendPing() {
    Frame ping;
    ping.mutable_ping()->set_t(static_cast<std::uint64_t>(m_context.clock.steady().time_since_epoch().count()));
    send(ping);
    m_unanswered.emplace(m_lastId, Request{{}, Frame::kPing, 0, {}, {}});
}

void RelayConnection::probe() {
    if (m_state != State::Greeted)
        return;
    // As if nothing had been heard for so long that only the probe's time is left.
    m_lastHeard = m_context.clock.steady() - limits::DeadAfter + ProbeTimeout;
    sendPing();
    m_quiet->set(ProbeTimeout);
}

void RelayConnection::onQuiet() {
    if (m_state == State::Hello)
        return endpointFailed(failure(Code::Timeout, QStringLiteral("no answer to HELLO")));
    const Millis quiet = m_context.clock.steady() - m_lastHeard;
    if (quiet >= limits::DeadAfter)
        return end(failure(Code::Timeout, QStringLiteral("the relay went silent")));
    if (quiet < limits::PingEvery)
        return m_quiet->set(limits::PingEvery - quiet);
    sendPing();
    m_quiet->set(std::min<Millis>(limits::PingEvery, limits::DeadAfter - quiet));
}

} // namespace kith::link
