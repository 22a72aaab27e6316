// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/peers/peers.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::store {
namespace {

using Outcome = Adoption::Outcome;

/// The manifest we follow and, after a fork, the hash of the one that contradicted it.
struct Known {
    crypto::SignedManifest manifest;
    std::optional<crypto::Hash32> rival;
};

std::uint64_t recoveredAt(std::uint64_t version) {
    return version >> 32U;
}

Outcome judge(const std::optional<Known>& known, const crypto::Manifest& given, ByteView body, WallTime now) {
    if (known && std::ranges::equal(view(known->manifest.body), body))
        return Outcome::Known;
    if (WallTime(std::chrono::seconds(recoveredAt(given.version))) > now + wire::limits::ClockSkewMax)
        return Outcome::Ahead;
    if (!known)
        return Outcome::Adopted;
    const std::uint64_t version = known->manifest.manifest.version;
    if (given.version < version)
        return Outcome::Stale;
    if (given.version == version)
        return Outcome::Fork;
    if (recoveredAt(given.version) > recoveredAt(version))
        return Outcome::Adopted;
    const crypto::Hash32 hash = known->manifest.hash();
    const bool merges = std::ranges::any_of(
        given.merges, [&](const crypto::Hash32& merged) { return merged == hash || merged == known->rival; });
    const bool succeedsAnother = given.version == version + 1 && given.previous != hash;
    // A successor of one side that knows nothing of the other could bring back a device which that one removed.
    return (known->rival || succeedsAnother) && !merges ? Outcome::Fork : Outcome::Adopted;
}

Result<std::optional<Known>> load(sqlite::Database& db, const AccountId& account) {
    TRY_ASSIGN(sqlite::Statement statement, db.prepare("SELECT body, sig, rival FROM peer WHERE account = ?"));
    TRY_ASSIGN(const bool row, statement.bind(account).step());
    if (!row)
        return std::optional<Known>();
    wire::pb::Signed stored;
    stored.set_body(toString(statement.blob(0)));
    stored.set_sig(toString(statement.blob(1)));
    TRY_ASSIGN(crypto::SignedManifest manifest, crypto::verifyManifest(stored));
    return std::optional(Known{std::move(manifest), statement.id<crypto::Hash32>(2)});
}

/// The same number with other keys is another device.
bool lists(const crypto::Manifest& manifest, const crypto::ManifestDevice& device) {
    const crypto::ManifestDevice* entry = manifest.device(device.id);
    return entry != nullptr && entry->identity == device.identity;
}

} // namespace

Result<Adoption> Peers::adopt(const crypto::SignedManifest& given, WallTime now) {
    const AccountId& account = given.manifest.account;
    TRY_ASSIGN(const auto known, load(m_db, account));
    Adoption adoption{judge(known, given.manifest, view(given.body), now), false};
    if (adoption.outcome == Outcome::Fork) {
        // Neither side wins before a merge is published: only devices that both name may be sent to.
        TRY(m_db.run("UPDATE peer SET rival = ? WHERE account = ?", given.hash(), account));
        for (const crypto::ManifestDevice& device : known->manifest.manifest.devices) {
            if (lists(given.manifest, device))
                continue;
            TRY(m_db.run("DELETE FROM peer_device WHERE account = ? AND device = ?", account, device.id));
            TRY(m_db.run("DELETE FROM session WHERE account = ? AND device = ?", account, device.id));
        }
    }
    if (adoption.outcome != Outcome::Adopted)
        return adoption;
    bool keepsOne = !known;
    TRY(m_db.run("DELETE FROM peer_device WHERE account = ?", account));
    for (const crypto::ManifestDevice& device : given.manifest.devices) {
        const bool kept = known && lists(known->manifest.manifest, device);
        keepsOne = keepsOne || kept;
        if (!kept)
            TRY(m_db.run("DELETE FROM session WHERE account = ? AND device = ?", account, device.id));
        TRY(m_db.run("INSERT INTO peer_device(account, device, ik, sd, reg_id) VALUES(?, ?, ?, ?, ?)", account,
                     device.id, device.identity, device.seal, device.registrationId));
    }
    TRY(m_db.run(
        "DELETE FROM session WHERE account = ?1 AND device NOT IN (SELECT device FROM peer_device WHERE account = ?1)",
        account));
    TRY(m_db.run("INSERT INTO peer(account, body, sig) VALUES(?1, ?2, ?3) "
                 "ON CONFLICT(account) DO UPDATE SET body = ?2, sig = ?3, rival = NULL",
                 account, given.body, given.signature));
    adoption.recovered = !keepsOne;
    return adoption;
}

Result<std::optional<crypto::SignedManifest>> Peers::manifest(const AccountId& account) {
    TRY_ASSIGN(auto known, load(m_db, account));
    return known ? std::optional(std::move(known->manifest)) : std::nullopt;
}

Result<std::vector<PeerDeviceKeys>> Peers::devices(const AccountId& account) {
    std::vector<PeerDeviceKeys> devices;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT device, reg_id, ik, sd FROM peer_device WHERE account = ? ORDER BY device"));
    rows.bind(account);
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return devices;
        devices.push_back({DeviceId(rows.integer(0)), static_cast<std::uint32_t>(rows.integer(1)),
                           crypto::IdentityPublicKey::checked(rows.blob(2)),
                           crypto::DhPublicKey::checked(rows.blob(3))});
    }
}

Result<std::vector<PeerHome>> Peers::homes(const AccountId& account) {
    std::vector<PeerHome> homes;
    TRY_ASSIGN(
        sqlite::Statement rows,
        m_db.prepare("SELECT relay_id, endpoint, local_allowed FROM peer_home WHERE account = ? ORDER BY position"));
    rows.bind(account);
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return homes;
        PeerHome home{RelayId::checked(rows.blob(0)), {}, rows.integer(2) != 0};
        TRY_ASSIGN(home.endpoint, wire::Endpoint::parse(rows.text(1)));
        homes.push_back(std::move(home));
    }
}

Result<void> Peers::setHome(const AccountId& account, const PeerHome& home, int position) {
    return m_db.run(
        "INSERT INTO peer_home(account, relay_id, position, endpoint, local_allowed) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(account, relay_id) DO UPDATE SET position = ?3, endpoint = ?4, "
        "local_allowed = max(local_allowed AND endpoint = ?4, ?5)",
        account, home.relay, position, home.endpoint.toString(), home.localAllowed);
}

Result<std::optional<PeerDrop>> Peers::drop(const AccountId& account, wire::pb::DropKind kind,
                                            const ConversationId& conversation) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        m_db.prepare("SELECT drop_id, secret, ver FROM peer_drop WHERE account = ? AND kind = ? AND conversation = ?"));
    TRY_ASSIGN(const bool row, statement.bind(account, static_cast<int>(kind), conversation).step());
    if (!row)
        return std::optional<PeerDrop>();
    return std::optional(PeerDrop{DropId::checked(statement.blob(0)), SecretBytes(statement.blob(1)), kind,
                                  static_cast<std::uint32_t>(statement.integer(2))});
}

Result<bool> Peers::setDrop(const AccountId& account, const ConversationId& conversation, const PeerDrop& drop) {
    TRY(m_db.run("INSERT INTO peer_drop(account, kind, conversation, drop_id, secret, ver) "
                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(account, kind, conversation) "
                 "DO UPDATE SET drop_id = ?4, secret = ?5, ver = ?6 WHERE ver < ?6",
                 account, static_cast<int>(drop.kind), conversation, drop.drop, drop.secret.view(), drop.version));
    return m_db.changes() > 0;
}

Result<void> Peers::removeDrop(const AccountId& account, wire::pb::DropKind kind, const ConversationId& conversation) {
    return m_db.run("DELETE FROM peer_drop WHERE account = ? AND kind = ? AND conversation = ?", account,
                    static_cast<int>(kind), conversation);
}

Result<void> Peers::forget(const AccountId& account) {
    TRY(m_db.run("DELETE FROM session WHERE account = ?", account));
    TRY(m_db.run("DELETE FROM peer_device WHERE account = ?", account));
    TRY(m_db.run("DELETE FROM peer_home WHERE account = ?", account));
    TRY(m_db.run("DELETE FROM peer_drop WHERE account = ?", account));
    return m_db.run("DELETE FROM peer WHERE account = ?", account);
}

} // namespace kith::store
