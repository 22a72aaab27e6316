// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/incoming/incoming.h"
#include "core/client/sending/outgoing.h"

namespace kith::client {

/// What others wrote, and what they say of what we wrote. Thread: the core thread, inside the inbox's unit.
class ReceivedMessages {
public:
    ReceivedMessages(Core& core, Outgoing& outgoing);

    void handleIncoming(IncomingHandlers& handlers);
    Result<void> takeReceipt(store::Unit& unit, const Incoming& incoming, const wire::pb::Receipt& receipt);

private:
    Result<void> takeText(store::Unit& unit, const Incoming& incoming);

    Core& m_core;
    Outgoing& m_outgoing;
};

} // namespace kith::client
