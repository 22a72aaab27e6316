// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/secret_bytes.h"
#include "core/client/view_types.h"

#include <QObject>

namespace kith::client {

enum class LinkUse { OneTime, Reusable };

/// What becomes of the draft of a conversation when a text is sent there.
enum class DraftThen { Kept, Removed };

/// How far a sent message must have come before its command is finished.
enum class WaitFor { Queued, Accepted, Delivered, Read };

/// The messenger as its windows and the command line see it. Thread: the caller's; nothing here blocks.
/// Every command returns a RequestId at once and ends in exactly one finished(); queries are commands. Commands for one
/// conversation are carried out in the order in which they were given. Before unlock() only init() and unlock() work;
/// everything else is refused with Denied. API.md is normative.
class Client : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    // Profile
    virtual RequestId init(const QString& name, SecretBytes passphrase) = 0; ///< ProfileCreated; unlocked afterwards
    virtual RequestId unlock(SecretBytes passphrase) = 0;                    ///< ProfileInfo
    /// Commits, disconnects, closes the files and wipes the keys; unlock() opens the profile again. What is still under
    /// way ends with Unavailable.
    virtual RequestId lock() = 0;
    virtual RequestId whoami() = 0; ///< ProfileInfo
    /// Connects to the homes and stays connected; without it only local commands and those that say so use the network.
    virtual RequestId goOnline() = 0;
    /// Connects, receives until every home is drained, sends what waits. SyncReport.
    virtual RequestId sync() = 0;

    // Relays and contacts
    virtual RequestId join(const QString& inviteLink) = 0; ///< Joined
    virtual RequestId cancelJoin() = 0;                    ///< every join that is under way ends with Unavailable
    virtual RequestId createContactLink(LinkUse use) = 0;  ///< ContactLinkText; Quota: too many are open
    virtual RequestId links() = 0;                         ///< LinkRow list: those that can still be used
    /// Nobody can use it from the next connection to the homes on. NotFound: there is no such link.
    virtual RequestId revokeLink(const DropId& id) = 0;
    virtual RequestId addContact(const QString& contactLink,
                                 const QString& text) = 0; ///< ContactAdded once accepted by a relay
    virtual RequestId contacts() = 0;                      ///< ContactRow list, requests included
    /// An account id in base32 or a name that only one contact has. ContactAdded; NotFound, Duplicate (ambiguous).
    virtual RequestId findContact(const QString& who) = 0;
    virtual RequestId acceptRequest(const AccountId& account) = 0;
    virtual RequestId declineRequest(const AccountId& account) = 0;
    virtual RequestId safetyNumber(const AccountId& account) = 0; ///< SafetyNumber
    virtual RequestId setVerified(const AccountId& account, bool verified) = 0;

    // Conversations
    virtual RequestId conversations() = 0; ///< ConversationRow list, newest first
    virtual RequestId timelinePage(const ConversationId& conversation, std::optional<std::int64_t> before,
                                   int limit) = 0;
    /// TimelinePage: the rows after that one; NotFound: there is no such row.
    virtual RequestId timelineAfter(const ConversationId& conversation, std::int64_t after, int limit) = 0;
    /// TimelinePage: the rows from the one that has `index` rows before it; the newest where there are not as many.
    virtual RequestId timelineAt(const ConversationId& conversation, int index, int limit) = 0;
    /// MessageSent. The id is made before this returns: the row of that id appears with eventsAppended. `replyTo` is a
    /// message of this conversation, whoever wrote it; NotFound: there is none. The draft goes in the same commit, or
    /// stays when the text is refused.
    virtual RequestId sendText(const ConversationId& conversation, const QString& text, WaitFor wait,
                               std::optional<MessageId> replyTo, DraftThen draft, MessageId* id) = 0;
    /// A message of ours that failed is sent again. NotFound: there is no such failed message.
    virtual RequestId retry(const ConversationId& conversation, const MessageId& id) = 0;
    /// The chat that a window shows, for its next start.
    virtual RequestId setLastOpen(const ConversationId& conversation) = 0;
    virtual RequestId markRead(const ConversationId& conversation, std::int64_t seq) = 0;
    /// What is being written there; empty removes it. TooLarge over 1 MiB: the earlier one stays.
    virtual RequestId setDraft(const ConversationId& conversation, const QString& text) = 0;

Q_SIGNALS:
    void finished(kith::client::RequestId request, const kith::Result<kith::client::Reply>& result);
    void eventsAppended(const kith::client::EventBatch& batch);
    void connectionChanged(const kith::client::ConnectionRow& connection);
    void waitingChanged(const kith::client::WaitingRow& waiting);
};

} // namespace kith::client
