// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/changes.h"
#include "core/store/profile_store.h"
#include "core/store/reads/queries.h"

namespace kith::client {

/// From the store's rows to what crosses to the views.
TimelineRow toView(const store::TimelineRow& row);
TimelinePage toView(const store::TimelinePage& page);
ContactRow toView(const store::ContactRow& row);
ConversationRow toView(const store::ConversationRow& row);
template <typename Row>
auto toViews(const std::vector<Row>& rows) {
    std::vector<decltype(toView(rows.front()))> views;
    views.reserve(rows.size());
    for (const Row& row : rows)
        views.push_back(toView(row));
    return views;
}

/// It was decided whether views hear of this kind of event.
bool isToldOrNot(store::pb::Event::KindCase kind);
/// What committed events changed, in order. Reads the projections for rows that were changed, not added.
Result<EventBatch> toBatch(sqlite::Database& db, const std::vector<store::StoredEvent>& events);

} // namespace kith::client
