// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/mail_rules.h"

#include <algorithm>

namespace kith::relay {
namespace {

using namespace wire::limits;

DeviceRow newMailbox(AccountRef account, const crypto::ManifestDevice& device, std::uint32_t epoch, std::int64_t day) {
    DeviceRow row;
    row.account = account;
    row.device = device.id;
    row.login = device.login;
    row.epoch = epoch;
    row.lastDay = day;
    return row;
}

} // namespace

Result<void> MailRules::run(FindDevice& op) {
    TRY_ASSIGN(const std::optional<AccountRow> account, m_rows.account(op.account));
    if (!account)
        return {};
    op.outcome.isAccountKnown = true;
    op.outcome.ref = account->ref;
    op.outcome.manifestVersion = account->manifestVersion;
    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account->ref));
    for (const DeviceRow& row : devices)
        if (row.device == op.device) {
            op.outcome.known = FindDevice::Known::Listed;
            op.outcome.login = row.login;
            return {};
        }
    TRY_ASSIGN(const std::optional<crypto::VerifyKey> retired, m_rows.retiredLogin(account->ref, op.device));
    if (retired) {
        op.outcome.known = FindDevice::Known::Removed;
        op.outcome.login = *retired;
        TRY_ASSIGN(op.outcome.manifest, m_rows.manifest(account->ref));
    }
    return {};
}

Result<void> MailRules::run(OpenLease& op) {
    op.outcome.answer.code = WireCode::AuthFailed;
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(op.account));
    if (!account)
        return {};
    if (op.manifest && op.manifest->manifest.manifest.version > account->manifestVersion) {
        TRY_ASSIGN(op.outcome.adoption, adopt(*account, *op.manifest));
        TRY(eraseOneTimeKeys(account->ref)); // this store was behind: perhaps it is a backup
    }
    TRY_ASSIGN(std::vector<DeviceRow> devices, m_rows.devices(account->ref));
    const auto own = std::find_if(devices.begin(), devices.end(), [&](const DeviceRow& row) {
        return row.device == op.device && row.login == op.login;
    });
    if (own == devices.end())
        return {}; // removed while the signature was being checked
    op.outcome.answer = {};
    // Epochs rise, so a later one proves it too: this copy was put to use before.
    if (op.epoch > own->epoch || (op.epoch == own->epoch && op.seenSeq > own->lastSeq)) {
        TRY(renewAccount(devices));
        op.outcome.renewedEpochs = true;
    } else if (own->isClosed) {
        TRY_ASSIGN(own->epoch, m_rows.nextEpoch(minute()));
    }
    own->isClosed = false;
    own->lease += 1;
    TRY(m_rows.save(*own));
    TRY(markSeen(*own));

    op.outcome.ref = account->ref;
    op.outcome.mailbox = own->mailbox;
    op.outcome.accountKey = account->key;
    op.outcome.lease = own->lease;
    op.outcome.currentEpoch = own->epoch;
    op.outcome.headSeq = own->lastSeq;
    op.outcome.isLagged = own->isLagged;
    op.outcome.items = own->items;
    op.outcome.bytes = own->bytes;
    op.outcome.manifestVersion = account->manifestVersion;
    op.outcome.manifestHash = account->manifestHash;
    TRY_ASSIGN(op.outcome.storedManifest, m_rows.manifest(account->ref));
    TRY_ASSIGN(op.outcome.skipped, m_rows.skippedDrops(own->mailbox));
    TRY_ASSIGN(op.outcome.oneTimeKeys, m_rows.countOneTimeKeys(own->mailbox));
    TRY_ASSIGN(const std::optional<SpkRow> spk, m_rows.spk(own->mailbox));
    op.outcome.spkId = spk ? spk->id : 0;
    TRY_ASSIGN(const std::vector<DropRow> drops, m_rows.drops(account->ref, {}, m_policy.dropsPerAccount));
    for (const DropRow& drop : drops) {
        op.outcome.drops.push_back({drop.drop, drop.version});
        if (drop.isFull)
            op.outcome.full.push_back(drop.drop);
        if (drop.isPaused)
            op.outcome.paused.push_back(drop.drop);
    }
    return {};
}

/// An account is idle when no device of it has been here.
Result<void> MailRules::markSeen(DeviceRow& device) {
    if (device.lastDay == today())
        return {};
    device.lastDay = today();
    TRY(m_rows.save(device));
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(device.account));
    INVARIANT(account.has_value());
    account->lastDay = today();
    return m_rows.save(*account);
}

/// A device has seen more than this store knows: the store is an old copy. Only the account that says so is touched, so
/// that a lie hurts nobody else.
Result<void> MailRules::renewAccount(std::vector<DeviceRow>& devices) {
    TRY_ASSIGN(const std::uint32_t epoch, m_rows.nextEpoch(minute()));
    for (DeviceRow& device : devices) {
        device.epoch = epoch;
        TRY(m_rows.save(device));
        TRY(m_rows.eraseOneTimeKeys(device.mailbox));
    }
    return {};
}

Result<void> MailRules::eraseOneTimeKeys(AccountRef account) {
    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account));
    for (const DeviceRow& device : devices)
        TRY(m_rows.eraseOneTimeKeys(device.mailbox));
    return {};
}

Result<void> MailRules::run(RenewEpochs&) {
    TRY_ASSIGN(const std::uint32_t epoch, m_rows.nextEpoch(minute()));
    TRY(m_rows.renewEpochs(epoch));
    return m_rows.eraseAllOneTimeKeys();
}

Result<void> MailRules::run(RegisterAccount& op) {
    const crypto::SignedManifest& given = op.manifest.manifest;
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(given.manifest.account));
    if (account) {
        op.outcome.manifestVersion = account->manifestVersion;
        if (given.manifest.version > account->manifestVersion) {
            TRY_ASSIGN(op.outcome.adoption, adopt(*account, op.manifest));
            TRY(saveBundles(account->ref, op.bundles));
            op.outcome.manifestVersion = account->manifestVersion;
        } else if (given.hash() != account->manifestHash) {
            op.outcome.answer.code = WireCode::Conflict;
            TRY_ASSIGN(op.outcome.answer.manifest, m_rows.manifest(account->ref));
        }
        return {};
    }
    if (m_disk != Disk::Roomy) {
        op.outcome.answer.code = WireCode::SignupClosed;
        return {};
    }
    std::optional<Invite> invite;
    if (op.invite) {
        TRY_ASSIGN(invite, m_rows.invite(*op.invite));
    }
    if (!invite || invite->usesLeft == 0 || isOver(invite->expiresMinute)) {
        op.outcome.answer.code = WireCode::GrantInvalid;
        return {};
    }
    invite->usesLeft -= 1;
    TRY(m_rows.save(*invite));
    AccountRow row;
    row.id = given.manifest.account;
    row.key = given.manifest.accountKey;
    row.lastDay = today();
    TRY_ASSIGN(row.ref, m_rows.add(row));
    TRY_ASSIGN(const Adoption first, adopt(row, op.manifest));
    INVARIANT(first.removed.empty());
    op.outcome.manifestVersion = row.manifestVersion;
    return saveBundles(row.ref, op.bundles);
}

Result<void> MailRules::run(PutManifest& op) {
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(op.account));
    if (!account) {
        op.outcome.answer.code = WireCode::AuthRequired;
        return {};
    }
    const crypto::SignedManifest& given = op.manifest.manifest;
    if (given.hash() == account->manifestHash)
        return {};
    if (given.manifest.account != account->id || given.manifest.version <= account->manifestVersion) {
        op.outcome.answer.code = WireCode::Conflict;
        TRY_ASSIGN(op.outcome.answer.manifest, m_rows.manifest(account->ref));
        return {};
    }
    // A removal must get through, a new mailbox need not.
    TRY_ASSIGN(const bool grows, addsDevices(account->ref, given.manifest));
    if (grows && refuseWhenLow(op.outcome.answer))
        return {};
    TRY_ASSIGN(op.outcome.adoption, adopt(*account, op.manifest));
    if (op.dropOneTimeKeys)
        TRY(eraseOneTimeKeys(account->ref));
    return saveBundles(account->ref, op.bundles);
}

Result<bool> MailRules::addsDevices(AccountRef account, const crypto::Manifest& manifest) {
    TRY_ASSIGN(const std::vector<DeviceRow> known, m_rows.devices(account));
    return std::any_of(manifest.devices.begin(), manifest.devices.end(), [&](const crypto::ManifestDevice& listed) {
        return std::none_of(known.begin(), known.end(), [&](const DeviceRow& device) {
            return device.device == listed.id && device.login == listed.login;
        });
    });
}

/// Takes a higher version over: mailboxes of devices that it does not list go, new ones are made.
Result<Adoption> MailRules::adopt(AccountRow& account, const OfferedManifest& offered) {
    const crypto::SignedManifest& given = offered.manifest;
    INVARIANT(given.manifest.account == account.id && given.manifest.version > account.manifestVersion);
    Adoption adoption{account.ref, given.toWire(), {}};
    account.manifestVersion = given.manifest.version;
    account.manifestHash = given.hash();
    if (offered.listsThisRelay)
        account.leftDay = 0;
    else if (account.leftDay == 0)
        account.leftDay = today();
    TRY(m_rows.save(account));
    TRY(m_rows.saveManifest(account.ref, adoption.manifest));

    TRY_ASSIGN(const std::vector<DeviceRow> before, m_rows.devices(account.ref));
    for (const DeviceRow& device : before) {
        const crypto::ManifestDevice* listed = given.manifest.device(device.device);
        if (listed != nullptr && listed->login == device.login)
            continue;
        TRY(m_rows.retire(device, today(), RetiredPerAccount));
        adoption.removed.push_back(device.mailbox);
    }
    TRY(m_rows.eraseDescriptorsBut(account.ref, given.manifest.homes));
    for (const crypto::ManifestDevice& listed : given.manifest.devices) {
        const bool isKnown = std::any_of(before.begin(), before.end(), [&](const DeviceRow& device) {
            return device.device == listed.id && device.login == listed.login;
        });
        if (isKnown)
            continue;
        TRY_ASSIGN(const std::uint32_t epoch, m_rows.nextEpoch(minute()));
        TRY_ASSIGN([[maybe_unused]] const MailboxId made, m_rows.add(newMailbox(account.ref, listed, epoch, today())));
    }
    return adoption;
}

Result<void> MailRules::saveBundles(AccountRef account, const std::vector<pb::Bundle>& bundles) {
    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account));
    for (const pb::Bundle& bundle : bundles)
        for (const DeviceRow& device : devices)
            if (toU32(device.device) == bundle.device_id())
                TRY(m_rows.saveSpk(device.mailbox, {bundle.spk_id(), bundle.spk(), bundle.spk_sig()}));
    return {};
}

} // namespace kith::relay
