// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/own_drops.h"

#include "core/crypto/login.h"
#include "core/wire/limits.h"

namespace kith::store {
namespace {

OwnDrop read(const sqlite::Statement& row) {
    OwnDrop drop;
    drop.drop = DropId::checked(row.blob(0));
    drop.r16 = crypto::R16::checked(row.blob(1));
    drop.secret = SecretBytes(row.blob(2));
    drop.kind = static_cast<wire::pb::DropKind>(row.integer(3));
    drop.version = static_cast<std::uint32_t>(row.integer(4));
    drop.conversation = row.id<ConversationId>(5);
    drop.maxTotal = static_cast<std::uint32_t>(row.integer(6));
    drop.expiresMin = static_cast<std::uint32_t>(row.integer(7));
    drop.card = row.id<CardId>(8);
    drop.deleted = row.integer(9) != 0;
    return drop;
}

Result<std::optional<OwnDrop>> readOne(sqlite::Statement& statement) {
    TRY_ASSIGN(const bool row, statement.step());
    return row ? std::optional(read(statement)) : std::nullopt;
}

Result<std::vector<OwnDrop>> readAll(sqlite::Statement& rows) {
    std::vector<OwnDrop> drops;
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return drops;
        drops.push_back(read(rows));
    }
}

} // namespace

wire::pb::DropPut OwnDrop::toWire() const {
    using namespace wire::limits;
    wire::pb::DropPut put;
    put.set_drop_id(drop.str());
    put.set_r16(r16.str());
    put.set_ver(version);
    put.set_kind(kind);
    put.set_token_hash(crypto::tokenHash(crypto::dropToken(secret.view()).view()).str());
    put.set_max_total(maxTotal);
    put.set_expires_min(expiresMin);
    switch (kind) {
    case wire::pb::DROP_FRONT:
        put.set_max_items(FrontDropItems);
        put.set_max_bytes(FrontDropBytes);
        put.set_pow_bits(FrontPowFirstBits);
        break;
    case wire::pb::DROP_SELF:
        put.set_max_items(SelfDropItems);
        put.set_max_bytes(SelfDropBytes);
        break;
    case wire::pb::DROP_GROUP:
        put.set_max_items(GroupDropItems);
        put.set_max_bytes(GroupDropBytes);
        break;
    default:
        put.set_max_items(ContactDropItems);
        put.set_max_bytes(ContactDropBytes);
        break;
    }
    return put;
}

Result<void> OwnDrops::add(const OwnDrop& drop) {
    return m_db.run(
        "INSERT INTO own_drop(drop_id, r16, secret, kind, ver, conversation, max_total, expires_min, card_id, deleted) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        drop.drop, drop.r16, drop.secret.view(), static_cast<int>(drop.kind), drop.version, drop.conversation,
        drop.maxTotal, drop.expiresMin, drop.card);
}

Result<std::optional<OwnDrop>> OwnDrops::find(const DropId& drop) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        m_db.prepare("SELECT drop_id, r16, secret, kind, ver, conversation, max_total, expires_min, card_id, deleted "
                     "FROM own_drop WHERE drop_id = ?"));
    return readOne(statement.bind(drop));
}

Result<std::optional<OwnDrop>> OwnDrops::forConversation(const ConversationId& conversation) {
    TRY_ASSIGN(
        sqlite::Statement statement,
        m_db.prepare("SELECT drop_id, r16, secret, kind, ver, conversation, max_total, expires_min, card_id, deleted "
                     "FROM own_drop WHERE conversation = ? AND deleted = 0 ORDER BY ver DESC LIMIT 1"));
    return readOne(statement.bind(conversation));
}

Result<std::vector<OwnDrop>> OwnDrops::openLinks(std::uint32_t minute) {
    TRY_ASSIGN(
        sqlite::Statement rows,
        m_db.prepare("SELECT drop_id, r16, secret, kind, ver, conversation, max_total, expires_min, card_id, deleted "
                     "FROM own_drop WHERE kind = ? AND deleted = 0 AND expires_min > ? ORDER BY expires_min"));
    rows.bind(static_cast<int>(wire::pb::DROP_FRONT), minute);
    return readAll(rows);
}

Result<void> OwnDrops::markDeleted(const DropId& drop) {
    TRY(m_db.run("UPDATE own_drop SET deleted = 1 WHERE drop_id = ?", drop));
    TRY(m_db.run("DELETE FROM card WHERE drop_id = ?", drop));
    // A home may hold it although its answer was lost: version 0 makes it be told, and counts for nothing else.
    return m_db.run("INSERT INTO own_drop_home(drop_id, relay_id, ver) SELECT ?, relay_id, 0 FROM home WHERE true "
                    "ON CONFLICT(drop_id, relay_id) DO NOTHING",
                    drop);
}

Result<std::vector<OwnDrop>> OwnDrops::missingAt(const RelayId& relay) {
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare(
                   "SELECT d.drop_id, r16, secret, kind, d.ver, conversation, max_total, expires_min, card_id, deleted "
                   "FROM own_drop d LEFT JOIN own_drop_home h ON h.drop_id = d.drop_id AND h.relay_id = ? "
                   "WHERE deleted = 0 AND (h.ver IS NULL OR h.ver < d.ver)"));
    return readAll(rows.bind(relay));
}

Result<std::vector<DropId>> OwnDrops::toDeleteAt(const RelayId& relay) {
    std::vector<DropId> drops;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT d.drop_id FROM own_drop d JOIN own_drop_home h ON h.drop_id = d.drop_id "
                            "WHERE h.relay_id = ? AND deleted = 1"));
    rows.bind(relay);
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return drops;
        drops.push_back(DropId::checked(rows.blob(0)));
    }
}

Result<void> OwnDrops::setHeld(const DropId& drop, const RelayId& relay, std::uint32_t version) {
    return m_db.run("INSERT INTO own_drop_home(drop_id, relay_id, ver) VALUES(?1, ?2, ?3) "
                    "ON CONFLICT(drop_id, relay_id) DO UPDATE SET ver = ?3",
                    drop, relay, version);
}

Result<void> OwnDrops::setGone(const DropId& drop, const RelayId& relay) {
    return m_db.run("DELETE FROM own_drop_home WHERE drop_id = ? AND relay_id = ?", drop, relay);
}

Result<bool> OwnDrops::isAnywhere(const DropId& drop) {
    TRY_ASSIGN(const std::int64_t held,
               m_db.integer("SELECT EXISTS(SELECT 1 FROM own_drop_home WHERE drop_id = ? AND ver > 0)", drop));
    return held != 0;
}

Result<crypto::Hash32> OwnDrops::hashAt(const RelayId& relay) {
    std::vector<QByteArray> entries;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT d.drop_id, h.ver FROM own_drop d JOIN own_drop_home h ON h.drop_id = d.drop_id "
                            "WHERE h.relay_id = ? AND h.ver > 0"));
    rows.bind(relay);
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return crypto::dropsHash(std::move(entries));
        entries.push_back(
            crypto::dropsHashEntry(DropId::checked(rows.blob(0)), static_cast<std::uint32_t>(rows.integer(1))));
    }
}

Result<void> OwnDrops::forgetHeld(const RelayId& relay) {
    return m_db.run(
        "DELETE FROM own_drop_home WHERE relay_id = ?1 AND drop_id IN (SELECT drop_id FROM own_drop WHERE deleted = 0)",
        relay);
}

Result<void> OwnDrops::addCard(const CardRecord& card) {
    return m_db.run("INSERT INTO card(card_id, drop_id, body, expires_min) VALUES(?, ?, ?, ?)", card.card, card.drop,
                    card.body, card.expiresMin);
}

Result<std::optional<CardRecord>> OwnDrops::card(const CardId& card) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT drop_id, body, expires_min FROM card WHERE card_id = ?"));
    TRY_ASSIGN(const bool row, statement.bind(card).step());
    if (!row)
        return std::optional<CardRecord>();
    return std::optional(CardRecord{card, DropId::checked(statement.blob(0)), statement.bytes(1),
                                    static_cast<std::uint32_t>(statement.integer(2))});
}

} // namespace kith::store
