// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/wire/content.pb.h"
#include "core/wire/frame.pb.h"

namespace kith::wire {

/// Which kind of drop an envelope came through.
using DropKind = pb::DropKind;

/// Parses and checks the end-to-end plaintext: sizes, widths, UTF-8, counts, at most one kind.
/// Invalid or TooLarge. A kind that this version does not know is no error: it comes back as KIND_NOT_SET.
Result<pb::Content> decodeContent(ByteView bytes);
/// TooLarge over 56 KiB.
Result<QByteArray> encodeContent(const pb::Content& content);

/// The content-kind matrix (PROTOCOL.md s4): may this kind come through this kind of drop with this cipher type?
/// Who the sender may be is checked by the inbox, which knows whose drop it is.
bool isAllowed(pb::Content::KindCase kind, DropKind drop, pb::CipherType cipher);
/// Durable content that goes to every member of its conversation and therefore takes a number n.
bool takesNumber(pb::Content::KindCase kind);

} // namespace kith::wire
