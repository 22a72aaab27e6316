// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/relays.h"
#include "core/client/core.h"
#include "core/link/relay_link.h"
#include "core/store/receiving/own_drops.h"
#include "core/wire/link.h"

#include <map>

namespace kith::client {

enum class Stored { Yes, No };

/// Takes what a home delivers. One call per envelope; `done` is told once its unit is committed, or that it cannot be.
class MailSink {
public:
    virtual ~MailSink() = default;
    virtual void receive(const wire::pb::Envelope& envelope, std::function<void(Stored)> done) = 0;
};

/// This account's homes: registers, logs in, keeps drops, cards and prekeys in place at each of them, and passes mail
/// on (PROTOCOL.md s6 "Connect", "Resume", s9.1). Thread: the core thread.
class Homes {
public:
    struct Listener {
        std::function<void(const ConnectionRow&)> connectionChanged;
        std::function<void()> dropsHeld;              ///< a home took a drop: what waited for it may go
        std::function<void(const DropId&)> noRoomFor; ///< a home has no room for it
        std::function<void()> progress;               ///< something moved that sync may wait for
    };

    Homes(Core& core, MailSink& sink, Listener listener);
    ~Homes();
    Homes(const Homes&) = delete;
    Homes& operator=(const Homes&) = delete;

    /// Connects to every registered home and stays connected.
    Result<void> start();
    void stop();
    void retryNow(); ///< does not wait for the time of the next try

    /// Registers at the relay of an invite. Denied: the invite is used up, expired or unknown. Duplicate: joined
    /// already. Untrusted: another relay answers there. A relay that asks us to come back later is tried again, which
    /// connectionChanged tells, until cancelJoin(): then it ends with Unavailable.
    void join(const wire::InviteLink& invite, Done done);
    void cancelJoin();

    /// Puts what is missing and takes away what was deleted, at every home that is connected.
    void tend();

    bool hasHome() const { return !m_keepers.empty(); }
    bool isLive(const RelayId& relay) const;
    /// Every home that can be reached has delivered all it had; false while one is still trying for the first time.
    bool isDrained() const;
    /// In the order of the manifest; those that are being joined last.
    Result<std::vector<ConnectionRow>> connections() const;

private:
    class Keeper;
    /// The account's manifest has changed; every home but the one that just took it has to know.
    void tellManifest(const Keeper& besides);

    Core& m_core;
    MailSink& m_sink;
    Listener m_listener;
    store::OwnDrops m_drops;
    std::map<RelayId, std::unique_ptr<Keeper>> m_keepers;
};

} // namespace kith::client
