// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/sqlite_rows.h"

#include "core/relay/mailstore/row_reading.h"

#include <algorithm>

namespace kith::relay {
namespace {

#define DROP_COLUMNS                                                                                                   \
    "drop_id, ref, ver, kind, token_hash, max_items, max_bytes, max_total, total, pow_bits, expires_min, paused, "     \
    "full, deleted_day"

DropRow readDrop(const sqlite::Statement& row) {
    DropRow out;
    out.drop = DropId::checked(row.blob(0));
    out.account = column<AccountRef>(row, 1);
    out.version = column<std::uint32_t>(row, 2);
    out.kind = static_cast<pb::DropKind>(row.integer(3));
    out.tokenHash = Hash32::checked(row.blob(4));
    out.maxItems = column<std::uint32_t>(row, 5);
    out.maxBytes = column<std::uint64_t>(row, 6);
    out.maxTotal = column<std::uint32_t>(row, 7);
    out.total = column<std::uint32_t>(row, 8);
    out.powBits = column<std::uint32_t>(row, 9);
    out.expiresMinute = column<std::uint32_t>(row, 10);
    out.isPaused = row.integer(11) != 0;
    out.isFull = row.integer(12) != 0;
    out.deletedDay = row.integer(13);
    return out;
}

Invite readInvite(const sqlite::Statement& row) {
    return {InviteId::checked(row.blob(0)), column<std::uint32_t>(row, 1), column<std::uint32_t>(row, 2),
            column<std::uint32_t>(row, 3)};
}

} // namespace

Result<std::optional<DropRow>> SqliteRows::drop(const DropId& drop) {
    if (const DropRow* known = m_drops.find(drop))
        return std::optional(*known);
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT " DROP_COLUMNS " FROM drop_ WHERE drop_id=?"));
    TRY_ASSIGN(const std::optional<DropRow> row, readOne(statement.bind(drop), readDrop));
    if (row)
        m_drops.putLoaded(drop, *row);
    return row;
}

Result<void> SqliteRows::save(const DropRow& row) {
    if (m_dropCounts.contains(row.account)) {
        TRY_ASSIGN(const std::optional<DropRow> before, drop(row.drop));
        count(before, row);
    }
    m_drops.putChanged(row.drop, row);
    return {};
}

Result<void> SqliteRows::erase(const DropId& id) {
    TRY_ASSIGN(const std::optional<DropRow> before, drop(id));
    TRY(flush());
    m_drops.clear();
    count(before, std::nullopt);
    return m_database.run("DELETE FROM drop_ WHERE drop_id=?", id);
}

void SqliteRows::count(const std::optional<DropRow>& before, const std::optional<DropRow>& after) {
    const auto of = [this](const DropRow& row) -> std::uint32_t* {
        const auto counts = m_dropCounts.find(row.account);
        if (counts == m_dropCounts.end())
            return nullptr;
        return row.deletedDay == 0 ? &counts->second.live : &counts->second.deleted;
    };
    if (std::uint32_t* counted = before ? of(*before) : nullptr)
        --*counted;
    if (std::uint32_t* counted = after ? of(*after) : nullptr)
        ++*counted;
}

Result<std::uint32_t> SqliteRows::countDrops(AccountRef account, DropState state) {
    auto counts = m_dropCounts.find(account);
    if (counts == m_dropCounts.end()) {
        TRY(flush());
        TRY_ASSIGN(auto statement, m_database.prepare("SELECT count(*), total(deleted_day<>0) FROM drop_ WHERE ref=?"));
        TRY_ASSIGN([[maybe_unused]] const bool row, statement.bind(account).step());
        const auto deleted = column<std::uint32_t>(statement, 1);
        counts =
            m_dropCounts.emplace(account, DropCounts{column<std::uint32_t>(statement, 0) - deleted, deleted}).first;
    }
    return state == DropState::Live ? counts->second.live : counts->second.deleted;
}

Result<std::vector<DropRow>> SqliteRows::drops(AccountRef account, const DropId& after, std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT " DROP_COLUMNS " FROM drop_ WHERE ref=? AND drop_id>? AND deleted_day=0 "
                                  "ORDER BY drop_id LIMIT ?"));
    return readAll(statement.bind(account, after, max), readDrop);
}

Result<std::optional<DropRow>> SqliteRows::oldestTombstone(AccountRef account) {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT " DROP_COLUMNS " FROM drop_ WHERE ref=? AND deleted_day<>0 "
                                                  "ORDER BY deleted_day, drop_id LIMIT 1"));
    return readOne(statement.bind(account), readDrop);
}

Result<std::vector<DropRow>> SqliteRows::dropsExpiredBy(std::uint32_t minute, std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT " DROP_COLUMNS " FROM drop_ WHERE deleted_day=0 AND expires_min<>0 AND "
                                  "expires_min<=? ORDER BY drop_id LIMIT ?"));
    return readAll(statement.bind(minute, max), readDrop);
}

Result<std::vector<DropId>> SqliteRows::tombstonesBefore(std::int64_t day, std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT drop_id FROM drop_ WHERE deleted_day<>0 AND deleted_day<? "
                                                  "ORDER BY drop_id LIMIT ?"));
    return readAll(statement.bind(day, max), [](const auto& row) { return DropId::checked(row.blob(0)); });
}

Result<std::optional<SpkRow>> SqliteRows::spk(MailboxId mailbox) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT spk_id, pub, sig FROM spk WHERE mailbox=?"));
    return readOne(statement.bind(mailbox), [](const auto& row) {
        return SpkRow{column<std::uint32_t>(row, 0), toString(row.blob(1)), toString(row.blob(2))};
    });
}

Result<void> SqliteRows::saveSpk(MailboxId mailbox, const SpkRow& row) {
    return m_database.run("INSERT OR REPLACE INTO spk(mailbox, spk_id, pub, sig) VALUES(?,?,?,?)", mailbox, row.id,
                          view(row.key), view(row.signature));
}

Result<std::uint32_t> SqliteRows::countOneTimeKeys(MailboxId mailbox) {
    TRY_ASSIGN(const std::int64_t count, m_database.integer("SELECT count(*) FROM prekey WHERE mailbox=?", mailbox));
    return static_cast<std::uint32_t>(count);
}

Result<std::optional<std::string>> SqliteRows::oneTimeKey(MailboxId mailbox, std::uint32_t id) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT pub FROM prekey WHERE mailbox=? AND opk_id=?"));
    return readOne(statement.bind(mailbox, id), [](const auto& row) { return toString(row.blob(0)); });
}

Result<void> SqliteRows::addOneTimeKey(MailboxId mailbox, std::uint32_t id, const std::string& key) {
    return m_database.run("INSERT INTO prekey(mailbox, opk_id, pub) VALUES(?,?,?)", mailbox, id, view(key));
}

Result<std::optional<pb::OneTimeKey>> SqliteRows::takeOneTimeKey(MailboxId mailbox) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("DELETE FROM prekey WHERE mailbox=?1 AND opk_id=(SELECT min(opk_id) FROM prekey "
                                  "WHERE mailbox=?1) RETURNING opk_id, pub"));
    TRY_ASSIGN(const bool found, statement.bind(mailbox).step());
    if (!found)
        return std::optional<pb::OneTimeKey>();
    pb::OneTimeKey key;
    key.set_opk_id(column<std::uint32_t>(statement, 0));
    key.set_opk(toString(statement.blob(1)));
    TRY(statement.run());
    return std::optional(key);
}

Result<void> SqliteRows::eraseOneTimeKeys(MailboxId mailbox) {
    return m_database.run("DELETE FROM prekey WHERE mailbox=?", mailbox);
}

Result<void> SqliteRows::eraseAllOneTimeKeys() {
    return m_database.run("DELETE FROM prekey");
}

Result<std::optional<CardRow>> SqliteRows::card(const CardId& card) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT ref, expires_min, body FROM card WHERE card_id=?"));
    return readOne(statement.bind(card), [&card](const auto& row) {
        return CardRow{card, column<AccountRef>(row, 0), column<std::uint32_t>(row, 1), toString(row.blob(2))};
    });
}

Result<std::uint32_t> SqliteRows::countCards(AccountRef account) {
    TRY_ASSIGN(const std::int64_t count, m_database.integer("SELECT count(*) FROM card WHERE ref=?", account));
    return static_cast<std::uint32_t>(count);
}

Result<void> SqliteRows::save(const CardRow& row) {
    return m_database.run("INSERT OR REPLACE INTO card(card_id, ref, expires_min, body) VALUES(?,?,?,?)", row.card,
                          row.account, row.expiresMinute, view(row.body));
}

Result<void> SqliteRows::erase(const CardId& card) {
    return m_database.run("DELETE FROM card WHERE card_id=?", card);
}

Result<std::optional<DescriptorRow>> SqliteRows::descriptor(AccountRef account, const RelayId& relay) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT generation, issued_ms, body, sig FROM descriptor "
                                                  "WHERE ref=? AND relay_id=?"));
    return readOne(statement.bind(account, relay), [&](const auto& row) {
        DescriptorRow out{account, relay, column<std::uint32_t>(row, 0), column<std::uint64_t>(row, 1), {}};
        out.descriptor.set_body(toString(row.blob(2)));
        out.descriptor.set_sig(toString(row.blob(3)));
        return out;
    });
}

Result<void> SqliteRows::save(const DescriptorRow& row) {
    return m_database.run("INSERT OR REPLACE INTO descriptor(ref, relay_id, generation, issued_ms, body, sig) "
                          "VALUES(?,?,?,?,?,?)",
                          row.account, row.relay, row.generation, static_cast<std::int64_t>(row.issuedMs),
                          view(row.descriptor.body()), view(row.descriptor.sig()));
}

Result<void> SqliteRows::eraseDescriptorsBut(AccountRef account, const std::vector<RelayId>& kept) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT relay_id FROM descriptor WHERE ref=?"));
    TRY_ASSIGN(const std::vector<RelayId> held,
               readAll(statement.bind(account), [](const auto& row) { return RelayId::checked(row.blob(0)); }));
    for (const RelayId& relay : held)
        if (std::find(kept.begin(), kept.end(), relay) == kept.end())
            TRY(m_database.run("DELETE FROM descriptor WHERE ref=? AND relay_id=?", account, relay));
    return {};
}

Result<void> SqliteRows::postpone(std::uint32_t since, std::uint32_t until, std::uint32_t by) {
    TRY(flushAndForget());
    constexpr std::uint32_t MinutesPerDay = 24 * 60;
    TRY(m_database.run("UPDATE device SET last_day = last_day + ?3 WHERE last_day BETWEEN ?1 AND ?2",
                       since / MinutesPerDay, until / MinutesPerDay, by / MinutesPerDay));
    TRY(m_database.run("UPDATE account SET last_day = last_day + ?3 WHERE last_day BETWEEN ?1 AND ?2",
                       since / MinutesPerDay, until / MinutesPerDay, by / MinutesPerDay));
    TRY(m_database.run("UPDATE msg SET expires_min = expires_min + ?3 WHERE recv_min BETWEEN ?1 AND ?2", since, until,
                       by));
    return m_database.run("UPDATE invite SET expires_min = expires_min + ?3 WHERE made_min BETWEEN ?1 AND ?2", since,
                          until, by);
}

Result<std::optional<Invite>> SqliteRows::invite(const InviteId& id) {
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT hash, uses_left, expires_min, made_min FROM invite WHERE hash=?"));
    return readOne(statement.bind(id), readInvite);
}

Result<std::vector<Invite>> SqliteRows::invites() {
    TRY_ASSIGN(auto statement,
               m_database.prepare("SELECT hash, uses_left, expires_min, made_min FROM invite ORDER BY hash"));
    return readAll(statement, readInvite);
}

Result<void> SqliteRows::save(const Invite& row) {
    return m_database.run("INSERT OR REPLACE INTO invite(hash, uses_left, expires_min, made_min) VALUES(?,?,?,?)",
                          row.id, row.usesLeft, row.expiresMinute, row.madeMinute);
}

Result<void> SqliteRows::erase(const InviteId& id) {
    return m_database.run("DELETE FROM invite WHERE hash=?", id);
}

Result<void> SqliteRows::eraseExpired(std::uint32_t minute, std::int64_t day) {
    TRY(m_database.run("DELETE FROM card WHERE expires_min<=?", minute));
    TRY(m_database.run("DELETE FROM invite WHERE expires_min<=?", minute));
    return m_database.run("DELETE FROM retired WHERE day<?", day);
}

} // namespace kith::relay
