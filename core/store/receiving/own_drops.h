// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/derive.h"
#include "core/sqlite/database.h"
#include "core/wire/frame.pb.h"

namespace kith::store {

/// One of this account's inbound drops. Immutable once made; `ver` covers paused, limits and expiry.
struct OwnDrop {
    DropId drop;
    crypto::R16 r16;
    SecretBytes secret;
    wire::pb::DropKind kind = wire::pb::DROP_CONTACT;
    std::uint32_t version = 1;
    std::optional<ConversationId> conversation; ///< what comes through it belongs there; a front door has none
    std::uint32_t maxTotal = 0;                 ///< 0 = no limit; 1 = a one-time front door
    std::uint32_t expiresMin = 0;               ///< 0 = with the account
    std::optional<CardId> card;
    bool deleted = false;

    /// The frame that puts it on a home.
    wire::pb::DropPut toWire() const;
};

struct CardRecord {
    CardId card;
    DropId drop;
    QByteArray body;
    std::uint32_t expiresMin = 0;
};

/// This account's drops and contact cards, and which homes hold them. Thread: the store's.
class OwnDrops {
public:
    explicit OwnDrops(sqlite::Database& database)
        : m_db(database) {}

    Result<void> add(const OwnDrop& drop);
    Result<std::optional<OwnDrop>> find(const DropId& drop);
    /// The newest live drop of this conversation.
    Result<std::optional<OwnDrop>> forConversation(const ConversationId& conversation);
    /// Front doors that are open at `minute`, the first to expire first.
    Result<std::vector<OwnDrop>> openLinks(std::uint32_t minute);

    /// A tombstone: it is taken from every home and never put again. Its card goes with it.
    Result<void> markDeleted(const DropId& drop);

    /// Live drops that `relay` does not hold in their version yet.
    Result<std::vector<OwnDrop>> missingAt(const RelayId& relay);
    /// Deleted drops that `relay` may still hold: told twice does no harm, not told leaves an open door.
    Result<std::vector<DropId>> toDeleteAt(const RelayId& relay);
    Result<void> setHeld(const DropId& drop, const RelayId& relay, std::uint32_t version);
    Result<void> setGone(const DropId& drop, const RelayId& relay);
    /// True when at least one home holds it: others may be told of it.
    Result<bool> isAnywhere(const DropId& drop);
    /// What drops_hash of `relay` should be: of all that it confirmed to hold, until it confirmed the deletion.
    Result<crypto::Hash32> hashAt(const RelayId& relay);
    /// The relay says otherwise: everything is put again.
    Result<void> forgetHeld(const RelayId& relay);

    Result<void> addCard(const CardRecord& card);
    Result<std::optional<CardRecord>> card(const CardId& card);

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
