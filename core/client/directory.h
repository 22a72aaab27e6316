// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/core.h"
#include "core/client/incoming/incoming.h"
#include "core/link/drop_link.h"
#include "core/store/peers/peers.h"

namespace kith::client {

/// How to reach another account: its newest manifest, its homes in order, sessions with its devices.
/// Thread: the core thread.
class Directory {
public:
    Directory(Core& core, link::DropLink& drops)
        : m_core(core)
        , m_drops(drops) {}

    /// Checks every device's cross signature, then adopts. An account that came back with unknown devices loses its
    /// verified mark (PROTOCOL.md s1 "recovery").
    Result<store::Adoption> adopt(store::Unit& unit, const crypto::SignedManifest& manifest);

    /// Manifests and descriptors that an account sends of itself.
    void handleIncoming(IncomingHandlers& handlers);

    /// In the manifest's order; a relay that is also a home of ours is dialled where we dial it.
    Result<std::vector<link::RelayAddress>> addresses(const AccountId& account);

    /// The first conclusive answer of the homes, tried in order: a home that is not there, busy or draining is passed
    /// over, and DENIED counts only when all of them say so.
    void ask(std::vector<link::RelayAddress> addresses, const wire::pb::Frame& frame, link::ReplyHandler handler);

    /// Fetches manifest and bundles through the drop and opens a session with every device that has none.
    /// Unavailable: no home answered; Denied: the drop is gone; Untrusted: a manifest or bundle that is not theirs.
    void openSessions(const AccountId& account, const DropId& drop, ByteView dropSecret, Done done);
    /// True when a message for this account (or one device of it) can be encrypted now.
    Result<bool> hasSessions(const AccountId& account, std::optional<DeviceId> device);

private:
    Result<void> takeManifest(store::Unit& unit, const Incoming& incoming);
    Result<void> takeBundles(store::Unit& unit, const AccountId& account, const wire::pb::Bundles& bundles);

    Core& m_core;
    link::DropLink& m_drops;
};

} // namespace kith::client
