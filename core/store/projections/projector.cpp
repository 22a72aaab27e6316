// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/projector.h"

#include "core/crypto/hash.h"

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
    switch (stored.event.kind_case()) {
    case pb::Event::kContactRequested:
    case pb::Event::kRequestReceived:
    case pb::Event::kRequestAccepted:
    case pb::Event::kRequestDeclined:
    case pb::Event::kContactConfirmed:
    case pb::Event::kContactVerified:
    case pb::Event::kContactRecovered:
        return applyContact(stored);
    case pb::Event::kMessageComposed:
    case pb::Event::kMessageAccepted:
    case pb::Event::kMessageReceived:
    case pb::Event::kReceiptReceived:
    case pb::Event::kMessageFailed:
    case pb::Event::kGapNoticed:
    case pb::Event::kGapClosed:
    case pb::Event::kConversationRead:
        return applyMessage(stored);
    case pb::Event::kProfileCreated:
    case pb::Event::kHomeJoined:
    case pb::Event::kMessageUnreadable: // told to people who watch; what is missing shows as a gap
    case pb::Event::KIND_NOT_SET:       // of a newer version
        return {};
    }
    return {};
}

Result<void> Projector::applyContact(const StoredEvent& stored) {
    const pb::Event& event = stored.event;
    switch (event.kind_case()) {
    case pb::Event::kContactRequested:
        return setContact(view(event.contact_requested().account()), event.contact_requested().name(),
                          ContactState::RequestSent, {}, stored.at);
    case pb::Event::kRequestReceived:
        return setContact(view(event.request_received().account()), event.request_received().name(),
                          ContactState::RequestReceived, event.request_received().text(), stored.at);
    case pb::Event::kRequestAccepted:
        return connect(view(event.request_accepted().account()));
    case pb::Event::kContactConfirmed:
        return connect(view(event.contact_confirmed().account()));
    case pb::Event::kRequestDeclined:
        return m_db.run("UPDATE contact SET state = ? WHERE account = ?", ContactState::Declined,
                        view(event.request_declined().account()));
    case pb::Event::kContactVerified:
        return m_db.run("UPDATE contact SET verified = ? WHERE account = ?", event.contact_verified().verified(),
                        view(event.contact_verified().account()));
    default:
        return m_db.run("UPDATE contact SET verified = 0 WHERE account = ?", view(event.contact_recovered().account()));
    }
}

Result<void> Projector::setContact(ByteView account, const std::string& name, ContactState state,
                                   const std::string& requestText, WallTime at) {
    return m_db.run(
        "INSERT INTO contact(account, name, state, verified, request_text, since_ms) VALUES(?1, ?2, ?3, 0, ?4, ?5) "
        "ON CONFLICT(account) DO UPDATE SET name = ?2, state = ?3, request_text = ?4",
        account, text(name), state, text(requestText), toMs(at));
}

Result<void> Projector::connect(ByteView account) {
    TRY(m_db.run("UPDATE contact SET state = ?, request_text = '' WHERE account = ?", ContactState::Connected,
                 account));
    return touch(conversationWith(AccountId::checked(account)).view(), 0, 0);
}

Result<void> Projector::applyMessage(const StoredEvent& stored) {
    const pb::Event& event = stored.event;
    switch (event.kind_case()) {
    case pb::Event::kMessageComposed:
        return addOwn(stored);
    case pb::Event::kMessageReceived:
        return addReceived(stored);
    case pb::Event::kMessageAccepted:
        return raise(view(event.message_accepted().author()), view(event.message_accepted().id()),
                     MessageState::Accepted);
    case pb::Event::kMessageFailed:
        return raise(view(event.message_failed().author()), view(event.message_failed().id()), MessageState::Failed);
    case pb::Event::kReceiptReceived: {
        const pb::ReceiptReceived& receipt = event.receipt_received();
        for (const std::string& id : receipt.ids())
            TRY(raise(view(receipt.author()), view(id),
                      receipt.kind() == pb::READ ? MessageState::Read : MessageState::Delivered));
        return {};
    }
    case pb::Event::kGapNoticed:
        return addGap(stored);
    case pb::Event::kGapClosed:
        return m_db.run("DELETE FROM message WHERE author = ? AND id = ? AND kind = ?",
                        view(event.gap_closed().author()), view(event.gap_closed().marker()), RowKind::Gap);
    default:
        return markRead(event.conversation_read());
    }
}

Result<void> Projector::addOwn(const StoredEvent& stored) {
    const pb::MessageComposed& message = stored.event.message_composed();
    TRY(m_db.run("INSERT INTO message(seq, conversation, hlc, author, id, kind, text, at_ms, state, flags, "
                 "reply_author, reply_id) "
                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                 stored.seq, view(message.conversation()), message.hlc(), view(message.author()), view(message.id()),
                 RowKind::Text, text(message.text()), toMs(stored.at), MessageState::Queued,
                 reference(message.reply_author(), message.reply_id()),
                 reference(message.reply_id(), message.reply_author())));
    return touch(view(message.conversation()), message.hlc(), stored.seq);
}

Result<void> Projector::addReceived(const StoredEvent& stored) {
    const pb::MessageReceived& message = stored.event.message_received();
    TRY(m_db.run("INSERT INTO message(seq, conversation, hlc, author, id, kind, text, at_ms, state, flags, "
                 "reply_author, reply_id) "
                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
                 stored.seq, view(message.conversation()), message.hlc(), view(message.author()), view(message.id()),
                 RowKind::Text, text(message.text()), toMs(stored.at), message.wrong_clock() ? WrongClock : 0,
                 reference(message.reply_author(), message.reply_id()),
                 reference(message.reply_id(), message.reply_author())));
    // One message with a clock far ahead must not drag the order of everything after it along (PROTOCOL.md s7).
    TRY(touch(view(message.conversation()), message.wrong_clock() ? 0 : message.hlc(), stored.seq));
    return m_db.run("UPDATE conversation SET unread = unread + 1 WHERE id = ?", view(message.conversation()));
}

Result<void> Projector::addGap(const StoredEvent& stored) {
    const pb::GapNoticed& gap = stored.event.gap_noticed();
    TRY(touch(view(gap.conversation()), 0, 0));
    return m_db.run(
        "INSERT OR IGNORE INTO message(seq, conversation, hlc, author, id, kind, text, at_ms, state, flags) "
        "SELECT ?, id, last_hlc, ?, ?, ?, '', ?, 0, 0 FROM conversation WHERE id = ?",
        stored.seq, view(gap.author()), view(gap.marker()), RowKind::Gap, toMs(stored.at), view(gap.conversation()));
}

Result<void> Projector::raise(ByteView author, ByteView id, MessageState state) {
    return m_db.run("UPDATE message SET state = max(state, ?) WHERE author = ? AND id = ? AND state > 0", state, author,
                    id);
}

Result<void> Projector::touch(ByteView conversation, std::int64_t hlc, std::int64_t seq) {
    return m_db.run("INSERT INTO conversation(id, last_hlc, last_seq, read_seq, unread) VALUES(?1, ?2, ?3, 0, 0) "
                    "ON CONFLICT(id) DO UPDATE SET last_hlc = max(last_hlc, ?2), last_seq = max(last_seq, ?3)",
                    conversation, hlc, seq);
}

Result<void> Projector::markRead(const pb::ConversationRead& read) {
    const ByteView conversation = view(read.conversation());
    TRY(m_db.run("UPDATE conversation SET read_seq = max(read_seq, ?) WHERE id = ?", read.seq(), conversation));
    return m_db.run(
        "UPDATE conversation SET unread = (SELECT count(*) FROM message WHERE conversation = ?1 AND state = 0 "
        "AND kind = ?2 AND seq > read_seq) WHERE id = ?1",
        conversation, RowKind::Text);
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
    TRY(add("SELECT json_array(seq, hex(conversation), hlc, hex(author), hex(id), kind, text, at_ms, state, flags, "
            "hex(reply_author), hex(reply_id)) FROM message ORDER BY seq"));
    return all;
}

} // namespace kith::store
