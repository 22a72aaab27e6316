// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/manifest.h"
#include "core/signal/key_store.h"
#include "core/sqlite/database.h"
#include "core/wire/frame.pb.h"

namespace kith::store {

/// Who this profile is: one account, this device, its keys. Written once when the profile is made; the account key's
/// seed stays wrapped by the passphrase (crypto::ProfileKeys::accountWrap).
struct OwnIdentity {
    AccountId account;
    crypto::VerifyKey accountKey;
    QString name;
    DeviceId device{};
    signal::LocalIdentity signal;
    SecretBytes loginSeed;   ///< DK_d
    SecretBytes sealPrivate; ///< SD_d
    SecretBytes outboxKey;   ///< k_outbox
    QByteArray wrappedAccountSeed;
};

Result<void> saveIdentity(sqlite::Database& db, const OwnIdentity& identity);
/// Corrupt when a part is missing or has another size.
Result<OwnIdentity> loadIdentity(sqlite::Database& db);
Result<signal::LocalIdentity> loadSignalIdentity(sqlite::Database& db);

/// This account's newest signed manifest; nothing before the first home was joined.
Result<std::optional<crypto::SignedManifest>> loadOwnManifest(sqlite::Database& db);
Result<void> saveOwnManifest(sqlite::Database& db, const crypto::SignedManifest& manifest);

/// The manifest of a registration whose answer has not come yet.
Result<std::optional<crypto::SignedManifest>> loadPendingManifest(sqlite::Database& db);
Result<void> savePendingManifest(sqlite::Database& db, const crypto::SignedManifest& manifest);
Result<void> clearPendingManifest(sqlite::Database& db);

/// The chat that was open last, which only its owner may know.
Result<std::optional<ConversationId>> loadLastOpen(sqlite::Database& db);
Result<void> saveLastOpen(sqlite::Database& db, const ConversationId& conversation);

/// The next `count` prekey ids of this device, never given twice (PROTOCOL.md s1): the first of them.
Result<std::uint32_t> takePreKeyIds(sqlite::Database& db, std::uint32_t count);
/// The signed prekey that is published now, as it goes to a home, and the day it was made.
struct PublishedPreKey {
    wire::pb::Bundle bundle;
    std::int64_t day = 0;
};
Result<std::optional<PublishedPreKey>> loadSignedPreKey(sqlite::Database& db);
Result<void> saveSignedPreKey(sqlite::Database& db, const wire::pb::Bundle& bundle);
Result<std::uint32_t> countOneTimeKeys(sqlite::Database& db);
/// Private halves that nobody can use any more: signed prekeys replaced 45 days ago, one-time prekeys 105 days old.
Result<void> forgetOldPreKeys(sqlite::Database& db, WallTime now);

/// An own home, in the manifest's order.
struct Home {
    RelayId relay;
    wire::Endpoint endpoint;
    bool registered = false;
    std::uint32_t epoch = 0;
    std::uint64_t seenSeq = 0; ///< highest seq received in that epoch
};
Result<std::vector<Home>> loadHomes(sqlite::Database& db);
/// At the end of the list; a known one only gets the new address.
Result<void> addHome(sqlite::Database& db, const Home& home);
Result<void> setHomeRegistered(sqlite::Database& db, const RelayId& relay);
/// A new epoch forgets the cursor; within one it only rises.
Result<void> setHomeCursor(sqlite::Database& db, const RelayId& relay, std::uint32_t epoch, std::uint64_t seenSeq);
/// Removes a home that never took the registration.
Result<void> dropUnregisteredHome(sqlite::Database& db, const RelayId& relay);

} // namespace kith::store
