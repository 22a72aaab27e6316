// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/derive.h"
#include "core/wire/identity.pb.h"

#include <vector>

namespace kith::crypto {

using IdentityPublicKey = FixedId<struct IdentityPublicTag, 32>; ///< Curve25519, without libsignal's type byte

struct ManifestDevice {
    DeviceId id{};
    std::uint32_t registrationId = 0;
    IdentityPublicKey identity; ///< IK_d
    VerifyKey login;            ///< DK_d
    DhPublicKey seal;           ///< SD_d
    std::uint32_t caps = 0;
    Signature cross; ///< XEdDSA by IK_d over crossMessage(): checked by clients, not by relays
    friend bool operator==(const ManifestDevice&, const ManifestDevice&) = default;
};

/// The signed list of an account's devices and homes (PROTOCOL.md s1).
struct Manifest {
    AccountId account;
    VerifyKey accountKey;
    std::uint64_t version = 0; ///< recovered_at_s·2^32 + counter; may exceed 2^53 and 2^63
    Hash32 previous;
    std::vector<Hash32> merges;
    WallTime issued;
    std::vector<RelayId> homes;
    std::vector<ManifestDevice> devices;

    const ManifestDevice* device(DeviceId id) const;
    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// A manifest together with the exact bytes that were signed; those are stored and sent, never a re-encoding.
struct SignedManifest {
    Manifest manifest;
    QByteArray body;
    Signature signature;

    Hash32 hash() const { return sha256(view(body)); }
    wire::pb::Signed toWire() const;
};

/// TooLarge over 4 KiB; INVARIANT that the manifest's account belongs to `accountKey`.
Result<SignedManifest> signManifest(const Manifest& manifest, const SigningKey& accountKey);
/// Checks AK's signature, that account_id is AK's hash, and every limit. Invalid or Untrusted.
Result<SignedManifest> verifyManifest(const wire::pb::Signed& given);

/// "krp-dev-1"‖AK‖device_id‖DK_d‖SD_d: what IK_d signs, so that an account cannot claim somebody else's IK.
QByteArray crossMessage(const VerifyKey& accountKey, DeviceId id, const VerifyKey& login, const DhPublicKey& seal);

/// A version as stored: 8 big-endian bytes that compare with memcmp, never an SQL integer or a double.
QByteArray versionBytes(std::uint64_t version);

} // namespace kith::crypto
