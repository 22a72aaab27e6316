// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/changes.h"
#include "core/client/sending/outbox_pump.h"

namespace kith::client {

/// What this person writes and does with messages. Thread: the core thread. Durable when a done-function gets a value.
class WrittenMessages {
public:
    WrittenMessages(Core& core, OutboxPump& pump);

    /// T1 of the send walk: event, outbox row and the end of the draft in one commit. `done` gets the state that was
    /// waited for. NotFound: no such conversation, or no message in it to reply to.
    void sendText(const ConversationId& conversation, const QString& text, const MessageId& id, DeliveryState waitFor,
                  std::optional<MessageId> replyTo, api::DraftThen draft,
                  std::function<void(Result<DeliveryState>)> done);
    /// A message of ours that failed waits again, under its old id. NotFound: there is no such failed message.
    void retry(const ConversationId& conversation, const MessageId& id, Done done);
    /// Deletes a message here, whoever wrote it: its text is gone from every table and page (store/redaction.h). One of
    /// ours that still waits for somebody is not sent to them any more. NotFound; Duplicate: two people have a message
    /// of this id.
    void remove(const MessageId& id, const std::optional<AccountId>& author, Done done);
    void markRead(const ConversationId& conversation, std::int64_t seq, Done done);
    void setDraft(const ConversationId& conversation, const QString& text, Done done);

    /// Who waits for a state of a message hears of it. After a commit.
    void tellWaiting(const EventBatch& batch);

private:
    struct DeliveryWait {
        MessageId message;
        DeliveryState state;
        std::function<void(Result<DeliveryState>)> done;
    };

    Result<void> compose(store::Unit& unit, const AccountId& to, const ConversationId& conversation,
                         const QString& text, const MessageId& id, const std::optional<MessageId>& replyTo);

    Core& m_core;
    OutboxPump& m_pump;
    std::vector<DeliveryWait> m_deliveryWaits;
};

} // namespace kith::client
