// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/memory_mail_store.h"

#include <algorithm>

namespace kith::relay {
namespace {

template <typename Map>
std::optional<typename Map::mapped_type> lookUp(const Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

Result<std::optional<AccountRow>> MemoryRows::account(AccountRef ref) {
    return lookUp(m_accounts, ref);
}
Result<std::optional<AccountRow>> MemoryRows::account(const AccountId& id) {
    for (const auto& [ref, row] : m_accounts)
        if (row.id == id)
            return std::optional(row);
    return std::optional<AccountRow>();
}
Result<AccountRef> MemoryRows::add(const AccountRow& row) {
    const AccountRef ref{++m_lastRef};
    m_accounts[ref] = row;
    m_accounts[ref].ref = ref;
    return ref;
}
Result<void> MemoryRows::save(const AccountRow& row) {
    m_accounts[row.ref] = row;
    return {};
}
Result<void> MemoryRows::erase(AccountRef ref) {
    for (const auto& [mailbox, row] : std::map(m_devices))
        if (row.account == ref)
            eraseMailbox(mailbox);
    const auto isOwn = [ref](const auto& entry) { return entry.second.account == ref; };
    std::erase_if(m_drops, isOwn);
    std::erase_if(m_cards, isOwn);
    std::erase_if(m_descriptors, isOwn);
    std::erase_if(m_retired, [ref](const auto& entry) { return entry.first.first == ref; });
    m_manifests.erase(ref);
    m_accounts.erase(ref);
    return {};
}
Result<pb::Signed> MemoryRows::manifest(AccountRef ref) {
    return m_manifests[ref];
}
Result<void> MemoryRows::saveManifest(AccountRef ref, const pb::Signed& manifest) {
    m_manifests[ref] = manifest;
    return {};
}
Result<std::vector<AccountRef>> MemoryRows::accountsIdleBefore(std::int64_t lastDay, std::int64_t leftDay,
                                                               std::uint32_t max) {
    std::vector<AccountRef> out;
    for (const auto& [ref, row] : m_accounts)
        if (out.size() < max && (row.lastDay < lastDay || (row.leftDay != 0 && row.leftDay < leftDay)))
            out.push_back(ref);
    return out;
}

Result<std::vector<DeviceRow>> MemoryRows::devices(AccountRef account) {
    std::vector<DeviceRow> out;
    for (const auto& [mailbox, row] : m_devices)
        if (row.account == account)
            out.push_back(row);
    return out;
}
Result<std::optional<DeviceRow>> MemoryRows::device(MailboxId mailbox) {
    return lookUp(m_devices, mailbox);
}
Result<MailboxId> MemoryRows::add(const DeviceRow& row) {
    const MailboxId mailbox{++m_lastMailbox};
    m_devices[mailbox] = row;
    m_devices[mailbox].mailbox = mailbox;
    m_retired.erase({row.account, row.device});
    return mailbox;
}
Result<void> MemoryRows::save(const DeviceRow& row) {
    m_devices[row.mailbox] = row;
    return {};
}
Result<void> MemoryRows::retire(const DeviceRow& row, std::int64_t day, std::uint32_t keep) {
    eraseMailbox(row.mailbox);
    m_retired[{row.account, row.device}] = {row.login, day};
    const auto isOf = [&row](const auto& entry) { return entry.first.first == row.account; };
    while (std::count_if(m_retired.begin(), m_retired.end(), isOf) > static_cast<std::ptrdiff_t>(keep)) {
        auto oldest = m_retired.end();
        for (auto at = m_retired.begin(); at != m_retired.end(); ++at)
            if (isOf(*at) && at->first.second != row.device &&
                (oldest == m_retired.end() || at->second.day < oldest->second.day))
                oldest = at;
        m_retired.erase(oldest);
    }
    return {};
}
void MemoryRows::eraseMailbox(MailboxId mailbox) {
    const auto isIn = [mailbox](const auto& entry) { return entry.first.first == mailbox; };
    std::erase_if(m_items, isIn);
    std::erase_if(m_shares, isIn);
    std::erase_if(m_oneTimeKeys, isIn);
    m_spks.erase(mailbox);
    m_devices.erase(mailbox);
}
Result<std::optional<crypto::VerifyKey>> MemoryRows::retiredLogin(AccountRef account, DeviceId device) {
    const auto found = lookUp(m_retired, {account, device});
    return found ? std::optional(found->login) : std::nullopt;
}
Result<std::vector<DeviceRow>> MemoryRows::devicesIdleBefore(std::int64_t lastDay, std::uint32_t max) {
    std::vector<DeviceRow> out;
    for (const auto& [mailbox, row] : m_devices)
        if (out.size() < max && row.lastDay < lastDay && !row.isClosed)
            out.push_back(row);
    return out;
}
Result<std::uint32_t> MemoryRows::nextEpoch(std::uint32_t least) {
    m_lastEpoch = std::max(m_lastEpoch + 1, least);
    return m_lastEpoch;
}
Result<void> MemoryRows::renewEpochs(std::uint32_t epoch) {
    for (auto& [mailbox, row] : m_devices)
        row.epoch = epoch;
    return {};
}

Result<void> MemoryRows::append(const ItemRow& row, ByteView body) {
    m_items[{row.mailbox, row.seq}] = {row, toString(body)};
    return {};
}
Result<FetchItems::Outcome> MemoryRows::fetch(const FetchItems& request, std::uint32_t minute) {
    FetchItems::Outcome out;
    std::uint64_t bytes = 0;
    for (auto at = m_items.upper_bound({request.mailbox, request.after});
         at != m_items.end() && at->first.first == request.mailbox; ++at) {
        const auto& [row, body] = at->second;
        if (row.expiresMinute <= minute)
            continue;
        bytes += body.size();
        if (!out.items.empty() && (out.items.size() >= request.itemsMax || bytes > request.bytesMax)) {
            out.hasMore = true;
            break;
        }
        out.items.push_back({row.seq, row.envelope, row.drop, row.receivedMinute, row.expiresMinute, body});
    }
    return out;
}
RemovedItem MemoryRows::takeOut(std::map<std::pair<MailboxId, std::uint64_t>, Item>::iterator item) {
    const RemovedItem removed{item->first.first, item->second.row.drop, item->second.body.size()};
    m_items.erase(item);
    return removed;
}
Result<std::vector<RemovedItem>> MemoryRows::removeUpTo(MailboxId mailbox, std::uint64_t seq) {
    std::vector<RemovedItem> out;
    for (auto at = m_items.lower_bound({mailbox, 0});
         at != m_items.end() && at->first.first == mailbox && at->first.second <= seq;)
        out.push_back(takeOut(at++));
    return out;
}
Result<std::optional<RemovedItem>> MemoryRows::remove(MailboxId mailbox, std::uint64_t seq) {
    const auto found = m_items.find({mailbox, seq});
    return found == m_items.end() ? std::nullopt : std::optional(takeOut(found));
}
Result<std::vector<RemovedItem>> MemoryRows::removeExpired(std::uint32_t minute, std::uint32_t max) {
    std::vector<RemovedItem> out;
    for (auto at = m_items.begin(); at != m_items.end() && out.size() < max;) {
        const auto item = at++;
        if (item->second.row.expiresMinute <= minute)
            out.push_back(takeOut(item));
    }
    return out;
}
Result<void> MemoryRows::clear(MailboxId mailbox) {
    const auto isIn = [mailbox](const auto& entry) { return entry.first.first == mailbox; };
    std::erase_if(m_items, isIn);
    std::erase_if(m_shares, isIn);
    return {};
}
Result<ShareRow> MemoryRows::share(MailboxId mailbox, const DropId& drop) {
    return lookUp(m_shares, {mailbox, drop}).value_or(ShareRow{mailbox, drop, 0, 0, false});
}
Result<void> MemoryRows::save(const ShareRow& row) {
    if (row.items == 0 && !row.isSkipped)
        m_shares.erase({row.mailbox, row.drop});
    else
        m_shares[{row.mailbox, row.drop}] = row;
    return {};
}
Result<std::vector<DropId>> MemoryRows::skippedDrops(MailboxId mailbox) {
    std::vector<DropId> out;
    for (const auto& [key, row] : m_shares)
        if (row.mailbox == mailbox && row.isSkipped)
            out.push_back(row.drop);
    return out;
}

Result<bool> MemoryRows::isKnown(const DedupKey& key) {
    return m_dedup.contains(key);
}
Result<void> MemoryRows::remember(const DedupKey& key, std::int64_t day) {
    m_dedup[key] = day;
    return {};
}
Result<void> MemoryRows::forget(std::uint8_t slice, std::int64_t day) {
    std::erase_if(m_dedup, [&](const auto& entry) { return entry.first.view()[0] == slice && entry.second < day; });
    return {};
}

Result<std::optional<DropRow>> MemoryRows::drop(const DropId& drop) {
    return lookUp(m_drops, drop);
}
Result<void> MemoryRows::save(const DropRow& row) {
    m_drops[row.drop] = row;
    return {};
}
Result<void> MemoryRows::erase(const DropId& drop) {
    m_drops.erase(drop);
    return {};
}
Result<std::uint32_t> MemoryRows::countDrops(AccountRef account, DropState state) {
    return static_cast<std::uint32_t>(std::count_if(m_drops.begin(), m_drops.end(), [&](const auto& entry) {
        return entry.second.account == account && (entry.second.deletedDay != 0) == (state == DropState::Deleted);
    }));
}
Result<std::vector<DropRow>> MemoryRows::drops(AccountRef account, const DropId& after, std::uint32_t max) {
    std::vector<DropRow> out;
    for (auto at = m_drops.upper_bound(after); at != m_drops.end() && out.size() < max; ++at)
        if (at->second.account == account && at->second.deletedDay == 0)
            out.push_back(at->second);
    return out;
}
Result<std::optional<DropRow>> MemoryRows::oldestTombstone(AccountRef account) {
    std::optional<DropRow> oldest;
    for (const auto& [id, row] : m_drops)
        if (row.account == account && row.deletedDay != 0 && (!oldest || row.deletedDay < oldest->deletedDay))
            oldest = row;
    return oldest;
}
Result<std::vector<DropRow>> MemoryRows::dropsExpiredBy(std::uint32_t minute, std::uint32_t max) {
    std::vector<DropRow> out;
    for (const auto& [id, row] : m_drops)
        if (out.size() < max && row.deletedDay == 0 && row.expiresMinute != 0 && row.expiresMinute <= minute)
            out.push_back(row);
    return out;
}
Result<std::vector<DropId>> MemoryRows::tombstonesBefore(std::int64_t day, std::uint32_t max) {
    std::vector<DropId> out;
    for (const auto& [id, row] : m_drops)
        if (out.size() < max && row.deletedDay != 0 && row.deletedDay < day)
            out.push_back(id);
    return out;
}

Result<std::optional<SpkRow>> MemoryRows::spk(MailboxId mailbox) {
    return lookUp(m_spks, mailbox);
}
Result<void> MemoryRows::saveSpk(MailboxId mailbox, const SpkRow& row) {
    m_spks[mailbox] = row;
    return {};
}
Result<std::uint32_t> MemoryRows::countOneTimeKeys(MailboxId mailbox) {
    return static_cast<std::uint32_t>(
        std::distance(m_oneTimeKeys.lower_bound({mailbox, 0}),
                      m_oneTimeKeys.lower_bound({MailboxId(static_cast<std::int64_t>(mailbox) + 1), 0})));
}
Result<std::optional<std::string>> MemoryRows::oneTimeKey(MailboxId mailbox, std::uint32_t id) {
    return lookUp(m_oneTimeKeys, {mailbox, id});
}
Result<void> MemoryRows::addOneTimeKey(MailboxId mailbox, std::uint32_t id, const std::string& key) {
    m_oneTimeKeys[{mailbox, id}] = key;
    return {};
}
Result<std::optional<pb::OneTimeKey>> MemoryRows::takeOneTimeKey(MailboxId mailbox) {
    const auto first = m_oneTimeKeys.lower_bound({mailbox, 0});
    if (first == m_oneTimeKeys.end() || first->first.first != mailbox)
        return std::optional<pb::OneTimeKey>();
    pb::OneTimeKey key;
    key.set_opk_id(first->first.second);
    key.set_opk(first->second);
    m_oneTimeKeys.erase(first);
    return std::optional(key);
}
Result<void> MemoryRows::eraseOneTimeKeys(MailboxId mailbox) {
    std::erase_if(m_oneTimeKeys, [mailbox](const auto& entry) { return entry.first.first == mailbox; });
    return {};
}
Result<void> MemoryRows::eraseAllOneTimeKeys() {
    m_oneTimeKeys.clear();
    return {};
}

Result<std::optional<CardRow>> MemoryRows::card(const CardId& card) {
    return lookUp(m_cards, card);
}
Result<std::uint32_t> MemoryRows::countCards(AccountRef account) {
    return static_cast<std::uint32_t>(std::count_if(
        m_cards.begin(), m_cards.end(), [account](const auto& entry) { return entry.second.account == account; }));
}
Result<void> MemoryRows::save(const CardRow& row) {
    m_cards[row.card] = row;
    return {};
}
Result<void> MemoryRows::erase(const CardId& card) {
    m_cards.erase(card);
    return {};
}
Result<std::optional<DescriptorRow>> MemoryRows::descriptor(AccountRef account, const RelayId& relay) {
    return lookUp(m_descriptors, {account, relay});
}
Result<void> MemoryRows::save(const DescriptorRow& row) {
    m_descriptors[{row.account, row.relay}] = row;
    return {};
}
Result<void> MemoryRows::eraseDescriptorsBut(AccountRef account, const std::vector<RelayId>& kept) {
    std::erase_if(m_descriptors, [&](const auto& entry) {
        return entry.first.first == account && std::find(kept.begin(), kept.end(), entry.first.second) == kept.end();
    });
    return {};
}
Result<void> MemoryRows::postpone(std::uint32_t since, std::uint32_t until, std::uint32_t by) {
    const auto isOf = [since, until](std::uint32_t minute) { return minute >= since && minute <= until; };
    constexpr std::uint32_t MinutesPerDay = 24 * 60;
    const auto move = [&](std::int64_t& day) {
        if (day >= since / MinutesPerDay && day <= until / MinutesPerDay)
            day += by / MinutesPerDay;
    };
    for (auto& [mailbox, device] : m_devices)
        move(device.lastDay);
    for (auto& [ref, account] : m_accounts)
        move(account.lastDay);
    for (auto& [key, item] : m_items)
        if (isOf(item.row.receivedMinute))
            item.row.expiresMinute += by;
    for (auto& [id, invite] : m_invites)
        if (isOf(invite.madeMinute))
            invite.expiresMinute += by;
    return {};
}
Result<std::optional<Invite>> MemoryRows::invite(const InviteId& id) {
    return lookUp(m_invites, id);
}
Result<std::vector<Invite>> MemoryRows::invites() {
    std::vector<Invite> out;
    for (const auto& [id, row] : m_invites)
        out.push_back(row);
    return out;
}
Result<void> MemoryRows::save(const Invite& row) {
    m_invites[row.id] = row;
    return {};
}
Result<void> MemoryRows::erase(const InviteId& id) {
    m_invites.erase(id);
    return {};
}
Result<void> MemoryRows::eraseExpired(std::uint32_t minute, std::int64_t day) {
    const auto isOver = [minute](const auto& entry) { return entry.second.expiresMinute <= minute; };
    std::erase_if(m_cards, isOver);
    std::erase_if(m_invites, isOver);
    std::erase_if(m_retired, [day](const auto& entry) { return entry.second.day < day; });
    return {};
}

Result<std::vector<Member>> MemoryRows::members(std::uint32_t max) {
    std::vector<Member> out;
    for (const auto& [ref, row] : m_accounts)
        if (out.size() < max)
            out.push_back({row.id, row.lastDay});
    return out;
}
Result<CountAll::Outcome> MemoryRows::count() {
    CountAll::Outcome all{static_cast<std::int64_t>(m_accounts.size()), static_cast<std::int64_t>(m_devices.size()), 0,
                          0, 0};
    for (const auto& [id, row] : m_drops)
        all.drops += row.deletedDay == 0 ? 1 : 0;
    for (const auto& [mailbox, row] : m_devices) {
        all.items += row.items;
        all.bytes += static_cast<std::int64_t>(row.bytes);
    }
    return all;
}

MemoryMailStore::MemoryMailStore(const Clock& clock, const MailPolicy& policy)
    : m_rules(m_rows, clock, policy) {}

MemoryMailStore::MemoryMailStore(const Clock& clock, const MailPolicy& policy, const MemoryMailStore& content)
    : m_rows(content.m_rows)
    , m_rules(m_rows, clock, policy)
    , m_settings(content.m_settings) {}

Result<void> MemoryMailStore::execute(std::span<Operation> batch) {
    TRY(m_rules.beginBatch(m_disk));
    for (Operation& operation : batch)
        TRY(m_rules.apply(operation));
    return {};
}

Result<std::optional<SecretBytes>> MemoryMailStore::setting(QLatin1String name) {
    const auto found = m_settings.find(QByteArray(name.data(), name.size()));
    if (found == m_settings.end())
        return std::optional<SecretBytes>();
    return std::optional<SecretBytes>(SecretBytes(view(found->second)));
}
Result<void> MemoryMailStore::setSetting(QLatin1String name, ByteView value) {
    m_settings[QByteArray(name.data(), name.size())] = toByteArray(value);
    return {};
}
Result<void> MemoryMailStore::removeSetting(QLatin1String name) {
    m_settings.erase(QByteArray(name.data(), name.size()));
    return {};
}

} // namespace kith::relay
