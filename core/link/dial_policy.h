// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/wire/link.h"

#include <vector>

class QHostAddress;

namespace kith::link {

/// Whether private, loopback and link-local addresses may be dialled: for own homes, for a host the user pasted, or by
/// a setting. Otherwise a stranger's descriptor would be a port scanner inside the LAN (PROTOCOL.md s2).
enum class DialPolicy { PublicOnly, LocalToo };

/// Where a relay is said to be, and which relay is expected to answer there. Endpoints are tried in order.
struct RelayAddress {
    RelayId relay;
    std::vector<wire::Endpoint> endpoints;
    DialPolicy policy = DialPolicy::PublicOnly;
    friend bool operator==(const RelayAddress&, const RelayAddress&) = default;
};

/// By its text alone, without a look-up: an address literal outside the public internet, or a name that only a LAN
/// knows ("localhost", "box", "box.local"). A public name may still resolve to a local address: transports check again.
bool isLocal(const wire::Endpoint& endpoint);
bool isLocal(const QHostAddress& address);
/// 127.0.0.0/8, ::1 or localhost.
bool isLoopback(const wire::Endpoint& endpoint);

} // namespace kith::link
