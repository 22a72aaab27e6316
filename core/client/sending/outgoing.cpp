// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/sending/outgoing.h"

#include "core/wire/content.h"
#include "core/wire/limits.h"

namespace kith::client {
namespace {

constexpr std::uint64_t ReceiptDelayMs = 300; ///< and up to 1.7 s more, at random

/// Receipts wait for a random moment and must not hold back what people wrote.
store::Lane laneOf(const wire::ContentKind& kind) {
    return kind.lane == wire::ContentKind::Lane::Receipts ? store::Lane::Receipts : store::Lane::Messages;
}

} // namespace

Audience audienceWith(const AccountId& contact) {
    return {conversationWith(contact), {contact}};
}

Outgoing::Outgoing(Core& core, std::function<void(const AccountId&)> wake)
    : m_core(core)
    , m_wake(std::move(wake))
    , m_sent(core.db())
    , m_outbox(core.db()) {}

Result<store::SentContent> Outgoing::store(store::Unit& unit, const ConversationId& conversation,
                                           wire::pb::Content content) {
    store::SentContent sent;
    sent.conversation = conversation;
    sent.kind = content.kind_case();
    const wire::ContentKind* kind = wire::contentKind(sent.kind);
    INVARIANT(kind != nullptr);
    sent.message =
        content.logical_id().empty() ? m_core.links.random.id<MessageId>() : MessageId::checked(content.logical_id());
    content.set_v(1);
    content.set_logical_id(sent.message.str());
    if (content.hlc() == 0)
        content.set_hlc(static_cast<std::uint64_t>(toMs(unit.now())));
    if (kind->isNumbered()) {
        TRY_ASSIGN(sent.n, m_sent.nextNumber(conversation));
        content.set_n(sent.n);
    }
    TRY_ASSIGN(sent.body, wire::encodeContent(content));
    TRY_ASSIGN(sent.row, m_sent.add(sent, unit.now()));
    return sent;
}

Result<MessageId> Outgoing::queue(store::Unit& unit, const Audience& audience, wire::pb::Content content) {
    TRY_ASSIGN(store::SentContent sent, store(unit, audience.conversation, std::move(content)));
    store::OutboxRow row;
    row.lane = laneOf(*wire::contentKind(sent.kind));
    row.created = row.due = unit.now();
    row.content.row = sent.row;
    TRY_ASSIGN(const bool isAnew, m_sent.hasGoneOut(sent.row));
    for (const AccountId& account : audience.accounts) {
        row.account = account;
        if (row.lane == store::Lane::Receipts)
            row.due = unit.now() + Millis(static_cast<std::int64_t>(ReceiptDelayMs + m_core.links.random.below(1700)));
        if (isAnew) {
            TRY_ASSIGN(row.attempt, m_sent.nextAttempt(sent.row, account));
        }
        TRY(m_outbox.add(row));
    }
    wakeAfter(unit, audience.accounts);
    return sent.message;
}

Result<void> Outgoing::queueFor(store::Unit& unit, const signal::PeerDevice& to, const ConversationId& conversation,
                                wire::pb::Content content) {
    TRY_ASSIGN(store::SentContent sent, store(unit, conversation, std::move(content)));
    return repeat(unit, to, {std::move(sent), {}});
}

Result<void> Outgoing::repeat(store::Unit& unit, const signal::PeerDevice& to, const store::Repeat& repeat) {
    store::OutboxRow row;
    row.lane = store::Lane::Repairs;
    row.account = to.account;
    row.device = to.device;
    row.content.row = repeat.content.row;
    row.riders = repeat.riders;
    row.created = row.due = unit.now();
    // A new attempt has a new msg_id, or the relay's dedup would swallow it.
    TRY_ASSIGN(row.attempt, m_sent.nextAttempt(repeat.content.row, to.account));
    TRY(m_outbox.add(row));
    wakeAfter(unit, {to.account});
    return {};
}

Result<void> Outgoing::queueGone(store::Unit& unit, const Audience& audience, std::uint64_t n) {
    wire::pb::Content gone;
    wire::pb::Range* range = gone.mutable_gone()->add_ranges();
    range->set_first(n);
    range->set_last(n);
    TRY(queue(unit, audience, std::move(gone)));
    return {};
}

Result<void> Outgoing::queueReceipt(store::Unit& unit, const ConversationId& conversation, const AccountId& to,
                                    const MessageId& message) {
    TRY_ASSIGN(const auto waiting, m_outbox.queuedReceipts(conversation, to));
    if (!waiting.empty()) {
        const store::SentContent& newest = waiting.back().content;
        TRY_ASSIGN(wire::pb::Content content, wire::decodeContent(view(newest.body)));
        if (content.receipt().ids_size() < wire::limits::ReceiptIdsMax) {
            content.mutable_receipt()->add_ids(message.str());
            TRY_ASSIGN(const QByteArray body, wire::encodeContent(content));
            return m_sent.setBody(newest.row, view(body));
        }
    }
    wire::pb::Content content;
    content.mutable_receipt()->set_type(wire::pb::RECEIPT_DELIVERED);
    content.mutable_receipt()->add_ids(message.str());
    TRY(queue(unit, {conversation, {to}}, std::move(content)));
    return {};
}

void Outgoing::wakeAfter(store::Unit& unit, std::vector<AccountId> accounts) {
    unit.afterCommit([this, accounts = std::move(accounts)](const Result<void>&) {
        for (const AccountId& account : accounts)
            m_wake(account);
    });
}

} // namespace kith::client
