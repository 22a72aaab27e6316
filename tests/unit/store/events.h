// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/store/event.pb.h"

#include <QString>

#include <vector>

namespace kith::test {

/// Events as the client makes them.

inline store::pb::Event composed(const ConversationId& conversation, const AccountId& author, const MessageId& id,
                                 std::int64_t hlc, const QString& text = QStringLiteral("hello")) {
    store::pb::Event event;
    auto& message = *event.mutable_message_composed();
    message.set_conversation(conversation.str());
    message.set_author(author.str());
    message.set_id(id.str());
    message.set_hlc(hlc);
    message.set_text(text.toStdString());
    return event;
}

inline store::pb::Event received(const ConversationId& conversation, const AccountId& author, const MessageId& id,
                                 std::int64_t hlc, const QString& text = QStringLiteral("hello")) {
    store::pb::Event event;
    auto& message = *event.mutable_message_received();
    message.set_conversation(conversation.str());
    message.set_author(author.str());
    message.set_device(1);
    message.set_id(id.str());
    message.set_hlc(hlc);
    message.set_text(text.toStdString());
    return event;
}

inline store::pb::Event accepted(const ConversationId& conversation, const AccountId& author, const MessageId& id) {
    store::pb::Event event;
    auto& message = *event.mutable_message_accepted();
    message.set_conversation(conversation.str());
    message.set_author(author.str());
    message.set_id(id.str());
    return event;
}

inline store::pb::Event failed(const ConversationId& conversation, const AccountId& author, const MessageId& id) {
    store::pb::Event event;
    auto& message = *event.mutable_message_failed();
    message.set_conversation(conversation.str());
    message.set_author(author.str());
    message.set_id(id.str());
    return event;
}

inline store::pb::Event receipt(const ConversationId& conversation, const AccountId& author,
                                store::pb::ReceiptKind kind, const std::vector<MessageId>& ids) {
    store::pb::Event event;
    auto& message = *event.mutable_receipt_received();
    message.set_conversation(conversation.str());
    message.set_author(author.str());
    message.set_kind(kind);
    for (const MessageId& id : ids)
        message.add_ids(id.str());
    return event;
}

inline store::pb::Event readUpTo(const ConversationId& conversation, std::int64_t seq) {
    store::pb::Event event;
    event.mutable_conversation_read()->set_conversation(conversation.str());
    event.mutable_conversation_read()->set_seq(seq);
    return event;
}

inline store::pb::Event gapNoticed(const ConversationId& conversation, const AccountId& author, std::uint64_t n,
                                   const MessageId& marker) {
    store::pb::Event event;
    auto& gap = *event.mutable_gap_noticed();
    gap.set_conversation(conversation.str());
    gap.set_author(author.str());
    gap.set_device(1);
    gap.set_n(n);
    gap.set_marker(marker.str());
    return event;
}

inline store::pb::Event gapClosed(const ConversationId& conversation, const AccountId& author,
                                  const MessageId& marker) {
    store::pb::Event event;
    auto& gap = *event.mutable_gap_closed();
    gap.set_conversation(conversation.str());
    gap.set_author(author.str());
    gap.set_marker(marker.str());
    return event;
}

inline store::pb::Event requestReceived(const AccountId& account, const QString& name, const QString& text = {}) {
    store::pb::Event event;
    event.mutable_request_received()->set_account(account.str());
    event.mutable_request_received()->set_name(name.toStdString());
    event.mutable_request_received()->set_text(text.toStdString());
    return event;
}

inline store::pb::Event requestAccepted(const AccountId& account) {
    store::pb::Event event;
    event.mutable_request_accepted()->set_account(account.str());
    return event;
}

inline store::pb::Event contactVerified(const AccountId& account, bool isVerified) {
    store::pb::Event event;
    event.mutable_contact_verified()->set_account(account.str());
    event.mutable_contact_verified()->set_verified(isVerified);
    return event;
}

inline store::pb::Event contactRecovered(const AccountId& account) {
    store::pb::Event event;
    event.mutable_contact_recovered()->set_account(account.str());
    return event;
}

} // namespace kith::test
