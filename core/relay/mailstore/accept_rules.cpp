// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/mail_rules.h"

#include <algorithm>

namespace kith::relay {
namespace {

using namespace wire::limits;

DedupKey dedupKey(const EnqueueItems& op) {
    return DedupKey::checked(crypto::sha256({op.drop.view(), op.envelope.view()}).view().first(DedupKey::size));
}

std::uint32_t lifeMinutes(std::uint32_t ttlSeconds) {
    const auto longest = static_cast<std::uint32_t>(std::chrono::seconds(Retention).count());
    const std::uint32_t seconds = ttlSeconds == 0 ? longest : std::min(ttlSeconds, longest);
    return (seconds + 59) / 60;
}

const DeviceRow* find(const std::vector<DeviceRow>& devices, DeviceId id) {
    const auto found =
        std::find_if(devices.begin(), devices.end(), [id](const DeviceRow& row) { return row.device == id; });
    return found == devices.end() ? nullptr : &*found;
}

Load capOf(const DropRow& drop) {
    return {drop.maxItems, drop.maxBytes};
}
Load heldBy(const ShareRow& share) {
    return {share.items, share.bytes};
}

} // namespace

Load MailRules::roomIn(const DeviceRow& device) const {
    return {m_policy.mailboxItems - std::min(m_policy.mailboxItems, device.items),
            m_policy.mailboxBytes - std::min(m_policy.mailboxBytes, device.bytes)};
}

/// The order of these checks is the specification's: nothing about a drop shows before its token, a repeat is never
/// refused, and only a sender who could send is told what to change.
Result<void> MailRules::run(EnqueueItems& op) {
    const bool isDurable = op.kind == EnqueueItems::Kind::Durable;
    TRY_ASSIGN(std::optional<DropRow> drop, m_rows.drop(op.drop));
    if (!mayUse(drop, op.authority)) {
        op.outcome.answer.code = WireCode::Denied;
        return {};
    }
    if (isDurable) {
        TRY_ASSIGN(op.outcome.isDuplicate, m_rows.isKnown(dedupKey(op)));
        if (op.outcome.isDuplicate)
            return {};
    }
    if (drop->maxTotal > 0 && drop->total >= drop->maxTotal) {
        op.outcome.answer.code = WireCode::Denied;
        return {};
    }
    if (const Millis wait = m_sendBuckets.take(op.drop, m_policy.of(drop->kind).rate, m_steady); wait > Millis(0)) {
        op.outcome.answer = {WireCode::Rate, static_cast<std::uint32_t>(wait.count()), 0, 0, {}};
        return {};
    }
    if (drop->kind == pb::DROP_FRONT &&
        std::any_of(op.items.begin(), op.items.end(), [](const auto& i) { return i.body.size() > RequestBodyMax; })) {
        op.outcome.answer.code = WireCode::TooBig;
        return {};
    }
    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(drop->account));
    TRY_ASSIGN(const std::uint32_t powBits, requiredPow(*drop, devices));
    if (op.powBits < powBits) {
        op.outcome.answer = {WireCode::PowRequired, 0, powBits, 0, {}};
        return {};
    }
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(drop->account));
    INVARIANT(account.has_value());
    TRY_ASSIGN(op.outcome.answer, checkVersion(*account, op.manifestVersion, op.manifest, op.outcome.adoption));
    return op.outcome.answer.isDone() ? place(op, *drop, account->ref) : Result<void>();
}

/// Under a flood each further request costs twice as much, so that it costs the flooder and nobody else.
Result<std::uint32_t> MailRules::requiredPow(const DropRow& drop, const std::vector<DeviceRow>& devices) {
    if (drop.kind != pb::DROP_FRONT)
        return drop.powBits;
    std::uint32_t pending = 0;
    for (const DeviceRow& device : devices) {
        TRY_ASSIGN(const ShareRow share, m_rows.share(device.mailbox, drop.drop));
        pending = std::max(pending, share.items);
    }
    const std::uint32_t first = std::max(m_policy.frontPowFirstBits, drop.powBits);
    return std::min(first + pending, FrontPowMaxBits);
}

/// The relay compares versions only; which devices are listed is between the clients and AK.
Result<Answer> MailRules::checkVersion(AccountRow& account, std::uint64_t version,
                                       const std::optional<OfferedManifest>& offered,
                                       std::optional<Adoption>& adoption) {
    if (offered && offered->manifest.manifest.account == account.id &&
        offered->manifest.manifest.version > account.manifestVersion) {
        TRY_ASSIGN(adoption, adopt(account, *offered));
    }
    Answer answer;
    if (version > account.manifestVersion) {
        answer.code = WireCode::NeedManifest;
    } else if (version < account.manifestVersion) {
        answer.code = WireCode::DevicesChanged;
        TRY_ASSIGN(answer.manifest, m_rows.manifest(account.ref));
    }
    return answer;
}

Result<void> MailRules::place(EnqueueItems& op, DropRow& drop, AccountRef account) {
    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account)); // a manifest may have changed them
    op.outcome.account = account;
    op.outcome.receivedMinute = minute();
    std::vector<Target> targets;
    for (std::size_t i = 0; i < op.items.size(); ++i) {
        const DeviceRow* device = find(devices, op.items[i].device);
        if (device == nullptr) {
            op.outcome.placed.clear();
            op.outcome.answer.code = WireCode::Malformed;
            return {};
        }
        if (op.kind == EnqueueItems::Kind::Live)
            op.outcome.placed.push_back({device->mailbox, i, 0});
        else
            targets.push_back({*device, {}, &op.items[i].body, Fit::Takes});
    }
    return op.kind == EnqueueItems::Kind::Live ? Result<void>() : store(op, drop, targets);
}

Result<void> MailRules::store(EnqueueItems& op, DropRow& drop, std::vector<Target>& targets) {
    if (refuseWhenLow(op.outcome.answer))
        return {};
    for (Target& target : targets) {
        TRY_ASSIGN(target.share, m_rows.share(target.device.mailbox, drop.drop));
        target.fit = target.device.isClosed
                         ? Fit::Lagged
                         : fit(heldBy(target.share), capOf(drop), roomIn(target.device), target.body->size());
    }
    if (std::none_of(targets.begin(), targets.end(), [](const Target& t) { return t.fit == Fit::Takes; })) {
        op.outcome.answer.code = WireCode::Quota;
        op.outcome.becameFull = !drop.isFull;
        drop.isFull = true;
        return op.outcome.becameFull ? m_rows.save(drop) : Result<void>();
    }
    op.outcome.expiresMinute = minute() + lifeMinutes(op.ttlSeconds);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (targets[i].fit == Fit::Takes) {
            TRY(append(op, i, targets[i]));
        } else {
            TRY(passOver(targets[i]));
        }
    }
    if (drop.maxTotal > 0) {
        drop.total += 1;
        TRY(m_rows.save(drop));
    }
    return m_rows.remember(dedupKey(op), today());
}

Result<void> MailRules::append(EnqueueItems& op, std::size_t item, Target& target) {
    auto& [device, share, body, fits] = target;
    // The minute keeps seq rising over a restored backup or a lost counter, and tells no finer time.
    device.lastSeq = std::max(device.lastSeq + 1, std::uint64_t{minute()} << 20U);
    device.items += 1;
    device.bytes += body->size();
    share.items += 1;
    share.bytes += body->size();
    TRY(m_rows.append(
        {device.mailbox, device.lastSeq, op.envelope, op.drop, op.outcome.receivedMinute, op.outcome.expiresMinute},
        view(*body)));
    TRY(m_rows.save(device));
    TRY(m_rows.save(share));
    op.outcome.placed.push_back({device.mailbox, item, device.lastSeq});
    return {};
}

Result<void> MailRules::passOver(Target& target) {
    if (target.fit == Fit::Lagged && !target.device.isLagged) {
        target.device.isLagged = true;
        return m_rows.save(target.device);
    }
    if (target.fit == Fit::Skipped && !target.share.isSkipped) {
        target.share.isSkipped = true;
        return m_rows.save(target.share);
    }
    return {};
}

Result<void> MailRules::run(FetchItems& op) {
    TRY_ASSIGN(op.outcome, m_rows.fetch(op, minute()));
    return {};
}

Result<void> MailRules::run(AcknowledgeItems& op) {
    TRY_ASSIGN(std::optional<DeviceRow> device, m_rows.device(op.mailbox));
    if (!device || device->lease != op.lease || device->epoch != op.epoch)
        return {}; // a newer login has taken over, or the mailbox was made anew
    op.outcome.account = device->account;
    TRY(markSeen(*device));
    if (op.clearMarks && device->isLagged) {
        device->isLagged = false;
        TRY(m_rows.save(*device));
    }
    if (op.clearMarks) {
        TRY_ASSIGN(const std::vector<DropId> skipped, m_rows.skippedDrops(op.mailbox));
        for (const DropId& drop : skipped) {
            TRY_ASSIGN(ShareRow share, m_rows.share(op.mailbox, drop));
            share.isSkipped = false;
            TRY(m_rows.save(share));
        }
    }
    const std::uint64_t upTo = std::min(op.upTo, op.pushedUpTo);
    TRY_ASSIGN(std::vector<RemovedItem> removed, m_rows.removeUpTo(op.mailbox, upTo));
    for (const std::uint64_t seq : op.also) {
        if (seq <= upTo || seq > op.pushedUpTo)
            continue;
        TRY_ASSIGN(const std::optional<RemovedItem> one, m_rows.remove(op.mailbox, seq));
        if (one)
            removed.push_back(*one);
    }
    TRY_ASSIGN(const std::vector<DropRow> resumed, settle(removed));
    for (const DropRow& drop : resumed)
        op.outcome.resumed.push_back(drop.drop);
    return {};
}

Result<std::vector<DropRow>> MailRules::settle(const std::vector<RemovedItem>& removed) {
    std::vector<DropRow> resumed;
    // Items of one mailbox and drop stand together more often than not: one load and save for a run of them.
    for (std::size_t i = 0; i < removed.size();) {
        TRY_ASSIGN(std::optional<DeviceRow> device, m_rows.device(removed[i].mailbox));
        TRY_ASSIGN(ShareRow share, m_rows.share(removed[i].mailbox, removed[i].drop));
        INVARIANT(device.has_value());
        std::size_t end = i;
        for (; end < removed.size() && removed[end].mailbox == removed[i].mailbox && removed[end].drop == share.drop;
             ++end) {
            device->items -= 1;
            device->bytes -= removed[end].bytes;
            share.items -= 1;
            share.bytes -= removed[end].bytes;
        }
        i = end;
        TRY(m_rows.save(*device));
        TRY(m_rows.save(share));
        TRY_ASSIGN(std::optional<DropRow> drop, m_rows.drop(share.drop));
        if (drop && drop->isFull && isUnderHalf(heldBy(share), capOf(*drop), roomIn(*device))) {
            drop->isFull = false;
            TRY(m_rows.save(*drop));
            resumed.push_back(*drop);
        }
    }
    return resumed;
}

} // namespace kith::relay
