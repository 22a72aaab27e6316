// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/effects.h"
#include "core/wire/token_buckets.h"

#include <deque>
#include <memory>

/// What the engine knows about a connection; private to core/relay/engine.
namespace kith::relay {

/// A device that is logged in. Delivery marks live here only: after a reconnect the mailbox starts from its first
/// un-acked item.
struct Session {
    AccountRef account{};
    MailboxId mailbox{};
    DeviceId device{};
    AccountId accountId;
    crypto::VerifyKey accountKey;
    std::uint64_t lease = 0;
    std::uint32_t epoch = 0;
    bool relayWasBehind = false; ///< at login the device knew a newer manifest

    std::uint32_t windowItems = 0;
    std::uint64_t windowBytes = 0;
    struct InFlight {
        std::uint64_t seq = 0;
        std::uint64_t bytes = 0;
    };
    std::deque<InFlight> inFlight; ///< pushed, not acked, by rising seq
    std::uint64_t inFlightBytes = 0;
    std::uint64_t pushedUpTo = 0;
    std::uint64_t headSeq = 0;
    bool isCaughtUp = false; ///< everything that is durable has been pushed: new items need no look into the store
    bool isFetching = false;
    bool hasDrained = false;
    pb::Frame outgoing; ///< the DELIVER that is being filled in this turn
    std::uint64_t outgoingBytes = 0;
};

/// AUTH between its two looks into the store.
struct PendingLogin {
    pb::Auth auth;
    std::optional<OfferedManifest> manifest;
};

struct Connection {
    enum class Phase { Hello, Ready, LoggingIn, Mail, Closed };

    Connection(ConnectionId ownId, SocketKind ownKind, Peer ownPeer, wire::limits::Rate rate, SteadyTime now)
        : id(ownId)
        , kind(ownKind)
        , peer(std::move(ownPeer))
        , since(now)
        , bucket(rate, now) {}

    const ConnectionId id;
    const SocketKind kind;
    const Peer peer;
    const SteadyTime since;
    Phase phase = Phase::Hello;
    bool isStranger = false; ///< counted as not logged in
    Hash32 transcript;
    wire::TokenBucket bucket;
    std::uint32_t unanswered = 0; ///< requests under way in the store
    std::uint64_t unansweredBytes = 0;
    std::uint32_t refusedInRow = 0; ///< requests refused unread since the last one that was taken
    std::uint64_t refusedBytes = 0;
    std::size_t unsent = 0; ///< bytes that the socket has not taken
    std::optional<SteadyTime> stalledSince;
    std::unique_ptr<PendingLogin> login;
    std::unique_ptr<Session> session;
};

} // namespace kith::relay
