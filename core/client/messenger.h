// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "core/client/contact_links.h"
#include "core/client/homes.h"
#include "core/client/inbox.h"
#include "core/client/messages/written_messages.h"

namespace kith::client {

/// The client without threads: one unlocked profile and everything that works on it. All of it lives on the core thread
/// and talks to the world through the Environment, so that tests run several of them on simulated time and networks.
/// Durable when a done-function gets a value. Errors come as values; their detail is English and tells what to do.
class Messenger {
public:
    struct Environment {
        const Clock& clock;
        Random& random;
        Scheduler& scheduler;
        link::TransportFactory& transports;
        Worker& heavy;          ///< another thread, for proofs of work
        bool dialLocal = false; ///< dial private addresses that strangers name
    };
    struct Listener {
        std::function<void(const EventBatch&)> eventsAppended;
        std::function<void(const ConnectionRow&)> connectionChanged;
        std::function<void(const WaitingRow&)> waitingChanged;
    };

    /// Makes a new account in an empty or missing folder. Slow (Argon2id). Duplicate: there is a profile already.
    static Result<ProfileCreated> create(const store::ProfilePaths& paths, const QString& name, ByteView passphrase,
                                         const crypto::KdfParams& kdf, const Environment& environment);
    /// Slow (Argon2id). NotFound: no profile there. Denied: wrong passphrase. Unavailable: open in another program,
    /// which the detail names. Corrupt, Invalid: damaged, foreign or newer files; nothing is changed then.
    static Result<std::unique_ptr<Messenger>> open(const store::ProfilePaths& paths, ByteView passphrase,
                                                   const QString& program, const Environment& environment,
                                                   Listener listener);
    /// The same with keys that were derived before; quick.
    static Result<std::unique_ptr<Messenger>> open(const store::ProfilePaths& paths, crypto::ProfileKeys keys,
                                                   const QString& program, const Environment& environment,
                                                   Listener listener);
    ~Messenger();
    Messenger(const Messenger&) = delete;
    Messenger& operator=(const Messenger&) = delete;

    /// Connects to the homes and sends what waits, until destroyed. Homes that are out of reach are tried again at
    /// once.
    Result<void> goOnline();
    bool isOnline() const { return m_online; }
    /// Until every home is drained or known to be out of reach, and everything that can be sent was sent.
    void sync(std::function<void(Result<SyncReport>)> done);
    /// Commits and closes links. The next step is destruction.
    void close();

    void join(const wire::InviteLink& invite, std::function<void(const Result<Joined>&)> done);
    void cancelJoin() { m_homes->cancelJoin(); }
    Result<std::vector<ConnectionRow>> homes() { return m_homes->connections(); }
    ContactLinks& links() { return *m_links; }
    Contacts& contacts() { return *m_contacts; }
    WrittenMessages& messages() { return *m_written; }
    Result<ProfileInfo> info();
    Result<SafetyNumber> safetyNumber(const AccountId& account);

    void setLastOpen(const ConversationId& conversation, Done done);

    store::ProfileStore& store() { return *m_store; }
    /// A read-only connection for a reader thread.
    Result<sqlite::Database> openReader() const;

private:
    struct Syncing {
        bool receiptsFlushed = false;
        int received = 0;
        int sent = 0;
        std::vector<std::function<void(Result<SyncReport>)>> done;
    };

    static Result<std::unique_ptr<Messenger>> openLocked(const store::ProfilePaths& paths,
                                                         std::unique_ptr<platform::FileLock> lock,
                                                         crypto::ProfileKeys keys, const Environment& environment,
                                                         Listener listener);
    Messenger(store::ProfilePaths paths, std::unique_ptr<platform::FileLock> lock, SecretBytes master,
              std::unique_ptr<store::ProfileStore> store, Listener listener);
    Result<void> assemble(const Environment& environment, const SecretBytes& accountWrap);
    Result<void> connect();
    void onCommitted(const std::vector<store::StoredEvent>& events);
    void checkSync();
    Result<void> forgetOld();

    store::ProfilePaths m_paths;
    std::unique_ptr<platform::FileLock> m_lock;
    SecretBytes m_master;
    std::unique_ptr<store::ProfileStore> m_store;
    Listener m_listener;
    bool m_online = false;

    std::unique_ptr<store::KeyStoreSql> m_keys;
    std::unique_ptr<signal::SignalEngine> m_signal;
    std::unique_ptr<Core> m_core;
    std::unique_ptr<link::DropLink> m_dropLink;
    std::unique_ptr<Directory> m_directory;
    std::unique_ptr<OutboxPump> m_pump;
    std::unique_ptr<Homes> m_homes;
    std::unique_ptr<ContactLinks> m_links;
    std::unique_ptr<Contacts> m_contacts;
    std::unique_ptr<Repair> m_repair;
    std::unique_ptr<ReceivedMessages> m_received;
    std::unique_ptr<WrittenMessages> m_written;
    std::unique_ptr<Inbox> m_inbox;
    std::unique_ptr<MailSink> m_sink;
    std::optional<Syncing> m_syncing;
};

} // namespace kith::client
