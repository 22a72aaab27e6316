// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/link/backoff.h"
#include "core/link/relay_connection.h"

#include <unordered_map>

namespace kith::link {

/// Anonymous sockets to the relays of other people: sends, and fetches bundles, cards and descriptors. One socket per
/// relay, opened by the first request, shared by all, closed after 60 s without one or after 10 min (what is under way
/// ends first). It never logs in. At most 32 at once: a request for a further relay waits for an idle one to close.
/// After a failed connection all its requests fail at once until nextTry(), so that a sender goes on to another home.
/// Thread: the core thread. Handlers run exactly once, from the event loop, never from inside a call, and must not
/// destroy the link; destruction drops them. Source: PROTOCOL.md s2, s6.
class DropLink {
public:
    static constexpr std::size_t SocketsMax = 32;

    explicit DropLink(const LinkContext& context);
    ~DropLink();
    DropLink(const DropLink&) = delete;
    DropLink& operator=(const DropLink&) = delete;

    /// `timeout` counts from this call. Errors as in ReplyHandler.
    void send(const RelayAddress& to, wire::pb::Frame frame, Millis timeout, ReplyHandler handler);
    /// Connects if needed and answers with the verified relay, for its clock, limits and pow_bits.
    void greet(const RelayAddress& to, Millis timeout, std::function<void(Result<Greeting>)> handler);
    /// While requests to this relay fail at once.
    std::optional<WallTime> nextTry(const RelayId& relay) const;
    /// The network came back or the user asked: forget all waits.
    void retryNow();

private:
    class Socket;
    struct Peer;

    Peer& peerOf(const RelayId& relay);
    Socket& socketFor(const RelayAddress& to, Peer& peer);
    Result<void> mayDial(const RelayAddress& to, const Peer& peer) const;
    void admitWaiting();
    void retire(Socket& socket);
    void removeDead();
    void onGreeted(Socket& socket);
    void onIdle(Socket& socket);
    void onFailed(Socket& socket, const Disconnect& end);
    void onGoAway(Socket& socket, Millis retryAfter);
    void hold(Peer& peer, const RelayAddress& address, Millis retryAfter, const Error& why);

    LinkContext m_context;
    detail::Later m_later;
    std::unordered_map<RelayId, std::unique_ptr<Peer>> m_peers;
    std::vector<std::unique_ptr<Socket>> m_sockets; ///< in order of creation
};

} // namespace kith::link
