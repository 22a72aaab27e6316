// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/request_text.h"

#include "core/crypto/hash.h"
#include "core/store/reads/queries.h"
#include "core/wire/limits.h"

namespace kith::client {
namespace {

MessageId idOf(const RequestText& request) {
    const QByteArray text = request.text.toUtf8();
    const crypto::Hash32 hash =
        crypto::sha256({view("krp-reqtext-1"), request.from.view(), request.to.view(), view(text)});
    return MessageId::checked(hash.view().first(MessageId::size));
}

} // namespace

Result<void> appendRequestText(store::Unit& unit, const AccountId& self, const RequestText& request) {
    if (request.text.trimmed().isEmpty())
        return {};
    const bool isOwn = request.from == self;
    const ConversationId conversation = conversationWith(isOwn ? request.to : request.from);
    const MessageId id = idOf(request);
    TRY_ASSIGN(const auto known, store::queries::message(unit.db(), request.from, id));
    if (known)
        return {};
    store::pb::Event event;
    if (!isOwn) {
        store::pb::MessageReceived* message = event.mutable_message_received();
        message->set_conversation(conversation.str());
        message->set_author(request.from.str());
        message->set_id(id.str());
        message->set_hlc(toMs(request.at));
        message->set_text(request.text.toStdString());
        if (request.at > unit.now() + wire::limits::ClockAhead) {
            message->set_wrong_clock(true);
            message->set_place_ms(toMs(unit.now()));
        }
        TRY(unit.append(event));
        return {};
    }
    store::pb::MessageComposed* message = event.mutable_message_composed();
    message->set_conversation(conversation.str());
    message->set_author(self.str());
    message->set_id(id.str());
    message->set_hlc(toMs(request.at));
    message->set_text(request.text.toStdString());
    TRY(unit.append(event));
    store::pb::Event delivered;
    store::pb::ReceiptReceived* receipt = delivered.mutable_receipt_received();
    receipt->set_conversation(conversation.str());
    receipt->set_author(self.str());
    receipt->set_kind(store::pb::DELIVERED);
    receipt->add_ids(id.str());
    TRY(unit.append(delivered));
    return {};
}

} // namespace kith::client
