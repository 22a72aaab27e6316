// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sending/outbox.h"

#include "core/crypto/manifest.h"

#include <algorithm>

namespace kith::store {
namespace {

using Kind = wire::pb::Content::KindCase;

OutboxRow read(const sqlite::Statement& s) {
    OutboxRow row;
    row.row = s.integer(0);
    row.account = AccountId::checked(s.blob(1));
    row.lane = static_cast<Lane>(s.integer(2));
    if (!s.isNull(3))
        row.device = DeviceId(s.integer(3));
    row.attempt = static_cast<std::uint32_t>(s.integer(4));
    row.riders = s.bytes(5);
    row.created = fromMs(s.integer(6));
    row.due = fromMs(s.integer(7));
    if (!s.isNull(11))
        row.frozen = OutboxRow::Frozen{DropId::checked(s.blob(8)), EnvelopeId::checked(s.blob(9)), readU64(s.blob(10)),
                                       s.bytes(11)};
    row.content = {s.integer(12),
                   ConversationId::checked(s.blob(13)),
                   MessageId::checked(s.blob(14)),
                   static_cast<Kind>(s.integer(15)),
                   static_cast<std::uint64_t>(s.integer(16)),
                   s.bytes(17)};
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

} // namespace

Result<void> Outbox::add(const OutboxRow& row) {
    return m_db.run("INSERT INTO outbox(account, lane, device, content, attempt, riders, created_ms, due_ms) "
                    "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                    row.account, row.lane, row.device, row.content.row, row.attempt, row.riders, toMs(row.created),
                    toMs(row.due));
}

Result<std::vector<AccountId>> Outbox::accounts() {
    std::vector<AccountId> accounts;
    TRY_ASSIGN(sqlite::Statement rows, m_db.prepare("SELECT DISTINCT account FROM outbox"));
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return accounts;
        accounts.push_back(AccountId::checked(rows.blob(0)));
    }
}

Result<std::vector<OutboxRow>> Outbox::heads(const AccountId& account, int perLane) {
    std::vector<std::vector<OutboxRow>> lanes;
    for (const Lane lane : {Lane::Messages, Lane::Receipts, Lane::Repairs}) {
        TRY_ASSIGN(sqlite::Statement statement,
                   m_db.prepare("SELECT o.row, account, lane, device, attempt, riders, created_ms, due_ms, drop_id, "
                                "msg_id, manifest_ver, items, s.row, conversation, message_id, kind, n, body "
                                "FROM outbox o JOIN sent_content s ON s.row = o.content "
                                "WHERE account = ? AND lane = ? ORDER BY o.row LIMIT ?"));
        TRY_ASSIGN(auto rows, readAll(statement.bind(account, lane, perLane)));
        if (!rows.empty())
            lanes.push_back(std::move(rows));
    }
    std::sort(lanes.begin(), lanes.end(), [](const auto& a, const auto& b) { return a.front().row < b.front().row; });
    std::vector<OutboxRow> heads;
    for (auto& lane : lanes)
        std::move(lane.begin(), lane.end(), std::back_inserter(heads));
    return heads;
}

Result<std::int64_t> Outbox::count() {
    return m_db.integer("SELECT count(*) FROM outbox");
}

Result<bool> Outbox::isWaiting(std::int64_t content) {
    TRY_ASSIGN(const std::int64_t any, m_db.integer("SELECT EXISTS(SELECT 1 FROM outbox WHERE content = ?)", content));
    return any != 0;
}

Result<void> Outbox::makeDue(WallTime now) {
    return m_db.run("UPDATE outbox SET due_ms = ?1 WHERE due_ms > ?1", toMs(now));
}

Result<std::vector<OutboxRow>> Outbox::queuedReceipts(const ConversationId& conversation, const AccountId& account) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT o.row, account, lane, device, attempt, riders, created_ms, due_ms, drop_id, "
                            "msg_id, manifest_ver, items, s.row, conversation, message_id, kind, n, body "
                            "FROM outbox o JOIN sent_content s ON s.row = o.content "
                            "WHERE account = ? AND lane = ? AND items IS NULL AND conversation = ? AND kind = ? "
                            "ORDER BY o.row"));
    return readAll(statement.bind(account, Lane::Receipts, conversation, static_cast<int>(Kind::kReceipt)));
}

Result<void> Outbox::freeze(const OutboxRow& row, const OutboxRow::Frozen& frozen, const std::vector<SentCopy>& copies,
                            WallTime now) {
    TRY(m_db.run("UPDATE outbox SET riders = ?, drop_id = ?, msg_id = ?, manifest_ver = ?, items = ? WHERE row = ?",
                 row.riders, frozen.drop, frozen.envelope, crypto::versionBytes(frozen.manifestVersion), frozen.items,
                 row.row));
    if (m_db.changes() == 0)
        return fail(Code::NotFound, QStringLiteral("the outbox row is gone"));
    return Sent(m_db).noteCopies(row.content.row, row.account, row.attempt, copies, view(row.riders), now);
}

Result<void> Outbox::thaw(std::int64_t row) {
    return m_db.run("UPDATE outbox SET drop_id = NULL, msg_id = NULL, manifest_ver = NULL, items = NULL WHERE row = ?",
                    row);
}

Result<void> Outbox::remove(std::int64_t row) {
    return m_db.run("DELETE FROM outbox WHERE row = ?", row);
}

} // namespace kith::store
