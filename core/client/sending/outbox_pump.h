// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"
#include "core/client/directory.h"
#include "core/client/sending/delivery.h"
#include "core/client/sending/outgoing.h"
#include "core/store/receiving/own_drops.h"

#include <map>
#include <set>

namespace kith::client {

/// Sends what the outbox holds: encrypts due rows in order per lane and account, freezes the ciphertext with the
/// ratchet step, hands it to a Delivery, and repeats the same bytes until a home of the recipient has it (PROTOCOL.md
/// s6 "Send"). Everything it needs after a crash is in the outbox. Thread: the core thread.
class OutboxPump {
public:
    OutboxPump(Core& core, Directory& directory, link::DropLink& drops);
    ~OutboxPump();
    OutboxPump(const OutboxPump&) = delete;
    OutboxPump& operator=(const OutboxPump&) = delete;

    void start();
    void stop();
    /// Something is new for everybody: a drop that a home took, a network that came back.
    void poke();
    /// What is to be sent is queued through this.
    Outgoing& outgoing() { return m_outgoing; }
    /// As poke(), and forgets all waits after failures.
    void retryNow();
    /// Receipts go now instead of at their random moment.
    void flushReceipts();

    /// Tells once when nobody waits for the message any more: accepted by a home, or failed for good with everybody.
    /// After a restart nobody is told.
    void whenDone(const MessageId& message, Done done);
    /// Its rows are gone: nothing of it is sent any more, and who waits for it hears so.
    void forget(const MessageId& message);
    /// Nothing is under way and nothing is due: what is left waits for a relay or its time.
    bool isQuiet() const;
    void setQuietListener(std::function<void()> listener) { m_onQuiet = std::move(listener); }
    /// Hears which conversations have to wait after a failure, and when that is over.
    void setWaitingListener(std::function<void(const WaitingRow&)> listener) { m_onWaiting = std::move(listener); }
    int acceptedCount() const { return m_acceptedCount; }

private:
    /// What all lanes to one account share: they use one session, whose ciphertexts must arrive nearly in the order in
    /// which they were made (libsignal keeps five chains of a peer). While one of them waits for another try, nothing
    /// newer is encrypted.
    struct Peer {
        std::optional<link::Backoff> backoff;
        std::optional<SteadyTime> notBefore;
        std::set<std::int64_t> retried;   ///< frozen rows that were on their way before
        std::optional<SteadyTime> wakeAt; ///< nothing is due before
        bool openingSessions = false;
        bool isWaitingTold = false;
    };
    struct Waiting {
        std::vector<Done> done;
        bool wasAccepted = false;
    };
    enum class Failure { Denied = 1, Expired = 2, Refused = 3 };

    void pokeFor(const AccountId& account);
    void pumpSoon();
    void pump();
    void pumpFor(const AccountId& account);
    void wake();
    void setAlarm();
    void noteRetried(Peer& peer, const std::vector<store::OutboxRow>& heads);
    /// False when the lane must wait.
    bool advance(const store::OutboxRow& row, Peer& peer);
    bool isReady(const store::OutboxRow& row);
    void openSessions(const store::OutboxRow& row, Peer& peer);
    Result<store::PeerDrop> dropFor(const store::OutboxRow& row);
    void freeze(store::OutboxRow row, std::optional<store::OutboxRow::Frozen> previous);
    Result<void> takeRiders(store::OutboxRow& row);

    /// Nothing when the row is no longer for the drop it was sealed for; it is thawed or failed then.
    Delivery* prepare(const store::OutboxRow& row);
    void onDelivered(std::int64_t id, const Delivery::Outcome& outcome);
    void devicesChanged(const store::OutboxRow& row, const crypto::SignedManifest& manifest);
    void thaw(const store::OutboxRow& row);
    void wait(const store::OutboxRow& row, Millis atLeast);
    void tellWaiting(const store::OutboxRow& row, WaitingRow::Why why);
    void hasLeft(const store::OutboxRow& row); ///< accepted, failed, or to be made anew
    void accepted(const store::OutboxRow& row);
    void failed(const store::OutboxRow& row, Failure why);
    void tell(const store::SentContent& content, const Result<void>& result);
    void checkQuiet();

    Core& m_core;
    Directory& m_directory;
    link::DropLink& m_drops;
    store::Outbox m_outbox;
    Outgoing m_outgoing;
    bool m_running = false;
    bool m_poked = false;
    bool m_allReady = false;     ///< whoever has a row in the outbox
    std::set<AccountId> m_ready; ///< these have something to do
    bool m_ridersTaken = false;
    int m_acceptedCount = 0;
    std::map<AccountId, Peer> m_peers;
    std::map<std::int64_t, std::unique_ptr<Delivery>> m_deliveries; ///< by row; begun once its ciphertext is durable
    std::map<MessageId, Waiting> m_waiting;
    std::function<void()> m_onQuiet;
    std::function<void(const WaitingRow&)> m_onWaiting;
    std::unique_ptr<Alarm> m_alarm;
    std::shared_ptr<bool> m_gone; ///< for what was posted before the end of this
};

} // namespace kith::client
