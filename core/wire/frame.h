// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"
#include "core/wire/frame.pb.h"

namespace kith::wire {

/// Error codes of KRP/1 (PROTOCOL.md s17).
enum class WireCode : std::uint32_t {
    None = 0,
    Unsupported = 1,
    Malformed = 2,
    TooBig = 3,
    AuthRequired = 4,
    AuthFailed = 5,
    Revoked = 6,
    Denied = 10,
    DevicesChanged = 11,
    Quota = 12,
    PowRequired = 13,
    NeedManifest = 15,
    Conflict = 20,
    NotFound = 21,
    GrantInvalid = 22,
    SignupClosed = 23,
    NoRoom = 24,
    Rate = 30,
    RetryLater = 31,
    Draining = 32,
    Internal = 50,
};

/// WebSocket close codes that mean something to a Kith.
enum class CloseCode : std::uint16_t {
    Normal = 1000,
    TooBig = 1009,
    Drain = 1012,
    Auth = 4401,
    Replaced = 4409,
    Limit = 4429
};

enum class Sender { Client, Relay };

/// Parses one WebSocket message and checks every length, count and range of PROTOCOL.md s5, so that ids can afterwards
/// be read with FixedId::checked. `frame` is reused between calls; its id is set whenever it could be read. Returns
/// None, TooBig (over `sizeMax`), Malformed, or Unsupported (a body this version does not know, or one that `sender`
/// never sends).
WireCode decodeFrame(ByteView message, Sender sender, std::size_t sizeMax, pb::Frame& frame);

/// The id of a frame that is not worth parsing, or 0. Reads the first field only.
std::uint64_t peekFrameId(ByteView message);

/// The two bodies that travel as bytes of their own because they are hashed or signed. False when malformed.
bool decodeHello(const std::string& bytes, pb::Hello& hello);
bool decodeHelloOk(const std::string& bytes, pb::HelloOk& helloOk);

/// Parses a protobuf message under the recursion limit of the protocol.
bool parseLimited(ByteView bytes, google::protobuf::MessageLite& message);

QByteArray encodeFrame(const pb::Frame& frame);

} // namespace kith::wire
