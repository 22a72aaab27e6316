// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/crypto/hash.h"
#include "core/sqlite/database.h"
#include "core/wire/content.pb.h"

#include <vector>

namespace kith::store {

/// What this device has to say in a conversation: stored once, however many are to hear it.
struct SentContent {
    std::int64_t row = 0;
    ConversationId conversation;
    MessageId message;
    wire::pb::Content::KindCase kind = wire::pb::Content::KIND_NOT_SET;
    std::uint64_t n = 0; ///< its number in the conversation; 0 = none
    QByteArray body;     ///< serialised wire::pb::Content; empty: redacted, and never repeated
};

/// One ciphertext that went to one device: what a repair request must name.
struct SentCopy {
    DeviceId device{};
    EnvelopeId envelope;
    crypto::Hash32 ciphertextHash;
};

/// Content that may go to one device again, with what travelled inside it the last time.
struct Repeat {
    SentContent content;
    QByteArray riders;
};

/// What was said to whom, for 30 days after the last time: the source of every repair. Thread: the store's.
class Sent {
public:
    explicit Sent(sqlite::Database& database)
        : m_db(database) {}

    /// The conversation's next message number for this device (contiguous, from 1).
    Result<std::uint64_t> nextNumber(const ConversationId& conversation);
    /// Returns its row. A message that is said anew under its old id keeps its row and takes the new number and body.
    Result<std::int64_t> add(const SentContent& content, WallTime now);
    Result<void> setBody(std::int64_t content, ByteView body);
    /// It never went out by itself.
    Result<void> remove(std::int64_t content);

    /// In the unit of the ratchet step. `riders` is what travelled inside besides the body.
    Result<void> noteCopies(std::int64_t content, const AccountId& account, std::uint32_t attempt,
                            const std::vector<SentCopy>& copies, ByteView riders, WallTime now);

    /// What has number n >= 1 in this conversation, if it went to this device or waits to go there.
    struct ByNumber {
        std::optional<Repeat> repeat; ///< it went there
        bool isQueued = false;        ///< it will come by itself
    };
    Result<ByNumber> byNumber(const ConversationId& conversation, std::uint64_t n, const AccountId& account,
                              DeviceId device);
    /// Only if exactly this ciphertext went to exactly this device, in this conversation.
    Result<std::optional<Repeat>> exactly(const ConversationId& conversation, const AccountId& account,
                                          const SentCopy& copy);
    /// What this device was sent with a number and has not confirmed, oldest first; at most 256.
    Result<std::vector<Repeat>> unconfirmed(const ConversationId& conversation, const AccountId& self,
                                            const AccountId& account, DeviceId device);
    /// True when anybody was sent it or is about to be.
    Result<bool> hasGoneOut(std::int64_t content);
    /// One above the highest attempt used for this content and account.
    Result<std::uint32_t> nextAttempt(std::int64_t content, const AccountId& account);
    /// Drops what was sent before this Unix day and waits for nobody: it is not repaired any more.
    Result<void> forgetBefore(std::int64_t day);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
