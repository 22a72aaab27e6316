// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/reads/queries.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::store::queries {
namespace {

constexpr int PageMax = 500;

/// A row m with the message q that it answers: of the same conversation, because who answers names it.
#define ROW                                                                                                            \
    "m.seq, m.conversation, m.hlc, m.author, m.id, m.kind, m.text, m.state, m.flags, m.reply_author, m.reply_id, "     \
    "q.seq, substr(q.text, 1, 300) "
#define MESSAGE                                                                                                        \
    "message m LEFT JOIN message q ON q.author = m.reply_author AND q.id = m.reply_id AND q.conversation = "           \
    "m.conversation AND q.kind = 0 "

TimelineRow readRow(const sqlite::Statement& s) {
    TimelineRow row;
    row.seq = s.integer(0);
    row.conversation = ConversationId::checked(s.blob(1));
    row.at = fromMs(s.integer(2));
    row.author = AccountId::checked(s.blob(3));
    row.id = MessageId::checked(s.blob(4));
    row.kind = static_cast<RowKind>(s.integer(5));
    row.text = s.text(6);
    row.state = static_cast<MessageState>(s.integer(7));
    row.flags = static_cast<int>(s.integer(8));
    const auto replyAuthor = s.id<AccountId>(9);
    const auto replyId = s.id<MessageId>(10);
    if (replyAuthor && replyId)
        row.replyTo.emplace(*replyAuthor, *replyId);
    if (row.replyTo && !s.isNull(11))
        row.quote = Quote{s.integer(11), s.text(12)};
    return row;
}

Result<std::vector<TimelineRow>> readRows(sqlite::Statement& statement) {
    std::vector<TimelineRow> rows;
    for (;;) {
        TRY_ASSIGN(const bool row, statement.step());
        if (!row)
            return rows;
        rows.push_back(readRow(statement));
    }
}

ContactRow readContact(const sqlite::Statement& s) {
    return {
        AccountId::checked(s.blob(0)), s.text(1), static_cast<ContactState>(s.integer(2)), s.integer(3) != 0, s.text(4),
        fromMs(s.integer(5))};
}

Result<TimelinePage> begin(sqlite::Database& db) {
    TimelinePage page;
    // Read first: a row may then be newer than the page claims, and a view only hears of it once more. Never the
    // reverse.
    TRY_ASSIGN(page.snapshot, lastEvent(db));
    return page;
}

/// A row of another conversation must not pass for an end of this one's history.
Result<void> mustBeOf(sqlite::Database& db, const ConversationId& conversation, std::int64_t seq) {
    TRY(db.integer("SELECT 1 FROM message WHERE seq = ? AND conversation = ?", seq, conversation));
    return {};
}

/// Takes away what was read beyond the limit; true when something was.
bool cut(std::vector<TimelineRow>& rows, int limit) {
    const bool more = rows.size() > static_cast<std::size_t>(limit);
    if (more)
        rows.pop_back();
    return more;
}

// Both read the index alone; to leave closed gaps out would mean to read every row.
Result<int> countBefore(sqlite::Database& db, const ConversationId& conversation, std::int64_t seq) {
    TRY_ASSIGN(const std::int64_t count,
               db.integer("SELECT count(*) FROM message m, message a WHERE a.seq = ?2 AND m.conversation = ?1 AND "
                          "(m.hlc, m.author, m.n, m.id) < (a.hlc, a.author, a.n, a.id)",
                          conversation, seq));
    return static_cast<int>(count);
}

Result<int> countAfter(sqlite::Database& db, const ConversationId& conversation, std::int64_t seq) {
    TRY_ASSIGN(const std::int64_t count,
               db.integer("SELECT count(*) FROM message m, message a WHERE a.seq = ?2 AND m.conversation = ?1 AND "
                          "(m.hlc, m.author, m.n, m.id) > (a.hlc, a.author, a.n, a.id)",
                          conversation, seq));
    return static_cast<int>(count);
}

/// What is left of all rows, where more than 0 is known to be left; the projector keeps their number.
Result<int> countRest(sqlite::Database& db, const ConversationId& conversation, int known, const TimelinePage& page) {
    TRY_ASSIGN(const std::int64_t all, db.integer("SELECT rows FROM conversation WHERE id = ?", conversation));
    return std::max(1, static_cast<int>(all) - known - static_cast<int>(page.rows.size()));
}

/// The newest first.
Result<std::vector<TimelineRow>> newest(sqlite::Database& db, const ConversationId& conversation, int limit) {
    TRY_ASSIGN(sqlite::Statement statement,
               db.prepare("SELECT " ROW "FROM " MESSAGE "WHERE m.conversation = ?1 AND m.kind < 2 ORDER BY m.hlc DESC, "
                          "m.author DESC, m.n DESC, m.id DESC LIMIT ?2"));
    return readRows(statement.bind(conversation, limit));
}

/// Those before the one with event seq `before`, the newest first.
Result<std::vector<TimelineRow>> newestBefore(sqlite::Database& db, const ConversationId& conversation,
                                              std::int64_t before, int limit) {
    TRY_ASSIGN(sqlite::Statement statement,
               db.prepare("SELECT " ROW "FROM message a, " MESSAGE "WHERE a.seq = ?2 AND m.conversation = ?1 AND "
                          "(m.hlc, m.author, m.n, m.id) < (a.hlc, a.author, a.n, a.id) AND m.kind < 2 "
                          "ORDER BY m.hlc DESC, m.author DESC, m.n DESC, m.id DESC LIMIT ?3"));
    return readRows(statement.bind(conversation, before, limit));
}

/// Puts the rows before the one with event seq `before` in front of the page.
Result<void> readBefore(sqlite::Database& db, const ConversationId& conversation, std::optional<std::int64_t> before,
                        int limit, TimelinePage& page) {
    TRY_ASSIGN(auto rows,
               before ? newestBefore(db, conversation, *before, limit + 1) : newest(db, conversation, limit + 1));
    const bool more = cut(rows, limit);
    page.rows.insert(page.rows.begin(), rows.rbegin(), rows.rend());
    page.rowsBefore = 0;
    if (more && before) {
        TRY_ASSIGN(page.rowsBefore, countBefore(db, conversation, page.rows.front().seq));
    } else if (more) {
        TRY_ASSIGN(page.rowsBefore, countRest(db, conversation, 0, page));
    }
    return {};
}

/// The rows from the one with event seq `first` on, without the one with event seq `without`.
Result<void> readFrom(sqlite::Database& db, const ConversationId& conversation, std::int64_t first,
                      std::int64_t without, int limit, TimelinePage& page) {
    TRY_ASSIGN(sqlite::Statement statement,
               db.prepare("SELECT " ROW "FROM message a, " MESSAGE "WHERE a.seq = ?2 AND m.conversation = ?1 AND "
                          "(m.hlc, m.author, m.n, m.id) >= (a.hlc, a.author, a.n, a.id) AND m.kind < 2 AND "
                          "m.seq <> ?3 ORDER BY m.hlc, m.author, m.n, m.id LIMIT ?4"));
    TRY_ASSIGN(page.rows, readRows(statement.bind(conversation, first, without, limit + 1)));
    page.rowsAfter = 0;
    const bool more = cut(page.rows, limit);
    if (more && page.rowsBefore) {
        TRY_ASSIGN(page.rowsAfter, countRest(db, conversation, *page.rowsBefore, page));
    } else if (more) {
        TRY_ASSIGN(page.rowsAfter, countAfter(db, conversation, page.rows.back().seq));
    }
    return {};
}

int possible(int limit) {
    return std::clamp(limit, 1, PageMax);
}

} // namespace

Result<std::int64_t> lastEvent(sqlite::Database& db) {
    return db.integer("SELECT coalesce(max(seq), 0) FROM event");
}

Result<TimelinePage> timeline(sqlite::Database& db, const ConversationId& conversation,
                              std::optional<std::int64_t> before, int limit) {
    TRY_ASSIGN(TimelinePage page, begin(db));
    if (before)
        TRY(mustBeOf(db, conversation, *before));
    else
        page.rowsAfter = 0;
    TRY(readBefore(db, conversation, before, possible(limit), page));
    return page;
}

Result<TimelinePage> timelineAfter(sqlite::Database& db, const ConversationId& conversation, std::int64_t after,
                                   int limit) {
    TRY_ASSIGN(TimelinePage page, begin(db));
    TRY(mustBeOf(db, conversation, after));
    TRY(readFrom(db, conversation, after, after, possible(limit), page));
    return page;
}

Result<TimelinePage> timelineAt(sqlite::Database& db, const ConversationId& conversation, int index, int limit) {
    TRY_ASSIGN(TimelinePage page, begin(db));
    index = std::max(index, 0);
    const auto first = db.integer("SELECT seq FROM message WHERE conversation = ?1 ORDER BY hlc, author, n, id LIMIT 1 "
                                  "OFFSET ?2",
                                  conversation, index);
    if (!first && first.error().code == Code::NotFound)
        return timeline(db, conversation, std::nullopt, limit);
    if (!first)
        return first.error();
    page.rowsBefore = index;
    TRY(readFrom(db, conversation, *first, 0, possible(limit), page));
    return page;
}

Result<TimelinePage> timelineSince(sqlite::Database& db, const ConversationId& conversation, WallTime from, int limit) {
    TRY_ASSIGN(TimelinePage page, begin(db));
    const auto first = db.integer("SELECT seq FROM message WHERE conversation = ?1 AND hlc >= ?2 AND kind < 2 "
                                  "ORDER BY hlc, author, n, id LIMIT 1",
                                  conversation, toMs(from));
    if (!first && first.error().code == Code::NotFound)
        return timeline(db, conversation, std::nullopt, limit);
    if (!first)
        return first.error();
    TRY_ASSIGN(page.rowsBefore, countBefore(db, conversation, *first));
    TRY(readFrom(db, conversation, *first, 0, possible(limit), page));
    return page;
}

Result<TimelinePage> timelineAround(sqlite::Database& db, const ConversationId& conversation,
                                    const std::optional<AccountId>& author, const MessageId& id, int limit) {
    limit = possible(limit);
    TRY_ASSIGN(TimelinePage page, begin(db));
    TRY_ASSIGN(const std::int64_t seq,
               author ? db.integer("SELECT seq FROM message WHERE author = ?1 AND id = ?2 AND conversation = ?3 AND "
                                   "kind < 2",
                                   *author, id, conversation)
                      : db.integer("SELECT seq FROM message WHERE conversation = ?1 AND id = ?2 AND kind < 2 LIMIT 1",
                                   conversation, id));
    TRY(readFrom(db, conversation, seq, 0, limit - limit / 2, page));
    TRY(readBefore(db, conversation, seq, limit / 2, page));
    return page;
}

Result<std::optional<TimelineRow>> message(sqlite::Database& db, const AccountId& author, const MessageId& id) {
    TRY_ASSIGN(sqlite::Statement statement,
               db.prepare("SELECT " ROW "FROM " MESSAGE "WHERE m.author = ? AND m.id = ?"));
    TRY_ASSIGN(const auto rows, readRows(statement.bind(author, id)));
    return rows.empty() ? std::nullopt : std::optional(rows.front());
}

Result<TimelineRow> findMessage(sqlite::Database& db, const AccountId& self, const MessageId& id,
                                const std::optional<AccountId>& author) {
    TRY_ASSIGN(sqlite::Statement statement,
               db.prepare("SELECT " ROW "FROM " MESSAGE "WHERE m.id = ?1 AND m.kind < 2 AND m.author IN "
                          "(SELECT ?2 UNION SELECT account FROM contact) AND m.author = coalesce(?3, m.author)"));
    TRY_ASSIGN(const auto rows, readRows(statement.bind(id, self, author)));
    if (rows.empty())
        return fail(Code::NotFound, QStringLiteral("there is no such message"));
    if (rows.size() > 1)
        return fail(Code::Duplicate, QStringLiteral("two people have a message of this id; say whose"));
    return rows.front();
}

Result<std::vector<ContactRow>> contacts(sqlite::Database& db) {
    std::vector<ContactRow> found;
    TRY_ASSIGN(
        sqlite::Statement statement,
        db.prepare(
            "SELECT account, name, state, verified, request_text, since_ms FROM contact ORDER BY name, account"));
    for (;;) {
        TRY_ASSIGN(const bool row, statement.step());
        if (!row)
            return found;
        found.push_back(readContact(statement));
    }
}

Result<std::optional<ContactRow>> contact(sqlite::Database& db, const AccountId& account) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        db.prepare("SELECT account, name, state, verified, request_text, since_ms FROM contact WHERE account = ?"));
    TRY_ASSIGN(const bool row, statement.bind(account).step());
    return row ? std::optional(readContact(statement)) : std::nullopt;
}

Result<std::vector<ConversationRow>> conversations(sqlite::Database& db) {
    std::vector<ConversationRow> found;
    {
        TRY_ASSIGN(
            sqlite::Statement statement,
            db.prepare("SELECT c.id, coalesce(p.name, ''), coalesce(p.verified, 0), c.unread, coalesce(d.text, '') "
                       "FROM conversation c LEFT JOIN contact p ON p.account = substr(c.id, 2) "
                       "LEFT JOIN draft d ON d.conversation = c.id ORDER BY c.last_seq DESC, c.id"));
        for (;;) {
            TRY_ASSIGN(const bool row, statement.step());
            if (!row)
                break;
            found.push_back({ConversationId::checked(statement.blob(0)),
                             statement.text(1),
                             statement.integer(2) != 0,
                             static_cast<int>(statement.integer(3)),
                             {},
                             statement.text(4)});
        }
    }
    for (ConversationRow& conversation : found) {
        TRY_ASSIGN(const auto last, newest(db, conversation.id, 1));
        if (!last.empty())
            conversation.last = last.front();
    }
    return found;
}

Result<void> setDraft(sqlite::Database& db, const ConversationId& conversation, const QString& text, WallTime now) {
    if (text.isEmpty())
        return db.run("DELETE FROM draft WHERE conversation = ?", conversation);
    if (text.toUtf8().size() > static_cast<qsizetype>(wire::limits::DraftMax))
        return fail(Code::TooLarge, QStringLiteral("a draft has at most 1 MiB"));
    return db.run("INSERT INTO draft(conversation, text, at_ms) VALUES(?1, ?2, ?3) "
                  "ON CONFLICT(conversation) DO UPDATE SET text = ?2, at_ms = ?3",
                  conversation, text, toMs(now));
}

Result<std::int64_t> nextHlc(sqlite::Database& db, const ConversationId& conversation, WallTime now) {
    TRY_ASSIGN(const std::int64_t last,
               db.integer("SELECT coalesce((SELECT last_hlc FROM conversation WHERE id = ?), 0)", conversation));
    return std::max(last + 1, toMs(now));
}

#undef ROW
#undef MESSAGE

} // namespace kith::store::queries
