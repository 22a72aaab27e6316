// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace kith::test {

/// The command stream of fuzz_pushes: for each command its number (modulo Count) and two bytes; `b` says what, `a`
/// where: an odd one means the anonymous socket, an even one that of the account. Raw takes `b` bytes more.
enum class PushCommand : std::uint8_t {
    Answer,      ///< the oldest request that is open, as an honest relay would
    AnswerOther, ///< with an answer of another kind
    AnswerAgain, ///< the last answer once more
    Refuse,      ///< with ERROR b, and a wait
    Drained,
    KeysLow,
    Manifest,
    Quota,
    Purged,
    Notice,
    Deliver,    ///< b: how many, of which epoch, whether seq increases
    GoAway,     ///< b: reason and wait
    Unasked,    ///< descriptors under an id that nobody has used
    Ping,       ///< b: how much its socket holds already
    Mutated,    ///< the last frame sent, with one field changed
    Raw,        ///< a message of the next `b` bytes
    Close,      ///< b: the close code
    HelloIs,    ///< b: how HELLO is answered from now on
    Advance,    ///< b: by how much
    OwnerAcks,  ///< b: which of the envelopes delivered are committed
    OwnerAsks,  ///< a request of the client's own
    OwnerStops, ///< b: and whether on the next callback
    OwnerStarts,
    OwnerRetries,
    OwnerCannotStore,
    OwnerBreaksOff,
    Count
};

} // namespace kith::test
