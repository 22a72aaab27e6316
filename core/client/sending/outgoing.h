// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/core.h"
#include "core/store/sending/outbox.h"

namespace kith::client {

/// Whom a conversation reaches besides this account.
struct Audience {
    ConversationId conversation;
    std::vector<AccountId> accounts;
};
/// Of a conversation of two.
Audience audienceWith(const AccountId& contact);

/// The only maker of outbox rows. Content is stored once and numbered once for its conversation, whoever is to hear it;
/// behind it stands one short row for each recipient; for whom is told to `wake` after the commit. Thread: the core
/// thread, inside a unit.
class Outgoing {
public:
    Outgoing(Core& core, std::function<void(const AccountId&)> wake);

    /// For everybody in the audience. Takes a number where the kind needs one; id and time where the content has none.
    /// Said anew under an id that went out before, it gets a new number and a new envelope. Returns its id. TooLarge.
    Result<MessageId> queue(store::Unit& unit, const Audience& audience, wire::pb::Content content);
    /// For one device, with no number: requests and answers about what is missing.
    Result<void> queueFor(store::Unit& unit, const signal::PeerDevice& to, const ConversationId& conversation,
                          wire::pb::Content content);
    /// What has number n will not come to them.
    Result<void> queueGone(store::Unit& unit, const Audience& audience, std::uint64_t n);
    /// The same content to one device once more.
    Result<void> repeat(store::Unit& unit, const signal::PeerDevice& to, const store::Repeat& repeat);
    /// One more id in the receipt that waits to go there, or in a new one.
    Result<void> queueReceipt(store::Unit& unit, const ConversationId& conversation, const AccountId& to,
                              const MessageId& message);

private:
    Result<store::SentContent> store(store::Unit& unit, const ConversationId& conversation, wire::pb::Content content);
    void wakeAfter(store::Unit& unit, std::vector<AccountId> accounts);

    Core& m_core;
    std::function<void(const AccountId&)> m_wake;
    store::Sent m_sent;
    store::Outbox m_outbox;
};

} // namespace kith::client
