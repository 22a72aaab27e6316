// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/connection_state.h"

namespace kith::link {

QString stateName(LinkState state) {
    switch (state) {
    case LinkState::Connecting:
    case LinkState::Greeted:
    case LinkState::Backlog:
        return QStringLiteral("connecting");
    case LinkState::Live:
        return QStringLiteral("live");
    case LinkState::Idle:
    case LinkState::Waiting:
        return QStringLiteral("offline");
    case LinkState::Stopped:
        return QStringLiteral("stopped");
    }
    return {};
}

QString reasonName(LinkReason reason) {
    switch (reason) {
    case LinkReason::None:
        return QStringLiteral("None");
    case LinkReason::NotReachable:
        return QStringLiteral("NotReachable");
    case LinkReason::NoAnswer:
        return QStringLiteral("NoAnswer");
    case LinkReason::Untrusted:
        return QStringLiteral("Untrusted");
    case LinkReason::LoginRefused:
        return QStringLiteral("LoginRefused");
    case LinkReason::RequestRefused:
        return QStringLiteral("RequestRefused");
    case LinkReason::Replaced:
        return QStringLiteral("Replaced");
    case LinkReason::Busy:
        return QStringLiteral("Busy");
    case LinkReason::Misbehaved:
        return QStringLiteral("Misbehaved");
    case LinkReason::CannotStore:
        return QStringLiteral("CannotStore");
    }
    return {};
}

} // namespace kith::link
