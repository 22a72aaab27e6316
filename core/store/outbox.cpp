// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/outbox.h"

#include "core/base/clock.h"
#include "core/crypto/manifest.h"
#include "core/store/projections/messages.h"
#include "core/wire/limits.h"

namespace kith::store {
namespace {

using Kind = wire::pb::Content::KindCase;

OutboxRow read(const sqlite::Statement& s) {
    OutboxRow row;
    row.row = s.integer(0);
    row.lane = s.bytes(1);
    row.account = AccountId::checked(s.blob(2));
    if (!s.isNull(3))
        row.device = DeviceId(s.integer(3));
    row.message = MessageId::checked(s.blob(4));
    row.kind = static_cast<Kind>(s.integer(5));
    row.n = static_cast<std::uint64_t>(s.integer(6));
    row.attempt = static_cast<std::uint32_t>(s.integer(7));
    row.content = s.bytes(8);
    row.created = fromMs(s.integer(9));
    row.due = fromMs(s.integer(10));
    if (!s.isNull(14))
        row.frozen = OutboxRow::Frozen{DropId::checked(s.blob(11)), EnvelopeId::checked(s.blob(12)),
                                       readU64(s.blob(13)), s.bytes(14)};
    return row;
}

Result<std::vector<OutboxRow>> readAll(sqlite::Statement& statement) {
    std::vector<OutboxRow> rows;
    for (;;) {
        TRY_ASSIGN(const bool row, statement.step());
        if (!row)
            return rows;
        rows.push_back(read(statement));
    }
}

Result<std::optional<SentMessage>> readSent(sqlite::Statement& statement) {
    TRY_ASSIGN(const bool row, statement.step());
    if (!row)
        return std::optional<SentMessage>();
    return std::optional(SentMessage{MessageId::checked(statement.blob(0)), static_cast<Kind>(statement.integer(1)),
                                     static_cast<std::uint64_t>(statement.integer(2)), statement.bytes(3)});
}

} // namespace

Result<std::uint64_t> Outbox::nextNumber(const ConversationId& conversation) {
    TRY_ASSIGN(const std::int64_t n,
               m_db.integer("INSERT INTO counter(conversation, last_n) VALUES(?, 1) "
                            "ON CONFLICT(conversation) DO UPDATE SET last_n = last_n + 1 RETURNING last_n",
                            conversation));
    return static_cast<std::uint64_t>(n);
}

Result<void> Outbox::add(const OutboxRow& row) {
    return m_db.run(
        "INSERT INTO outbox(lane, account, device, message_id, kind, n, attempt, content, created_ms, due_ms) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.lane, row.account, row.device, row.message, static_cast<int>(row.kind), static_cast<std::int64_t>(row.n),
        row.attempt, row.content, toMs(row.created), toMs(row.due));
}

Result<std::vector<OutboxRow>> Outbox::heads(int perLane) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        // The places come from the index alone; of the rows behind it only the heads are read.
        m_db.prepare("SELECT row, lane, account, device, message_id, kind, n, attempt, content, created_ms, due_ms, "
                     "drop_id, msg_id, manifest_ver, items FROM outbox JOIN "
                     "(SELECT row AS head, row_number() OVER (PARTITION BY lane ORDER BY row) AS place, "
                     "min(row) OVER (PARTITION BY lane) AS oldest FROM outbox) ON row = head "
                     "WHERE place <= ? ORDER BY oldest, row"));
    return readAll(statement.bind(perLane));
}

Result<std::int64_t> Outbox::count() {
    return m_db.integer("SELECT count(*) FROM outbox");
}

Result<void> Outbox::makeDue(WallTime now) {
    return m_db.run("UPDATE outbox SET due_ms = ?1 WHERE due_ms > ?1", toMs(now));
}

Result<void> Outbox::setContent(std::int64_t row, ByteView content) {
    return m_db.run("UPDATE outbox SET content = ? WHERE row = ? AND items IS NULL", content, row);
}

Result<std::vector<OutboxRow>> Outbox::queuedReceipts(const AccountId& account) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        m_db.prepare("SELECT row, lane, account, device, message_id, kind, n, attempt, content, created_ms, due_ms, "
                     "drop_id, msg_id, manifest_ver, items FROM outbox "
                     "WHERE account = ? AND kind = ? AND items IS NULL ORDER BY row"));
    return readAll(statement.bind(account, static_cast<int>(Kind::kReceipt)));
}

Result<void> Outbox::freeze(const OutboxRow& row, const OutboxRow::Frozen& frozen, const std::vector<SentCopy>& copies,
                            WallTime now) {
    TRY(m_db.run("UPDATE outbox SET content = ?, drop_id = ?, msg_id = ?, manifest_ver = ?, items = ? WHERE row = ?",
                 row.content, frozen.drop, frozen.envelope, crypto::versionBytes(frozen.manifestVersion), frozen.items,
                 row.row));
    if (m_db.changes() == 0)
        return fail(Code::NotFound, QStringLiteral("the outbox row is gone"));
    // Frozen again, it may carry other riders: a repair repeats what went out last. One that failed and is sent again
    // has a new number, a repair none.
    TRY(m_db.run("INSERT INTO sent(message_id, account, kind, n, content, day) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
                 "ON CONFLICT(message_id, account) DO UPDATE SET content = ?5, n = max(n, ?4), day = ?6",
                 row.message, row.account, static_cast<int>(row.kind), static_cast<std::int64_t>(row.n), row.content,
                 toDay(now)));
    for (const SentCopy& copy : copies)
        TRY(m_db.run("INSERT INTO sent_copy(message_id, account, device, attempt, msg_id, ciphertext_hash) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(message_id, account, device) "
                     "DO UPDATE SET attempt = ?4, msg_id = ?5, ciphertext_hash = ?6",
                     row.message, row.account, copy.device, row.attempt, copy.envelope, copy.ciphertextHash));
    return {};
}

Result<void> Outbox::thaw(std::int64_t row) {
    return m_db.run("UPDATE outbox SET drop_id = NULL, msg_id = NULL, manifest_ver = NULL, items = NULL WHERE row = ?",
                    row);
}

Result<void> Outbox::remove(std::int64_t row) {
    return m_db.run("DELETE FROM outbox WHERE row = ?", row);
}

Result<bool> Outbox::isQueued(const AccountId& account, std::uint64_t n) {
    TRY_ASSIGN(const std::int64_t any, m_db.integer("SELECT EXISTS(SELECT 1 FROM outbox WHERE account = ? AND n = ?)",
                                                    account, static_cast<std::int64_t>(n)));
    return any != 0;
}

Result<std::optional<SentMessage>> Outbox::sentByNumber(const AccountId& account, std::uint64_t n) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT message_id, kind, n, content FROM sent WHERE account = ? AND n = ? AND n > 0"));
    return readSent(statement.bind(account, static_cast<std::int64_t>(n)));
}

Result<std::optional<SentMessage>> Outbox::sentExactly(const AccountId& account, const SentCopy& copy) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT s.message_id, s.kind, s.n, s.content FROM sent_copy c "
                            "JOIN sent s ON s.message_id = c.message_id AND s.account = c.account "
                            "WHERE c.msg_id = ? AND c.account = ? AND c.device = ? AND c.ciphertext_hash = ?"));
    return readSent(statement.bind(copy.envelope, account, copy.device, copy.ciphertextHash));
}

Result<std::vector<SentMessage>> Outbox::unconfirmed(const AccountId& self, const AccountId& account, DeviceId device) {
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT s.message_id, s.kind, s.n, s.content FROM sent s "
                            "JOIN sent_copy c ON c.message_id = s.message_id AND c.account = s.account "
                            "WHERE s.account = ?2 AND s.n > 0 AND c.device = ?3 AND NOT EXISTS("
                            "SELECT 1 FROM message m WHERE m.author = ?1 AND m.id = s.message_id AND m.state >= ?4) "
                            "AND NOT EXISTS(SELECT 1 FROM outbox o WHERE o.account = s.account "
                            "AND o.message_id = s.message_id AND o.items IS NULL) ORDER BY s.n LIMIT ?5"));
    rows.bind(self, account, device, MessageState::Delivered, static_cast<std::int64_t>(wire::limits::GapNumbersMax));
    std::vector<SentMessage> messages;
    for (;;) {
        TRY_ASSIGN(auto message, readSent(rows));
        if (!message)
            return messages;
        messages.push_back(std::move(*message));
    }
}

Result<bool> Outbox::wasSentTo(const MessageId& message, const AccountId& account, DeviceId device) {
    TRY_ASSIGN(
        const std::int64_t any,
        m_db.integer("SELECT EXISTS(SELECT 1 FROM sent_copy WHERE message_id = ? AND account = ? AND device = ?)",
                     message, account, device));
    return any != 0;
}

Result<std::uint32_t> Outbox::nextAttempt(const MessageId& message, const AccountId& account) {
    TRY_ASSIGN(
        const std::int64_t highest,
        m_db.integer(
            "SELECT max((SELECT coalesce(max(attempt), -1) FROM sent_copy WHERE message_id = ?1 AND account = ?2), "
            "(SELECT coalesce(max(attempt), -1) FROM outbox WHERE message_id = ?1 AND account = ?2))",
            message, account));
    return static_cast<std::uint32_t>(highest + 1);
}

Result<void> Outbox::forgetBefore(std::int64_t day) {
    TRY(m_db.run("DELETE FROM sent_copy WHERE (message_id, account) IN "
                 "(SELECT message_id, account FROM sent WHERE day < ?)",
                 day));
    return m_db.run("DELETE FROM sent WHERE day < ?", day);
}

} // namespace kith::store
