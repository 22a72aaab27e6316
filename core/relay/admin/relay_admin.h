// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/admin/relay_folder.h"

#include <QJsonObject>

namespace kith::relay {

/// Carries out one admin request over the store: "invite" {uses, expires_s}, "invites", "revoke-invite" {id}, "status".
/// The answer is the command's JSON or {"error":{code,message}} (README.md "admin socket"). The same function serves
/// the running relay (on its store thread) and a command that has opened the folder itself.
QJsonObject adminAnswer(const QJsonObject& request, MailStore& store, const RelayIdentity& identity,
                        const wire::Endpoint& publicEndpoint, const Clock& clock);

} // namespace kith::relay
