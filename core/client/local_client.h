// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "core/crypto/password_kdf.h"

#include <functional>
#include <memory>

namespace kith::sqlite {
class Database;
}

namespace kith::client {

struct LocalClientOptions {
    QString folder;      ///< of the profile
    QString programName; ///< who holds the lock, for people: "kith", "kith-cli"
    crypto::KdfParams kdf;
    bool dialLocal = false;     ///< dial private addresses that strangers name
    bool plainLoopback = false; ///< no TLS to loopback relays: load tests only
};

/// The Client over a profile on this machine. Hides three threads: the core (store, crypto, links), a reader (pages and
/// lists) and one for proofs of work. Thread: the caller's, which needs an event loop for the signals.
/// Destruction commits, closes links and joins the threads, 5 s at most.
class LocalClient final : public Client {
    Q_OBJECT
public:
    explicit LocalClient(LocalClientOptions options, QObject* parent = nullptr);
    ~LocalClient() override;

    RequestId init(const QString& name, SecretBytes passphrase) override;
    RequestId unlock(SecretBytes passphrase) override;
    RequestId lock() override;
    RequestId whoami() override;
    RequestId goOnline() override;
    RequestId sync() override;
    RequestId join(const QString& inviteLink) override;
    RequestId cancelJoin() override;
    RequestId createContactLink(LinkUse use) override;
    RequestId links() override;
    RequestId revokeLink(const DropId& id) override;
    RequestId addContact(const QString& contactLink, const QString& text) override;
    RequestId contacts() override;
    RequestId findContact(const QString& who) override;
    RequestId acceptRequest(const AccountId& account) override;
    RequestId declineRequest(const AccountId& account) override;
    RequestId safetyNumber(const AccountId& account) override;
    RequestId setVerified(const AccountId& account, bool verified) override;
    RequestId conversations() override;
    RequestId timelinePage(const ConversationId& conversation, std::optional<std::int64_t> before, int limit) override;
    RequestId timelineAfter(const ConversationId& conversation, std::int64_t after, int limit) override;
    RequestId timelineAt(const ConversationId& conversation, int index, int limit) override;
    RequestId sendText(const ConversationId& conversation, const QString& text, WaitFor wait,
                       std::optional<MessageId> replyTo, DraftThen draft, MessageId* id) override;
    RequestId retry(const ConversationId& conversation, const MessageId& id) override;
    RequestId setLastOpen(const ConversationId& conversation) override;
    RequestId markRead(const ConversationId& conversation, std::int64_t seq) override;
    RequestId setDraft(const ConversationId& conversation, const QString& text) override;

private:
    struct Threads;
    struct CoreSide;
    using Answer = std::function<void(Result<Reply>)>;

    /// Posts `work` to the core thread; its Answer may be called there, later, once.
    RequestId run(std::function<void(CoreSide&, Answer)> work);
    /// The same, once the profile is unlocked; Denied before.
    RequestId runUnlocked(std::function<void(CoreSide&, Answer)> work);

    /// Runs `query` on the reader thread, after everything told so far is committed.
    RequestId read(std::function<Result<Reply>(sqlite::Database&)> query);
    /// On the core thread.
    static Result<Reply> openProfile(LocalClient* owner, Threads& threads, CoreSide& core, ByteView passphrase);

    std::unique_ptr<Threads> m_threads;
    RequestId m_lastRequest = 0;
};

} // namespace kith::client
