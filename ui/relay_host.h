// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <QObject>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace kith::ui {

/// The relay inside this program, as its window sees it. Thread: GUI; nothing here blocks for long.
class RelayHost : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    static constexpr int DefaultPort = 8443; ///< of links that name none (PROTOCOL.md s12)

    struct Member {
        AccountId account;
        WallTime lastSeen; ///< to the day
    };
    struct Status {
        bool isRunning = false;
        int port = DefaultPort;       ///< it has, or had last
        std::optional<Error> problem; ///< why it did not start with the program
        QString address;              ///< "host:port" for others; stays when it is switched off
        bool isLocalOnly = false;     ///< reachable from this computer only
        bool isNetworkOnly = false;   ///< an address that only the own network knows
        std::vector<Member> members;  ///< in the order of joining
    };
    virtual const Status& status() const = 0;

    virtual void refresh() = 0; ///< looks who has joined; statusChanged() tells
    /// Running, or why not. Remembered: the next start of the program starts the relay too.
    virtual Result<void> enable(int port) = 0;
    virtual void disable() = 0;
    /// An invite for one person, good for 14 days as contact links are. With a contact link whose card lies on this
    /// relay one link does both: who joins with it asks to be a contact.
    virtual void createInvite(const QString& contactLink, std::function<void(const Result<QString>&)> done) = 0;

Q_SIGNALS:
    void statusChanged(); ///< also when somebody has joined
};

} // namespace kith::ui
