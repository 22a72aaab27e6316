// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/signal/prekey_bundle.h"

namespace kith::signal::detail {

/// A session as the key store holds it: u8 format = 1 ‖ u64 time of the last first contact, ms ‖ libsignal's record.
/// libsignal itself never lets a session expire that the peer has not answered; hence the time.
struct StoredSession {
    static constexpr qsizetype headerSize = 9;
    static QByteArray encode(WallTime opened, ByteView record);
    /// Corrupt when it is too short or of another format.
    static Result<StoredSession> decode(const QByteArray& bytes);

    WallTime opened{};
    ByteView record; ///< borrowed from the decoded bytes
};

/// What the engine asks about a libsignal record, of its current state unless it says so, read in place: building
/// libsignal's objects for it would cost a tenth of a message. Field numbers are those of libsignal's
/// LocalStorageProtocol.proto.
struct SessionGlance {
    /// Corrupt when the record is not well-formed or holds a state of a version libsignal cannot load: it frees the
    /// key derivation of such a state twice.
    static Result<SessionGlance> of(ByteView record);

    bool canSend = false;        ///< false after the current state was archived
    bool unacknowledged = false; ///< every message is a prekey message until the peer answers
    std::optional<IdentityKey> identity;
    std::optional<RatchetKey> ownRatchetKey;
    int archivedStates = 0;
};

} // namespace kith::signal::detail
