// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/places.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::store {
namespace {

using namespace wire::limits;

constexpr auto LateFrom = std::chrono::minutes(1); ///< two people write at the same time: nobody has to be told

/// A computer that wakes up in 1970 must not date everything anew: its clock is behind what the homes have stamped.
Result<bool> isCredible(Unit& unit) {
    TRY_ASSIGN(const std::int64_t minute, unit.db().integer("SELECT coalesce(max(seen_seq), 0) >> 20 FROM home"));
    return fromMs(0) + std::chrono::minutes(minute) <= unit.now() + ClockAhead;
}

} // namespace

Result<Place> placeOf(Unit& unit, const Arrival& arrival) {
    const WallTime now = unit.now();
    const WallTime accepted = std::min(now, arrival.accepted);
    TRY_ASSIGN(const std::int64_t newest,
               unit.db().integer("SELECT coalesce((SELECT last_hlc FROM conversation WHERE id = ?), 0)",
                                 arrival.conversation));
    Place place{arrival.claim, arrival.claim > now + ClockAhead, false};
    if (place.isWrongClock)
        place.at = std::max(now, fromMs(newest + 1)); // our own clock may be the one that is behind
    else if (arrival.claim < accepted - ClockBehind)
        place.at = accepted; // nobody writes into old history in silence
    if (arrival.n > 0) {
        // The numbers of a device say in which order it spoke, whatever its clock said.
        TRY_ASSIGN(
            sqlite::Statement around,
            unit.db().prepare("SELECT (SELECT max(hlc) FROM message WHERE author = ?1 AND conversation = ?2 AND "
                              "device = ?3 AND n BETWEEN 1 AND ?4 - 1), "
                              "(SELECT min(hlc) FROM message WHERE author = ?1 AND conversation = ?2 AND "
                              "device = ?3 AND n > ?4), "
                              "EXISTS(SELECT 1 FROM message WHERE author = ?1 AND conversation = ?2 AND device = "
                              "?3 AND n = ?4)"));
        TRY(around.bind(arrival.author, arrival.conversation, arrival.device, static_cast<std::int64_t>(arrival.n))
                .step());
        const bool isTwice = around.integer(2) != 0; // a profile put back from a backup numbers anew
        if (!isTwice && !around.isNull(0))
            place.at = std::max(place.at, fromMs(around.integer(0)));
        if (!isTwice && !around.isNull(1))
            place.at = std::min(place.at, fromMs(around.integer(1)));
    }
    place.isLate = place.at + LateFrom < fromMs(newest);
    return place;
}

Result<void> correctPlaces(Unit& unit, const ConversationId& conversation) {
    TRY_ASSIGN(const std::int64_t newest,
               unit.db().integer("SELECT coalesce((SELECT last_hlc FROM conversation WHERE id = ?), 0)", conversation));
    TRY_ASSIGN(const bool credible, isCredible(unit));
    if (!credible || fromMs(newest) <= unit.now() + ClockAhead)
        return {};
    pb::Event event;
    event.mutable_clock_corrected()->set_conversation(conversation.str());
    event.mutable_clock_corrected()->set_now_ms(toMs(unit.now()));
    TRY(unit.append(event));
    return {};
}

Result<void> correctPlaces(Unit& unit) {
    std::vector<ConversationId> ahead;
    {
        TRY_ASSIGN(sqlite::Statement rows, unit.db().prepare("SELECT id FROM conversation WHERE last_hlc > ?"));
        rows.bind(toMs(unit.now() + ClockAhead));
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                break;
            ahead.push_back(ConversationId::checked(rows.blob(0)));
        }
    }
    for (const ConversationId& conversation : ahead)
        TRY(correctPlaces(unit, conversation));
    return {};
}

} // namespace kith::store
