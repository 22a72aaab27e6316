// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/sqlite_rows.h"

#include "core/relay/mailstore/row_reading.h"

#include <algorithm>

namespace kith::relay {
namespace {

constexpr std::size_t CachedRowsMax = 50'000;

// Columns are read in the order of these lists.
#define ACCOUNT_COLUMNS "ref, account_id, ak, manifest_ver, manifest_hash, last_day, left_day"
#define DEVICE_COLUMNS                                                                                                 \
    "mailbox, ref, device_id, dk, epoch, last_seq, lease, items, bytes, last_day, highest_opk, lagged, closed"

AccountRow readAccount(const sqlite::Statement& row) {
    return {column<AccountRef>(row, 0),
            AccountId::checked(row.blob(1)),
            crypto::VerifyKey::checked(row.blob(2)),
            readU64(row.blob(3)),
            Hash32::checked(row.blob(4)),
            row.integer(5),
            row.integer(6)};
}

DeviceRow readDevice(const sqlite::Statement& row) {
    DeviceRow out;
    out.mailbox = column<MailboxId>(row, 0);
    out.account = column<AccountRef>(row, 1);
    out.device = column<DeviceId>(row, 2);
    out.login = crypto::VerifyKey::checked(row.blob(3));
    out.epoch = column<std::uint32_t>(row, 4);
    out.lastSeq = column<std::uint64_t>(row, 5);
    out.lease = column<std::uint64_t>(row, 6);
    out.items = column<std::uint32_t>(row, 7);
    out.bytes = column<std::uint64_t>(row, 8);
    out.lastDay = row.integer(9);
    out.highestOneTimeKey = column<std::uint32_t>(row, 10);
    out.isLagged = row.integer(11) != 0;
    out.isClosed = row.integer(12) != 0;
    return out;
}

std::int64_t signedOf(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

} // namespace

Result<void> SqliteRows::flush() {
    TRY(m_accounts.flush([this](const AccountRow& row) {
        return m_database.run("UPDATE account SET manifest_ver=?, manifest_hash=?, last_day=?, left_day=? WHERE ref=?",
                              crypto::versionBytes(row.manifestVersion), row.manifestHash, row.lastDay, row.leftDay,
                              row.ref);
    }));
    TRY(m_devices.flush([this](const DeviceRow& row) {
        return m_database.run("UPDATE device SET epoch=?, last_seq=?, lease=?, items=?, bytes=?, last_day=?, "
                              "highest_opk=?, lagged=?, closed=? WHERE mailbox=?",
                              row.epoch, signedOf(row.lastSeq), signedOf(row.lease), row.items, signedOf(row.bytes),
                              row.lastDay, row.highestOneTimeKey, row.isLagged, row.isClosed, row.mailbox);
    }));
    TRY(m_drops.flush([this](const DropRow& row) {
        return m_database.run("INSERT OR REPLACE INTO drop_(drop_id, ref, ver, kind, token_hash, max_items, max_bytes, "
                              "max_total, total, pow_bits, expires_min, paused, full, deleted_day) "
                              "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                              row.drop, row.account, row.version, static_cast<int>(row.kind), row.tokenHash,
                              row.maxItems, signedOf(row.maxBytes), row.maxTotal, row.total, row.powBits,
                              row.expiresMinute, row.isPaused, row.isFull, row.deletedDay);
    }));
    return m_shares.flush([this](const ShareRow& row) {
        if (row.items == 0 && !row.isSkipped)
            return m_database.run("DELETE FROM share WHERE mailbox=? AND drop_id=?", row.mailbox, row.drop);
        return m_database.run("INSERT OR REPLACE INTO share(mailbox, drop_id, items, bytes, skipped) VALUES(?,?,?,?,?)",
                              row.mailbox, row.drop, row.items, signedOf(row.bytes), row.isSkipped);
    });
}

void SqliteRows::abandon() {
    m_accounts.clear();
    m_devices.clear();
    m_mailboxes.clear();
    m_drops.clear();
    m_dropCounts.clear();
    m_shares.clear();
}

void SqliteRows::trim() {
    if (m_accounts.size() + m_devices.size() + m_drops.size() + m_shares.size() > CachedRowsMax)
        abandon();
}

Result<void> SqliteRows::flushAndForget() {
    TRY(flush());
    abandon();
    return {};
}

Result<std::optional<AccountRow>> SqliteRows::account(AccountRef ref) {
    if (const AccountRow* known = m_accounts.find(ref))
        return std::optional(*known);
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT " ACCOUNT_COLUMNS " FROM account WHERE ref=?"));
    TRY_ASSIGN(const std::optional<AccountRow> row, readOne(statement.bind(ref), readAccount));
    if (row)
        m_accounts.putLoaded(ref, *row);
    return row;
}

Result<std::optional<AccountRow>> SqliteRows::account(const AccountId& id) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT ref FROM account WHERE account_id=?"));
    TRY_ASSIGN(const bool found, statement.bind(id).step());
    return found ? account(column<AccountRef>(statement, 0)) : std::optional<AccountRow>();
}

Result<AccountRef> SqliteRows::add(const AccountRow& row) {
    TRY(m_database.run("INSERT INTO account(account_id, ak, manifest_ver, manifest_hash, last_day, left_day) "
                       "VALUES(?,?,?,?,?,?)",
                       row.id, row.key, crypto::versionBytes(row.manifestVersion), row.manifestHash, row.lastDay,
                       row.leftDay));
    return AccountRef(m_database.lastInsertRowId());
}

Result<void> SqliteRows::save(const AccountRow& row) {
    m_accounts.putChanged(row.ref, row);
    return {};
}

Result<void> SqliteRows::erase(AccountRef ref) {
    TRY(flushAndForget());
    TRY(m_database.run("DELETE FROM msg WHERE mailbox IN (SELECT mailbox FROM device WHERE ref=?)", ref));
    return m_database.run("DELETE FROM account WHERE ref=?", ref);
}

Result<pb::Signed> SqliteRows::manifest(AccountRef ref) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT body, sig FROM manifest WHERE ref=?"));
    TRY_ASSIGN(const bool found, statement.bind(ref).step());
    if (!found)
        return fail(Code::Corrupt, QStringLiteral("an account without a manifest"));
    pb::Signed out;
    out.set_body(toString(statement.blob(0)));
    out.set_sig(toString(statement.blob(1)));
    return out;
}

Result<void> SqliteRows::saveManifest(AccountRef ref, const pb::Signed& manifest) {
    return m_database.run("INSERT OR REPLACE INTO manifest(ref, body, sig) VALUES(?,?,?)", ref, view(manifest.body()),
                          view(manifest.sig()));
}

Result<std::vector<AccountRef>> SqliteRows::accountsIdleBefore(std::int64_t lastDay, std::int64_t leftDay,
                                                               std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT ref FROM account WHERE last_day<? OR "
                                                  "(left_day<>0 AND left_day<?) ORDER BY ref LIMIT ?"));
    return readAll(statement.bind(lastDay, leftDay, max), [](const auto& row) { return column<AccountRef>(row, 0); });
}

Result<std::vector<DeviceRow>> SqliteRows::devices(AccountRef account) {
    auto known = m_mailboxes.find(account);
    if (known == m_mailboxes.end()) {
        TRY_ASSIGN(auto statement,
                   m_database.prepare("SELECT " DEVICE_COLUMNS " FROM device WHERE ref=? ORDER BY mailbox"));
        TRY_ASSIGN(const std::vector<DeviceRow> rows, readAll(statement.bind(account), readDevice));
        known = m_mailboxes.emplace(account, std::vector<MailboxId>()).first;
        for (const DeviceRow& row : rows) {
            m_devices.putLoaded(row.mailbox, row); // keeps one that is there: it may be newer
            known->second.push_back(row.mailbox);
        }
    }
    std::vector<DeviceRow> out;
    for (const MailboxId mailbox : known->second)
        out.push_back(*m_devices.find(mailbox));
    return out;
}

Result<std::optional<DeviceRow>> SqliteRows::device(MailboxId mailbox) {
    if (const DeviceRow* known = m_devices.find(mailbox))
        return std::optional(*known);
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT " DEVICE_COLUMNS " FROM device WHERE mailbox=?"));
    TRY_ASSIGN(const std::optional<DeviceRow> row, readOne(statement.bind(mailbox), readDevice));
    if (row)
        m_devices.putLoaded(mailbox, *row);
    return row;
}

Result<MailboxId> SqliteRows::add(const DeviceRow& row) {
    m_mailboxes.erase(row.account);
    TRY(m_database.run("INSERT INTO device(ref, device_id, dk, epoch, last_seq, lease, items, bytes, last_day, "
                       "highest_opk, lagged, closed) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                       row.account, row.device, row.login, row.epoch, signedOf(row.lastSeq), signedOf(row.lease),
                       row.items, signedOf(row.bytes), row.lastDay, row.highestOneTimeKey, row.isLagged, row.isClosed));
    const auto mailbox = static_cast<MailboxId>(m_database.lastInsertRowId());
    TRY(m_database.run("DELETE FROM retired WHERE ref=? AND device_id=?", row.account, row.device));
    return mailbox;
}

Result<void> SqliteRows::save(const DeviceRow& row) {
    m_devices.putChanged(row.mailbox, row);
    return {};
}

Result<void> SqliteRows::retire(const DeviceRow& row, std::int64_t day, std::uint32_t keep) {
    TRY(flushAndForget());
    TRY(m_database.run("DELETE FROM msg WHERE mailbox=?", row.mailbox));
    TRY(m_database.run("DELETE FROM device WHERE mailbox=?", row.mailbox));
    TRY(m_database.run("INSERT OR REPLACE INTO retired(ref, device_id, dk, day) VALUES(?,?,?,?)", row.account,
                       row.device, row.login, day));
    return m_database.run("DELETE FROM retired WHERE ref=?1 AND device_id NOT IN (SELECT device_id FROM retired WHERE "
                          "ref=?1 ORDER BY day DESC, device_id=?2 DESC LIMIT ?3)",
                          row.account, row.device, keep);
}

Result<std::optional<crypto::VerifyKey>> SqliteRows::retiredLogin(AccountRef account, DeviceId device) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT dk FROM retired WHERE ref=? AND device_id=?"));
    TRY_ASSIGN(const bool found, statement.bind(account, device).step());
    return found ? statement.id<crypto::VerifyKey>(0) : std::nullopt;
}

Result<std::vector<DeviceRow>> SqliteRows::devicesIdleBefore(std::int64_t lastDay, std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT " DEVICE_COLUMNS " FROM device WHERE last_day<? AND closed=0 "
                                                  "ORDER BY mailbox LIMIT ?"));
    return readAll(statement.bind(lastDay, max), readDevice);
}

Result<std::uint32_t> SqliteRows::nextEpoch(std::uint32_t least) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT value FROM meta WHERE name='epoch'"));
    TRY_ASSIGN(const bool found, statement.step());
    const std::uint32_t epoch = std::max(found ? readU32(statement.blob(0)) + 1 : 0, least);
    QByteArray value;
    appendU32(value, epoch);
    TRY(m_database.run("INSERT OR REPLACE INTO meta(name, value) VALUES('epoch', ?)", value));
    return epoch;
}

Result<void> SqliteRows::renewEpochs(std::uint32_t epoch) {
    TRY(flushAndForget());
    return m_database.run("UPDATE device SET epoch=?", epoch);
}

Result<std::vector<Member>> SqliteRows::members(std::uint32_t max) {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT account_id, last_day FROM account ORDER BY ref LIMIT ?"));
    return readAll(statement.bind(max), [](const auto& row) {
        return Member{AccountId::checked(row.blob(0)), row.integer(1)};
    });
}

Result<CountAll::Outcome> SqliteRows::count() {
    TRY(flush());
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT (SELECT count(*) FROM account), count(*), "
                                                  "(SELECT count(*) FROM drop_ WHERE deleted_day=0), "
                                                  "coalesce(sum(items), 0), coalesce(sum(bytes), 0) FROM device"));
    TRY_ASSIGN([[maybe_unused]] const bool found, statement.step());
    return CountAll::Outcome{statement.integer(0), statement.integer(1), statement.integer(2), statement.integer(3),
                             statement.integer(4)};
}

} // namespace kith::relay
