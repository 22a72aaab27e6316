// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/keys/key_store_sql.h"

#include "core/store/keys/identity.h"

namespace kith::store {
namespace {

/// To the signal engine Corrupt means a damaged record, which a new session mends. A damaged page is not the message's
/// fault: its mail has to wait at the relay until the file is good again.
template <typename T>
Result<T> ofDisk(Result<T> result) {
    if (!result && result.error().code == Code::Corrupt)
        return fail(Code::Unavailable, result.error().detail);
    return result;
}

Result<std::optional<SecretBytes>> secretRow(Result<sqlite::Statement> prepared, std::uint32_t id) {
    TRY_ASSIGN(sqlite::Statement statement, ofDisk(std::move(prepared)));
    TRY_ASSIGN(const bool row, ofDisk(statement.bind(id).step()));
    if (!row)
        return std::optional<SecretBytes>();
    return std::optional(SecretBytes(statement.blob(0)));
}

} // namespace

Result<signal::LocalIdentity> KeyStoreSql::identity() {
    return loadSignalIdentity(m_db);
}

Result<std::optional<QByteArray>> KeyStoreSql::session(const signal::PeerDevice& peer) {
    TRY_ASSIGN(sqlite::Statement statement,
               ofDisk(m_db.prepare("SELECT record FROM session WHERE account = ? AND device = ?")));
    TRY_ASSIGN(const bool row, ofDisk(statement.bind(peer.account, peer.device).step()));
    return row ? std::optional(statement.bytes(0)) : std::nullopt;
}

Result<std::optional<SecretBytes>> KeyStoreSql::oneTimePreKey(std::uint32_t id) {
    return secretRow(m_db.prepare("SELECT record FROM one_time_pre_key WHERE id = ?"), id);
}

Result<std::optional<SecretBytes>> KeyStoreSql::signedPreKey(std::uint32_t id) {
    return secretRow(m_db.prepare("SELECT record FROM signed_pre_key WHERE id = ?"), id);
}

Result<std::optional<signal::IdentityKey>> KeyStoreSql::trustedIdentity(const signal::PeerDevice& peer) {
    TRY_ASSIGN(sqlite::Statement statement,
               ofDisk(m_db.prepare("SELECT ik FROM peer_device WHERE account = ? AND device = ?")));
    TRY_ASSIGN(const bool row, ofDisk(statement.bind(peer.account, peer.device).step()));
    return row ? statement.id<signal::IdentityKey>(0) : std::nullopt;
}

Result<void> KeyStoreSql::apply(signal::KeyChanges changes) {
    return ofDisk(write(std::move(changes)));
}

Result<void> KeyStoreSql::write(signal::KeyChanges changes) {
    if (changes.session) {
        const signal::PeerDevice& peer = changes.session->peer;
        if (changes.session->record)
            TRY(m_db.run("INSERT INTO session(account, device, record) VALUES(?1, ?2, ?3) "
                         "ON CONFLICT(account, device) DO UPDATE SET record = ?3",
                         peer.account, peer.device, *changes.session->record));
        else
            TRY(m_db.run("DELETE FROM session WHERE account = ? AND device = ?", peer.account, peer.device));
    }
    if (changes.usedOneTimePreKey)
        TRY(m_db.run("DELETE FROM one_time_pre_key WHERE id = ?", *changes.usedOneTimePreKey));
    const std::int64_t today = toDay(m_clock.wall());
    for (const signal::PreKeyRecord& key : changes.newOneTimePreKeys)
        TRY(m_db.run("INSERT INTO one_time_pre_key(id, record, made_day) VALUES(?, ?, ?)", key.id, key.record.view(),
                     today));
    if (changes.newSignedPreKey)
        TRY(m_db.run("INSERT INTO signed_pre_key(id, record, made_day) VALUES(?, ?, ?)", changes.newSignedPreKey->id,
                     changes.newSignedPreKey->record.view(), today));
    return {};
}

} // namespace kith::store
