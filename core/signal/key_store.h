// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/signal/prekey_bundle.h"

#include <compare>
#include <optional>
#include <vector>

namespace kith::signal {

/// One device of one account: the other end of a session.
struct PeerDevice {
    AccountId account;
    DeviceId device{};

    friend bool operator==(const PeerDevice&, const PeerDevice&) = default;
    friend auto operator<=>(const PeerDevice&, const PeerDevice&) = default;
    friend size_t qHash(const PeerDevice& peer, size_t seed = 0) {
        return qHashMulti(seed, peer.account, toU32(peer.device));
    }
};

/// This device's own IK_d and the registration id (1..16380) that libsignal wants beside it.
struct LocalIdentity {
    IdentityKey publicKey;
    SecretBytes privateKey; ///< 32 bytes
    std::uint32_t registrationId = 0;
};

/// The private half of a prekey in the engine's own format; bytes to the store.
struct PreKeyRecord {
    std::uint32_t id = 0;
    SecretBytes record;
};

/// All that one engine call changes.
struct KeyChanges {
    struct Session {
        PeerDevice peer;
        std::optional<QByteArray> record; ///< nothing = the session is removed
    };
    std::optional<Session> session;
    std::optional<std::uint32_t> usedOneTimePreKey; ///< removed
    std::vector<PreKeyRecord> newOneTimePreKeys;
    std::optional<PreKeyRecord> newSignedPreKey;
};

/// Where the engine keeps sessions and private keys; owned by its consumer and implemented over the open transaction
/// of the profile, so that a ratchet step and the message it belongs to become durable together (SCHEMA.md, "units").
/// An engine call reads what it needs and writes at most once, as its last step: a call that fails has changed nothing.
/// Thread: the engine's. Every Error a store returns comes out of the engine call unchanged.
class KeyStore {
public:
    virtual ~KeyStore() = default;

    virtual Result<LocalIdentity> identity() = 0;
    virtual Result<std::optional<QByteArray>> session(const PeerDevice& peer) = 0;
    virtual Result<std::optional<SecretBytes>> oneTimePreKey(std::uint32_t id) = 0;
    virtual Result<std::optional<SecretBytes>> signedPreKey(std::uint32_t id) = 0;

    /// The identity key that the newest adopted manifest lists for this device; nothing when it does not list it.
    /// This is the only source of trust: there is no trust on first use and the engine never writes identities.
    virtual Result<std::optional<IdentityKey>> trustedIdentity(const PeerDevice& peer) = 0;

    /// Writes all of it or nothing (an implementation over SQL may rely on the rollback of the enclosing unit).
    /// Duplicate when a new prekey's id is taken: a private half that was handed out is never overwritten.
    virtual Result<void> apply(KeyChanges changes) = 0;
};

} // namespace kith::signal

template <>
struct std::hash<kith::signal::PeerDevice> {
    std::size_t operator()(const kith::signal::PeerDevice& peer) const noexcept { return qHash(peer); }
};
