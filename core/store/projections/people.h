// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/projections/projection.h"

namespace kith::store {

enum class ContactState : int {
    RequestSent = 1,
    RequestReceived = 2,
    Connected = 3,
    Declined = 4,
};

/// Table contact: whom this account knows, and how far.
namespace people {

Result<void> takeRequested(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeRequest(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeConfirmed(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeDeclined(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeVerified(sqlite::Database& db, const StoredEvent& stored);
Result<void> takeRecovered(sqlite::Database& db, const StoredEvent& stored);

extern const ProjectedTable table;

} // namespace people
} // namespace kith::store
