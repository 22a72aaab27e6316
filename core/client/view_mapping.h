// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/view_types.h"
#include "core/store/profile_store.h"
#include "core/store/queries.h"

namespace kith::client {

/// From the store's rows to what crosses to the views.
TimelineRow toView(const store::TimelineRow& row);
TimelinePage toView(const store::TimelinePage& page);
ContactRow toView(const store::ContactRow& row);
ConversationRow toView(const store::ConversationRow& row);

/// What committed events changed, in order. Reads the projections for rows that were changed, not added.
Result<EventBatch> toBatch(sqlite::Database& db, const std::vector<store::StoredEvent>& events);

} // namespace kith::client
