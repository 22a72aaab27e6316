// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/keys/identity.h"

namespace kith::store {
namespace {

/// Private halves are kept 45 days after their prekey was replaced, longer than a relay keeps what was sent with it;
/// a pool of one-time prekeys is replaced after 60 days (PROTOCOL.md s1).
constexpr std::int64_t ReplacedKeyDays = 45;
constexpr std::int64_t OneTimeKeyDays = 60 + ReplacedKeyDays;

Result<void> put(sqlite::Database& db, const char* name, ByteView value) {
    return db.run("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2",
                  QString::fromLatin1(name), value);
}

Result<std::optional<SecretBytes>> find(sqlite::Database& db, const char* name) {
    TRY_ASSIGN(sqlite::Statement statement, db.prepare("SELECT value FROM meta WHERE name = ?"));
    TRY_ASSIGN(const bool row, statement.bind(QString::fromLatin1(name)).step());
    return row ? std::optional(SecretBytes(statement.blob(0))) : std::nullopt;
}

Result<SecretBytes> need(sqlite::Database& db, const char* name, std::size_t size = 0) {
    TRY_ASSIGN(auto found, find(db, name));
    if (!found || (size != 0 && found->size() != size))
        return fail(Code::Corrupt, QStringLiteral("the profile lacks its %1").arg(QLatin1String(name)));
    return std::move(*found);
}

template <typename Id>
Result<Id> needId(sqlite::Database& db, const char* name) {
    TRY_ASSIGN(const SecretBytes bytes, need(db, name, Id::size));
    return Id::checked(bytes.view());
}

Result<std::uint32_t> needNumber(sqlite::Database& db, const char* name) {
    TRY_ASSIGN(const SecretBytes bytes, need(db, name, 4));
    return readU32(bytes.view());
}

Result<std::uint32_t> number(sqlite::Database& db, const char* name, std::uint32_t fallback) {
    TRY_ASSIGN(const auto found, find(db, name));
    return found ? needNumber(db, name) : fallback;
}

Result<void> putNumber(sqlite::Database& db, const char* name, std::uint32_t value) {
    QByteArray bytes;
    appendU32(bytes, value);
    return put(db, name, view(bytes));
}

Result<std::optional<crypto::SignedManifest>> loadManifest(sqlite::Database& db, const char* name) {
    TRY_ASSIGN(const auto stored, find(db, name));
    if (!stored)
        return std::optional<crypto::SignedManifest>();
    wire::pb::Signed given;
    if (!given.ParseFromArray(stored->data(), static_cast<int>(stored->size())))
        return fail(Code::Corrupt, QStringLiteral("the profile's manifest is damaged"));
    TRY_ASSIGN(crypto::SignedManifest manifest, crypto::verifyManifest(given));
    return std::optional(std::move(manifest));
}

Result<void> saveManifest(sqlite::Database& db, const char* name, const crypto::SignedManifest& manifest) {
    const std::string stored = manifest.toWire().SerializeAsString();
    return put(db, name, view(stored));
}

} // namespace

Result<void> saveIdentity(sqlite::Database& db, const OwnIdentity& identity) {
    TRY(put(db, "account", identity.account.view()));
    TRY(put(db, "ak", identity.accountKey.view()));
    TRY(put(db, "name", view(identity.name.toUtf8())));
    TRY(putNumber(db, "device", toU32(identity.device)));
    TRY(put(db, "ik", identity.signal.publicKey.view()));
    TRY(put(db, "ik_private", identity.signal.privateKey.view()));
    TRY(putNumber(db, "reg_id", identity.signal.registrationId));
    TRY(put(db, "dk_seed", identity.loginSeed.view()));
    TRY(put(db, "sd_private", identity.sealPrivate.view()));
    TRY(put(db, "k_outbox", identity.outboxKey.view()));
    return put(db, "ak_wrapped", view(identity.wrappedAccountSeed));
}

Result<signal::LocalIdentity> loadSignalIdentity(sqlite::Database& db) {
    signal::LocalIdentity identity;
    TRY_ASSIGN(identity.publicKey, needId<signal::IdentityKey>(db, "ik"));
    TRY_ASSIGN(identity.privateKey, need(db, "ik_private", 32));
    TRY_ASSIGN(identity.registrationId, needNumber(db, "reg_id"));
    return identity;
}

Result<OwnIdentity> loadIdentity(sqlite::Database& db) {
    OwnIdentity identity;
    TRY_ASSIGN(identity.account, needId<AccountId>(db, "account"));
    TRY_ASSIGN(identity.accountKey, needId<crypto::VerifyKey>(db, "ak"));
    TRY_ASSIGN(const SecretBytes name, need(db, "name"));
    identity.name = QString::fromUtf8(toByteArray(name.view()));
    TRY_ASSIGN(const std::uint32_t device, needNumber(db, "device"));
    identity.device = DeviceId(device);
    TRY_ASSIGN(identity.signal, loadSignalIdentity(db));
    TRY_ASSIGN(identity.loginSeed, need(db, "dk_seed", 32));
    TRY_ASSIGN(identity.sealPrivate, need(db, "sd_private", 32));
    TRY_ASSIGN(identity.outboxKey, need(db, "k_outbox", 32));
    TRY_ASSIGN(const SecretBytes wrapped, need(db, "ak_wrapped"));
    identity.wrappedAccountSeed = toByteArray(wrapped.view());
    return identity;
}

Result<std::optional<crypto::SignedManifest>> loadOwnManifest(sqlite::Database& db) {
    return loadManifest(db, "manifest");
}

Result<void> saveOwnManifest(sqlite::Database& db, const crypto::SignedManifest& manifest) {
    return saveManifest(db, "manifest", manifest);
}

Result<std::optional<crypto::SignedManifest>> loadPendingManifest(sqlite::Database& db) {
    return loadManifest(db, "pending_manifest");
}

Result<void> savePendingManifest(sqlite::Database& db, const crypto::SignedManifest& manifest) {
    return saveManifest(db, "pending_manifest", manifest);
}

Result<void> clearPendingManifest(sqlite::Database& db) {
    return db.run("DELETE FROM meta WHERE name = 'pending_manifest'");
}

Result<std::optional<ConversationId>> loadLastOpen(sqlite::Database& db) {
    TRY_ASSIGN(const auto found, find(db, "last_open"));
    return found ? ConversationId::from(toByteArray(found->view())) : std::nullopt;
}

Result<void> saveLastOpen(sqlite::Database& db, const ConversationId& conversation) {
    return put(db, "last_open", conversation.view());
}

Result<std::uint32_t> takePreKeyIds(sqlite::Database& db, std::uint32_t count) {
    TRY_ASSIGN(const std::uint32_t first, number(db, "next_pre_key", signal::minPreKeyId));
    if (count > signal::maxPreKeyId + 1 - first)
        return fail(Code::Internal, QStringLiteral("this device has used up its 16 million prekey ids"));
    TRY(putNumber(db, "next_pre_key", first + count));
    return first;
}

Result<std::optional<PublishedPreKey>> loadSignedPreKey(sqlite::Database& db) {
    TRY_ASSIGN(const auto stored, find(db, "spk"));
    PublishedPreKey published;
    if (!stored || !published.bundle.ParseFromArray(stored->data(), static_cast<int>(stored->size())))
        return std::optional<PublishedPreKey>();
    TRY_ASSIGN(published.day,
               db.integer("SELECT made_day FROM signed_pre_key WHERE id = ?", published.bundle.spk_id()));
    return std::optional(std::move(published));
}

Result<void> saveSignedPreKey(sqlite::Database& db, const wire::pb::Bundle& bundle) {
    return put(db, "spk", view(bundle.SerializeAsString()));
}

Result<void> forgetOldPreKeys(sqlite::Database& db, WallTime now) {
    // Everything older than a signed prekey of that age was replaced at least as long ago; the newest one stays.
    TRY(db.run("DELETE FROM signed_pre_key WHERE id < (SELECT max(id) FROM signed_pre_key WHERE made_day <= ?)",
               toDay(now) - ReplacedKeyDays));
    return db.run("DELETE FROM one_time_pre_key WHERE made_day < ?", toDay(now) - OneTimeKeyDays);
}

Result<std::uint32_t> countOneTimeKeys(sqlite::Database& db) {
    TRY_ASSIGN(const std::int64_t count, db.integer("SELECT count(*) FROM one_time_pre_key"));
    return static_cast<std::uint32_t>(count);
}

Result<std::vector<Home>> loadHomes(sqlite::Database& db) {
    std::vector<Home> homes;
    TRY_ASSIGN(sqlite::Statement rows,
               db.prepare("SELECT relay_id, endpoint, registered, epoch, seen_seq FROM home ORDER BY position"));
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return homes;
        Home home;
        home.relay = RelayId::checked(rows.blob(0));
        TRY_ASSIGN(home.endpoint, wire::Endpoint::parse(rows.text(1)));
        home.registered = rows.integer(2) != 0;
        home.epoch = static_cast<std::uint32_t>(rows.integer(3));
        home.seenSeq = static_cast<std::uint64_t>(rows.integer(4));
        homes.push_back(std::move(home));
    }
}

Result<void> addHome(sqlite::Database& db, const Home& home) {
    return db.run("INSERT INTO home(relay_id, position, endpoint, registered, epoch, seen_seq) "
                  "VALUES(?1, (SELECT coalesce(max(position) + 1, 0) FROM home), ?2, ?3, 0, 0) "
                  "ON CONFLICT(relay_id) DO UPDATE SET endpoint = ?2",
                  home.relay, home.endpoint.toString(), home.registered);
}

Result<void> setHomeRegistered(sqlite::Database& db, const RelayId& relay) {
    return db.run("UPDATE home SET registered = 1 WHERE relay_id = ?", relay);
}

Result<void> setHomeCursor(sqlite::Database& db, const RelayId& relay, std::uint32_t epoch, std::uint64_t seenSeq) {
    return db.run("UPDATE home SET seen_seq = CASE WHEN epoch = ?2 THEN max(seen_seq, ?3) ELSE ?3 END, epoch = ?2 "
                  "WHERE relay_id = ?1",
                  relay, epoch, static_cast<std::int64_t>(seenSeq));
}

Result<void> dropUnregisteredHome(sqlite::Database& db, const RelayId& relay) {
    return db.run("DELETE FROM home WHERE relay_id = ? AND registered = 0", relay);
}

} // namespace kith::store
