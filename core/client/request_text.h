// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"

#include <QString>

namespace kith::client {

/// The words of a contact request. Once it is accepted they are the first message of the chat on both sides, under an
/// id that both know without a word more (PROTOCOL.md s12).
struct RequestText {
    AccountId from;
    AccountId to;
    QString text; ///< cleaned
    WallTime at;  ///< by the clock of `from`, or when it came
};

/// Appends it, inside the unit that makes the contact; of `self` as delivered, since the acceptance says so. Nothing
/// happens when it is empty or there already.
Result<void> appendRequestText(store::Unit& unit, const AccountId& self, const RequestText& request);

} // namespace kith::client
