// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/view_mapping.h"

#include <algorithm>

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
    if (row && (row->kind != store::RowKind::Deleted || kind == Change::Kind::MessageRemoved))
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

using Event = store::pb::Event;

struct Telling {
    sqlite::Database& db;
    EventBatch& batch;
    std::int64_t seq;
    const Event& event;
};

/// Of one message: its row as it stands now.
template <auto part, Change::Kind kind>
Result<void> tellMessage(const Telling& telling) {
    const auto& message = (telling.event.*part)();
    return addMessage(telling.db, telling.batch, kind, telling.seq, message.author(), message.id());
}

template <auto part, Change::Kind kind>
Result<void> tellContact(const Telling& telling) {
    return addContact(telling.db, telling.batch, kind, telling.seq, (telling.event.*part)().account());
}

/// Of a conversation as a whole: a view asks again.
template <auto part, Change::Kind kind>
Result<void> tellConversation(const Telling& telling) {
    telling.batch.changes.push_back(
        {kind, telling.seq, ConversationId::checked((telling.event.*part)().conversation()), {}, {}});
    return {};
}

/// What was just appended says everything about its row but the text of the message that it answers.
template <auto part>
Result<void> tellNew(const Telling& telling) {
    const auto& message = (telling.event.*part)();
    if (!message.reply_id().empty())
        return tellMessage<part, Change::Kind::MessageAdded>(telling);
    TimelineRow row;
    row.seq = telling.seq;
    row.conversation = ConversationId::checked(message.conversation());
    row.sender = AccountId::checked(message.author());
    row.id = MessageId::checked(message.id());
    row.text = QString::fromStdString(message.text());
    row.sent = fromMs(message.hlc());
    if constexpr (requires { message.place_ms(); }) {
        if (message.place_ms() != 0)
            row.sent = fromMs(message.place_ms());
        row.wrongClock = message.wrong_clock();
        row.late = message.late();
    } else {
        row.state = DeliveryState::Queued;
    }
    telling.batch.changes.push_back({Change::Kind::MessageAdded, telling.seq, row.conversation, std::move(row), {}});
    return {};
}

Result<void> tellGap(const Telling& telling) {
    const auto& gap = telling.event.gap_noticed();
    return addMessage(telling.db, telling.batch, Change::Kind::MessageAdded, telling.seq, gap.author(), gap.marker());
}

Result<void> tellReceipt(const Telling& telling) {
    const auto& receipt = telling.event.receipt_received();
    for (const std::string& id : receipt.ids())
        TRY(addMessage(telling.db, telling.batch, Change::Kind::MessageChanged, telling.seq, receipt.author(), id));
    return {};
}

Result<void> tellRetried(const Telling& telling) {
    TRY((tellConversation<&Event::message_retried, Change::Kind::Reordered>(telling)));
    return tellMessage<&Event::message_retried, Change::Kind::MessageChanged>(telling);
}

/// How an event is told to those who watch; null: nobody has to hear of it.
struct EventView {
    Event::KindCase kind;
    Result<void> (*tell)(const Telling& telling);
};
using Kind = Change::Kind;
constexpr EventView Views[] = {
    {Event::kProfileCreated, nullptr},
    {Event::kHomeJoined, nullptr},
    {Event::kMessageComposed, tellNew<&Event::message_composed>},
    {Event::kMessageReceived, tellNew<&Event::message_received>},
    {Event::kMessageAccepted, tellMessage<&Event::message_accepted, Kind::MessageChanged>},
    {Event::kMessageFailed, tellMessage<&Event::message_failed, Kind::MessageChanged>},
    {Event::kMessageDeleted, tellMessage<&Event::message_deleted, Kind::MessageRemoved>},
    {Event::kMessageRetried, tellRetried},
    {Event::kReceiptReceived, tellReceipt},
    {Event::kGapNoticed, tellGap},
    {Event::kGapClosed, tellConversation<&Event::gap_closed, Kind::MessageChanged>},
    {Event::kMessageUnreadable, tellConversation<&Event::message_unreadable, Kind::Unreadable>},
    {Event::kConversationRead, tellConversation<&Event::conversation_read, Kind::Read>},
    {Event::kClockCorrected, tellConversation<&Event::clock_corrected, Kind::Reordered>},
    {Event::kRequestReceived, tellContact<&Event::request_received, Kind::RequestReceived>},
    {Event::kContactRequested, tellContact<&Event::contact_requested, Kind::ContactChanged>},
    {Event::kRequestAccepted, tellContact<&Event::request_accepted, Kind::ContactChanged>},
    {Event::kRequestDeclined, tellContact<&Event::request_declined, Kind::ContactChanged>},
    {Event::kContactConfirmed, tellContact<&Event::contact_confirmed, Kind::ContactChanged>},
    {Event::kContactVerified, tellContact<&Event::contact_verified, Kind::ContactChanged>},
    {Event::kContactRecovered, tellContact<&Event::contact_recovered, Kind::ContactChanged>},
};

const EventView* findView(Event::KindCase kind) {
    const auto* found =
        std::find_if(std::begin(Views), std::end(Views), [kind](const EventView& each) { return each.kind == kind; });
    return found == std::end(Views) ? nullptr : found;
}

Result<void> addChanges(sqlite::Database& db, EventBatch& batch, const store::StoredEvent& stored) {
    const EventView* view = findView(stored.event.kind_case());
    return view != nullptr && view->tell != nullptr ? view->tell({db, batch, stored.seq, stored.event})
                                                    : Result<void>();
}

} // namespace

bool isToldOrNot(Event::KindCase kind) {
    return findView(kind) != nullptr;
}

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
