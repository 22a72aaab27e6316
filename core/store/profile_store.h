// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/platform.h"
#include "core/base/scheduler.h"
#include "core/crypto/key_slots.h"
#include "core/sqlite/database.h"
#include "core/sqlite/transaction.h"
#include "core/store/event.pb.h"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace kith::store {

/// The files of a profile (SCHEMA.md, "files").
struct ProfilePaths {
    QString folder;
    QString header() const { return folder + QStringLiteral("/profile.kith"); }
    QString database() const { return folder + QStringLiteral("/profile.db"); }
    QString lock() const { return folder + QStringLiteral("/lock"); }
    QString recovery() const { return folder + QStringLiteral("/recovery.kith"); }
    QString reserve() const { return folder + QStringLiteral("/reserve"); }
};

struct StoredEvent {
    std::int64_t seq = 0;
    WallTime at;
    pb::Event event;
};

/// What one unit of work may do. Lives only inside ProfileStore::unit.
class Unit {
public:
    sqlite::Database& db() { return m_database; }
    WallTime now() const { return m_now; }
    /// Appends to the event log and brings the projections up to it. Returns the event's seq. A failed append has
    /// changed nothing, so a unit may go on after Duplicate (a message of that author and id is there already).
    Result<std::int64_t> append(pb::Event event);
    /// Runs once the unit's commit has happened or failed, in order, in a later turn; never when the unit itself fails.
    /// Sends, acks and signals go here: nothing leaves before the commit that makes it true.
    void afterCommit(std::function<void(const Result<void>&)> action) { m_actions.push_back(std::move(action)); }

private:
    friend class ProfileStore;
    Unit(sqlite::Database& database, WallTime now)
        : m_database(database)
        , m_now(now) {}

    sqlite::Database& m_database;
    WallTime m_now;
    std::vector<StoredEvent> m_events;
    std::vector<std::function<void(const Result<void>&)>> m_actions;
};

/// The encrypted profile file: events, projections, keys, outbox and seen ids under one transaction. Hides SQLCipher
/// and group commit. Thread: the one of its scheduler; readers open the file on their own (openReader). Units of one
/// event-loop turn share one transaction, closed at the turn's end, at 64 units or 8 ms. What a unit did is durable
/// when its afterCommit actions run with a value; with an error nothing of it happened.
class ProfileStore {
public:
    /// A new profile; makes the folder. `fill` writes what a profile has from its first moment (its identity). All of
    /// it is there when this returns, and nothing a later call could not redo when it fails or the process ends.
    /// Duplicate when the folder holds a profile, or a database that lost its header file.
    static Result<void> create(const ProfilePaths& paths, const QByteArray& header, const SecretBytes& master,
                               const Clock& clock, const std::function<Result<void>(Unit&)>& fill);
    /// Denied: wrong key. Corrupt, Invalid (newer or foreign file), Unavailable (open elsewhere: the lock is the
    /// caller's).
    static Result<std::unique_ptr<ProfileStore>> open(const ProfilePaths& paths, const SecretBytes& master,
                                                      const Clock& clock, Scheduler& scheduler);
    ~ProfileStore();
    ProfileStore(const ProfileStore&) = delete;
    ProfileStore& operator=(const ProfileStore&) = delete;

    /// Runs `work` at once inside a savepoint. Its error is returned and undoes it alone; a full disk (Full) may take
    /// the whole transaction along, and then each unit of it is told. Unavailable after close().
    Result<void> unit(const std::function<Result<void>(Unit&)>& work);
    /// Commits what is open now instead of at the end of the turn; the actions still run in a later turn.
    void commitNow();
    /// What was overwritten goes from the log as well, as soon as no reader needs it.
    void eraseTraces();
    /// Commits and tells everything that is due; further units are refused. What nobody was told when the store is
    /// destroyed is never told.
    void close();

    /// Reads of the store's own thread; they see the open transaction.
    sqlite::Database& db() { return m_database; }
    /// Called after each commit with what it appended, before the units' own actions.
    void setListener(std::function<void(const std::vector<StoredEvent>&)> listener) {
        m_listener = std::move(listener);
    }

    /// Another connection to the same file, read-only, for paging on a reader thread.
    static Result<sqlite::Database> openReader(const ProfilePaths& paths, const SecretBytes& master);

    /// Empties the projections, applies every event again and compares. Corrupt when they differ; the rebuilt ones
    /// stay.
    Result<void> rebuild();

private:
    ProfileStore(ProfilePaths paths, sqlite::Database database, const Clock& clock, Scheduler& scheduler);
    void commit();
    void noteFailure(const Error& error);
    void scheduleTurnEnd();
    void endTurn();

    ProfilePaths m_paths;
    sqlite::Database m_database;
    const Clock& m_clock;
    Scheduler& m_scheduler;
    std::function<void(const std::vector<StoredEvent>&)> m_listener;

    std::optional<sqlite::Transaction> m_transaction;
    SteadyTime m_openedAt;
    int m_units = 0;
    bool m_inUnit = false;
    bool m_closed = false;
    bool m_hasTraces = false;
    bool m_turnEndPosted = false;
    std::vector<StoredEvent> m_events;
    std::vector<std::function<void(const Result<void>&)>> m_actions;
    std::deque<std::function<void()>> m_ready; ///< outcomes known, to be told at the end of the turn
    std::shared_ptr<ProfileStore*> m_self;     ///< outlived by posted functions
};

} // namespace kith::store
