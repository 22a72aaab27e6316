// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/mail_rules.h"

#include <algorithm>

namespace kith::relay {
namespace {

using namespace wire::limits;

constexpr auto CardLife = std::chrono::hours(24 * 14);
constexpr auto CardLifeMax = std::chrono::hours(24 * 365);

std::uint32_t minutes(std::chrono::hours hours) {
    return static_cast<std::uint32_t>(std::chrono::minutes(hours).count());
}

} // namespace

/// Ids come from one rising counter: an id that is not above the highest and is not held has been handed out, and a
/// repeat of the frame must not bring it back.
Result<void> MailRules::run(PutKeys& op) {
    TRY_ASSIGN(std::optional<DeviceRow> device, m_rows.device(op.mailbox));
    if (!device) {
        op.outcome.answer.code = WireCode::AuthRequired;
        return {};
    }
    if (refuseWhenLow(op.outcome.answer))
        return {};
    std::vector<const pb::OneTimeKey*> fresh;
    for (const pb::OneTimeKey& key : op.oneTimeKeys) {
        if (key.opk_id() > device->highestOneTimeKey) {
            fresh.push_back(&key);
            continue;
        }
        TRY_ASSIGN(const std::optional<std::string> held, m_rows.oneTimeKey(op.mailbox, key.opk_id()));
        if (held && *held != key.opk()) {
            op.outcome.answer.code = WireCode::Conflict;
            op.outcome.answer.current = device->highestOneTimeKey;
            return {};
        }
        if (held && op.replace)
            fresh.push_back(&key);
    }
    std::sort(fresh.begin(), fresh.end(), [](const auto* a, const auto* b) { return a->opk_id() < b->opk_id(); });
    const bool isTwice = std::adjacent_find(fresh.begin(), fresh.end(), [](const auto* a, const auto* b) {
                             return a->opk_id() == b->opk_id();
                         }) != fresh.end();
    if (isTwice) {
        op.outcome.answer.code = WireCode::Malformed;
        return {};
    }

    if (op.replace)
        TRY(m_rows.eraseOneTimeKeys(op.mailbox));
    TRY_ASSIGN(op.outcome.held, m_rows.countOneTimeKeys(op.mailbox));
    for (const pb::OneTimeKey* key : fresh) {
        if (op.outcome.held >= OneTimeKeysPerDevice)
            break;
        TRY(m_rows.addOneTimeKey(op.mailbox, key->opk_id(), key->opk()));
        device->highestOneTimeKey = std::max(device->highestOneTimeKey, key->opk_id());
        op.outcome.held += 1;
    }
    TRY(m_rows.save(*device));
    if (op.spk)
        return m_rows.saveSpk(op.mailbox, {op.spk->spk_id(), op.spk->spk(), op.spk->spk_sig()});
    return {};
}

Result<void> MailRules::run(TakeBundles& op) {
    TRY_ASSIGN(const std::optional<DropRow> drop, m_rows.drop(op.drop));
    if (!mayUse(drop, op.authority)) {
        op.outcome.answer.code = WireCode::Denied;
        return {};
    }
    TRY_ASSIGN(std::optional<AccountRow> account, m_rows.account(drop->account));
    INVARIANT(account.has_value());
    TRY_ASSIGN(const Answer version, checkVersion(*account, op.knownVersion, op.manifest, op.outcome.adoption));
    if (version.code == WireCode::NeedManifest) {
        op.outcome.answer = version;
        return {};
    }
    op.outcome.newer = version.manifest;

    TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account->ref));
    for (const DeviceRow& device : devices) {
        if (!op.devices.empty() && std::find(op.devices.begin(), op.devices.end(), device.device) == op.devices.end())
            continue;
        TRY_ASSIGN(const std::optional<SpkRow> spk, m_rows.spk(device.mailbox));
        if (!spk)
            continue;
        pb::Bundle bundle;
        bundle.set_device_id(toU32(device.device));
        bundle.set_spk_id(spk->id);
        bundle.set_spk(spk->key);
        bundle.set_spk_sig(spk->signature);
        // A request must stay readable where this store or the device's profile is an old copy, whose one-time keys
        // were used or lost: nobody may ask a stranger for a repeat.
        const bool mayIssue =
            drop->kind != pb::DROP_FRONT &&
            m_issueBuckets.take({op.drop, device.mailbox}, m_policy.oneTimeKeyRate, m_steady) == Millis(0);
        if (mayIssue) {
            TRY_ASSIGN(const std::optional<pb::OneTimeKey> key, m_rows.takeOneTimeKey(device.mailbox));
            if (key) {
                bundle.set_opk_id(key->opk_id());
                bundle.set_opk(key->opk());
                TRY_ASSIGN(const std::uint32_t left, m_rows.countOneTimeKeys(device.mailbox));
                if (left == OneTimeKeysLow - 1 || left == 0)
                    op.outcome.low.push_back({device.mailbox, left});
            }
        }
        op.outcome.bundles.push_back(std::move(bundle));
    }
    return {};
}

Result<void> MailRules::run(PutCard& op) {
    TRY_ASSIGN(const std::optional<CardRow> known, m_rows.card(op.card));
    if (known && known->account != op.account) {
        op.outcome.answer.code = WireCode::Conflict;
        return {};
    }
    if (refuseWhenLow(op.outcome.answer))
        return {};
    TRY_ASSIGN(const std::uint32_t cards, m_rows.countCards(op.account));
    if (!known && cards >= CardsPerAccount) {
        op.outcome.answer.code = WireCode::NoRoom;
        return {};
    }
    const std::uint32_t expires = op.expiresMinute == 0 ? minute() + minutes(CardLife)
                                                        : std::min(op.expiresMinute, minute() + minutes(CardLifeMax));
    return m_rows.save(CardRow{op.card, op.account, expires, op.body});
}

Result<void> MailRules::run(DeleteCard& op) {
    TRY_ASSIGN(const std::optional<CardRow> known, m_rows.card(op.card));
    return known && known->account == op.account ? m_rows.erase(op.card) : Result<void>();
}

Result<void> MailRules::run(ReadCard& op) {
    TRY_ASSIGN(std::optional<CardRow> card, m_rows.card(op.card));
    if (card && !isOver(card->expiresMinute))
        op.outcome.body = std::move(card->body);
    else
        op.outcome.answer.code = WireCode::NotFound;
    return {};
}

Result<void> MailRules::run(PutDescriptor& op) {
    TRY_ASSIGN(const pb::Signed manifest, m_rows.manifest(op.account));
    pb::Manifest parsed;
    INVARIANT(wire::parseLimited(view(manifest.body()), parsed));
    if (std::find(parsed.homes().begin(), parsed.homes().end(), op.relay.str()) == parsed.homes().end()) {
        op.outcome.answer.code = WireCode::Denied;
        return {};
    }
    if (refuseWhenLow(op.outcome.answer))
        return {};
    TRY_ASSIGN(const std::optional<DescriptorRow> known, m_rows.descriptor(op.account, op.relay));
    if (known && known->descriptor.body() == op.descriptor.body())
        return {};
    if (known && std::pair(op.generation, op.issuedMs) <= std::pair(known->generation, known->issuedMs)) {
        op.outcome.answer.code = WireCode::Conflict;
        op.outcome.answer.current = known->generation;
        return {};
    }
    return m_rows.save(DescriptorRow{op.account, op.relay, op.generation, op.issuedMs, op.descriptor});
}

Result<void> MailRules::run(ReadDescriptors& op) {
    TRY_ASSIGN(const std::optional<DropRow> drop, m_rows.drop(op.drop));
    if (!mayUse(drop, op.authority)) {
        op.outcome.answer.code = WireCode::Denied;
        return {};
    }
    TRY_ASSIGN(const pb::Signed manifest, m_rows.manifest(drop->account));
    pb::Manifest parsed;
    INVARIANT(wire::parseLimited(view(manifest.body()), parsed));
    for (const RelayId& relay : op.relays) {
        if (std::find(parsed.homes().begin(), parsed.homes().end(), relay.str()) == parsed.homes().end())
            continue;
        op.outcome.homes.push_back(relay);
        TRY_ASSIGN(std::optional<DescriptorRow> held, m_rows.descriptor(drop->account, relay));
        if (held)
            op.outcome.descriptors.push_back(std::move(held->descriptor));
    }
    return {};
}

Result<void> MailRules::run(AddInvite& op) {
    TRY_ASSIGN(const std::vector<Invite> invites, m_rows.invites());
    const auto live = std::count_if(invites.begin(), invites.end(), [this](const Invite& invite) {
        return invite.usesLeft > 0 && !isOver(invite.expiresMinute);
    });
    if (live >= static_cast<std::ptrdiff_t>(InvitesMax)) {
        op.outcome.answer.code = WireCode::NoRoom;
        return {};
    }
    op.invite.madeMinute = minute();
    return m_rows.save(op.invite);
}

Result<void> MailRules::run(RevokeInvite& op) {
    TRY_ASSIGN(const std::optional<Invite> known, m_rows.invite(op.id));
    if (!known) {
        op.outcome.answer.code = WireCode::NotFound;
        return {};
    }
    return m_rows.erase(op.id);
}

Result<void> MailRules::run(ListInvites& op) {
    TRY_ASSIGN(op.outcome.invites, m_rows.invites());
    return {};
}

Result<void> MailRules::run(ListMembers& op) {
    TRY_ASSIGN(op.outcome.members, m_rows.members(op.max));
    return {};
}

Result<void> MailRules::run(CountAll& op) {
    TRY_ASSIGN(op.outcome, m_rows.count());
    return {};
}

} // namespace kith::relay
