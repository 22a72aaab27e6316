// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/contacts.h"
#include "core/client/incoming/incoming.h"

namespace kith::client {

/// What others wrote, and what they say of what we wrote. Thread: the core thread, inside the inbox's unit.
class ReceivedMessages {
public:
    ReceivedMessages(Core& core, Contacts& contacts, OutboxPump& pump);

    void handleIncoming(IncomingHandlers& handlers);
    Result<void> takeReceipt(store::Unit& unit, const AccountId& from, const wire::pb::Receipt& receipt);

private:
    Result<void> takeText(store::Unit& unit, const Incoming& incoming);
    Result<void> queueReceipt(store::Unit& unit, const AccountId& to, const MessageId& message);

    Core& m_core;
    Contacts& m_contacts;
    OutboxPump& m_pump;
    store::Outbox m_outbox;
};

} // namespace kith::client
