// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/messages/received_messages.h"

#include "core/client/display_text.h"
#include "core/store/reads/queries.h"
#include "core/store/receiving/places.h"
#include "core/wire/limits.h"

namespace kith::client {

ReceivedMessages::ReceivedMessages(Core& core, Outgoing& outgoing)
    : m_core(core)
    , m_outgoing(outgoing) {}

void ReceivedMessages::handleIncoming(IncomingHandlers& handlers) {
    handlers.on(wire::pb::Content::kText,
                [this](store::Unit& unit, const Incoming& incoming) { return takeText(unit, incoming); });
    handlers.on(wire::pb::Content::kReceipt, [this](store::Unit& unit, const Incoming& incoming) {
        return takeReceipt(unit, incoming, incoming.content.receipt());
    });
}

Result<void> ReceivedMessages::takeText(store::Unit& unit, const Incoming& incoming) {
    const AccountId& author = incoming.from.account;
    const wire::pb::Content& content = incoming.content;
    TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), author));
    if (!contact || contact->state != store::ContactState::Connected)
        return {};
    const MessageId id = MessageId::checked(content.logical_id());
    TRY_ASSIGN(const auto known, store::queries::message(unit.db(), author, id));
    if (!known) { // a repair may bring what came after all
        const ConversationId& conversation = incoming.conversation;
        const auto hlc = static_cast<std::int64_t>(content.hlc());
        TRY(store::correctPlaces(unit, conversation));
        TRY_ASSIGN(const store::Place place, store::placeOf(unit, {conversation, author, incoming.from.device,
                                                                   content.n(), fromMs(hlc), incoming.accepted}));
        store::pb::Event event;
        store::pb::MessageReceived* message = event.mutable_message_received();
        message->set_conversation(conversation.str());
        message->set_author(author.str());
        message->set_device(toU32(incoming.from.device));
        message->set_id(content.logical_id());
        message->set_hlc(hlc);
        message->set_text(cleanText(QString::fromStdString(content.text().body())).toStdString());
        if (content.text().has_reply_to()) {
            message->set_reply_author(content.text().reply_to().author());
            message->set_reply_id(content.text().reply_to().logical_id());
        }
        message->set_n(content.n());
        message->set_place_ms(toMs(place.at));
        message->set_wrong_clock(place.isWrongClock);
        message->set_late(place.isLate);
        TRY(unit.append(event));
    }
    return m_outgoing.queueReceipt(unit, incoming.conversation, author, id);
}

Result<void> ReceivedMessages::takeReceipt(store::Unit& unit, const Incoming& incoming,
                                           const wire::pb::Receipt& receipt) {
    store::pb::Event event;
    store::pb::ReceiptReceived* received = event.mutable_receipt_received();
    received->set_conversation(incoming.conversation.str());
    received->set_author(m_core.self.account.str());
    received->set_account(incoming.from.account.str());
    received->set_kind(receipt.type() == wire::pb::RECEIPT_READ ? store::pb::READ : store::pb::DELIVERED);
    for (const std::string& id : receipt.ids()) {
        // Only for messages of this very conversation, or a contact could answer for somebody else.
        TRY_ASSIGN(const auto message, store::queries::message(unit.db(), m_core.self.account, MessageId::checked(id)));
        if (message && message->conversation == incoming.conversation)
            received->add_ids(id);
    }
    if (received->ids_size() > 0)
        TRY(unit.append(event));
    return {};
}

} // namespace kith::client
