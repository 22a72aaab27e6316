// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/signal/key_store.h"
#include "core/store/profile_store.h"
#include "core/store/receiving/own_drops.h"
#include "core/wire/content.h"

#include <functional>
#include <map>

namespace kith::client {

/// What came through a drop, opened and checked against the content-kind matrix.
struct Incoming {
    signal::PeerDevice from;     ///< the account and device of the session that opened it
    ConversationId conversation; ///< to which the drop belongs; through a front door: the one with the sender
    const store::OwnDrop& drop;
    wire::pb::Content content;
    WallTime accepted; ///< when the own relay took it
};

/// Who takes which kind of content: the client's half of the table of kinds (wire/content.h). A handler runs inside the
/// unit of the inbox; what it answers but a failing disk is the item's own fault and undoes what it did.
class IncomingHandlers {
public:
    using Handler = std::function<Result<void>(store::Unit& unit, const Incoming& incoming)>;
    void on(wire::pb::Content::KindCase kind, Handler handler) { m_handlers[kind] = std::move(handler); }
    Result<void> handle(store::Unit& unit, const Incoming& incoming) const;
    /// Every kind of this version has its handler.
    bool isComplete() const;

private:
    std::map<wire::pb::Content::KindCase, Handler> m_handlers;
};

} // namespace kith::client
