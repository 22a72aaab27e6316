// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/mail_rules.h"

#include <algorithm>

namespace kith::relay {
namespace {

template <typename Number>
Number capped(Number asked, Number most) {
    return asked == 0 ? most : std::min(asked, most);
}

bool isSame(const DropRow& a, const DropRow& b) {
    return a.version == b.version && a.isPaused == b.isPaused && a.maxItems == b.maxItems && a.maxBytes == b.maxBytes &&
           a.maxTotal == b.maxTotal && a.powBits == b.powBits && a.expiresMinute == b.expiresMinute;
}

pb::DropPut listed(const DropRow& row) {
    pb::DropPut out;
    out.set_drop_id(row.drop.str());
    out.set_ver(row.version);
    out.set_kind(row.kind);
    out.set_token_hash(row.tokenHash.str());
    out.set_paused(row.isPaused);
    out.set_max_items(row.maxItems);
    out.set_max_bytes(row.maxBytes);
    out.set_max_total(row.maxTotal);
    out.set_pow_bits(row.powBits);
    out.set_expires_min(row.expiresMinute);
    return out;
}

} // namespace

/// The token is compared whether or not there is a drop, so that the time does not tell.
bool MailRules::mayUse(const std::optional<DropRow>& drop, const Authority& authority) const {
    const bool isOpen = drop && drop->deletedDay == 0 && !drop->isPaused && !isOver(drop->expiresMinute);
    if (authority.owner)
        return isOpen && drop->kind == pb::DROP_SELF && drop->account == *authority.owner;
    const Hash32& expected = drop ? drop->tokenHash : m_noToken;
    const bool fits = crypto::constantTimeEqual(expected.view(), authority.tokenHash.view());
    return isOpen && fits;
}

Result<void> MailRules::run(PutDrop& op) {
    const pb::DropPut& given = op.drop;
    const MailPolicy::Kind& most = m_policy.of(given.kind());
    DropRow row;
    row.drop = DropId::checked(given.drop_id());
    row.account = op.account;
    row.version = given.ver();
    row.kind = given.kind();
    row.tokenHash = Hash32::checked(given.token_hash());
    row.maxItems = capped(given.max_items(), most.itemsMax);
    row.maxBytes = capped(std::uint64_t(given.max_bytes()), most.bytesMax);
    row.maxTotal = given.max_total();
    row.powBits = given.pow_bits();
    row.expiresMinute = given.expires_min();
    row.isPaused = given.paused();

    TRY_ASSIGN(const std::optional<DropRow> known, m_rows.drop(row.drop));
    if (!known) {
        if (refuseWhenLow(op.outcome.answer))
            return {};
        TRY_ASSIGN(const std::uint32_t live, m_rows.countDrops(op.account, Rows::DropState::Live));
        if (live >= m_policy.dropsPerAccount) {
            op.outcome.answer.code = WireCode::NoRoom;
            return {};
        }
        return m_rows.save(row);
    }
    const bool isOwn = known->account == op.account;
    if (isOwn && known->deletedDay == 0 && known->kind == row.kind && known->tokenHash == row.tokenHash) {
        if (isSame(*known, row))
            return {};
        if (row.version > known->version) {
            row.total = known->total;
            row.isFull = known->isFull;
            op.outcome.becamePaused = row.isPaused && !known->isPaused;
            return m_rows.save(row);
        }
    }
    op.outcome.answer.code = WireCode::Conflict;
    op.outcome.answer.current = isOwn ? known->version : 0;
    return {};
}

/// Deleting what is not there is done already; a tombstone keeps a stale sibling from putting the drop again.
Result<void> MailRules::run(DeleteDrop& op) {
    TRY_ASSIGN(const std::optional<DropRow> drop, m_rows.drop(op.drop));
    return drop && drop->account == op.account && drop->deletedDay == 0 ? bury(*drop) : Result<void>();
}

Result<void> MailRules::bury(DropRow drop) {
    TRY_ASSIGN(const std::uint32_t graves, m_rows.countDrops(drop.account, Rows::DropState::Deleted));
    if (graves >= m_policy.tombstonesPerAccount) {
        TRY_ASSIGN(const std::optional<DropRow> oldest, m_rows.oldestTombstone(drop.account));
        if (oldest)
            TRY(m_rows.erase(oldest->drop));
    }
    DropRow tombstone;
    tombstone.drop = drop.drop;
    tombstone.account = drop.account;
    tombstone.version = drop.version;
    tombstone.kind = drop.kind;
    tombstone.deletedDay = std::max<std::int64_t>(1, today());
    return m_rows.save(tombstone);
}

Result<void> MailRules::run(ListDrops& op) {
    TRY_ASSIGN(const std::vector<DropRow> rows, m_rows.drops(op.account, op.after, wire::limits::DropPageMax + 1));
    op.outcome.hasMore = rows.size() > wire::limits::DropPageMax;
    for (std::size_t i = 0; i < rows.size() && i < wire::limits::DropPageMax; ++i)
        op.outcome.drops.push_back(listed(rows[i]));
    return {};
}

} // namespace kith::relay
