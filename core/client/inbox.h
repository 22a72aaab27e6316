// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/contacts.h"
#include "core/client/messages/received_messages.h"
#include "core/client/sending/repair.h"

namespace kith::client {

/// What comes in, one unit per envelope: recognise, unseal, decrypt, check, store, then ack (PROTOCOL.md s6 "Receive").
/// A crypto failure is an outcome, not an error: it is noted, acked and asked for again, and never marks an id as seen,
/// so one bad envelope neither blocks a queue nor hides a good copy. Only a failing disk leaves an envelope un-acked
/// (Error::isStorage): whatever else a handler answers is the item's own fault, undoes what it did, is noted and acked.
/// Thread: the core thread.
class Inbox final : public MailSink {
public:
    Inbox(Core& core, Directory& directory, Contacts& contacts, Repair& repair, ReceivedMessages& messages);

    void receive(const wire::pb::Envelope& envelope, std::function<void(Stored)> done) override;
    int receivedCount() const { return m_receivedCount; }

private:
    /// Runs `work` as one unit; `done` hears of its commit unless `work` itself fails.
    Result<void> store(const std::function<Result<void>(store::Unit&)>& work, const std::function<void(Stored)>& done);
    Result<void> process(store::Unit& unit, const wire::pb::Envelope& envelope);
    Result<void> open(store::Unit& unit, const wire::pb::Envelope& envelope, const store::OwnDrop& drop);
    Result<void> decrypt(store::Unit& unit, const wire::pb::Envelope& envelope, const store::OwnDrop& drop,
                         const wire::pb::Seal& seal);
    Result<void> take(store::Unit& unit, const wire::ContentKind& kind, const Incoming& incoming);
    Result<void> discard(store::Unit& unit, const wire::pb::Envelope& envelope, store::Unreadable why,
                         const std::optional<ConversationId>& conversation = {});

    Core& m_core;
    Directory& m_directory;
    Contacts& m_contacts;
    Repair& m_repair;
    ReceivedMessages& m_messages;
    IncomingHandlers m_handlers;
    store::Inbound m_inbound;
    store::OwnDrops m_drops;
    int m_receivedCount = 0;
};

} // namespace kith::client
