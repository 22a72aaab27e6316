// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/relay/mailstore/mail_policy.h"
#include "core/relay/mailstore/rows.h"
#include "core/relay/mailstore/share_rule.h"
#include "core/wire/token_buckets.h"

#include <utility>

namespace kith::relay {

enum class Disk {
    Roomy,
    NoNewAccounts, ///< getting full
    Low,           ///< nothing that grows the store; reads, ACKs and deletes go on
};

/// Every decision of the relay that depends on stored rows, once for all implementations of MailStore: they bring the
/// rows and the transaction. An operation first decides, then writes, and never writes after a refusal; so the only
/// failure half-way is one of the store itself, which undoes the whole batch.
/// Token buckets live in memory; expiry goes by the largest wall clock seen since the start. A machine without a clock
/// of its own begins in the past and is set right later (a jump of more than a day): what came before lives on from
/// then. Thread: the store's. PROTOCOL.md s6, s14, s17.
class MailRules {
public:
    MailRules(Rows& rows, const Clock& clock, const MailPolicy& policy);

    /// Reads the clock once for all operations up to the next call. Inside the transaction: where the clock has turned
    /// out to be far behind, what came under it gets its whole life.
    Result<void> beginBatch(Disk disk);
    Result<void> apply(Operation& operation);

private:
    // accept_rules.cpp
    Result<void> run(EnqueueItems& op);
    Result<void> run(FetchItems& op);
    Result<void> run(AcknowledgeItems& op);
    Result<Answer> checkVersion(AccountRow& account, std::uint64_t version,
                                const std::optional<OfferedManifest>& offered, std::optional<Adoption>& adoption);
    struct Target {
        DeviceRow device;
        ShareRow share;
        const std::string* body;
        Fit fit;
    };
    Result<void> place(EnqueueItems& op, DropRow& drop, AccountRef account);
    Result<void> store(EnqueueItems& op, DropRow& drop, std::vector<Target>& targets);
    Result<void> append(EnqueueItems& op, std::size_t item, Target& target);
    Result<void> passOver(Target& target);
    Result<std::uint32_t> requiredPow(const DropRow& drop, const std::vector<DeviceRow>& devices);
    /// Settles the counters of rows that are gone; returns the full drops that are under half again.
    Result<std::vector<DropRow>> settle(const std::vector<RemovedItem>& removed);

    // account_rules.cpp
    Result<void> run(FindDevice& op);
    Result<void> run(OpenLease& op);
    Result<void> run(RegisterAccount& op);
    Result<void> run(PutManifest& op);
    Result<void> run(RenewEpochs& op);
    Result<bool> addsDevices(AccountRef account, const crypto::Manifest& manifest);
    Result<Adoption> adopt(AccountRow& account, const OfferedManifest& offered);
    Result<void> saveBundles(AccountRef account, const std::vector<pb::Bundle>& bundles);
    Result<void> markSeen(DeviceRow& device);
    Result<void> renewAccount(std::vector<DeviceRow>& devices);
    Result<void> eraseOneTimeKeys(AccountRef account);

    // directory_rules.cpp
    Result<void> run(PutKeys& op);
    Result<void> run(TakeBundles& op);
    Result<void> run(PutCard& op);
    Result<void> run(DeleteCard& op);
    Result<void> run(ReadCard& op);
    Result<void> run(PutDescriptor& op);
    Result<void> run(ReadDescriptors& op);
    Result<void> run(AddInvite& op);
    Result<void> run(RevokeInvite& op);
    Result<void> run(ListInvites& op);
    Result<void> run(ListMembers& op);
    Result<void> run(CountAll& op);

    // drop_rules.cpp
    Result<void> run(PutDrop& op);
    Result<void> run(DeleteDrop& op);
    Result<void> run(ListDrops& op);
    bool mayUse(const std::optional<DropRow>& drop, const Authority& authority) const;
    Result<void> bury(DropRow drop);

    // expiry_rules.cpp
    Result<void> run(Sweep& op);
    Result<bool> sweepAccounts(Sweep& op);
    Result<bool> sweepMailboxes(Sweep& op);
    Result<bool> sweepDrops();

    std::uint32_t minute() const { return toMinute(m_now); }
    std::int64_t today() const { return toDay(m_now); }
    /// Fills in RETRY_LATER while nothing may grow.
    bool refuseWhenLow(Answer& answer) const;
    Load roomIn(const DeviceRow& device) const;
    bool isOver(std::uint32_t expiresMinute) const { return expiresMinute != 0 && expiresMinute <= minute(); }

    Rows& m_rows;
    const Clock& m_clock;
    const MailPolicy m_policy;
    Disk m_disk = Disk::Roomy;
    WallTime m_now{};
    SteadyTime m_steady{};
    std::optional<std::uint32_t> m_firstMinute; ///< of this run, until the clock was set right
    Hash32 m_noToken;                           ///< what a token is compared with where there is no drop
    wire::TokenBuckets<DropId> m_sendBuckets;
    struct IssueKey {
        DropId drop;
        MailboxId mailbox;
        friend bool operator==(const IssueKey&, const IssueKey&) = default;
    };
    struct IssueKeyHash {
        std::size_t operator()(const IssueKey& key) const noexcept {
            return qHash(key.drop, static_cast<std::size_t>(key.mailbox));
        }
    };
    wire::TokenBuckets<IssueKey, IssueKeyHash> m_issueBuckets;
    std::int64_t m_sweptDay = 0;
    int m_dedupSlice = 0;
};

} // namespace kith::relay
