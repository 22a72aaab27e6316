// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/directory.h"
#include "core/client/homes.h"
#include "core/client/sending/outbox_pump.h"
#include "core/store/reads/queries.h"

namespace kith::client {

/// How two people come to know each other (PROTOCOL.md s12): requests, acceptance, drops each way, verification.
/// Nothing is ever sent to somebody whose request was not accepted. Thread: the core thread.
class Contacts {
public:
    Contacts(Core& core, Directory& directory, Homes& homes, OutboxPump& pump, link::DropLink& drops);

    /// Fetches the card, opens sessions, leaves a request. Done when a home of theirs has it.
    void add(const wire::ContactLink& link, const QString& text, std::function<void(Result<store::ContactRow>)> done);
    /// Done when the answer is at their relay.
    void accept(const AccountId& account, Done done);
    void decline(const AccountId& account, Done done);
    void setVerified(const AccountId& account, bool verified, Done done);
    /// By account id, or by a name that only one contact has.
    Result<store::ContactRow> find(const QString& who);

    // Inside the unit of the inbox.
    void handleIncoming(IncomingHandlers& handlers);
    Result<void> takeDropUpdate(store::Unit& unit, const AccountId& from, const wire::pb::DropUpdate& update);

private:
    Result<void> takeCard(store::Unit& unit, const Incoming& incoming);
    struct Adding;
    void fetchCard(const std::shared_ptr<Adding>& adding);
    void fetchDescriptors(const std::shared_ptr<Adding>& adding);
    void requestContact(const std::shared_ptr<Adding>& adding);
    Result<store::OwnDrop> makeContactDrop(store::Unit& unit, const AccountId& account);
    Result<void> confirm(store::Unit& unit, const store::ContactRow& contact);
    Result<void> sendDrop(store::Unit& unit, const AccountId& account, MessageId* message);

    Core& m_core;
    Directory& m_directory;
    Homes& m_homes;
    OutboxPump& m_pump;
    link::DropLink& m_drops;
    store::OwnDrops m_own;
};

} // namespace kith::client
