// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/row_cache.h"
#include "core/relay/mailstore/rows.h"
#include "core/sqlite/database.h"

namespace kith::relay {

/// The rows of a relay's SQLCipher file (schema: resources/sql/relay). Accounts, devices, drops and shares that a batch
/// touches are kept in memory and written once, by flush(), before the commit. Only to be used inside a transaction.
/// Thread: the store's.
class SqliteRows final : public Rows {
public:
    explicit SqliteRows(sqlite::Database& database)
        : m_database(database) {}

    /// Writes what is held back. Always before the commit.
    Result<void> flush();
    /// Forgets everything: the transaction has failed.
    void abandon();
    /// Forgets when the cache has grown. Between batches.
    void trim();

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
    struct ShareKey {
        MailboxId mailbox;
        DropId drop;
        friend bool operator==(const ShareKey&, const ShareKey&) = default;
    };
    struct ShareKeyHash {
        std::size_t operator()(const ShareKey& key) const noexcept {
            return qHash(key.drop, static_cast<std::size_t>(key.mailbox));
        }
    };
    /// Keeps the counts true: `before` is what the row was, if it was there.
    void count(const std::optional<DropRow>& before, const std::optional<DropRow>& after);
    /// Before a statement that changes rows behind the cache.
    Result<void> flushAndForget();

    sqlite::Database& m_database;
    RowCache<AccountRef, AccountRow> m_accounts;
    RowCache<MailboxId, DeviceRow> m_devices;
    std::unordered_map<AccountRef, std::vector<MailboxId>> m_mailboxes; ///< complete lists only
    RowCache<DropId, DropRow> m_drops;
    struct DropCounts {
        std::uint32_t live = 0;
        std::uint32_t deleted = 0;
    };
    std::unordered_map<AccountRef, DropCounts> m_dropCounts; ///< of accounts that were asked for
    RowCache<ShareKey, ShareRow, ShareKeyHash> m_shares;
};

} // namespace kith::relay
