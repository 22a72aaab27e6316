// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/relay_admin.h"

#include "core/base/random.h"
#include "core/crypto/derive.h"
#include "core/wire/limits.h"

namespace kith::relay {
namespace {

constexpr QLatin1String FirstInviteSetting("first_invite");
constexpr QLatin1String AdminSetting("admin");
constexpr auto FirstInviteLeft = std::chrono::hours(24); ///< no link is shown again that is about to end

template <typename Body>
Result<Body> runOne(MailStore& store, Body body) {
    Operation operation;
    operation.body = std::move(body);
    TRY(store.execute(std::span(&operation, 1)));
    return std::get<Body>(std::move(operation.body));
}

QString nameOf(const InviteId& id) {
    return toBase64Url(id.view().first(9));
}

} // namespace

Result<MadeInvite> RelayAdmin::createInvite(std::int64_t uses, std::chrono::seconds life) {
    using namespace wire::limits;
    if (uses < 1 || uses > InviteUsesMax)
        return fail(Code::Invalid, QStringLiteral("an invite has 1 to %1 uses").arg(InviteUsesMax));
    if (life < std::chrono::minutes(1) || life > InviteLifeMax)
        return fail(Code::Invalid, QStringLiteral("an invite lives from one minute to 90 days"));
    SystemRandom random;
    const wire::InviteLink link{m_endpoint, m_relay, random.id<wire::InviteToken>(), {}};
    const WallTime end = m_clock.wall() + life;
    AddInvite add;
    add.invite = {crypto::inviteIdOf(link.token), static_cast<std::uint32_t>(uses), toMinute(end)};
    TRY_ASSIGN(const AddInvite added, runOne(m_store, std::move(add)));
    if (!added.outcome.answer.isDone())
        return fail(Code::Quota, QStringLiteral("there are %1 invites already; withdraw some first").arg(InvitesMax));
    return MadeInvite{link, nameOf(added.invite.id), added.invite.usesLeft, end};
}

Result<std::optional<wire::InviteLink>> RelayAdmin::firstInvite() {
    TRY_ASSIGN(const CountAll count, runOne(m_store, CountAll()));
    if (count.outcome.accounts > 0) {
        TRY(m_store.removeSetting(FirstInviteSetting));
        return std::optional<wire::InviteLink>();
    }
    TRY_ASSIGN(const auto stored, m_store.setting(FirstInviteSetting));
    if (const auto token = stored ? wire::InviteToken::from(stored->view()) : std::nullopt) {
        TRY_ASSIGN(const ListInvites list, runOne(m_store, ListInvites()));
        for (const Invite& invite : list.outcome.invites)
            if (invite.id == crypto::inviteIdOf(*token) && invite.usesLeft > 0 &&
                invite.expiresMinute > toMinute(m_clock.wall() + FirstInviteLeft))
                return std::optional(wire::InviteLink{m_endpoint, m_relay, *token, {}});
    }
    TRY_ASSIGN(const MadeInvite made, createInvite());
    TRY(m_store.setSetting(FirstInviteSetting, made.link.token.view()));
    return std::optional(made.link);
}

Result<std::vector<OpenInvite>> RelayAdmin::invites() {
    TRY_ASSIGN(const ListInvites list, runOne(m_store, ListInvites()));
    std::vector<OpenInvite> open;
    for (const Invite& invite : list.outcome.invites)
        open.push_back({nameOf(invite.id), invite.usesLeft, WallTime(std::chrono::minutes(invite.expiresMinute))});
    return open;
}

Result<void> RelayAdmin::revokeInvite(const QString& name) {
    TRY_ASSIGN(const ListInvites list, runOne(m_store, ListInvites()));
    for (const Invite& invite : list.outcome.invites) {
        if (nameOf(invite.id) != name)
            continue;
        TRY_ASSIGN(const RevokeInvite revoked, runOne(m_store, RevokeInvite{invite.id, {}}));
        if (revoked.outcome.answer.isDone())
            return {};
    }
    return fail(Code::NotFound, QStringLiteral("there is no such invite; \"invites\" lists them"));
}

Result<std::vector<Member>> RelayAdmin::members() {
    TRY_ASSIGN(ListMembers list, runOne(m_store, ListMembers()));
    return std::move(list.outcome.members);
}

Result<RelayStatus> RelayAdmin::status() {
    TRY_ASSIGN(const CountAll count, runOne(m_store, CountAll()));
    TRY_ASSIGN(const auto admin, m_store.setting(AdminSetting));
    return RelayStatus{m_relay, admin ? AccountId::from(admin->view()) : std::nullopt, count.outcome,
                       m_store.freeBytes(), m_store.hasRoom()};
}

Result<void> saveAdmin(MailStore& store, const AccountId& account) {
    return store.setSetting(AdminSetting, account.view());
}

} // namespace kith::relay
