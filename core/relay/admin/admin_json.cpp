// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/admin_json.h"

#include "core/wire/limits.h"

#include <QJsonArray>

namespace kith::relay {
namespace {

/// What is given and no whole number is out of every range.
qint64 numberIn(const QJsonObject& order, QLatin1String name, qint64 otherwise) {
    return order.contains(name) ? order[name].toInteger(-1) : otherwise;
}

Result<QJsonObject> createInvite(const QJsonObject& order, RelayAdmin& admin) {
    constexpr std::chrono::seconds Week = std::chrono::hours(7 * 24);
    TRY_ASSIGN(const MadeInvite made,
               admin.createInvite(numberIn(order, QLatin1String("uses"), 1),
                                  std::chrono::seconds(numberIn(order, QLatin1String("expires_s"), Week.count()))));
    return QJsonObject{{QStringLiteral("invite"), made.link.toString()},
                       {QStringLiteral("id"), made.name},
                       {QStringLiteral("uses"), static_cast<qint64>(made.uses)},
                       {QStringLiteral("expires_ms"), static_cast<qint64>(toMs(made.expires))}};
}

Result<QJsonObject> firstInvite(RelayAdmin& admin) {
    TRY_ASSIGN(const auto first, admin.firstInvite());
    return first ? QJsonObject{{QStringLiteral("invite"), first->toString()}} : QJsonObject();
}

Result<QJsonObject> listInvites(RelayAdmin& admin) {
    TRY_ASSIGN(const auto open, admin.invites());
    QJsonArray invites;
    for (const OpenInvite& invite : open)
        invites.append(QJsonObject{{QStringLiteral("id"), invite.name},
                                   {QStringLiteral("uses_left"), static_cast<qint64>(invite.usesLeft)},
                                   {QStringLiteral("expires_ms"), static_cast<qint64>(toMs(invite.expires))}});
    return QJsonObject{{QStringLiteral("invites"), invites}};
}

Result<QJsonObject> revokeInvite(const QJsonObject& order, RelayAdmin& admin) {
    const QString name = order[QLatin1String("id")].toString();
    TRY(admin.revokeInvite(name));
    return QJsonObject{{QStringLiteral("revoked"), name}};
}

Result<QJsonObject> listMembers(RelayAdmin& admin) {
    TRY_ASSIGN(const auto list, admin.members());
    QJsonArray members;
    for (const Member& member : list)
        members.append(QJsonObject{{QStringLiteral("account"), toBase32(member.account.view())},
                                   {QStringLiteral("last_day_ms"), static_cast<qint64>(member.lastDay) * 86'400'000}});
    return QJsonObject{{QStringLiteral("members"), members}};
}

Result<QJsonObject> status(RelayAdmin& admin) {
    TRY_ASSIGN(const RelayStatus status, admin.status());
    return QJsonObject{{QStringLiteral("relay_id"), toBase64Url(status.relay.view())},
                       {QStringLiteral("admin"), status.admin ? toBase32(status.admin->view()) : QString()},
                       {QStringLiteral("disk_free_bytes"), static_cast<qint64>(status.freeBytes)},
                       {QStringLiteral("version"), QStringLiteral(KITH_VERSION)},
                       {QStringLiteral("accepting"), status.isAccepting},
                       {QStringLiteral("members"), static_cast<qint64>(status.stored.accounts)},
                       {QStringLiteral("mailboxes"), static_cast<qint64>(status.stored.mailboxes)},
                       {QStringLiteral("drops"), static_cast<qint64>(status.stored.drops)},
                       {QStringLiteral("backlog_items"), static_cast<qint64>(status.stored.items)},
                       {QStringLiteral("backlog_bytes"), static_cast<qint64>(status.stored.bytes)},
                       {QStringLiteral("retention_days"), static_cast<qint64>(wire::limits::Retention.count() / 24)}};
}

Result<QJsonObject> carryOut(const QJsonObject& order, RelayAdmin& admin) {
    const QString command = order[QLatin1String("command")].toString();
    if (command == QLatin1String("invite"))
        return createInvite(order, admin);
    if (command == QLatin1String("first-invite"))
        return firstInvite(admin);
    if (command == QLatin1String("invites"))
        return listInvites(admin);
    if (command == QLatin1String("revoke-invite"))
        return revokeInvite(order, admin);
    if (command == QLatin1String("members"))
        return listMembers(admin);
    if (command == QLatin1String("status"))
        return status(admin);
    return fail(Code::Invalid, command.isEmpty() ? QStringLiteral("an order names its \"command\"")
                                                 : QStringLiteral("there is no command %1").arg(command));
}

} // namespace

QJsonObject answerOrder(const QJsonObject& order, RelayAdmin& admin) {
    const auto answer = carryOut(order, admin);
    return answer ? *answer : errorReply(answer.error());
}

QJsonObject toJson(const LiveStatus& status) {
    return {{QStringLiteral("sockets"), static_cast<qint64>(status.sockets)},
            {QStringLiteral("uptime_s"), static_cast<qint64>(status.uptime.count() / 1000)},
            {QStringLiteral("cpu_s"), status.use.cpuSeconds},
            {QStringLiteral("memory_bytes"), static_cast<qint64>(status.use.residentBytes)},
            {QStringLiteral("draining"), status.isDraining}};
}

QJsonObject errorReply(const Error& error) {
    QJsonObject out{{QStringLiteral("code"), codeName(error.code)}, {QStringLiteral("message"), error.detail}};
    if (error.cause != Cause::None)
        out.insert(QStringLiteral("cause"), causeName(error.cause));
    return {{QStringLiteral("error"), out}};
}

} // namespace kith::relay
