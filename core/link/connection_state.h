// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"

#include <QString>

#include <optional>

namespace kith::link {

/// The state machine of one home (PROTOCOL.md s6, Connect).
enum class LinkState {
    Idle,       ///< not started
    Connecting, ///< TCP, TLS, HELLO; nothing is verified yet
    Greeted,    ///< the relay is the expected one; registering or logging in
    Backlog,    ///< logged in; mail that waited is arriving
    Live,       ///< DRAINED: all mail that waited is here
    Waiting,    ///< after a failure, until nextTry
    Stopped,    ///< until the user acts
};

/// Why a home is not live.
enum class LinkReason {
    None,
    NotReachable,   ///< refused, no route, unknown name, connection lost
    NoAnswer,       ///< the relay went silent
    Untrusted,      ///< another relay answers there, or somebody is in between; tried again every few minutes
    LoginRefused,   ///< it does not know this device, or says that the device was removed
    RequestRefused, ///< registration or login can never succeed as it is (an invite used up); stops the link
    Replaced,       ///< another copy of this device logged in; stops the link
    Busy,           ///< restarting, overloaded or moving; it asked us to come back later
    Misbehaved,     ///< it broke the protocol
    CannotStore,    ///< this side found no room for what arrived; the relay keeps it
};

struct ConnectionState {
    LinkState state = LinkState::Idle;
    LinkReason reason = LinkReason::None;
    std::optional<WallTime> nextTry; ///< while Waiting
    friend bool operator==(const ConnectionState&, const ConnectionState&) = default;
};

/// The word of the "connection" event: "connecting" (also while the backlog arrives), "live", "offline" or "stopped".
QString stateName(LinkState state);
/// For JSON and logs, for example "NotReachable".
QString reasonName(LinkReason reason);

} // namespace kith::link
