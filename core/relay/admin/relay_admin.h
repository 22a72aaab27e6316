// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/admin/relay_folder.h"

namespace kith::relay {

/// An invite as its maker gets it.
struct MadeInvite {
    wire::InviteLink link;
    QString name; ///< what lists call it; of its id, which is a secret's hash
    std::uint32_t uses = 1;
    WallTime expires;
};

/// An invite as lists show it.
struct OpenInvite {
    QString name;
    std::uint32_t usesLeft = 0;
    WallTime expires;
};

struct RelayStatus {
    RelayId relay;
    std::optional<AccountId> admin;
    CountAll::Outcome stored;
    std::int64_t freeBytes = 0;
    bool isAccepting = true;
};

/// The orders of whoever runs a relay, over its store. The same ones serve a running relay (on its store thread), the
/// window that carries one, and a command that has opened the folder itself. Thread: the store's.
/// Durable when an order returns a value.
class RelayAdmin {
public:
    RelayAdmin(MailStore& store, RelayId relay, wire::Endpoint publicEndpoint, const Clock& clock)
        : m_store(store)
        , m_relay(relay)
        , m_endpoint(std::move(publicEndpoint))
        , m_clock(clock) {}

    /// Invalid: outside 1 to 1,000 uses or one minute to 90 days. Quota: 100 are open already.
    Result<MadeInvite> createInvite(std::int64_t uses = 1, std::chrono::seconds life = std::chrono::hours(7 * 24));
    /// While there is no member every start shows an invite, and the same one as long as it is good; then none.
    Result<std::optional<wire::InviteLink>> firstInvite();
    Result<std::vector<OpenInvite>> invites();
    /// NotFound: none has this name.
    Result<void> revokeInvite(const QString& name);
    /// In the order of joining, at most 1,000.
    Result<std::vector<Member>> members();
    Result<RelayStatus> status();

private:
    MailStore& m_store;
    RelayId m_relay;
    wire::Endpoint m_endpoint;
    const Clock& m_clock;
};

/// The account that may administer this relay over the protocol.
Result<void> saveAdmin(MailStore& store, const AccountId& account);

} // namespace kith::relay
