// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/projections/projection.h"

namespace kith::store {

enum class RowKind : int {
    Text = 0,
    Gap = 1,       ///< a marker: a message is missing here
    ClosedGap = 2, ///< never shown: it stays because a page may be asked for from it
    Deleted = 3,   ///< likewise, and because another copy of it may come
};

/// How far an own message has come with somebody only moves up, so the order and number of receipts does not matter.
/// None for messages of others.
enum class MessageState : int {
    None = 0,
    Queued = 1,
    Failed = 2, ///< for good; a later acceptance still wins
    Accepted = 3,
    Delivered = 4,
    Read = 5,
};

enum MessageFlag : int {
    WrongClock = 1, ///< the clock by which it was written is wrong
    Late = 2,       ///< something newer was there when it came
};

/// Table message: the rows of every timeline, each at its place (PROTOCOL.md s7).
namespace messages {

Result<void> takeComposed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeReceived(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeGap(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeGapClosed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeDeleted(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeClockCorrected(sqlite::Database& db, const StoredEvent& stored);

extern const ProjectedTable table;

} // namespace messages
} // namespace kith::store
