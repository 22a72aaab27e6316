// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/client/api/command.h"

#include <QString>

#include <vector>

namespace kith::client {

/// How one home is doing; the words of cli.md's "connection" event.
struct ConnectionRow {
    RelayId relay;
    QString endpoint;
    QString state;  ///< "connecting", "live", "offline", "stopped"
    QString reason; ///< empty while all is well
    std::optional<WallTime> nextTry;
    bool isJoining = false; ///< not a home yet
};

struct Joined {
    std::optional<Error> notAsked; ///< the relay took us, but the contact in its invite could not be asked
};

struct SyncReport {
    int received = 0;
    int sent = 0;
    std::int64_t queued = 0;
};

namespace api {

/// Connects to the homes and stays connected; without it only local commands and those that say so use the network.
struct GoOnline {
    using Reply = void;
    static constexpr Words words{nullptr};
};
/// Connects, receives until every home is drained, sends what waits.
struct Sync {
    using Reply = SyncReport;
    static constexpr Words words{"sync", Needs::Network, "receive everything, send everything, stop"};
};
struct Join {
    using Reply = Joined;
    static constexpr Words words{"join", Needs::Network, "become a member of a relay by its invite"};
    QString link;
    static constexpr auto fields() { return std::tuple(argument("link", &Join::link)); }
};
/// Every join that is under way ends with Unavailable.
struct CancelJoin {
    using Reply = void;
    static constexpr Words words{"cancel-join", Needs::Profile, "end a join that waits (rpc)"};
};

struct Homes {
    using Reply = std::vector<ConnectionRow>; ///< in their order; those that are being joined last
    static constexpr Words words{"homes", Needs::Profile, "the relays that keep your messages, in their order"};
};

using RelayCommands = List<GoOnline, Sync, Join, CancelJoin, Homes>;

} // namespace api
} // namespace kith::client
