// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/delivery.h"

#include "core/store/projections/messages.h"

namespace kith::store::delivery {
namespace {

/// Only in its own conversation: nobody may speak for a message that went to somebody else (PROTOCOL.md s3).
Result<std::optional<std::int64_t>> findOwn(sqlite::Database& db, const std::string& conversation,
                                            const std::string& author, const std::string& id) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        db.prepare("SELECT seq FROM message WHERE author = ? AND id = ? AND conversation = ? AND recipients > 0"));
    TRY_ASSIGN(const bool row, statement.bind(view(author), view(id), view(conversation)).step());
    return row ? std::optional(statement.integer(0)) : std::nullopt;
}

Result<void> raise(sqlite::Database& db, const std::string& conversation, const std::string& author,
                   const std::string& id, const std::string& account, MessageState state) {
    TRY_ASSIGN(const auto message, findOwn(db, conversation, author, id));
    if (!message)
        return {};
    const auto named = account.empty() ? contactOf(ConversationId::checked(conversation)) : AccountId::from(account);
    if (!named)
        return fail(Code::Invalid, QStringLiteral("the event does not say with whom the message has come so far"));
    TRY(db.run("INSERT INTO delivery(message, account, state) VALUES(?1, ?2, ?3) ON CONFLICT(message, account) "
               "DO UPDATE SET state = max(state, ?3)",
               *message, *named, state));
    return db.run("UPDATE message SET state = (SELECT iif(count(*) < recipients, ?2, coalesce(min(nullif(d.state, "
                  "?3)), ?3)) FROM delivery d WHERE d.message = seq) WHERE seq = ?1",
                  *message, MessageState::Queued, MessageState::Failed);
}

} // namespace

Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageAccepted& message = stored.event.message_accepted();
    return raise(db, message.conversation(), message.author(), message.id(), message.account(), MessageState::Accepted);
}

Result<void> takeFailed(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageFailed& message = stored.event.message_failed();
    return raise(db, message.conversation(), message.author(), message.id(), message.account(), MessageState::Failed);
}

Result<void> takeReceipt(sqlite::Database& db, const StoredEvent& stored) {
    const pb::ReceiptReceived& receipt = stored.event.receipt_received();
    if (receipt.kind() != pb::DELIVERED && receipt.kind() != pb::READ)
        return {}; // of a newer version
    const auto state = receipt.kind() == pb::READ ? MessageState::Read : MessageState::Delivered;
    for (const std::string& id : receipt.ids())
        TRY(raise(db, receipt.conversation(), receipt.author(), id, receipt.account(), state));
    return {};
}

Result<void> takeRetried(sqlite::Database& db, const StoredEvent& stored) {
    const pb::MessageRetried& retried = stored.event.message_retried();
    TRY_ASSIGN(const auto message, findOwn(db, retried.conversation(), retried.author(), retried.id()));
    if (!message)
        return {};
    return db.run("DELETE FROM delivery WHERE message = ?1 AND state = ?2 AND ?2 = (SELECT state FROM message WHERE "
                  "seq = ?1)",
                  *message, MessageState::Failed);
}

const ProjectedTable table{"DELETE FROM delivery",
                           "SELECT json_array(message, hex(account), state) FROM delivery ORDER BY message, account"};

} // namespace kith::store::delivery
