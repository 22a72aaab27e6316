// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/relay_admin.h"

#include "core/base/random.h"
#include "core/crypto/derive.h"
#include "core/relay/admin/admin_socket.h"
#include "core/wire/limits.h"

#include <QJsonArray>

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

Result<QJsonObject> createInvite(const QJsonObject& request, MailStore& store, const RelayIdentity& identity,
                                 const wire::Endpoint& publicEndpoint, const Clock& clock) {
    using namespace wire::limits;
    const qint64 uses = request[QLatin1String("uses")].toInteger(1);
    const auto lifeMax = std::chrono::seconds(InviteLifeMax).count();
    const qint64 life = request[QLatin1String("expires_s")].toInteger(7 * 86'400);
    if (uses < 1 || uses > InviteUsesMax)
        return fail(Code::Invalid, QStringLiteral("an invite has 1 to %1 uses").arg(InviteUsesMax));
    if (life < 60 || life > lifeMax)
        return fail(Code::Invalid, QStringLiteral("an invite lives from one minute to 90 days"));
    SystemRandom random;
    const wire::InviteLink link{publicEndpoint, identity.relay, random.id<wire::InviteToken>(), {}};
    const WallTime end = clock.wall() + std::chrono::seconds(life);
    AddInvite add;
    add.invite = {crypto::inviteIdOf(link.token), static_cast<std::uint32_t>(uses), toMinute(end)};
    TRY_ASSIGN(const AddInvite added, runOne(store, std::move(add)));
    if (!added.outcome.answer.isDone())
        return fail(Code::Quota, QStringLiteral("there are %1 invites already; withdraw some first").arg(InvitesMax));
    return QJsonObject{{QStringLiteral("invite"), link.toString()},
                       {QStringLiteral("id"), toBase64Url(added.invite.id.view().first(9))},
                       {QStringLiteral("uses"), uses},
                       {QStringLiteral("expires_ms"), static_cast<qint64>(toMs(end))}};
}

/// While there is no member every start shows an invite, and the same one as long as it is good.
Result<QJsonObject> firstInvite(MailStore& store, const RelayIdentity& identity, const wire::Endpoint& publicEndpoint,
                                const Clock& clock) {
    TRY_ASSIGN(const CountAll count, runOne(store, CountAll()));
    if (count.outcome.accounts > 0) {
        TRY(store.removeSetting(FirstInviteSetting));
        return QJsonObject();
    }
    TRY_ASSIGN(const auto stored, store.setting(FirstInviteSetting));
    if (const auto token = stored ? wire::InviteToken::from(stored->view()) : std::nullopt) {
        TRY_ASSIGN(const ListInvites list, runOne(store, ListInvites()));
        for (const Invite& invite : list.outcome.invites)
            if (invite.id == crypto::inviteIdOf(*token) && invite.usesLeft > 0 &&
                invite.expiresMinute > toMinute(clock.wall() + FirstInviteLeft))
                return QJsonObject{{QStringLiteral("invite"),
                                    wire::InviteLink{publicEndpoint, identity.relay, *token, {}}.toString()}};
    }
    TRY_ASSIGN(const QJsonObject made, createInvite({}, store, identity, publicEndpoint, clock));
    TRY_ASSIGN(const wire::InviteLink link, wire::InviteLink::parse(made[QLatin1String("invite")].toString()));
    TRY(store.setSetting(FirstInviteSetting, link.token.view()));
    return made;
}

Result<QJsonObject> listInvites(MailStore& store) {
    TRY_ASSIGN(const ListInvites list, runOne(store, ListInvites()));
    QJsonArray invites;
    for (const Invite& invite : list.outcome.invites)
        invites.append(QJsonObject{{QStringLiteral("id"), toBase64Url(invite.id.view().first(9))},
                                   {QStringLiteral("uses_left"), static_cast<qint64>(invite.usesLeft)},
                                   {QStringLiteral("expires_ms"), static_cast<qint64>(invite.expiresMinute) * 60'000}});
    return QJsonObject{{QStringLiteral("invites"), invites}};
}

Result<QJsonObject> revokeInvite(const QString& name, MailStore& store) {
    TRY_ASSIGN(const ListInvites list, runOne(store, ListInvites()));
    for (const Invite& invite : list.outcome.invites) {
        if (toBase64Url(invite.id.view().first(9)) != name)
            continue;
        TRY_ASSIGN(const RevokeInvite revoked, runOne(store, RevokeInvite{invite.id, {}}));
        if (revoked.outcome.answer.isDone())
            return QJsonObject{{QStringLiteral("revoked"), name}};
    }
    return fail(Code::NotFound, QStringLiteral("there is no such invite; \"invites\" lists them"));
}

Result<QJsonObject> listMembers(MailStore& store) {
    TRY_ASSIGN(const ListMembers list, runOne(store, ListMembers()));
    QJsonArray members;
    for (const Member& member : list.outcome.members)
        members.append(QJsonObject{{QStringLiteral("account"), toBase32(member.account.view())},
                                   {QStringLiteral("last_day_ms"), static_cast<qint64>(member.lastDay) * 86'400'000}});
    return QJsonObject{{QStringLiteral("members"), members}};
}

Result<QJsonObject> status(MailStore& store, const RelayIdentity& identity) {
    TRY_ASSIGN(const CountAll count, runOne(store, CountAll()));
    TRY_ASSIGN(const auto admin, store.setting(AdminSetting));
    return QJsonObject{{QStringLiteral("relay_id"), toBase64Url(identity.relay.view())},
                       {QStringLiteral("admin"), admin ? toBase32(admin->view()) : QString()},
                       {QStringLiteral("disk_free_bytes"), static_cast<qint64>(store.freeBytes())},
                       {QStringLiteral("version"), QStringLiteral(KITH_VERSION)},
                       {QStringLiteral("accepting"), store.hasRoom()},
                       {QStringLiteral("members"), static_cast<qint64>(count.outcome.accounts)},
                       {QStringLiteral("mailboxes"), static_cast<qint64>(count.outcome.mailboxes)},
                       {QStringLiteral("drops"), static_cast<qint64>(count.outcome.drops)},
                       {QStringLiteral("backlog_items"), static_cast<qint64>(count.outcome.items)},
                       {QStringLiteral("backlog_bytes"), static_cast<qint64>(count.outcome.bytes)},
                       {QStringLiteral("retention_days"), static_cast<qint64>(wire::limits::Retention.count() / 24)}};
}

Result<QJsonObject> carryOut(const QJsonObject& request, MailStore& store, const RelayIdentity& identity,
                             const wire::Endpoint& publicEndpoint, const Clock& clock) {
    const QString command = request[QLatin1String("command")].toString();
    if (command == QLatin1String("invite"))
        return createInvite(request, store, identity, publicEndpoint, clock);
    if (command == QLatin1String("first-invite"))
        return firstInvite(store, identity, publicEndpoint, clock);
    if (command == QLatin1String("invites"))
        return listInvites(store);
    if (command == QLatin1String("revoke-invite"))
        return revokeInvite(request[QLatin1String("id")].toString(), store);
    if (command == QLatin1String("members"))
        return listMembers(store);
    if (command == QLatin1String("status"))
        return status(store, identity);
    return fail(Code::Invalid, QStringLiteral("there is no command %1").arg(command));
}

} // namespace

Result<void> saveAdmin(MailStore& store, const AccountId& account) {
    return store.setSetting(AdminSetting, account.view());
}

QJsonObject adminAnswer(const QJsonObject& request, MailStore& store, const RelayIdentity& identity,
                        const wire::Endpoint& publicEndpoint, const Clock& clock) {
    const auto answer = carryOut(request, store, identity, publicEndpoint, clock);
    return answer ? *answer : errorReply(answer.error());
}

} // namespace kith::relay
