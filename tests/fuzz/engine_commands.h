// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace kith::test {

/// The command stream of fuzz_engine: a policy byte, then for each command its number (modulo Count) and two bytes,
/// `a` which names a connection and `b` which says the rest. Raw takes `b` bytes more.
enum class EngineCommand : std::uint8_t {
    Connect, ///< b: bit 0 anonymous, bit 1 under the limits of an address, bit 2 which address
    Disconnect,
    Hello,
    Register, ///< b: account, version
    Auth,     ///< b: account, device, version, whether the manifest comes along
    DropPut,  ///< b: drop, kind, paused, version
    DropDel,  ///< b: drop
    DropList,
    Send,        ///< b: drop, whether the token is shown, live, the size
    SendAgain,   ///< the last SEND once more, under a new request number
    Ack,         ///< b: all that arrived, or a number of its own
    Bundles,     ///< b: drop, token
    KeysPut,     ///< b: how many
    ManifestPut, ///< b: account, version
    CardPut,
    CardGet,
    CardDel,
    DescPut,
    DescGet,
    Ping,
    Raw,        ///< a message of the next `b` bytes
    StoreBegin, ///< the store takes b+1 operations
    StoreFails, ///< the same, and nothing of them happens
    StoreEnds,  ///< what it has taken comes back
    Tick,       ///
    Advance,    ///< b: by how much
    WallJump,   ///< b: somebody sets the date of the relay
    Unsent,     ///< b: how much the socket holds
    Drain,
    Count
};

/// Bits of `b` for Send.
inline constexpr std::uint8_t SendWithToken = 0x04;
inline constexpr std::uint8_t SendLive = 0x08;

} // namespace kith::test
