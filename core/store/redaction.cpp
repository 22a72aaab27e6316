// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/redaction.h"

#include "core/store/projections/messages.h"
#include "core/store/sending/sent.h"

namespace kith::store {
namespace {

Result<std::optional<pb::Event>> eventAt(sqlite::Database& db, std::int64_t seq) {
    TRY_ASSIGN(sqlite::Statement statement, db.prepare("SELECT body FROM event WHERE seq = ?"));
    TRY_ASSIGN(const bool row, statement.bind(seq).step());
    pb::Event event;
    if (!row)
        return std::optional<pb::Event>();
    const ByteView body = statement.blob(0);
    if (!event.ParseFromArray(body.data(), static_cast<int>(body.size())))
        return fail(Code::Corrupt, QStringLiteral("event %1 cannot be read").arg(seq));
    return std::optional(std::move(event));
}

Result<void> replaceEvent(sqlite::Database& db, std::int64_t seq, const pb::Event& event) {
    const std::string body = event.SerializeAsString();
    return db.run("UPDATE event SET body = ? WHERE seq = ?", view(body), seq);
}

/// What was written with a request stands in the event of the request as well. Such a message has no device that sent
/// it, or was delivered in the moment it was made (client/request_text.h).
Result<bool> mayBeOfRequest(sqlite::Database& db, const pb::Event& event, std::int64_t seq) {
    if (event.has_message_received())
        return event.message_received().device() == 0;
    TRY_ASSIGN(const auto next, eventAt(db, seq + 1));
    return next && next->has_receipt_received() && next->receipt_received().ids_size() == 1 &&
           next->receipt_received().ids(0) == event.message_composed().id();
}

/// And, where we asked, in the card that went out with it.
Result<void> redactCards(sqlite::Database& db, const ConversationId& conversation, const std::string& text) {
    std::vector<std::pair<std::int64_t, wire::pb::Content>> cards;
    {
        TRY_ASSIGN(sqlite::Statement rows,
                   db.prepare("SELECT row, body FROM sent_content WHERE conversation = ? AND kind = ?"));
        rows.bind(conversation, static_cast<int>(wire::pb::Content::kContactCard));
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                break;
            wire::pb::Content card;
            const ByteView body = rows.blob(1);
            if (card.ParseFromArray(body.data(), static_cast<int>(body.size())) && card.contact_card().text() == text)
                cards.emplace_back(rows.integer(0), std::move(card));
        }
    }
    for (auto& [row, card] : cards) {
        card.mutable_contact_card()->clear_text();
        const std::string body = card.SerializeAsString();
        TRY(Sent(db).setBody(row, view(body)));
    }
    return {};
}

Result<void> redactRequests(sqlite::Database& db, const AccountId& contact, const std::string& text, std::int64_t end) {
    std::vector<std::int64_t> named;
    {
        TRY_ASSIGN(sqlite::Statement rows,
                   db.prepare("SELECT seq FROM event WHERE seq < ? AND instr(body, ?) > 0 ORDER BY seq"));
        rows.bind(end, contact);
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                break;
            named.push_back(rows.integer(0));
        }
    }
    for (const std::int64_t seq : named) {
        TRY_ASSIGN(auto event, eventAt(db, seq));
        if (event && event->has_contact_requested() && event->contact_requested().text() == text)
            event->mutable_contact_requested()->clear_text();
        else if (event && event->has_request_received() && event->request_received().text() == text)
            event->mutable_request_received()->clear_text();
        else
            continue;
        TRY(replaceEvent(db, seq, *event));
    }
    return {};
}

Result<void> redactEvent(sqlite::Database& db, std::int64_t seq) {
    TRY_ASSIGN(auto event, eventAt(db, seq));
    if (!event)
        return {};
    std::string text;
    std::string conversation;
    const auto clear = [&](auto* message) {
        text = message->text();
        conversation = message->conversation();
        message->clear_text();
        message->clear_reply_author();
        message->clear_reply_id();
    };
    TRY_ASSIGN(const bool isRequest, mayBeOfRequest(db, *event, seq));
    if (event->has_message_composed())
        clear(event->mutable_message_composed());
    else if (event->has_message_received())
        clear(event->mutable_message_received());
    TRY(replaceEvent(db, seq, *event));
    const auto contact = contactOf(ConversationId::checked(conversation));
    if (!isRequest || !contact)
        return {};
    TRY(redactCards(db, conversationWith(*contact), text));
    return redactRequests(db, *contact, text, seq);
}

Result<Withdrawn> withdraw(sqlite::Database& db, const MessageId& id) {
    Withdrawn withdrawn;
    {
        TRY_ASSIGN(sqlite::Statement waiting,
                   db.prepare("SELECT s.n, o.account FROM sent_content s JOIN outbox o ON o.content = s.row "
                              "WHERE s.message_id = ? AND o.device IS NULL"));
        waiting.bind(id);
        for (;;) {
            TRY_ASSIGN(const bool row, waiting.step());
            if (!row)
                break;
            withdrawn.n = static_cast<std::uint64_t>(waiting.integer(0));
            withdrawn.accounts.push_back(AccountId::checked(waiting.blob(1)));
        }
    }
    TRY(db.run("DELETE FROM outbox WHERE content = (SELECT row FROM sent_content WHERE message_id = ?)", id));
    TRY(db.run("UPDATE sent_content SET body = x'' WHERE message_id = ?", id));
    return withdrawn;
}

} // namespace

Result<Withdrawn> redact(Unit& unit, const AccountId& author, const MessageId& id) {
    sqlite::Database& db = unit.db();
    std::int64_t seq = 0;
    bool isOwn = false;
    pb::Event event;
    {
        TRY_ASSIGN(
            sqlite::Statement statement,
            db.prepare("SELECT seq, recipients, conversation FROM message WHERE author = ? AND id = ? AND kind = ?"));
        TRY_ASSIGN(const bool row, statement.bind(author, id, RowKind::Text).step());
        if (!row)
            return fail(Code::NotFound, QStringLiteral("there is no such message"));
        seq = statement.integer(0);
        isOwn = statement.integer(1) > 0;
        event.mutable_message_deleted()->set_conversation(toString(statement.blob(2)));
    }
    event.mutable_message_deleted()->set_author(author.str());
    event.mutable_message_deleted()->set_id(id.str());
    TRY(unit.append(event));
    TRY(redactEvent(db, seq));
    return isOwn ? withdraw(db, id) : Result<Withdrawn>(Withdrawn());
}

} // namespace kith::store
