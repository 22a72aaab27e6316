// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/operations.h"

namespace kith::relay {

struct AccountRow {
    AccountRef ref{};
    AccountId id;
    crypto::VerifyKey key;
    std::uint64_t manifestVersion = 0;
    Hash32 manifestHash;
    std::int64_t lastDay = 0;
    std::int64_t leftDay = 0; ///< since when the manifest does not name this relay; 0 = it does
};

/// A device and its mailbox. `items` and `bytes` always equal what is in the mailbox.
struct DeviceRow {
    MailboxId mailbox{};
    AccountRef account{};
    DeviceId device{};
    crypto::VerifyKey login;
    std::uint32_t epoch = 0;
    std::uint64_t lastSeq = 0;
    std::uint64_t lease = 0;
    std::uint32_t items = 0;
    std::uint64_t bytes = 0;
    std::int64_t lastDay = 0;
    std::uint32_t highestOneTimeKey = 0; ///< ids up to it that are not held have been handed out
    bool isLagged = false;
    bool isClosed = false; ///< idle too long: purged, takes nothing until the device is back
};

struct DropRow {
    DropId drop;
    AccountRef account{};
    std::uint32_t version = 0;
    pb::DropKind kind = pb::DROP_KIND_UNSPECIFIED;
    Hash32 tokenHash;
    std::uint32_t maxItems = 0;
    std::uint64_t maxBytes = 0;
    std::uint32_t maxTotal = 0;
    std::uint32_t total = 0; ///< sends accepted; counted only where maxTotal is set
    std::uint32_t powBits = 0;
    std::uint32_t expiresMinute = 0;
    bool isPaused = false;
    bool isFull = false;
    std::int64_t deletedDay = 0; ///< a tombstone when set
};

/// What one drop holds in one mailbox.
struct ShareRow {
    MailboxId mailbox{};
    DropId drop;
    std::uint32_t items = 0;
    std::uint64_t bytes = 0;
    bool isSkipped = false; ///< an item was passed over and the device does not know yet
};

struct ItemRow {
    MailboxId mailbox{};
    std::uint64_t seq = 0;
    EnvelopeId envelope;
    DropId drop;
    std::uint32_t receivedMinute = 0;
    std::uint32_t expiresMinute = 0;
};

struct RemovedItem {
    MailboxId mailbox{};
    DropId drop;
    std::uint64_t bytes = 0;
};

struct SpkRow {
    std::uint32_t id = 0;
    std::string key;
    std::string signature;
};

struct CardRow {
    CardId card;
    AccountRef account{};
    std::uint32_t expiresMinute = 0;
    std::string body;
};

struct DescriptorRow {
    AccountRef account{};
    RelayId relay;
    std::uint32_t generation = 0;
    std::uint64_t issuedMs = 0;
    pb::Signed descriptor;
};

/// 16 bytes of SHA-256(drop_id‖msg_id): a seized store does not tell by which drop an item came that is gone.
using DedupKey = FixedId<struct DedupTag, 16>;

/// The rows of a mail store as MailRules needs them: loads and saves, no decisions. An implementation may keep rows in
/// memory until the batch ends. After any error the batch is given up.
class Rows {
public:
    virtual ~Rows() = default;

    // Accounts and their manifests
    virtual Result<std::optional<AccountRow>> account(AccountRef ref) = 0;
    virtual Result<std::optional<AccountRow>> account(const AccountId& id) = 0;
    virtual Result<AccountRef> add(const AccountRow& row) = 0;
    virtual Result<void> save(const AccountRow& row) = 0;
    /// With everything that belongs to it.
    virtual Result<void> erase(AccountRef ref) = 0;
    virtual Result<pb::Signed> manifest(AccountRef ref) = 0;
    virtual Result<void> saveManifest(AccountRef ref, const pb::Signed& manifest) = 0;
    virtual Result<std::vector<AccountRef>> accountsIdleBefore(std::int64_t lastDay, std::int64_t leftDay,
                                                               std::uint32_t max) = 0;

    // Devices and their mailboxes
    virtual Result<std::vector<DeviceRow>> devices(AccountRef account) = 0;
    virtual Result<std::optional<DeviceRow>> device(MailboxId mailbox) = 0;
    virtual Result<MailboxId> add(const DeviceRow& row) = 0;
    virtual Result<void> save(const DeviceRow& row) = 0;
    /// With its items, shares and keys; its login key is remembered until `day` is old, of an account the newest
    /// `keep`.
    virtual Result<void> retire(const DeviceRow& row, std::int64_t day, std::uint32_t keep) = 0;
    virtual Result<std::optional<crypto::VerifyKey>> retiredLogin(AccountRef account, DeviceId device) = 0;
    virtual Result<std::vector<DeviceRow>> devicesIdleBefore(std::int64_t lastDay, std::uint32_t max) = 0;
    /// A number above all given before and at least `least`.
    virtual Result<std::uint32_t> nextEpoch(std::uint32_t least) = 0;
    /// All mailboxes of the store get one new epoch.
    virtual Result<void> renewEpochs(std::uint32_t epoch) = 0;

    // Items
    virtual Result<void> append(const ItemRow& row, ByteView body) = 0;
    virtual Result<FetchItems::Outcome> fetch(const FetchItems& request, std::uint32_t minute) = 0;
    virtual Result<std::vector<RemovedItem>> removeUpTo(MailboxId mailbox, std::uint64_t seq) = 0;
    virtual Result<std::optional<RemovedItem>> remove(MailboxId mailbox, std::uint64_t seq) = 0;
    virtual Result<std::vector<RemovedItem>> removeExpired(std::uint32_t minute, std::uint32_t max) = 0;
    /// All items and shares of the mailbox.
    virtual Result<void> clear(MailboxId mailbox) = 0;
    virtual Result<ShareRow> share(MailboxId mailbox, const DropId& drop) = 0;
    virtual Result<void> save(const ShareRow& row) = 0;
    virtual Result<std::vector<DropId>> skippedDrops(MailboxId mailbox) = 0;

    // Dedup
    virtual Result<bool> isKnown(const DedupKey& key) = 0;
    virtual Result<void> remember(const DedupKey& key, std::int64_t day) = 0;
    /// Keys whose first byte is `slice` and that are older than `day`.
    virtual Result<void> forget(std::uint8_t slice, std::int64_t day) = 0;

    // Drops
    virtual Result<std::optional<DropRow>> drop(const DropId& drop) = 0;
    virtual Result<void> save(const DropRow& row) = 0;
    virtual Result<void> erase(const DropId& drop) = 0;
    enum class DropState { Live, Deleted };
    /// Asked for with every new drop: no look at all of them.
    virtual Result<std::uint32_t> countDrops(AccountRef account, DropState state) = 0;
    /// Live ones after `after`, sorted by id.
    virtual Result<std::vector<DropRow>> drops(AccountRef account, const DropId& after, std::uint32_t max) = 0;
    virtual Result<std::optional<DropRow>> oldestTombstone(AccountRef account) = 0;
    virtual Result<std::vector<DropRow>> dropsExpiredBy(std::uint32_t minute, std::uint32_t max) = 0;
    virtual Result<std::vector<DropId>> tombstonesBefore(std::int64_t day, std::uint32_t max) = 0;

    // Prekeys
    virtual Result<std::optional<SpkRow>> spk(MailboxId mailbox) = 0;
    virtual Result<void> saveSpk(MailboxId mailbox, const SpkRow& row) = 0;
    virtual Result<std::uint32_t> countOneTimeKeys(MailboxId mailbox) = 0;
    virtual Result<std::optional<std::string>> oneTimeKey(MailboxId mailbox, std::uint32_t id) = 0;
    virtual Result<void> addOneTimeKey(MailboxId mailbox, std::uint32_t id, const std::string& key) = 0;
    /// Removes the one with the lowest id and returns it.
    virtual Result<std::optional<pb::OneTimeKey>> takeOneTimeKey(MailboxId mailbox) = 0;
    virtual Result<void> eraseOneTimeKeys(MailboxId mailbox) = 0;
    virtual Result<void> eraseAllOneTimeKeys() = 0;

    // Cards, descriptors, invites
    virtual Result<std::optional<CardRow>> card(const CardId& card) = 0;
    virtual Result<std::uint32_t> countCards(AccountRef account) = 0;
    virtual Result<void> save(const CardRow& row) = 0;
    virtual Result<void> erase(const CardId& card) = 0;
    virtual Result<std::optional<DescriptorRow>> descriptor(AccountRef account, const RelayId& relay) = 0;
    virtual Result<void> save(const DescriptorRow& row) = 0;
    virtual Result<void> eraseDescriptorsBut(AccountRef account, const std::vector<RelayId>& kept) = 0;
    virtual Result<std::optional<Invite>> invite(const InviteId& id) = 0;
    virtual Result<std::vector<Invite>> invites() = 0;
    virtual Result<void> save(const Invite& row) = 0;
    virtual Result<void> erase(const InviteId& id) = 0;
    /// Cards and invites that have expired, and login keys of devices retired before `day`.
    virtual Result<void> eraseExpired(std::uint32_t minute, std::int64_t day) = 0;

    /// What happened from minute `since` to `until` happened `by` minutes later: items and invites of then expire
    /// later, and who was here was here later.
    virtual Result<void> postpone(std::uint32_t since, std::uint32_t until, std::uint32_t by) = 0;

    virtual Result<std::vector<Member>> members(std::uint32_t max) = 0;
    virtual Result<CountAll::Outcome> count() = 0;
};

} // namespace kith::relay
