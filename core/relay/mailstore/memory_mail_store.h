// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/mail_rules.h"
#include "core/relay/mailstore/mail_store.h"

#include <map>

namespace kith::relay {

/// Rows in maps: nothing survives the object. For tests, and the model that the contract suite compares others with.
class MemoryRows final : public Rows {
public:
    Result<std::optional<AccountRow>> account(AccountRef ref) override;
    Result<std::optional<AccountRow>> account(const AccountId& id) override;
    Result<AccountRef> add(const AccountRow& row) override;
    Result<void> save(const AccountRow& row) override;
    Result<void> erase(AccountRef ref) override;
    Result<pb::Signed> manifest(AccountRef ref) override;
    Result<void> saveManifest(AccountRef ref, const pb::Signed& manifest) override;
    Result<std::vector<AccountRef>> accountsIdleBefore(std::int64_t lastDay, std::int64_t leftDay,
                                                       std::uint32_t max) override;
    Result<std::vector<DeviceRow>> devices(AccountRef account) override;
    Result<std::optional<DeviceRow>> device(MailboxId mailbox) override;
    Result<MailboxId> add(const DeviceRow& row) override;
    Result<void> save(const DeviceRow& row) override;
    Result<void> retire(const DeviceRow& row, std::int64_t day, std::uint32_t keep) override;
    Result<std::optional<crypto::VerifyKey>> retiredLogin(AccountRef account, DeviceId device) override;
    Result<std::vector<DeviceRow>> devicesIdleBefore(std::int64_t lastDay, std::uint32_t max) override;
    Result<std::uint32_t> nextEpoch(std::uint32_t least) override;
    Result<void> renewEpochs(std::uint32_t epoch) override;
    Result<void> append(const ItemRow& row, ByteView body) override;
    Result<FetchItems::Outcome> fetch(const FetchItems& request, std::uint32_t minute) override;
    Result<std::vector<RemovedItem>> removeUpTo(MailboxId mailbox, std::uint64_t seq) override;
    Result<std::optional<RemovedItem>> remove(MailboxId mailbox, std::uint64_t seq) override;
    Result<std::vector<RemovedItem>> removeExpired(std::uint32_t minute, std::uint32_t max) override;
    Result<void> clear(MailboxId mailbox) override;
    Result<ShareRow> share(MailboxId mailbox, const DropId& drop) override;
    Result<void> save(const ShareRow& row) override;
    Result<std::vector<DropId>> skippedDrops(MailboxId mailbox) override;
    Result<bool> isKnown(const DedupKey& key) override;
    Result<void> remember(const DedupKey& key, std::int64_t day) override;
    Result<void> forget(std::uint8_t slice, std::int64_t day) override;
    Result<std::optional<DropRow>> drop(const DropId& drop) override;
    Result<void> save(const DropRow& row) override;
    Result<void> erase(const DropId& drop) override;
    Result<std::uint32_t> countDrops(AccountRef account, DropState state) override;
    Result<std::vector<DropRow>> drops(AccountRef account, const DropId& after, std::uint32_t max) override;
    Result<std::optional<DropRow>> oldestTombstone(AccountRef account) override;
    Result<std::vector<DropRow>> dropsExpiredBy(std::uint32_t minute, std::uint32_t max) override;
    Result<std::vector<DropId>> tombstonesBefore(std::int64_t day, std::uint32_t max) override;
    Result<std::optional<SpkRow>> spk(MailboxId mailbox) override;
    Result<void> saveSpk(MailboxId mailbox, const SpkRow& row) override;
    Result<std::uint32_t> countOneTimeKeys(MailboxId mailbox) override;
    Result<std::optional<std::string>> oneTimeKey(MailboxId mailbox, std::uint32_t id) override;
    Result<void> addOneTimeKey(MailboxId mailbox, std::uint32_t id, const std::string& key) override;
    Result<std::optional<pb::OneTimeKey>> takeOneTimeKey(MailboxId mailbox) override;
    Result<void> eraseOneTimeKeys(MailboxId mailbox) override;
    Result<void> eraseAllOneTimeKeys() override;
    Result<std::optional<CardRow>> card(const CardId& card) override;
    Result<std::uint32_t> countCards(AccountRef account) override;
    Result<void> save(const CardRow& row) override;
    Result<void> erase(const CardId& card) override;
    Result<std::optional<DescriptorRow>> descriptor(AccountRef account, const RelayId& relay) override;
    Result<void> save(const DescriptorRow& row) override;
    Result<void> eraseDescriptorsBut(AccountRef account, const std::vector<RelayId>& kept) override;
    Result<std::optional<Invite>> invite(const InviteId& id) override;
    Result<std::vector<Invite>> invites() override;
    Result<void> save(const Invite& row) override;
    Result<void> erase(const InviteId& id) override;
    Result<void> eraseExpired(std::uint32_t minute, std::int64_t day) override;
    Result<void> postpone(std::uint32_t since, std::uint32_t until, std::uint32_t by) override;
    Result<std::vector<Member>> members(std::uint32_t max) override;
    Result<CountAll::Outcome> count() override;

private:
    struct Item {
        ItemRow row;
        std::string body;
    };
    struct Retired {
        crypto::VerifyKey login;
        std::int64_t day = 0;
    };
    RemovedItem takeOut(std::map<std::pair<MailboxId, std::uint64_t>, Item>::iterator item);
    void eraseMailbox(MailboxId mailbox);

    std::map<AccountRef, AccountRow> m_accounts;
    std::map<AccountRef, pb::Signed> m_manifests;
    std::map<MailboxId, DeviceRow> m_devices;
    std::map<std::pair<AccountRef, DeviceId>, Retired> m_retired;
    std::map<std::pair<MailboxId, std::uint64_t>, Item> m_items;
    std::map<std::pair<MailboxId, DropId>, ShareRow> m_shares;
    std::map<DedupKey, std::int64_t> m_dedup;
    std::map<DropId, DropRow> m_drops;
    std::map<MailboxId, SpkRow> m_spks;
    std::map<std::pair<MailboxId, std::uint32_t>, std::string> m_oneTimeKeys;
    std::map<CardId, CardRow> m_cards;
    std::map<std::pair<AccountRef, RelayId>, DescriptorRow> m_descriptors;
    std::map<InviteId, Invite> m_invites;
    std::int64_t m_lastRef = 0;
    std::int64_t m_lastMailbox = 0;
    std::uint32_t m_lastEpoch = 0;
};

/// MailRules over MemoryRows. `Disk` is whatever a test says. Thread: one.
class MemoryMailStore final : public MailStore {
public:
    explicit MemoryMailStore(const Clock& clock, const MailPolicy& policy = {});
    /// With the rows of another one, as if its file had been opened again.
    MemoryMailStore(const Clock& clock, const MailPolicy& policy, const MemoryMailStore& content);

    Result<void> execute(std::span<Operation> batch) override;
    Result<std::optional<SecretBytes>> setting(QLatin1String name) override;
    Result<void> setSetting(QLatin1String name, ByteView value) override;
    Result<void> removeSetting(QLatin1String name) override;
    bool hasRoom() const override { return m_disk != Disk::Low; }
    std::int64_t freeBytes() const override { return m_disk == Disk::Low ? 0 : std::int64_t{1} << 40; }

    void setDisk(Disk disk) { m_disk = disk; }

private:
    MemoryRows m_rows;
    MailRules m_rules;
    Disk m_disk = Disk::Roomy;
    std::map<QByteArray, QByteArray> m_settings;
};

} // namespace kith::relay
