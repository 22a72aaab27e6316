// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/admin/relay_folder.h"

#include <QJsonObject>

namespace kith::relay {

/// Carries out one admin request over the store: "invite" {uses, expires_s}, "invites", "revoke-invite" {id}, "status",
/// and "first-invite", which is empty once there is a member. The answer is the command's JSON or
/// {"error":{code,message}} (README.md "admin socket"). The same function serves the running relay (on its store
/// thread) and a command that has opened the folder itself.
QJsonObject adminAnswer(const QJsonObject& request, MailStore& store, const RelayIdentity& identity,
                        const wire::Endpoint& publicEndpoint, const Clock& clock);

/// The account that may administer this relay over the protocol.
Result<void> saveAdmin(MailStore& store, const AccountId& account);

} // namespace kith::relay
