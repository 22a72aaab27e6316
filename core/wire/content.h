// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/wire/content.pb.h"
#include "core/wire/frame.pb.h"

#include <span>
#include <string_view>

namespace kith::wire {

/// Which kind of drop an envelope came through.
using DropKind = pb::DropKind;

/// Parses and checks the end-to-end plaintext: sizes, widths, UTF-8, counts, at most one kind.
/// Invalid or TooLarge. A kind that this version does not know is no error: it comes back as KIND_NOT_SET.
Result<pb::Content> decodeContent(ByteView bytes);
/// TooLarge over 56 KiB.
Result<QByteArray> encodeContent(const pb::Content& content);

/// A row of the content-kind matrix (PROTOCOL.md s4). A new kind is a message in content.proto, a row in content.cpp
/// and in the specification, and a handler in core/client.
struct ContentKind {
    enum class Cipher {
        Session, ///< of a session, new or not
        PreKey,  ///< begins one: from whom nobody knows yet
        Plain,   ///< none
    };
    /// Of one account and lane one thing goes after another.
    enum class Lane { Messages, Receipts };
    enum class Numbered { No, Yes };
    pb::Content::KindCase kind;
    std::string_view drops; ///< the letters of PROTOCOL.md s4
    Cipher cipher;
    Numbered numbered; ///< durable content for every member of its conversation: a gap in n is noticed
    Lane lane;
    bool isShown; ///< a message that people see, and how far it has come
    bool (*isValid)(const pb::Content& content);
    /// A drop that the content names and that has to be held by a home before others may hear of it; or null.
    const std::string& (*namedDrop)(const pb::Content& content) = nullptr;

    bool isNumbered() const { return numbered == Numbered::Yes; }
    bool isPlain() const { return cipher == Cipher::Plain; }
    /// Where an account takes it.
    DropKind goesTo() const { return drops == "f" ? pb::DROP_FRONT : pb::DROP_CONTACT; }
    /// May it come through this kind of drop with this cipher type? Who the sender may be is checked by the inbox,
    /// which knows whose drop it is.
    bool mayCome(DropKind drop, pb::CipherType cipher) const;
};
std::span<const ContentKind> contentKinds();
/// Null: a kind that this version does not know.
const ContentKind* contentKind(pb::Content::KindCase kind);

} // namespace kith::wire
