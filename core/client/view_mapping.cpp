// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/view_mapping.h"

namespace kith::client {
namespace {

DeliveryState toView(store::MessageState state) {
    switch (state) {
    case store::MessageState::None:
        return DeliveryState::None;
    case store::MessageState::Queued:
        return DeliveryState::Queued;
    case store::MessageState::Failed:
        return DeliveryState::Failed;
    case store::MessageState::Accepted:
        return DeliveryState::Accepted;
    case store::MessageState::Delivered:
        return DeliveryState::Delivered;
    case store::MessageState::Read:
        return DeliveryState::Read;
    }
    return DeliveryState::None;
}

ContactState toView(store::ContactState state) {
    switch (state) {
    case store::ContactState::RequestSent:
        return ContactState::RequestSent;
    case store::ContactState::RequestReceived:
        return ContactState::RequestReceived;
    case store::ContactState::Connected:
        return ContactState::Connected;
    case store::ContactState::Declined:
        return ContactState::Declined;
    }
    return ContactState::Declined;
}

Result<void> addMessage(sqlite::Database& db, EventBatch& batch, Change::Kind kind, std::int64_t seq,
                        const std::string& author, const std::string& id) {
    TRY_ASSIGN(const auto row, store::queries::message(db, AccountId::checked(author), MessageId::checked(id)));
    if (row)
        batch.changes.push_back({kind, seq, row->conversation, client::toView(*row), {}});
    return {};
}

Result<void> addContact(sqlite::Database& db, EventBatch& batch, Change::Kind kind, std::int64_t seq,
                        const std::string& account) {
    const AccountId id = AccountId::checked(account);
    TRY_ASSIGN(const auto contact, store::queries::contact(db, id));
    if (contact)
        batch.changes.push_back({kind, seq, conversationWith(id), {}, client::toView(*contact)});
    return {};
}

Result<void> addChanges(sqlite::Database& db, EventBatch& batch, const store::StoredEvent& stored) {
    using Event = store::pb::Event;
    using Kind = Change::Kind;
    const Event& event = stored.event;
    const std::int64_t seq = stored.seq;
    switch (event.kind_case()) {
    case Event::kMessageComposed:
        return addMessage(db, batch, Kind::MessageAdded, seq, event.message_composed().author(),
                          event.message_composed().id());
    case Event::kMessageReceived:
        return addMessage(db, batch, Kind::MessageAdded, seq, event.message_received().author(),
                          event.message_received().id());
    case Event::kGapNoticed:
        return addMessage(db, batch, Kind::MessageAdded, seq, event.gap_noticed().author(),
                          event.gap_noticed().marker());
    case Event::kGapClosed:
        batch.changes.push_back(
            {Kind::MessageChanged, seq, ConversationId::checked(event.gap_closed().conversation()), {}, {}});
        return {};
    case Event::kMessageAccepted:
        return addMessage(db, batch, Kind::MessageChanged, seq, event.message_accepted().author(),
                          event.message_accepted().id());
    case Event::kMessageFailed:
        return addMessage(db, batch, Kind::MessageChanged, seq, event.message_failed().author(),
                          event.message_failed().id());
    case Event::kMessageRetried:
        batch.changes.push_back(
            {Kind::Reordered, seq, ConversationId::checked(event.message_retried().conversation()), {}, {}});
        return addMessage(db, batch, Kind::MessageChanged, seq, event.message_retried().author(),
                          event.message_retried().id());
    case Event::kReceiptReceived:
        for (const std::string& id : event.receipt_received().ids())
            TRY(addMessage(db, batch, Kind::MessageChanged, seq, event.receipt_received().author(), id));
        return {};
    case Event::kMessageUnreadable:
        batch.changes.push_back(
            {Kind::Unreadable, seq, ConversationId::checked(event.message_unreadable().conversation()), {}, {}});
        return {};
    case Event::kConversationRead:
        batch.changes.push_back(
            {Kind::Read, seq, ConversationId::checked(event.conversation_read().conversation()), {}, {}});
        return {};
    case Event::kClockCorrected:
        batch.changes.push_back(
            {Kind::Reordered, seq, ConversationId::checked(event.clock_corrected().conversation()), {}, {}});
        return {};
    case Event::kRequestReceived:
        return addContact(db, batch, Kind::RequestReceived, seq, event.request_received().account());
    case Event::kContactRequested:
        return addContact(db, batch, Kind::ContactChanged, seq, event.contact_requested().account());
    case Event::kRequestAccepted:
        return addContact(db, batch, Kind::ContactChanged, seq, event.request_accepted().account());
    case Event::kRequestDeclined:
        return addContact(db, batch, Kind::ContactChanged, seq, event.request_declined().account());
    case Event::kContactConfirmed:
        return addContact(db, batch, Kind::ContactChanged, seq, event.contact_confirmed().account());
    case Event::kContactVerified:
        return addContact(db, batch, Kind::ContactChanged, seq, event.contact_verified().account());
    case Event::kContactRecovered:
        return addContact(db, batch, Kind::ContactChanged, seq, event.contact_recovered().account());
    case Event::kProfileCreated:
    case Event::kHomeJoined:
    case Event::KIND_NOT_SET:
        return {};
    }
    return {};
}

} // namespace

TimelineRow toView(const store::TimelineRow& row) {
    return {row.seq,
            row.conversation,
            row.author,
            row.id,
            row.kind == store::RowKind::Gap ? RowKind::Gap : RowKind::Text,
            row.text,
            row.at,
            toView(row.state),
            (row.flags & store::WrongClock) != 0,
            (row.flags & store::Late) != 0,
            row.replyTo,
            row.quote ? std::optional(Quote{row.quote->seq, row.quote->text}) : std::nullopt};
}

TimelinePage toView(const store::TimelinePage& page) {
    TimelinePage out{page.snapshot, {}, page.rowsBefore, page.rowsAfter};
    for (const store::TimelineRow& row : page.rows)
        out.rows.push_back(toView(row));
    return out;
}

ContactRow toView(const store::ContactRow& row) {
    return {row.account, row.name, toView(row.state), row.verified, row.requestText, row.since};
}

ConversationRow toView(const store::ConversationRow& row) {
    ConversationRow out{row.id, row.title, row.verified, row.unread, {}, row.draft};
    if (row.last)
        out.last = toView(*row.last);
    return out;
}

Result<EventBatch> toBatch(sqlite::Database& db, const std::vector<store::StoredEvent>& events) {
    EventBatch batch;
    if (events.empty())
        return batch;
    batch.firstSeq = events.front().seq;
    batch.lastSeq = events.back().seq;
    for (const store::StoredEvent& stored : events)
        TRY(addChanges(db, batch, stored));
    return batch;
}

} // namespace kith::client
