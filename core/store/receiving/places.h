// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"

namespace kith::store {

/// Where a message stands among those that are there, and what people are told about it (PROTOCOL.md s7).
struct Place {
    WallTime at;
    bool isWrongClock = false; ///< its author's clock is ahead of ours
    bool isLate = false;       ///< there is something newer already
};

/// What decides the place of a message that comes now.
struct Arrival {
    ConversationId conversation;
    AccountId author;
    DeviceId device{};
    std::uint64_t n = 0; ///< its number from that device; 0 = none
    WallTime claim;      ///< what its author says
    WallTime accepted;   ///< when the own relay took it, which its author cannot choose
};

/// In a unit, before the event is appended.
Result<Place> placeOf(Unit& unit, const Arrival& arrival);

/// Places again what stands in the future, since the clock that said so was wrong: in one conversation, or in all.
Result<void> correctPlaces(Unit& unit, const ConversationId& conversation);
Result<void> correctPlaces(Unit& unit);

} // namespace kith::store
