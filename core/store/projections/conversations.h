// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/projections/projection.h"

namespace kith::store::conversations {

/// Table conversation: which there are, where the last one stands, how many are unread. After the table message.

/// An event that makes somebody a contact also makes the conversation.
Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeConfirmed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeComposed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeReceived(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored);
/// Before the table message: a gap stands where the conversation ends.
Result<void> takeGap(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeRead(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeDeleted(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeClockCorrected(sqlite::Database& db, const StoredEvent& stored);

extern const ProjectedTable table;

} // namespace kith::store::conversations
