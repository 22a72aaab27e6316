// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/incoming/incoming.h"
#include "core/client/sending/outgoing.h"
#include "core/store/receiving/inbound.h"

namespace kith::client {

/// What to do about mail that did not arrive or did not open (PROTOCOL.md s6 "Repair"): asks for it, and answers those
/// who ask, only for what they were sent before. Thread: the core thread; receive functions inside the inbox's unit.
class Repair {
public:
    Repair(Core& core, Outgoing& outgoing);

    /// Takes note of a message number; closes the gap it fills.
    Result<void> noteNumber(store::Unit& unit, const Incoming& incoming);
    /// An envelope of a contact did not open: ask its sender again, once per device and hour.
    Result<void> askRetry(store::Unit& unit, const signal::PeerDevice& from, const ConversationId& conversation,
                          const EnvelopeId& envelope, signal::CiphertextType type, ByteView ciphertext);

    void handleIncoming(IncomingHandlers& handlers);

    /// Shows and asks for gaps that did not close by themselves within a minute. Sets its own alarm while there are
    /// any.
    void start();

private:
    Result<void> takeGapRequest(store::Unit& unit, const Incoming& incoming);
    Result<void> takeGone(store::Unit& unit, const Incoming& incoming);
    Result<void> takeRetryRequest(store::Unit& unit, const Incoming& incoming);
    void askForGaps();
    Result<void> askDevice(store::Unit& unit, const std::vector<store::Gap>& gaps);
    Result<void> close(store::Unit& unit, const store::Gap& gap);

    Core& m_core;
    Outgoing& m_outgoing;
    store::Inbound m_inbound;
    store::Sent m_sent;
    std::unique_ptr<Alarm> m_alarm;
};

} // namespace kith::client
