// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/descriptor.h"
#include "core/relay/mailstore/operations.h"

#include <algorithm>

namespace kith::relay {

/// Who the relay is, for as long as it runs.
struct RelaySelf {
    crypto::SigningKey relayKey;
    RelayId relay;
    Hash32 leafPin; ///< of the TLS leaf that this port shows; all zero on plain loopback
    crypto::SignedDescriptor descriptor;

    /// Checks AK's signature. Invalid or Untrusted.
    Result<OfferedManifest> read(const pb::Signed& manifest) const {
        TRY_ASSIGN(crypto::SignedManifest verified, crypto::verifyManifest(manifest));
        const auto& homes = verified.manifest.homes;
        const bool listsThisRelay = std::find(homes.begin(), homes.end(), relay) != homes.end();
        return OfferedManifest{std::move(verified), listsThisRelay};
    }
};

} // namespace kith::relay
