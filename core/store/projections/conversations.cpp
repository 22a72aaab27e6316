// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/conversations.h"

namespace kith::store::conversations {
namespace {

Result<void> touch(sqlite::Database& db, ByteView conversation, std::int64_t hlc, std::int64_t seq, int rows = 0) {
    return db.run("INSERT INTO conversation(id, last_hlc, last_seq, read_seq, unread, rows) "
                  "VALUES(?1, ?2, ?3, 0, 0, ?4) ON CONFLICT(id) DO UPDATE SET last_hlc = max(last_hlc, ?2), "
                  "last_seq = max(last_seq, ?3), rows = rows + ?4",
                  conversation, hlc, seq, rows);
}

Result<void> begin(sqlite::Database& db, const std::string& account, std::int64_t seq) {
    const auto contact = AccountId::from(account);
    if (!contact)
        return fail(Code::Invalid, QStringLiteral("event %1 names no account").arg(seq));
    return touch(db, conversationWith(*contact).view(), 0, seq);
}

Result<void> countUnread(sqlite::Database& db, const std::string& conversation) {
    // Spelled so that the index message_received answers it.
    return db.run("UPDATE conversation SET unread = (SELECT count(*) FROM message WHERE conversation = ?1 AND "
                  "state = 0 AND kind = 0 AND seq > read_seq) WHERE id = ?1",
                  view(conversation));
}

} // namespace

Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored) {
    return begin(db, stored.event.request_accepted().account(), stored.seq);
}

Result<void> takeConfirmed(sqlite::Database& db, const StoredEvent& stored) {
    return begin(db, stored.event.contact_confirmed().account(), stored.seq);
}

Result<void> takeComposed(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageComposed& message = stored.event.message_composed();
    return touch(db, view(message.conversation()), message.hlc(), stored.seq, 1);
}

Result<void> takeReceived(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageReceived& message = stored.event.message_received();
    const bool isPlaced = message.place_ms() != 0;
    const std::int64_t place = isPlaced ? message.place_ms() : message.hlc();
    // Of before places were decided: one far ahead must not drag the order of everything after it along.
    TRY(touch(db, view(message.conversation()), message.wrong_clock() && !isPlaced ? 0 : place, stored.seq, 1));
    return db.run("UPDATE conversation SET unread = unread + 1 WHERE id = ?", view(message.conversation()));
}

Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageRetried& message = stored.event.message_retried();
    return touch(db, view(message.conversation()), message.hlc(), 0);
}

Result<void> takeGap(sqlite::Database& db, const StoredEvent& stored) {
    return touch(db, view(stored.event.gap_noticed().conversation()), 0, 0);
}

Result<void> takeRead(sqlite::Database& db, const StoredEvent& stored) {
    const pb::ConversationRead& read = stored.event.conversation_read();
    // What has not come yet cannot have been read.
    TRY(db.run("UPDATE conversation SET read_seq = max(read_seq, min(?, ?)) WHERE id = ?", read.seq(), stored.seq,
               view(read.conversation())));
    return countUnread(db, read.conversation());
}

Result<void> takeDeleted(sqlite::Database& db, const StoredEvent& stored) {
    return countUnread(db, stored.event.message_deleted().conversation());
}

Result<void> takeClockCorrected(sqlite::Database& db, const StoredEvent& stored) {
    return db.run(
        "UPDATE conversation SET last_hlc = (SELECT max(hlc) FROM message WHERE conversation = ?1) WHERE id = "
        "?1",
        view(stored.event.clock_corrected().conversation()));
}

const ProjectedTable table{
    "DELETE FROM conversation",
    "SELECT json_array(hex(id), last_hlc, last_seq, read_seq, unread, rows) FROM conversation ORDER BY id"};

} // namespace kith::store::conversations
