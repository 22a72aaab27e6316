// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/deliveries.h"

#include <algorithm>

namespace kith::relay {
namespace {

using namespace wire::limits;

constexpr std::uint64_t LiveUnsentMax = 256 * 1024; ///< live items are the first to be dropped
constexpr std::uint32_t FetchAgainAt = 16;          ///< not for every single ACK

pb::GoAway goodbye(pb::GoAwayReason reason) {
    pb::GoAway out;
    out.set_reason(reason);
    return out;
}

} // namespace

Connection* Deliveries::at(MailboxId mailbox) {
    const auto found = m_byMailbox.find(mailbox);
    return found == m_byMailbox.end() ? nullptr : found->second;
}

void Deliveries::begin(Connection& connection) {
    const Session& session = *connection.session;
    if (Connection* older = at(session.mailbox)) {
        m_board.goAway(*older, goodbye(pb::REPLACED), wire::CloseCode::Replaced);
        end(*older);
    }
    m_byMailbox[session.mailbox] = &connection;
    m_byAccount[session.account].push_back(&connection);
}

void Deliveries::end(Connection& connection) {
    if (!connection.session)
        return;
    const Session& session = *connection.session;
    if (at(session.mailbox) == &connection)
        m_byMailbox.erase(session.mailbox);
    if (const auto found = m_byAccount.find(session.account); found != m_byAccount.end()) {
        std::erase(found->second, &connection);
        if (found->second.empty())
            m_byAccount.erase(found);
    }
    std::erase(m_filling, &connection);
    connection.session.reset();
}

bool Deliveries::hasRoom(const Connection& connection, std::uint64_t bytes) const {
    const Session& session = *connection.session;
    return session.inFlight.size() < session.windowItems &&
           (session.inFlight.empty() || session.inFlightBytes + bytes <= session.windowBytes) &&
           m_board.mayDeliver(connection, session.outgoingBytes);
}

void Deliveries::offer(EnqueueItems& sent) {
    for (const EnqueueItems::Placed& placed : sent.outcome.placed) {
        Connection* connection = at(placed.mailbox);
        if (connection == nullptr)
            continue;
        Session& session = *connection->session;
        std::string& body = sent.items[placed.item].body;
        if (sent.kind == EnqueueItems::Kind::Live) {
            if (connection->unsent + session.outgoingBytes > LiveUnsentMax)
                continue;
        } else if (!session.isCaughtUp || !hasRoom(*connection, body.size())) {
            session.isCaughtUp = false; // it will be fetched in its turn
            continue;
        }
        pb::Envelope envelope;
        envelope.set_msg_id(sent.envelope.str());
        envelope.set_drop_id(sent.drop.str());
        envelope.set_seq(placed.seq);
        envelope.set_recv_min(sent.outcome.receivedMinute);
        envelope.set_expires_min(sent.outcome.expiresMinute);
        envelope.set_class_(sent.kind == EnqueueItems::Kind::Live ? pb::CLASS_LIVE : pb::CLASS_DURABLE);
        envelope.set_body(std::move(body));
        collect(*connection, std::move(envelope));
    }
}

void Deliveries::collect(Connection& connection, pb::Envelope&& envelope) {
    Session& session = *connection.session;
    const std::uint64_t bytes = envelope.body().size();
    pb::Deliver& deliver = *session.outgoing.mutable_deliver();
    if (deliver.envelopes_size() >= DeliverItemsMax || session.outgoingBytes + bytes > DeliverBytesMax)
        flush(connection);
    if (session.outgoingBytes == 0)
        m_filling.push_back(&connection);
    session.outgoingBytes += bytes;
    if (envelope.seq() != 0) {
        session.inFlight.push_back({envelope.seq(), bytes});
        session.inFlightBytes += bytes;
        session.pushedUpTo = envelope.seq();
    }
    *session.outgoing.mutable_deliver()->add_envelopes() = std::move(envelope);
}

void Deliveries::flush(Connection& connection) {
    Session& session = *connection.session;
    if (session.outgoingBytes > 0) {
        session.outgoing.mutable_deliver()->set_epoch(session.epoch);
        m_board.push(connection, session.outgoing);
        session.outgoing.Clear();
        session.outgoingBytes = 0;
    }
    if (session.isCaughtUp && !session.hasDrained) {
        session.hasDrained = true;
        pb::Frame frame;
        frame.mutable_drained()->set_epoch(session.epoch);
        frame.mutable_drained()->set_head_seq(std::max(session.headSeq, session.pushedUpTo));
        m_board.push(connection, frame);
    }
}

void Deliveries::flush() {
    for (Connection* connection : m_filling)
        flush(*connection);
    m_filling.clear();
}

void Deliveries::fetchMore(Connection& connection) {
    Session& session = *connection.session;
    if (session.isCaughtUp || session.isFetching || connection.phase != Connection::Phase::Mail)
        return;
    const std::uint64_t items =
        session.windowItems - std::min<std::uint64_t>(session.windowItems, session.inFlight.size());
    const std::uint64_t bytes = session.windowBytes - std::min(session.windowBytes, session.inFlightBytes);
    // The store gives one item at least, so there must be room for the largest.
    const bool isWorthIt = items >= std::min(FetchAgainAt, session.windowItems) && bytes >= BodyMax;
    if ((!isWorthIt && !session.inFlight.empty()) || !m_board.mayDeliver(connection, session.outgoingBytes))
        return;
    FetchItems op;
    op.mailbox = session.mailbox;
    op.after = session.pushedUpTo;
    op.itemsMax = static_cast<std::uint32_t>(std::min<std::uint64_t>(items, DeliverItemsMax));
    op.bytesMax = std::min<std::uint64_t>(bytes, DeliverBytesMax);
    session.isFetching = true;
    m_board.askQuietly(&connection, std::move(op));
}

void Deliveries::fetched(Connection* connection, FetchItems& op) {
    if (connection == nullptr || !connection->session || connection->session->mailbox != op.mailbox)
        return;
    Session& session = *connection->session;
    session.isFetching = false;
    for (FetchItems::Item& item : op.outcome.items) {
        pb::Envelope envelope;
        envelope.set_msg_id(item.envelope.str());
        envelope.set_drop_id(item.drop.str());
        envelope.set_seq(item.seq);
        envelope.set_recv_min(item.receivedMinute);
        envelope.set_expires_min(item.expiresMinute);
        envelope.set_class_(pb::CLASS_DURABLE);
        envelope.set_body(std::move(item.body));
        collect(*connection, std::move(envelope));
    }
    session.isCaughtUp = !op.outcome.hasMore;
    flush(*connection);
    fetchMore(*connection);
}

void Deliveries::fetchFailed(Connection* connection) {
    if (connection == nullptr || !connection->session)
        return;
    connection->session->isFetching = false;
    m_hasWaiting = true;
}

void Deliveries::acknowledge(Connection& connection, const pb::Ack& ack) {
    Session& session = *connection.session;
    if (ack.epoch() != session.epoch)
        return;
    AcknowledgeItems op;
    op.mailbox = session.mailbox;
    op.lease = session.lease;
    op.epoch = session.epoch;
    op.upTo = std::min(ack.up_to_seq(), session.pushedUpTo);
    op.pushedUpTo = session.pushedUpTo;
    op.clearMarks = ack.marks();
    bool isAny = false;
    while (!session.inFlight.empty() && session.inFlight.front().seq <= op.upTo) {
        session.inFlightBytes -= session.inFlight.front().bytes;
        session.inFlight.pop_front();
        isAny = true;
    }
    for (const std::uint64_t seq : ack.also()) {
        const auto found = std::lower_bound(session.inFlight.begin(), session.inFlight.end(), seq,
                                            [](const auto& item, std::uint64_t wanted) { return item.seq < wanted; });
        if (found == session.inFlight.end() || found->seq != seq)
            continue;
        session.inFlightBytes -= found->bytes;
        session.inFlight.erase(found);
        op.also.push_back(seq);
        isAny = true;
    }
    if (isAny || op.clearMarks)
        m_board.ask(connection, 0, std::move(op));
    fetchMore(connection);
}

void Deliveries::resume(Connection& connection) {
    if (connection.session)
        fetchMore(connection);
}

void Deliveries::resumeAll() {
    m_hasWaiting = false;
    for (const auto& [mailbox, connection] : m_byMailbox)
        fetchMore(*connection);
}

void Deliveries::announce(AccountRef account, const pb::Event& event, const Connection* except) {
    const auto found = m_byAccount.find(account);
    if (found == m_byAccount.end())
        return;
    pb::Frame frame;
    *frame.mutable_event() = event;
    for (Connection* connection : found->second)
        if (connection != except)
            m_board.push(*connection, frame);
}

void Deliveries::announceTo(MailboxId mailbox, const pb::Event& event) {
    if (Connection* connection = at(mailbox)) {
        pb::Frame frame;
        *frame.mutable_event() = event;
        m_board.push(*connection, frame);
    }
}

void Deliveries::quotaHit(AccountRef account, const DropId& drop, bool isCleared) {
    pb::Event event;
    event.mutable_quota_hit()->set_drop_id(drop.str());
    event.mutable_quota_hit()->set_cleared(isCleared);
    announce(account, event);
}

void Deliveries::adopted(const Adoption& adoption, const Connection* by) {
    closeRemoved(adoption.removed, &adoption.manifest);
    pb::Event event;
    *event.mutable_manifest() = adoption.manifest;
    announce(adoption.account, event, by);
}

void Deliveries::closeRemoved(const std::vector<MailboxId>& mailboxes, const pb::Signed* manifest) {
    for (const MailboxId mailbox : mailboxes) {
        Connection* connection = at(mailbox);
        if (connection == nullptr)
            continue;
        pb::GoAway goAway = goodbye(pb::REVOKED);
        if (manifest != nullptr)
            *goAway.mutable_manifest() = *manifest;
        m_board.goAway(*connection, std::move(goAway), wire::CloseCode::Auth);
        end(*connection);
    }
}

void Deliveries::closeOthers(const Connection& connection) {
    const auto found = m_byAccount.find(connection.session->account);
    if (found == m_byAccount.end())
        return;
    for (Connection* other : std::vector(found->second)) {
        if (other == &connection)
            continue;
        m_board.goAway(*other, goodbye(pb::DRAIN), wire::CloseCode::Drain);
        end(*other);
    }
}

void Deliveries::touchAll() {
    for (const auto& [mailbox, connection] : m_byMailbox) {
        const Session& session = *connection->session;
        AcknowledgeItems op;
        op.mailbox = mailbox;
        op.lease = session.lease;
        op.epoch = session.epoch;
        m_board.askQuietly(connection, std::move(op));
    }
}

} // namespace kith::relay
