// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"

#include <optional>

namespace kith::signal {

/// Public Curve25519 keys, 32 bytes, without the type byte 0x05 that libsignal writes before them.
using IdentityKey = FixedId<struct IdentityKeyTag, 32>;   ///< IK_d of one device (PROTOCOL.md s1)
using PreKeyPublic = FixedId<struct PreKeyPublicTag, 32>; ///< public half of an SPK or OPK
using RatchetKey = FixedId<struct RatchetKeyTag, 32>;     ///< stands in the clear in every message
/// XEdDSA over Curve25519.
using XeddsaSignature = FixedId<struct XeddsaSignatureTag, 64>;

/// Prekey ids are 1..0xFFFFFE: 0 means "none" on the wire, and libsignal never deletes 0xFFFFFF ("last resort").
inline constexpr std::uint32_t minPreKeyId = 1;
inline constexpr std::uint32_t maxPreKeyId = 0xFFFFFE;
inline bool isPreKeyId(std::uint32_t id) {
    return id >= minPreKeyId && id <= maxPreKeyId;
}

/// The public half of a prekey, as it is uploaded and as it stands in a bundle.
struct OneTimePreKey {
    std::uint32_t id = 0;
    PreKeyPublic key;
};

/// The same for the signed prekey. The signature is the identity key's over 0x05 ‖ key.
struct SignedPreKey {
    std::uint32_t id = 0;
    PreKeyPublic key;
    XeddsaSignature signature;
};

/// What a relay hands out to open a session with one device, joined with what the manifest says of it. Plain values
/// of fixed width: a bundle with a short key or without a signature cannot be expressed. Nothing is verified yet;
/// SignalEngine::ensureSession does that.
struct PreKeyBundle {
    DeviceId device{};
    std::uint32_t registrationId = 0;
    IdentityKey identity;
    SignedPreKey signedPreKey;
    std::optional<OneTimePreKey> oneTimePreKey; ///< none when the relay had none left (PROTOCOL.md s1)
};

} // namespace kith::signal
