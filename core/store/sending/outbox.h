// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/sending/sent.h"

namespace kith::store {

/// Rows of one account and lane go in order; a failure holds back the later ones. Numbers are stored.
enum class Lane : int { Messages = 0, Receipts = 1, Repairs = 2 };

/// Content that waits to be encrypted for one account, or frozen ciphertext that waits to be accepted (PROTOCOL.md s6
/// "Send").
struct OutboxRow {
    std::int64_t row = 0;
    Lane lane = Lane::Messages;
    AccountId account;
    std::optional<DeviceId> device; ///< a repair goes to this one only
    SentContent content;
    std::uint32_t attempt = 0;
    QByteArray riders; ///< serialised fields of wire::pb::Content that travel inside besides the body
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

/// The queue towards other accounts: one short row for each of them, however long the content. Thread: the store's.
class Outbox {
public:
    explicit Outbox(sqlite::Database& database)
        : m_db(database) {}

    /// Takes lane, account, device, content.row, attempt, riders and times of `row`.
    Result<void> add(const OutboxRow& row);
    /// Everybody for whom something waits.
    Result<std::vector<AccountId>> accounts();
    /// The first `perLane` rows of every lane of an account, lanes in order of their oldest row.
    Result<std::vector<OutboxRow>> heads(const AccountId& account, int perLane);
    Result<std::int64_t> count();
    /// True while the content waits for anybody.
    Result<bool> isWaiting(std::int64_t content);
    /// Everything that waits for its moment goes now.
    Result<void> makeDue(WallTime now);
    /// Receipts for this account in this conversation that are not encrypted yet: another message may take them along.
    Result<std::vector<OutboxRow>> queuedReceipts(const ConversationId& conversation, const AccountId& account);

    /// Ciphertext and sent list in the same unit as the ratchet step. NotFound when the row was removed.
    Result<void> freeze(const OutboxRow& row, const OutboxRow::Frozen& frozen, const std::vector<SentCopy>& copies,
                        WallTime now);
    /// Back to content: devices changed and nothing of it was stored at the relay.
    Result<void> thaw(std::int64_t row);
    Result<void> remove(std::int64_t row);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
