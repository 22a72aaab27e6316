// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/projections/projection.h"

namespace kith::store::delivery {

/// Table delivery: how far each own message has come with each of those it went to. message.state is computed from it:
/// queued while one of them has nothing of it, then the lowest state of those it can reach.
Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeFailed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeReceipt(sqlite::Database& db, const StoredEvent& stored);
/// Before the message itself takes it: with whom it failed it waits again.
Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored);

extern const ProjectedTable table;

} // namespace kith::store::delivery
