// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/manifest.h"
#include "core/sqlite/database.h"
#include "core/wire/frame.pb.h"

namespace kith::store {

/// What a manifest did to what was known of an account (PROTOCOL.md s1 "adoption").
struct Adoption {
    enum class Outcome {
        Known,   ///< the same one
        Adopted, ///< newer, or the first
        Stale,   ///< older than ours: ignored
        Fork,    ///< contradicts ours, or does not settle an earlier contradiction: send to common devices only
        Ahead,   ///< its recovery time lies more than a day ahead of our clock: held back
    };
    Outcome outcome = Outcome::Known;
    bool recovered = false; ///< adopted, and it keeps no device that was known
};

struct PeerDeviceKeys {
    DeviceId device{};
    std::uint32_t registrationId = 0;
    crypto::IdentityPublicKey identity;
    crypto::DhPublicKey seal;
};

struct PeerHome {
    RelayId relay;
    wire::Endpoint endpoint;
    bool localAllowed = false; ///< the person named this address: it may be private or loopback
};

/// Where an account takes what is for it in one conversation.
struct PeerDrop {
    DropId drop;
    SecretBytes secret;
    wire::pb::DropKind kind = wire::pb::DROP_CONTACT;
    std::uint32_t version = 1;
};

/// What this profile knows of other accounts' devices, homes and drops. Thread: the store's.
class Peers {
public:
    explicit Peers(sqlite::Database& database)
        : m_db(database) {}

    /// Takes a verified manifest whose cross signatures the caller has checked. Sessions of devices that it no longer
    /// lists are deleted in the same step: libsignal asks for trust only when a session is made. A fork lasts until a
    /// higher version names one of its sides as merged, or recovery starts the account over.
    Result<Adoption> adopt(const crypto::SignedManifest& manifest, WallTime now);
    Result<std::optional<crypto::SignedManifest>> manifest(const AccountId& account);
    Result<std::vector<PeerDeviceKeys>> devices(const AccountId& account);

    Result<std::vector<PeerHome>> homes(const AccountId& account);
    /// A known address that a person allowed stays allowed.
    Result<void> setHome(const AccountId& account, const PeerHome& home, int position);

    Result<std::optional<PeerDrop>> drop(const AccountId& account, wire::pb::DropKind kind,
                                         const ConversationId& conversation);
    /// Newer drops replace older ones; false when `drop` is older than what is known.
    Result<bool> setDrop(const AccountId& account, const ConversationId& conversation, const PeerDrop& drop);
    Result<void> removeDrop(const AccountId& account, wire::pb::DropKind kind, const ConversationId& conversation);

    /// Forgets manifest, homes, drops and sessions.
    Result<void> forget(const AccountId& account);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
