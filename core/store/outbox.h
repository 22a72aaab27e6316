// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/hash.h"
#include "core/sqlite/database.h"
#include "core/wire/content.pb.h"

#include <vector>

namespace kith::store {

/// Content that waits to be encrypted, or frozen ciphertext that waits to be accepted (PROTOCOL.md s6 "Send").
struct OutboxRow {
    std::int64_t row = 0;
    QByteArray lane; ///< rows of one lane go in order; a failure holds back the later ones
    AccountId account;
    std::optional<DeviceId> device; ///< a repair goes to this one only
    MessageId message;
    wire::pb::Content::KindCase kind = wire::pb::Content::KIND_NOT_SET;
    std::uint64_t n = 0;
    std::uint32_t attempt = 0;
    QByteArray content;
    WallTime created;
    WallTime due;

    /// What every retry sends again, byte for byte.
    struct Frozen {
        DropId drop;
        EnvelopeId envelope;
        std::uint64_t manifestVersion = 0;
        QByteArray items; ///< serialised wire::pb::Send with the items only
    };
    std::optional<Frozen> frozen;
};

/// One ciphertext that went to one device: what a repair request must name.
struct SentCopy {
    DeviceId device{};
    EnvelopeId envelope;
    crypto::Hash32 ciphertextHash;
};

struct SentMessage {
    MessageId message;
    wire::pb::Content::KindCase kind = wire::pb::Content::KIND_NOT_SET;
    std::uint64_t n = 0;
    QByteArray content;
};

/// The queue towards other accounts and the 30-day memory of what was sent to whom. Thread: the store's.
class Outbox {
public:
    explicit Outbox(sqlite::Database& database)
        : m_db(database) {}

    /// The conversation's next message number for this device (contiguous, from 1).
    Result<std::uint64_t> nextNumber(const ConversationId& conversation);

    Result<void> add(const OutboxRow& row);
    /// The first `perLane` rows of every lane, lanes in order of their oldest row.
    Result<std::vector<OutboxRow>> heads(int perLane);
    Result<std::int64_t> count();
    /// Everything that waits for its moment goes now.
    Result<void> makeDue(WallTime now);
    /// Replaces the content of a row that is not encrypted yet.
    Result<void> setContent(std::int64_t row, ByteView content);
    /// Receipts for this account that are not encrypted yet: another message may take them along.
    Result<std::vector<OutboxRow>> queuedReceipts(const AccountId& account);

    /// Ciphertext and sent list in the same unit as the ratchet step. NotFound when the row was removed.
    Result<void> freeze(const OutboxRow& row, const OutboxRow::Frozen& frozen, const std::vector<SentCopy>& copies,
                        WallTime now);
    /// Back to content: devices changed and nothing of it was stored at the relay.
    Result<void> thaw(std::int64_t row);
    Result<void> remove(std::int64_t row);

    /// True when number n for this account still waits here.
    Result<bool> isQueued(const AccountId& account, std::uint64_t n);
    /// n >= 1: content without a number cannot be asked for by number.
    Result<std::optional<SentMessage>> sentByNumber(const AccountId& account, std::uint64_t n);
    /// Only if exactly this ciphertext went to exactly this device.
    Result<std::optional<SentMessage>> sentExactly(const AccountId& account, const SentCopy& copy);
    /// What this device was sent with a number and has not confirmed, oldest first; at most 256.
    Result<std::vector<SentMessage>> unconfirmed(const AccountId& self, const AccountId& account, DeviceId device);
    /// True when `device` was on the sent list of the message.
    Result<bool> wasSentTo(const MessageId& message, const AccountId& account, DeviceId device);
    /// One above the highest attempt used for this message and account.
    Result<std::uint32_t> nextAttempt(const MessageId& message, const AccountId& account);
    /// Drops what was sent before this Unix day: it is not repaired any more.
    Result<void> forgetBefore(std::int64_t day);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
