// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/hash.h"
#include "core/signal/key_store.h"
#include "core/sqlite/database.h"

#include <vector>

namespace kith::store {

/// Why an envelope could not be shown. Numbers are stored.
enum class Unreadable : int {
    Seal = 1,          ///< does not open: not for us, or altered
    Malformed = 2,     ///< opens, but is no content of this protocol
    UnknownDevice = 3, ///< from a device that the sender's manifest does not list
    Session = 4,       ///< no session fits; asked for again
    NotAllowed = 5,    ///< a kind that may not come this way, or from this sender
    Replay = 6,        ///< its message key was used before
    LaterVersion = 7,  ///< a kind that this version does not know
};

/// Message numbers that were skipped, seen from one device in one conversation.
struct Gap {
    signal::PeerDevice from;
    ConversationId conversation;
    std::uint64_t n = 0;
    WallTime noticed;
    bool shown = false;
};

enum class Asked : int { Retry = 1, Gaps = 2, RetryAnswered = 3, GapsAnswered = 4 };

/// The memory of receiving: what was seen, what failed, what is missing. Thread: the store's.
class Inbound {
public:
    explicit Inbound(sqlite::Database& database)
        : m_db(database) {}

    /// The guarantee of exactly once: written in the unit that shows the content, kept 60 days.
    Result<bool> isSeen(const DropId& drop, const EnvelopeId& envelope);
    Result<void> markSeen(const DropId& drop, const EnvelopeId& envelope, WallTime now);
    /// A body that failed is known by its hash alone: junk under a good id must not hide the good copy. The newest 255
    /// bodies (at most 16 MiB) and the newest 65,536 hashes are kept, 7 days.
    Result<bool> hasFailed(const crypto::Hash32& bodyHash);
    Result<void> keepFailed(const crypto::Hash32& bodyHash, Unreadable reason, ByteView body, WallTime now);

    /// Envelopes for drops that nobody knows yet, 30 days; Quota when 64 MiB are held, each in whole pages of 4 KiB.
    Result<void> hold(const crypto::Hash32& bodyHash, ByteView envelope, WallTime now);
    /// The oldest ones, which are no longer held then.
    Result<std::vector<QByteArray>> takeHeld(int limit);

    /// Takes note of number n from a device. Numbers begin at 1, so the ones below the first that comes are missing
    /// too; but a first one above limits::FirstNumberMax is a baseline: this device came late, and nothing older is its
    /// own. Returns the gap that this n fills, if it does; numbers it skips become gaps, at most 1,024 of one device
    /// and conversation at a time. A number outside 1..2^53 is ignored.
    Result<std::optional<Gap>> noteNumber(const signal::PeerDevice& from, const ConversationId& conversation,
                                          std::uint64_t n, WallTime now);
    /// Noticed at least `patience` ago, or in the future: then the clock was set back since.
    Result<std::vector<Gap>> gapsToAsk(Millis patience, WallTime now);
    Result<void> markShown(const Gap& gap);
    Result<std::optional<Gap>> closeGap(const signal::PeerDevice& from, const ConversationId& conversation,
                                        std::uint64_t n);
    Result<bool> hasGaps();

    /// True, and noted, when it was less than `times` times in the last `every` (at most a day).
    Result<bool> mayAsk(const signal::PeerDevice& device, Asked what, Millis every, WallTime now, int times = 1);

    /// Old seen ids, failed bodies, held envelopes, answered rates; gaps that nobody can fill any more. Once a day.
    Result<void> forgetOld(WallTime now);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
