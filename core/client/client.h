// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/all.h"

#include <QMetaType>
#include <QObject>

namespace kith::client {

/// Names one command until its finished().
using RequestId = std::uint64_t;

/// The messenger as its windows and the command line see it. Thread: the caller's; nothing here blocks.
/// Commands are the values of api/; queries are commands. Commands for one conversation are carried out in the order in
/// which they were given. Before the profile is unlocked everything is refused with Denied that needs one.
/// API.md is normative.
class Client : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// Returns at once; ends in exactly one finished().
    virtual RequestId run(api::Command command) = 0;

Q_SIGNALS:
    void finished(kith::client::RequestId request, const kith::Result<kith::client::Reply>& result);
    void eventsAppended(const kith::client::EventBatch& batch);
    void connectionChanged(const kith::client::ConnectionRow& connection);
    void waitingChanged(const kith::client::WaitingRow& waiting);
};

} // namespace kith::client

Q_DECLARE_METATYPE(kith::client::ConnectionRow)
Q_DECLARE_METATYPE(kith::client::EventBatch)
Q_DECLARE_METATYPE(kith::client::WaitingRow)
