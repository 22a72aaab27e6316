// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/projector.h"

#include "core/crypto/hash.h"
#include "core/store/projections/conversations.h"
#include "core/store/projections/delivery.h"
#include "core/store/projections/messages.h"
#include "core/store/projections/people.h"

#include <algorithm>

namespace kith::store {
namespace {

using E = pb::Event;

/// A new kind of event is a message in event.proto, a row here, and the steps it names.
constexpr EventKind Kinds[] = {
    {E::kProfileCreated},
    {E::kHomeJoined},
    {E::kContactRequested, {people::takeRequested}},
    {E::kRequestReceived, {people::takeRequest}},
    {E::kRequestAccepted, {people::takeAccepted, conversations::takeAccepted}},
    {E::kRequestDeclined, {people::takeDeclined}},
    {E::kContactConfirmed, {people::takeConfirmed, conversations::takeConfirmed}},
    {E::kContactVerified, {people::takeVerified}},
    {E::kContactRecovered, {people::takeRecovered}},
    {E::kMessageComposed, {messages::takeComposed, conversations::takeComposed}},
    {E::kMessageAccepted, {delivery::takeAccepted}},
    {E::kMessageReceived, {messages::takeReceived, conversations::takeReceived}},
    {E::kReceiptReceived, {delivery::takeReceipt}},
    {E::kMessageFailed, {delivery::takeFailed}},
    {E::kMessageUnreadable}, // what is missing shows as a gap
    {E::kGapNoticed, {conversations::takeGap, messages::takeGap}},
    {E::kGapClosed, {messages::takeGapClosed}},
    {E::kConversationRead, {conversations::takeRead}},
    {E::kMessageRetried, {delivery::takeRetried, messages::takeRetried, conversations::takeRetried}},
    {E::kMessageDeleted, {messages::takeDeleted, conversations::takeDeleted}},
    {E::kClockCorrected, {messages::takeClockCorrected, conversations::takeClockCorrected}},
};

const ProjectedTable* const Tables[] = {&people::table, &conversations::table, &messages::table, &delivery::table};

} // namespace

std::span<const EventKind> eventKinds() {
    return Kinds;
}

std::span<const ProjectedTable* const> projectedTables() {
    return Tables;
}

Result<void> Projector::apply(const StoredEvent& stored) {
    const auto* kind = std::find_if(std::begin(Kinds), std::end(Kinds),
                                    [&](const EventKind& each) { return each.kind == stored.event.kind_case(); });
    if (kind == std::end(Kinds))
        return {};
    for (const EventKind::Step step : kind->steps)
        if (step != nullptr)
            TRY(step(m_db, stored));
    return {};
}

Result<void> Projector::clear() {
    for (const ProjectedTable* table : Tables)
        TRY(m_db.run(table->clear));
    return {};
}

Result<QByteArray> Projector::fingerprint() {
    QByteArray all;
    for (const ProjectedTable* table : Tables) {
        TRY_ASSIGN(sqlite::Statement rows, m_db.prepare(table->rows));
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                break;
            all = crypto::sha256({view(all), view(rows.text(0).toUtf8())}).bytes();
        }
    }
    return all;
}

} // namespace kith::store
