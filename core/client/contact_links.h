// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/people.h"
#include "core/client/homes.h"

namespace kith::client {

/// Contact links of this account (PROTOCOL.md s12): a front door with its sealed card each, told once a home holds
/// both. Thread: the core thread.
class ContactLinks {
public:
    ContactLinks(Core& core, Homes& homes);

    /// One-time: one request, 14 days. Quota: a home has no room for another one; nothing is kept of it.
    void create(bool reusable, std::function<void(Result<wire::ContactLink>)> done);
    /// Those that can still be used, the first to expire first.
    Result<std::vector<LinkRow>> open();
    /// Takes it from every home. NotFound: there is no such link.
    void revoke(const DropId& id, Done done);
    /// A home took drops: links that waited for it are told.
    void onDropsHeld();
    /// A home has no room for this one.
    void onNoRoom(const DropId& drop);

private:
    const store::Home& nearest(const std::vector<store::Home>& homes) const;

    Core& m_core;
    Homes& m_homes;
    store::OwnDrops m_own;
    std::vector<std::pair<DropId, Done>> m_whenHeld;
};

} // namespace kith::client
