// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/relay/engine/deliveries.h"
#include "core/relay/engine/relay_self.h"

namespace kith::relay {

/// From the first frame to WELCOME: HELLO, REGISTER, AUTH (PROTOCOL.md s2, s5, s6). All signatures are checked here;
/// each covers the transcript of this connection and the leaf that it shows. Private to core/relay/engine.
class Logins {
public:
    Logins(const RelaySelf& self, Random& random, Switchboard& board, Deliveries& deliveries)
        : m_self(self)
        , m_random(random)
        , m_board(board)
        , m_deliveries(deliveries) {}

    void hello(Connection& connection, ByteView message);
    void registerAccount(Connection& connection, std::uint64_t request, pb::Register& body);
    void authenticate(Connection& connection, std::uint64_t request, pb::Auth& body);

    void completed(Connection* connection, std::uint64_t request, RegisterAccount& op);
    void completed(Connection* connection, std::uint64_t request, FindDevice& op);
    void completed(Connection* connection, std::uint64_t request, OpenLease& op);
    /// The store failed.
    void failed(Connection& connection);

private:
    std::string makeHelloOk(std::uint32_t version);
    bool isSigned(const Connection& connection, const crypto::VerifyKey& key, const pb::Auth& auth) const;
    void refuseRegistration(Connection& connection, std::uint64_t request, const Answer& answer);
    void refuseLogin(Connection& connection, std::uint64_t request, const Answer& answer);
    void welcome(Connection& connection, std::uint64_t request, const OpenLease::Outcome& found);
    void tellState(Connection& connection, const OpenLease::Outcome& found, std::uint64_t knownVersion);

    const RelaySelf& m_self;
    Random& m_random;
    Switchboard& m_board;
    Deliveries& m_deliveries;
};

} // namespace kith::relay
