// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/sqlite_rows.h"

#include "core/relay/mailstore/row_reading.h"

namespace kith::relay {
namespace {

RemovedItem readRemoved(const sqlite::Statement& row) {
    return {column<MailboxId>(row, 0), DropId::checked(row.blob(1)), column<std::uint64_t>(row, 2)};
}

} // namespace

Result<void> SqliteRows::append(const ItemRow& row, ByteView body) {
    return m_database.run("INSERT INTO msg(mailbox, seq, msg_id, drop_id, recv_min, expires_min, size, body) "
                          "VALUES(?,?,?,?,?,?,?,?)",
                          row.mailbox, static_cast<std::int64_t>(row.seq), row.envelope, row.drop, row.receivedMinute,
                          row.expiresMinute, static_cast<std::int64_t>(body.size()), body);
}

Result<FetchItems::Outcome> SqliteRows::fetch(const FetchItems& request, std::uint32_t minute) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT seq, msg_id, drop_id, recv_min, expires_min, size, body FROM msg "
                                  "WHERE mailbox=? AND seq>? AND expires_min>? ORDER BY seq"));
    statement.bind(request.mailbox, static_cast<std::int64_t>(request.after), minute);
    FetchItems::Outcome out;
    std::uint64_t bytes = 0;
    for (;;) {
        TRY_ASSIGN(const bool found, statement.step());
        if (!found)
            return out;
        bytes += column<std::uint64_t>(statement, 5);
        if (!out.items.empty() && (out.items.size() >= request.itemsMax || bytes > request.bytesMax)) {
            out.hasMore = true;
            return out;
        }
        out.items.push_back({column<std::uint64_t>(statement, 0), EnvelopeId::checked(statement.blob(1)),
                             DropId::checked(statement.blob(2)), column<std::uint32_t>(statement, 3),
                             column<std::uint32_t>(statement, 4), toString(statement.blob(6))});
    }
}

Result<std::vector<RemovedItem>> SqliteRows::removeUpTo(MailboxId mailbox, std::uint64_t seq) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("DELETE FROM msg WHERE mailbox=? AND seq<=? RETURNING mailbox, drop_id, size"));
    return readAll(statement.bind(mailbox, static_cast<std::int64_t>(seq)), readRemoved);
}

Result<std::optional<RemovedItem>> SqliteRows::remove(MailboxId mailbox, std::uint64_t seq) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("DELETE FROM msg WHERE mailbox=? AND seq=? RETURNING mailbox, drop_id, size"));
    TRY_ASSIGN(const std::vector<RemovedItem> removed,
               readAll(statement.bind(mailbox, static_cast<std::int64_t>(seq)), readRemoved));
    return removed.empty() ? std::nullopt : std::optional(removed.front());
}

Result<std::vector<RemovedItem>> SqliteRows::removeExpired(std::uint32_t minute, std::uint32_t max) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("DELETE FROM msg WHERE row IN (SELECT row FROM msg WHERE expires_min<=? "
                                  "ORDER BY expires_min LIMIT ?) RETURNING mailbox, drop_id, size"));
    return readAll(statement.bind(minute, max), readRemoved);
}

Result<void> SqliteRows::clear(MailboxId mailbox) {
    TRY(flushAndForget());
    TRY(m_database.run("DELETE FROM msg WHERE mailbox=?", mailbox));
    return m_database.run("DELETE FROM share WHERE mailbox=?", mailbox);
}

Result<ShareRow> SqliteRows::share(MailboxId mailbox, const DropId& drop) {
    const ShareKey key{mailbox, drop};
    if (const ShareRow* known = m_shares.find(key))
        return *known;
    ShareRow row{mailbox, drop, 0, 0, false};
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT items, bytes, skipped FROM share WHERE mailbox=? AND drop_id=?"));
    TRY_ASSIGN(const bool found, statement.bind(mailbox, drop).step());
    if (found) {
        row.items = column<std::uint32_t>(statement, 0);
        row.bytes = column<std::uint64_t>(statement, 1);
        row.isSkipped = statement.integer(2) != 0;
    }
    m_shares.putLoaded(key, row);
    return row;
}

Result<void> SqliteRows::save(const ShareRow& row) {
    m_shares.putChanged({row.mailbox, row.drop}, row);
    return {};
}

Result<std::vector<DropId>> SqliteRows::skippedDrops(MailboxId mailbox) {
    TRY(flush());
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT drop_id FROM share WHERE mailbox=? AND skipped<>0 ORDER BY drop_id"));
    return readAll(statement.bind(mailbox), [](const auto& row) { return DropId::checked(row.blob(0)); });
}

Result<bool> SqliteRows::isKnown(const DedupKey& key) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT 1 FROM dedup WHERE key=?"));
    return statement.bind(key).step();
}

Result<void> SqliteRows::remember(const DedupKey& key, std::int64_t day) {
    return m_database.run("INSERT INTO dedup(key, day) VALUES(?,?)", key, day);
}

Result<void> SqliteRows::forget(std::uint8_t slice, std::int64_t day) {
    const QByteArray from(1, static_cast<char>(slice));
    const QByteArray to =
        slice == 0xff ? QByteArray(DedupKey::size + 1, '\xff') : QByteArray(1, static_cast<char>(slice + 1));
    return m_database.run("DELETE FROM dedup WHERE key>=? AND key<? AND day<?", from, to, day);
}

} // namespace kith::relay
