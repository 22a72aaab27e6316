// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/all.h"

#include <QJsonObject>
#include <QJsonValue>

namespace kith::app {

/// The JSON of core/client/API.md for what a command answered and for events. Ids: accounts and conversations in
/// base32, messages in hex, relays in base64url. Times are Unix milliseconds.
QJsonValue toJson(const client::Reply& reply);
QJsonObject toJson(const client::TimelineRow& row);
QJsonObject toJson(const client::ConnectionRow& connection);
/// An event object.
QJsonObject toJson(const client::WaitingRow& waiting);
/// One "event" object for each change; empty for a change that is no event.
QJsonObject toJson(const client::Change& change);
QJsonObject errorJson(const Error& error);

/// The same for people: "key: value" lines, or a line for each element of a list, in which texts of others forge
/// neither a line nor a field.
QString toText(const QJsonValue& value);

} // namespace kith::app
