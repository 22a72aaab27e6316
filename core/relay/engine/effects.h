// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/relay/mailstore/operations.h"

#include <QByteArray>

#include <optional>
#include <vector>

/// What goes into the engine and what comes out of it, as values.
namespace kith::relay {

enum class ConnectionId : std::uint64_t {};
enum class SocketKind { Authenticated, Anonymous };

struct Now {
    WallTime wall;
    SteadyTime steady;
};

/// Who is at the other end, as far as limits need it.
struct Peer {
    QByteArray addressKey;        ///< opaque; equal for sockets that share the limits of an address
    bool hasAddressLimits = true; ///< false on loopback and in the LAN
    bool isCounted = true;        ///< false where limits are off, for measurements
};

/// What the caller has to do after a call of the engine. It owns and reuses the object.
struct Effects {
    /// One message, or the end of a connection; in this order.
    struct Output {
        ConnectionId connection{};
        QByteArray frame;
        std::optional<wire::CloseCode> close;
    };
    std::vector<Output> outputs;
    /// They have said HELLO: from now on they may send messages of limits::FrameMax.
    std::vector<ConnectionId> greeted;
    /// To MailStore::execute as they are, those of a connection in this order; then to RelayEngine::storeCompleted.
    std::vector<Operation> operations;

    bool isEmpty() const { return outputs.empty() && operations.empty(); }
};

} // namespace kith::relay
