// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/wire/content.pb.h"

namespace kith::wire {

/// kind in the seal info (PROTOCOL.md s3).
enum class SealKind : std::uint8_t { Item = 1, GroupHeader = 2 };

/// "krp-seal-1"‖kind‖drop_id‖device_id‖msg_id: binds a sealed body to one place, so that a relay cannot re-route it.
QByteArray sealInfo(SealKind kind, DropId drop, DeviceId device, EnvelopeId envelope);

/// u32 length ‖ Seal ‖ zeros up to 1, 2, 4 ... 64 KiB. TooLarge over 64 KiB.
Result<QByteArray> encodeSeal(const pb::Seal& seal);
/// Checks padding size, zeros and every width.
Result<pb::Seal> decodeSeal(ByteView padded);

} // namespace kith::wire
