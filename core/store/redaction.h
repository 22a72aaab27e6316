// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"

namespace kith::store {

/// What was on its way and is not any more.
struct Withdrawn {
    std::uint64_t n = 0; ///< its number in the conversation; 0 = none
    std::vector<AccountId> accounts;
};

/// The one way content disappears (SCHEMA.md "Redaction"): the event that says so, and in the same unit the text goes
/// from the event that brought the message, from the projections, from what was sent and from what waits to be sent.
/// What is left says who, when and which number, so that a rebuild gives the same tables and no copy is taken for new.
/// NotFound: there is no such message, or it is gone already.
Result<Withdrawn> redact(Unit& unit, const AccountId& author, const MessageId& id);

} // namespace kith::store
