// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/core.h"

namespace kith::client {

/// This account's own manifest and prekeys: what it publishes at its homes. Functions over Core, inside a unit where
/// they write. Thread: the core thread.
namespace account {

struct NewProfile {
    store::OwnIdentity identity;
    SecretBytes accountSeed;
};
/// Fresh keys for a new account with this device.
Result<NewProfile> create(Random& random, const QString& name);
/// The account seed as it rests in the profile, and back.
QByteArray wrapSeed(Random& random, const SecretBytes& accountSeed, const SecretBytes& wrapKey);
Result<SecretBytes> unwrapSeed(const QByteArray& wrapped, const SecretBytes& wrapKey);

/// The manifest that a registration at `relay` needs: our own if it names that relay already, which has forgotten us
/// then; the stored pending one if a registration was interrupted; else
/// the next version with this home added; stored before it is returned, so that a repeat sends the same bytes.
Result<crypto::SignedManifest> manifestForJoin(Core& core, store::Unit& unit, const RelayId& relay);
/// The relay took it: the pending manifest becomes the account's.
Result<void> confirmJoin(store::Unit& unit, const crypto::SignedManifest& manifest);

/// The signed prekey to publish: the current one, or a new one after seven days.
Result<wire::pb::Bundle> signedPreKey(Core& core, store::Unit& unit);
/// `count` new one-time prekeys; fewer, or none, where the profile keeps limits::OneTimeKeysOwnedMax unused ones.
Result<std::vector<wire::pb::OneTimeKey>> oneTimePreKeys(Core& core, store::Unit& unit, std::uint32_t count);

} // namespace account
} // namespace kith::client
