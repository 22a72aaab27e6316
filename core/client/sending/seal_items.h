// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/core.h"
#include "core/store/peers/peers.h"
#include "core/store/sending/outbox.h"

namespace kith::client {

struct Sealed {
    store::OutboxRow::Frozen frozen;
    std::vector<store::SentCopy> copies;
};

/// Encrypts what a row has to say for each device of its account, or for the one that it names, and seals it for the
/// drop (PROTOCOL.md s3). Steps their ratchets: in the unit that freezes the row. Devices that `previous` holds an item
/// for keep it. NotFound: none of their devices can be written to. Unavailable: this account has no relay yet.
Result<Sealed> sealItems(Core& core, const store::OutboxRow& row, const store::PeerDrop& drop,
                         const std::optional<store::OutboxRow::Frozen>& previous);

} // namespace kith::client
