// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/deliveries.h"
#include "core/relay/engine/relay_self.h"

namespace kith::relay {

/// SEND (PROTOCOL.md s6 "Accept"): what can be judged without the store is judged here, the rest by the store; the
/// answer leaves after the commit. Private to core/relay/engine.
class Sends {
public:
    Sends(const RelaySelf& self, Switchboard& board, Deliveries& deliveries)
        : m_self(self)
        , m_board(board)
        , m_deliveries(deliveries) {}

    void send(Connection& connection, std::uint64_t request, pb::Send& body);
    void completed(Connection* connection, std::uint64_t request, EnqueueItems& op);

    /// By the token, or for the own devices by the session. Nothing when the frame fits neither.
    static std::optional<Authority> authorityOf(const Connection& connection, const std::string& token);

private:
    std::uint32_t powBits(const pb::Send& body) const;

    const RelaySelf& m_self;
    Switchboard& m_board;
    Deliveries& m_deliveries;
};

} // namespace kith::relay
