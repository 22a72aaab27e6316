// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/sqlite/database.h"
#include "core/store/projections/messages.h"
#include "core/store/projections/people.h"

#include <vector>

namespace kith::store {

/// What a message answers.
struct Quote {
    std::int64_t seq = 0; ///< of its row, which is of the same conversation
    QString text;         ///< its beginning
};

/// One row of a timeline, as it stood at the snapshot of its page.
struct TimelineRow {
    std::int64_t seq = 0; ///< of the event that made it: its name for paging
    ConversationId conversation;
    AccountId author;
    MessageId id;
    RowKind kind = RowKind::Text;
    QString text;
    WallTime at; ///< shown time: its place
    MessageState state = MessageState::None;
    int flags = 0;
    std::optional<std::pair<AccountId, MessageId>> replyTo;
    std::optional<Quote> quote; ///< with replyTo; empty: that message is not here
};

struct TimelinePage {
    std::int64_t snapshot = 0;     ///< seq of the last event this page knows
    std::vector<TimelineRow> rows; ///< oldest first
    /// How many older and newer ones there are, at the end towards which the page was asked for; those that were asked
    /// for by a place: at both.
    /// A closed gap may count as a row, but where it was read towards the end, 0 and nothing else means the end.
    std::optional<int> rowsBefore;
    std::optional<int> rowsAfter;
};

struct ContactRow {
    AccountId account;
    QString name;
    ContactState state = ContactState::Connected;
    bool verified = false;
    QString requestText;
    WallTime since;
};

struct ConversationRow {
    ConversationId id;
    QString title;
    bool verified = false;
    int unread = 0;
    std::optional<TimelineRow> last;
    QString draft;
};

/// Reads of the projections and of drafts: on the store's own connection or on a reader's. Order of a timeline is
/// (place, author, n, id) (PROTOCOL.md s7).
namespace queries {

Result<std::int64_t> lastEvent(sqlite::Database& db);
/// The newest `limit` rows, or those before the row with event seq `before`. limit <= 500. NotFound when `before` is no
/// row of this conversation.
Result<TimelinePage> timeline(sqlite::Database& db, const ConversationId& conversation,
                              std::optional<std::int64_t> before, int limit);
/// Likewise those after the row with event seq `after`.
Result<TimelinePage> timelineAfter(sqlite::Database& db, const ConversationId& conversation, std::int64_t after,
                                   int limit);
/// The rows from the one that has `index` rows before it; the newest ones when there are not as many.
Result<TimelinePage> timelineAt(sqlite::Database& db, const ConversationId& conversation, int index, int limit);
/// The rows from the first one whose place is not before `from`; the newest ones when there is none.
Result<TimelinePage> timelineSince(sqlite::Database& db, const ConversationId& conversation, WallTime from, int limit);
/// The row of a message, in the middle of those before and after it. Without an author the message may be anybody's.
/// NotFound when it is not in this conversation.
Result<TimelinePage> timelineAround(sqlite::Database& db, const ConversationId& conversation,
                                    const std::optional<AccountId>& author, const MessageId& id, int limit);
Result<std::optional<TimelineRow>> message(sqlite::Database& db, const AccountId& author, const MessageId& id);
/// By its id alone, which is enough unless two people have one of that id: then Duplicate. NotFound.
Result<TimelineRow> findMessage(sqlite::Database& db, const AccountId& self, const MessageId& id,
                                const std::optional<AccountId>& author);
Result<std::vector<ContactRow>> contacts(sqlite::Database& db);
Result<std::optional<ContactRow>> contact(sqlite::Database& db, const AccountId& account);
Result<std::vector<ConversationRow>> conversations(sqlite::Database& db);
/// Empty removes it. TooLarge over limits::DraftMax bytes. In a unit of the store only.
Result<void> setDraft(sqlite::Database& db, const ConversationId& conversation, const QString& text, WallTime now);
/// The next hlc for a message of ours.
Result<std::int64_t> nextHlc(sqlite::Database& db, const ConversationId& conversation, WallTime now);

} // namespace queries
} // namespace kith::store
