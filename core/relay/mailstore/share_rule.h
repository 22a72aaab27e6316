// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <cstdint>

/// How one drop may fill one mailbox (PROTOCOL.md s6): a hostile drop must not fill it for the others, and a forgotten
/// device must not stop the account.
namespace kith::relay {

struct Load {
    std::uint32_t items = 0;
    std::uint64_t bytes = 0;
};

enum class Fit {
    Takes,
    Skipped, ///< the drop is over its cap or its share: only this drop is marked
    Lagged,  ///< the mailbox is full and the drop is within its share: the device is marked
};

/// A drop may hold half of the room that is left (the dynamic threshold of shared buffers), and always one item while
/// there is room.
inline bool isWithinShare(Load held, Load room) {
    return std::uint64_t{held.items} * 2 <= room.items && held.bytes * 2 <= room.bytes;
}

/// `held` = by the drop in this mailbox, `cap` = the drop's own, `room` = left in the mailbox.
inline Fit fit(Load held, Load cap, Load room, std::uint64_t size) {
    const Load after{held.items + 1, held.bytes + size};
    const bool hasRoom = room.items >= 1 && room.bytes >= size;
    const bool isFirst = held.items == 0;
    const bool overCap = after.items > cap.items || after.bytes > cap.bytes;
    const bool overShare = hasRoom ? !isFirst && !isWithinShare(after, room) : !isWithinShare(held, room);
    if (overCap || overShare)
        return Fit::Skipped;
    return hasRoom ? Fit::Takes : Fit::Lagged;
}

/// A drop that was full takes items again from here on: no flapping with every ACK.
inline bool isUnderHalf(Load held, Load cap, Load room) {
    return Fit::Takes == fit(held, cap, room, 1) && std::uint64_t{held.items} * 2 <= cap.items &&
           held.bytes * 2 <= cap.bytes && (held.items == 0 || isWithinShare({held.items * 2, held.bytes * 2}, room));
}

} // namespace kith::relay
