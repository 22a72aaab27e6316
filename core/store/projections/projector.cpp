// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/projector.h"

#include "core/crypto/hash.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::store {
namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

/// NULL unless both halves of a reference are there.
std::optional<QByteArray> reference(const std::string& part, const std::string& other) {
    if (part.empty() || other.empty())
        return std::nullopt;
    return toByteArray(view(part));
}

} // namespace

Result<void> Projector::apply(const StoredEvent& stored) {
    const pb::Event& event = stored.event;
    switch (event.kind_case()) {
    case pb::Event::kContactRequested:
        return setContact(view(event.contact_requested().account()), event.contact_requested().name(),
                          ContactState::RequestSent, event.contact_requested().text(), stored.at);
    case pb::Event::kRequestReceived:
        return setContact(view(event.request_received().account()), event.request_received().name(),
                          ContactState::RequestReceived, event.request_received().text(), stored.at);
    case pb::Event::kRequestAccepted:
        return connect(view(event.request_accepted().account()), stored.seq);
    case pb::Event::kContactConfirmed:
        return connect(view(event.contact_confirmed().account()), stored.seq);
    case pb::Event::kRequestDeclined:
        return m_db.run("UPDATE contact SET state = ? WHERE account = ?", ContactState::Declined,
                        view(event.request_declined().account()));
    case pb::Event::kContactVerified:
        return setVerified(view(event.contact_verified().account()), event.contact_verified().verified());
    case pb::Event::kContactRecovered:
        return setVerified(view(event.contact_recovered().account()), false);
    case pb::Event::kMessageComposed:
        return addOwn(stored);
    case pb::Event::kMessageAccepted:
        return raise(view(event.message_accepted().conversation()), view(event.message_accepted().author()),
                     view(event.message_accepted().id()), MessageState::Accepted);
    case pb::Event::kMessageReceived:
        return addReceived(stored);
    case pb::Event::kReceiptReceived:
        return takeReceipt(event.receipt_received());
    case pb::Event::kMessageFailed:
        return raise(view(event.message_failed().conversation()), view(event.message_failed().author()),
                     view(event.message_failed().id()), MessageState::Failed);
    case pb::Event::kMessageRetried:
        return sayAgain(stored);
    case pb::Event::kGapNoticed:
        return addGap(stored);
    case pb::Event::kGapClosed:
        return m_db.run("UPDATE message SET kind = ? WHERE author = ? AND id = ? AND kind = ?", RowKind::ClosedGap,
                        view(event.gap_closed().author()), view(event.gap_closed().marker()), RowKind::Gap);
    case pb::Event::kConversationRead:
        return markRead(stored);
    case pb::Event::kClockCorrected:
        return placeAgain(event.clock_corrected());
    case pb::Event::kProfileCreated:
    case pb::Event::kHomeJoined:
    case pb::Event::kMessageUnreadable: // told to people who watch; what is missing shows as a gap
    case pb::Event::KIND_NOT_SET:       // of a newer version
        return {};
    }
    return {};
}

Result<void> Projector::setContact(ByteView account, const std::string& name, ContactState state,
                                   const std::string& requestText, WallTime at) {
    return m_db.run(
        "INSERT INTO contact(account, name, state, verified, request_text, since_ms) VALUES(?1, ?2, ?3, 0, ?4, ?5) "
        "ON CONFLICT(account) DO UPDATE SET name = ?2, state = ?3, request_text = ?4",
        account, text(name), state, text(requestText), toMs(at));
}

Result<void> Projector::setVerified(ByteView account, bool verified) {
    return m_db.run("UPDATE contact SET verified = ? WHERE account = ?", verified, account);
}

Result<void> Projector::connect(ByteView account, std::int64_t seq) {
    const auto contact = AccountId::from(account);
    if (!contact)
        return fail(Code::Invalid, QStringLiteral("event %1 names no account").arg(seq));
    TRY(m_db.run("UPDATE contact SET state = ?, request_text = '' WHERE account = ?", ContactState::Connected,
                 *contact));
    return touch(conversationWith(*contact).view(), 0, seq);
}

Result<void> Projector::addOwn(const StoredEvent& stored) {
    const pb::MessageComposed& message = stored.event.message_composed();
    TRY(m_db.run("INSERT INTO message(seq, conversation, hlc, claim_ms, author, id, kind, text, at_ms, state, flags, "
                 "reply_author, reply_id) "
                 "VALUES(?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11)",
                 stored.seq, view(message.conversation()), message.hlc(), view(message.author()), view(message.id()),
                 RowKind::Text, text(message.text()), toMs(stored.at), MessageState::Queued,
                 reference(message.reply_author(), message.reply_id()),
                 reference(message.reply_id(), message.reply_author())));
    return touch(view(message.conversation()), message.hlc(), stored.seq);
}

Result<void> Projector::sayAgain(const StoredEvent& stored) {
    const pb::MessageRetried& message = stored.event.message_retried();
    TRY(m_db.run(
        "UPDATE message SET state = ?1, hlc = coalesce(nullif(?2, 0), hlc), claim_ms = coalesce(nullif(?2, 0), "
        "claim_ms), at_ms = iif(?2, ?3, at_ms) WHERE author = ?4 AND id = ?5 AND conversation = ?6 AND state = "
        "?7",
        MessageState::Queued, message.hlc(), toMs(stored.at), view(message.author()), view(message.id()),
        view(message.conversation()), MessageState::Failed));
    return touch(view(message.conversation()), message.hlc(), 0);
}

Result<void> Projector::addReceived(const StoredEvent& stored) {
    const pb::MessageReceived& message = stored.event.message_received();
    const bool isPlaced = message.place_ms() != 0;
    const std::int64_t place = isPlaced ? message.place_ms() : message.hlc();
    const int flags = (message.wrong_clock() ? WrongClock : 0) | (message.late() ? Late : 0);
    TRY(m_db.run(
        "INSERT INTO message(seq, conversation, hlc, claim_ms, author, device, n, id, kind, text, at_ms, state, "
        "flags, reply_author, reply_id) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        stored.seq, view(message.conversation()), place, message.hlc(), view(message.author()), message.device(),
        static_cast<std::int64_t>(message.n()), view(message.id()), RowKind::Text, text(message.text()),
        toMs(stored.at), flags, reference(message.reply_author(), message.reply_id()),
        reference(message.reply_id(), message.reply_author())));
    // Of before places were decided: one far ahead must not drag the order of everything after it along.
    TRY(touch(view(message.conversation()), message.wrong_clock() && !isPlaced ? 0 : place, stored.seq));
    return m_db.run("UPDATE conversation SET unread = unread + 1 WHERE id = ?", view(message.conversation()));
}

Result<void> Projector::addGap(const StoredEvent& stored) {
    const pb::GapNoticed& gap = stored.event.gap_noticed();
    TRY(touch(view(gap.conversation()), 0, 0));
    return m_db.run(
        "INSERT INTO message(seq, conversation, hlc, claim_ms, author, id, kind, text, at_ms, state, flags) "
        "SELECT ?1, id, coalesce(nullif(last_hlc, 0), ?5), coalesce(nullif(last_hlc, 0), ?5), ?2, ?3, ?4, '', ?5, 0, 0 "
        "FROM conversation WHERE id = ?6 "
        "ON CONFLICT(author, id) DO NOTHING",
        stored.seq, view(gap.author()), view(gap.marker()), RowKind::Gap, toMs(stored.at), view(gap.conversation()));
}

Result<void> Projector::raise(ByteView conversation, ByteView author, ByteView id, MessageState state) {
    // Only in its own conversation: nobody may speak for a message that went to somebody else (PROTOCOL.md s3).
    return m_db.run(
        "UPDATE message SET state = max(state, ?) WHERE author = ? AND id = ? AND conversation = ? AND state > 0",
        state, author, id, conversation);
}

Result<void> Projector::takeReceipt(const pb::ReceiptReceived& receipt) {
    if (receipt.kind() != pb::DELIVERED && receipt.kind() != pb::READ)
        return {}; // of a newer version
    const auto state = receipt.kind() == pb::READ ? MessageState::Read : MessageState::Delivered;
    for (const std::string& id : receipt.ids())
        TRY(raise(view(receipt.conversation()), view(receipt.author()), view(id), state));
    return {};
}

Result<void> Projector::touch(ByteView conversation, std::int64_t hlc, std::int64_t seq) {
    return m_db.run("INSERT INTO conversation(id, last_hlc, last_seq, read_seq, unread) VALUES(?1, ?2, ?3, 0, 0) "
                    "ON CONFLICT(id) DO UPDATE SET last_hlc = max(last_hlc, ?2), last_seq = max(last_seq, ?3)",
                    conversation, hlc, seq);
}

/// In the order in which they stand, which is right among themselves: only the clock that dated them was not.
Result<void> Projector::placeAgain(const pb::ClockCorrected& corrected) {
    struct Row {
        std::int64_t seq, claim, at, flags, n, device;
        QByteArray author;
        bool isOwn;
    };
    const std::int64_t limit = toMs(fromMs(corrected.now_ms()) + wire::limits::ClockAhead);
    const ByteView conversation = view(corrected.conversation());
    std::vector<Row> rows;
    {
        TRY_ASSIGN(sqlite::Statement ahead,
                   m_db.prepare("SELECT seq, claim_ms, at_ms, flags, n, device, author, state > 0 FROM message WHERE "
                                "conversation = ? AND hlc > ? ORDER BY hlc, author, n, id"));
        ahead.bind(conversation, limit);
        for (;;) {
            TRY_ASSIGN(const bool row, ahead.step());
            if (!row)
                break;
            rows.push_back({ahead.integer(0), ahead.integer(1), ahead.integer(2), ahead.integer(3), ahead.integer(4),
                            ahead.integer(5), toByteArray(ahead.blob(6)), ahead.integer(7) != 0});
        }
    }
    std::int64_t place = 0;
    TRY_ASSIGN(std::int64_t first,
               m_db.integer("SELECT coalesce(min(hlc), ?) FROM message WHERE conversation = ? AND hlc <= ?",
                            corrected.now_ms(), conversation, limit));
    first -= static_cast<std::int64_t>(rows.size());
    for (const Row& row : rows) {
        // Others said when they wrote it, and their clocks may be right; what is our own was written when it was
        // stored.
        const std::int64_t known = row.isOwn ? row.at : row.claim;
        const bool isRight = known <= limit;
        // Else it stood behind what was there when it came.
        TRY_ASSIGN(
            const std::int64_t before,
            m_db.integer("SELECT coalesce((SELECT hlc FROM message WHERE conversation = ?1 AND hlc <= ?2 AND seq < "
                         "?3 ORDER BY hlc DESC LIMIT 1), ?4 - 1)",
                         conversation, limit, row.seq, first));
        // And nobody's words change their order.
        TRY_ASSIGN(const std::int64_t own,
                   row.isOwn
                       ? m_db.integer("SELECT coalesce((SELECT hlc FROM message WHERE conversation = ?1 AND hlc <= "
                                      "?2 AND state > 0 AND seq < ?3 ORDER BY hlc DESC LIMIT 1), 0)",
                                      conversation, limit, row.seq)
                       : m_db.integer("SELECT coalesce((SELECT max(hlc) FROM message WHERE author = ?1 AND "
                                      "conversation = ?2 AND device = ?3 AND n BETWEEN 1 AND ?4 - 1 AND hlc <= "
                                      "?5), 0)",
                                      view(row.author), conversation, row.device, row.n, limit));
        place = std::max({place + 1, own + 1, isRight ? known : before + 1});
        const std::int64_t flags = isRight ? row.flags & ~std::int64_t{WrongClock} : row.flags | WrongClock;
        TRY(m_db.run("UPDATE message SET hlc = ?, flags = ? WHERE seq = ?", place, flags, row.seq));
    }
    TRY(m_db.run("UPDATE message SET flags = flags & ~? WHERE conversation = ? AND at_ms > ?",
                 static_cast<std::int64_t>(Late), conversation, limit));
    return m_db.run(
        "UPDATE conversation SET last_hlc = (SELECT max(hlc) FROM message WHERE conversation = ?1) WHERE id = "
        "?1",
        conversation);
}

Result<void> Projector::markRead(const StoredEvent& stored) {
    const pb::ConversationRead& read = stored.event.conversation_read();
    // What has not come yet cannot have been read.
    TRY(m_db.run("UPDATE conversation SET read_seq = max(read_seq, min(?, ?)) WHERE id = ?", read.seq(), stored.seq,
                 view(read.conversation())));
    // Spelled so that the index message_received answers it.
    return m_db.run("UPDATE conversation SET unread = (SELECT count(*) FROM message WHERE conversation = ?1 AND "
                    "state = 0 AND kind = 0 AND seq > read_seq) WHERE id = ?1",
                    view(read.conversation()));
}

Result<void> Projector::clear() {
    TRY(m_db.run("DELETE FROM contact"));
    TRY(m_db.run("DELETE FROM conversation"));
    return m_db.run("DELETE FROM message");
}

Result<QByteArray> Projector::fingerprint() {
    QByteArray all;
    const auto add = [&](sqlite::Sql sql) -> Result<void> {
        TRY_ASSIGN(sqlite::Statement rows, m_db.prepare(sql));
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                return {};
            all = crypto::sha256({view(all), view(rows.text(0).toUtf8())}).bytes();
        }
    };
    TRY(add("SELECT json_array(hex(account), name, state, verified, request_text, since_ms) FROM contact ORDER BY "
            "account"));
    TRY(add("SELECT json_array(hex(id), last_hlc, last_seq, read_seq, unread) FROM conversation ORDER BY id"));
    TRY(add("SELECT json_array(seq, hex(conversation), hlc, claim_ms, device, n, hex(author), hex(id), kind, text, "
            "at_ms, state, flags, "
            "hex(reply_author), hex(reply_id)) FROM message ORDER BY seq"));
    return all;
}

} // namespace kith::store
