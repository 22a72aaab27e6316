// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/messages.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::store::messages {
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

/// What the last statement showed or hid, for the scroll bar: conversation.rows.
Result<void> countRow(sqlite::Database& db, const std::string& conversation, int shown) {
    if (db.changes() == 0)
        return {};
    return db.run("UPDATE conversation SET rows = rows + ? WHERE id = ?", shown, view(conversation));
}

} // namespace

Result<void> takeComposed(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageComposed& message = stored.event.message_composed();
    return db.run("INSERT INTO message(seq, conversation, hlc, claim_ms, author, id, kind, text, at_ms, state, flags, "
                  "reply_author, reply_id, recipients) "
                  "VALUES(?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12)",
                  stored.seq, view(message.conversation()), message.hlc(), view(message.author()), view(message.id()),
                  RowKind::Text, text(message.text()), toMs(stored.at), MessageState::Queued,
                  reference(message.reply_author(), message.reply_id()),
                  reference(message.reply_id(), message.reply_author()), std::max(1U, message.recipients()));
}

Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageRetried& message = stored.event.message_retried();
    return db.run(
        "UPDATE message SET state = ?1, hlc = coalesce(nullif(?2, 0), hlc), claim_ms = coalesce(nullif(?2, 0), "
        "claim_ms), at_ms = iif(?2, ?3, at_ms) WHERE author = ?4 AND id = ?5 AND conversation = ?6 AND state = "
        "?7",
        MessageState::Queued, message.hlc(), toMs(stored.at), view(message.author()), view(message.id()),
        view(message.conversation()), MessageState::Failed);
}

Result<void> takeReceived(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageReceived& message = stored.event.message_received();
    const std::int64_t place = message.place_ms() != 0 ? message.place_ms() : message.hlc();
    const int flags = (message.wrong_clock() ? WrongClock : 0) | (message.late() ? Late : 0);
    return db.run(
        "INSERT INTO message(seq, conversation, hlc, claim_ms, author, device, n, id, kind, text, at_ms, state, "
        "flags, reply_author, reply_id) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        stored.seq, view(message.conversation()), place, message.hlc(), view(message.author()), message.device(),
        static_cast<std::int64_t>(message.n()), view(message.id()), RowKind::Text, text(message.text()),
        toMs(stored.at), flags, reference(message.reply_author(), message.reply_id()),
        reference(message.reply_id(), message.reply_author()));
}

Result<void> takeGap(sqlite::Database& db, const StoredEvent& stored) {
    const pb::GapNoticed& gap = stored.event.gap_noticed();
    TRY(db.run(
        "INSERT INTO message(seq, conversation, hlc, claim_ms, author, id, kind, text, at_ms, state, flags) "
        "SELECT ?1, id, coalesce(nullif(last_hlc, 0), ?5), coalesce(nullif(last_hlc, 0), ?5), ?2, ?3, ?4, '', ?5, 0, 0 "
        "FROM conversation WHERE id = ?6 "
        "ON CONFLICT(author, id) DO NOTHING",
        stored.seq, view(gap.author()), view(gap.marker()), RowKind::Gap, toMs(stored.at), view(gap.conversation())));
    return countRow(db, gap.conversation(), 1);
}

Result<void> takeGapClosed(sqlite::Database& db, const StoredEvent& stored) {
    const pb::GapClosed& gap = stored.event.gap_closed();
    TRY(db.run("UPDATE message SET kind = ? WHERE author = ? AND id = ? AND kind = ? AND conversation = ?",
               RowKind::ClosedGap, view(gap.author()), view(gap.marker()), RowKind::Gap, view(gap.conversation())));
    return countRow(db, gap.conversation(), -1);
}

Result<void> takeDeleted(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageDeleted& message = stored.event.message_deleted();
    TRY(db.run("UPDATE message SET kind = ?, text = '', reply_author = NULL, reply_id = NULL WHERE author = ? AND "
               "id = ? AND conversation = ? AND kind = ?",
               RowKind::Deleted, view(message.author()), view(message.id()), view(message.conversation()),
               RowKind::Text));
    return countRow(db, message.conversation(), -1);
}

/// In the order in which they stand, which is right among themselves: only the clock that dated them was not.
Result<void> takeClockCorrected(sqlite::Database& db, const StoredEvent& stored) {
    const pb::ClockCorrected& corrected = stored.event.clock_corrected();
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
                   db.prepare("SELECT seq, claim_ms, at_ms, flags, n, device, author, state > 0 FROM message WHERE "
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
               db.integer("SELECT coalesce(min(hlc), ?) FROM message WHERE conversation = ? AND hlc <= ?",
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
            db.integer("SELECT coalesce((SELECT hlc FROM message WHERE conversation = ?1 AND hlc <= ?2 AND seq < "
                       "?3 ORDER BY hlc DESC LIMIT 1), ?4 - 1)",
                       conversation, limit, row.seq, first));
        // And nobody's words change their order.
        TRY_ASSIGN(const std::int64_t own,
                   row.isOwn ? db.integer("SELECT coalesce((SELECT hlc FROM message WHERE conversation = ?1 AND hlc <= "
                                          "?2 AND state > 0 AND seq < ?3 ORDER BY hlc DESC LIMIT 1), 0)",
                                          conversation, limit, row.seq)
                             : db.integer("SELECT coalesce((SELECT max(hlc) FROM message WHERE author = ?1 AND "
                                          "conversation = ?2 AND device = ?3 AND n BETWEEN 1 AND ?4 - 1 AND hlc <= "
                                          "?5), 0)",
                                          view(row.author), conversation, row.device, row.n, limit));
        place = std::max({place + 1, own + 1, isRight ? known : before + 1});
        const std::int64_t flags = isRight ? row.flags & ~std::int64_t{WrongClock} : row.flags | WrongClock;
        TRY(db.run("UPDATE message SET hlc = ?, flags = ? WHERE seq = ?", place, flags, row.seq));
    }
    return db.run("UPDATE message SET flags = flags & ~? WHERE conversation = ? AND at_ms > ?",
                  static_cast<std::int64_t>(Late), conversation, limit);
}

const ProjectedTable table{
    "DELETE FROM message",
    "SELECT json_array(seq, hex(conversation), hlc, claim_ms, device, n, hex(author), hex(id), kind, text, at_ms, "
    "state, flags, hex(reply_author), hex(reply_id), recipients) FROM message ORDER BY seq"};

} // namespace kith::store::messages
