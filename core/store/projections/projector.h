// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"

namespace kith::store {

enum class ContactState : int {
    RequestSent = 1,
    RequestReceived = 2,
    Connected = 3,
    Declined = 4,
};

enum class RowKind : int {
    Text = 0,
    Gap = 1,       ///< a marker: a message is missing here
    ClosedGap = 2, ///< never shown: it stays because a page may be asked for from it
};

/// Own messages only move up, so the order and number of receipts does not matter. 0 for messages of others.
enum class MessageState : int {
    None = 0,
    Queued = 1,
    Failed = 2, ///< for good; a later acceptance still wins
    Accepted = 3,
    Delivered = 4,
    Read = 5,
};

enum MessageFlag : int {
    WrongClock = 1, ///< the clock by which it was written is wrong
    Late = 2,       ///< something newer was there when it came
};

/// Turns events into the tables that people see: contact, conversation, message. A function of the event log alone.
/// Thread: the store's, inside its transaction.
class Projector {
public:
    explicit Projector(sqlite::Database& database)
        : m_db(database) {}
    Result<void> apply(const StoredEvent& stored);
    Result<void> clear();
    /// SHA-256 over every row of every projection.
    Result<QByteArray> fingerprint();

private:
    Result<void> setContact(ByteView account, const std::string& name, ContactState state, const std::string& text,
                            WallTime at);
    Result<void> setVerified(ByteView account, bool verified);
    Result<void> connect(ByteView account, std::int64_t seq);
    Result<void> addOwn(const StoredEvent& stored);
    Result<void> sayAgain(const StoredEvent& stored);
    Result<void> addReceived(const StoredEvent& stored);
    Result<void> addGap(const StoredEvent& stored);
    Result<void> raise(ByteView conversation, ByteView author, ByteView id, MessageState state);
    Result<void> takeReceipt(const pb::ReceiptReceived& receipt);
    Result<void> touch(ByteView conversation, std::int64_t hlc, std::int64_t seq);
    Result<void> placeAgain(const pb::ClockCorrected& corrected);
    Result<void> markRead(const StoredEvent& stored);

    sqlite::Database& m_db;
};

} // namespace kith::store
