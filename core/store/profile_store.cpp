// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/profile_store.h"

#include "core/base/logging.h"
#include "core/crypto/hash.h"
#include "core/sqlite/migrator.h"
#include "core/store/projections/projector.h"

#include <QFile>
#include <QFileInfo>

static void initResources() {
    Q_INIT_RESOURCE(profile_sql);
}

namespace kith::store {
namespace {

constexpr int UnitsPerCommit = 64;
constexpr Millis CommitAfter{8};
constexpr std::int64_t ReserveBytes = 8 * 1024 * 1024;
constexpr std::int32_t ApplicationId = 0x4b495448; // "KITH"

SecretBytes databaseKey(const SecretBytes& master) {
    return crypto::hkdf(master.view(), {}, view("krp-db-1"), 32);
}

sqlite::Schema schema() {
    initResources();
    return {QStringLiteral(":/sql/profile"), ApplicationId};
}

} // namespace

Result<std::int64_t> Unit::append(pb::Event event) {
    TRY_ASSIGN(sqlite::Savepoint savepoint, sqlite::Savepoint::begin(m_database));
    const std::string body = event.SerializeAsString();
    TRY(m_database.run("INSERT INTO event(at_ms, body) VALUES(?, ?)", toMs(m_now), view(body)));
    StoredEvent stored{m_database.lastInsertRowId(), m_now, std::move(event)};
    // An event whose projection failed must not stay in the log: no rebuild would ever succeed again.
    TRY(Projector(m_database).apply(stored));
    TRY(savepoint.release());
    const std::int64_t seq = stored.seq;
    m_events.push_back(std::move(stored));
    return seq;
}

Result<void> ProfileStore::create(const ProfilePaths& paths, const QByteArray& header, const SecretBytes& master,
                                  const Clock& clock, const std::function<Result<void>(Unit&)>& fill) {
    if (QFileInfo::exists(paths.header()))
        return fail(Code::Duplicate, QStringLiteral("there is a profile in this folder already"));
    // The header makes it a profile, so it gets its name last. Until then it waits beside the database: that tells a
    // creation which was cut short, and may be begun again, from a profile whose header can come back from a backup.
    const QString unfinished = paths.header() + QStringLiteral(".unfinished");
    if (QFileInfo::exists(paths.database()) && !QFileInfo::exists(unfinished))
        return fail(Code::Duplicate, QStringLiteral("this folder holds a profile that lost its file profile.kith; "
                                                    "restore it from a backup or choose another folder"));
    TRY(platform::makePrivateFolder(paths.folder));
    for (const QString& leftover : {paths.database(), paths.database() + QStringLiteral("-wal"),
                                    paths.database() + QStringLiteral("-shm"), unfinished})
        QFile::remove(leftover);
    TRY(platform::createPrivateFile(unfinished, header));
    {
        TRY_ASSIGN(sqlite::Database database,
                   sqlite::Database::open(paths.database(), databaseKey(master), sqlite::Access::ReadWriteCreate));
        TRY(sqlite::migrate(database, schema()));
        TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(database));
        Unit unit(database, clock.wall());
        TRY(fill(unit));
        TRY(transaction.commit());
    }
    return platform::renameFile(unfinished, paths.header());
}

Result<std::unique_ptr<ProfileStore>> ProfileStore::open(const ProfilePaths& paths, const SecretBytes& master,
                                                         const Clock& clock, Scheduler& scheduler) {
    TRY_ASSIGN(sqlite::Database database,
               sqlite::Database::open(paths.database(), databaseKey(master), sqlite::Access::ReadWrite));
    TRY(sqlite::migrate(database, schema()));
    if (QFileInfo(paths.reserve()).size() < ReserveBytes)
        if (const auto reserved = platform::preallocate(paths.reserve(), ReserveBytes); !reserved) {
            qCWarning(log::store) << "no disk reserve:" << reserved.error().detail;
            QFile::remove(paths.reserve());
        }
    return std::unique_ptr<ProfileStore>(new ProfileStore(paths, std::move(database), clock, scheduler));
}

Result<sqlite::Database> ProfileStore::openReader(const ProfilePaths& paths, const SecretBytes& master) {
    return sqlite::Database::open(paths.database(), databaseKey(master), sqlite::Access::ReadOnly);
}

ProfileStore::ProfileStore(ProfilePaths paths, sqlite::Database database, const Clock& clock, Scheduler& scheduler)
    : m_paths(std::move(paths))
    , m_database(std::move(database))
    , m_clock(clock)
    , m_scheduler(scheduler)
    , m_self(std::make_shared<ProfileStore*>(this)) {}

ProfileStore::~ProfileStore() {
    INVARIANT(!m_inUnit);
    *m_self = nullptr;
}

Result<void> ProfileStore::unit(const std::function<Result<void>(Unit&)>& work) {
    INVARIANT(!m_inUnit);
    if (m_closed)
        return fail(Code::Unavailable, QStringLiteral("the profile is closed"));
    if (!m_transaction) {
        TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(m_database));
        m_transaction.emplace(std::move(transaction));
        m_openedAt = m_clock.steady();
        scheduleTurnEnd();
    }
    Unit unit(m_database, m_clock.wall());
    const auto done = [&]() -> Result<void> {
        TRY_ASSIGN(sqlite::Savepoint savepoint, sqlite::Savepoint::begin(m_database));
        m_inUnit = true;
        const Result<void> worked = work(unit);
        m_inUnit = false;
        return worked ? savepoint.release() : worked; // without the release it rolls back
    }();
    if (!done) {
        noteFailure(done.error());
        if (!m_database.isInTransaction()) // a full disk ends it in the middle: the next unit begins anew
            commitNow();
        return done;
    }
    std::move(unit.m_events.begin(), unit.m_events.end(), std::back_inserter(m_events));
    std::move(unit.m_actions.begin(), unit.m_actions.end(), std::back_inserter(m_actions));
    if (++m_units >= UnitsPerCommit || m_clock.steady() - m_openedAt >= CommitAfter)
        commitNow();
    return {};
}

void ProfileStore::commitNow() {
    commit();
    if (!m_ready.empty())
        scheduleTurnEnd();
}

void ProfileStore::commit() {
    INVARIANT(!m_inUnit);
    if (!m_transaction)
        return;
    const Result<void> committed = m_transaction->commit();
    m_transaction.reset();
    m_units = 0;
    auto events = std::exchange(m_events, {});
    if (!committed) {
        qCWarning(log::store) << "a commit failed:" << committed.error().detail;
        noteFailure(committed.error());
    } else if (!events.empty()) {
        m_ready.push_back([this, events = std::move(events)] {
            if (const auto listener = m_listener) // a copy: it may replace itself or end the store
                listener(events);
        });
    }
    for (auto& action : std::exchange(m_actions, {}))
        m_ready.push_back([action = std::move(action), committed] { action(committed); });
}

/// What is in the reserve lets acks and deletes go on, which is what makes room again.
void ProfileStore::noteFailure(const Error& error) {
    if (error.code == Code::Full)
        QFile::remove(m_paths.reserve());
}

void ProfileStore::scheduleTurnEnd() {
    if (m_turnEndPosted)
        return;
    m_turnEndPosted = true;
    m_scheduler.post([self = m_self] {
        if (*self != nullptr)
            (*self)->endTurn();
    });
}

void ProfileStore::eraseTraces() {
    m_hasTraces = true;
    scheduleTurnEnd();
}

void ProfileStore::endTurn() {
    m_turnEndPosted = false;
    commit();
    if (m_hasTraces && m_database.checkpoint())
        m_hasTraces = false;  // else a reader is at it: after the next turn
    const auto self = m_self; // what is told may end the store
    // Only what is due now: what the told ones write themselves has its own turn.
    for (auto due = m_ready.size(); due > 0 && !m_ready.empty(); --due) {
        const auto tell = std::move(m_ready.front());
        m_ready.pop_front();
        tell();
        if (*self == nullptr)
            return;
    }
}

void ProfileStore::close() {
    m_closed = true;
    const auto self = m_self;
    endTurn();
    if (*self == nullptr)
        return;
    if (const auto done = m_database.checkpoint(); !done)
        qCDebug(log::store) << "no checkpoint at close:" << done.error().detail;
}

Result<void> ProfileStore::rebuild() {
    commitNow();
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(m_database));
    Projector projector(m_database);
    TRY_ASSIGN(const QByteArray before, projector.fingerprint());
    TRY(projector.clear());
    {
        TRY_ASSIGN(sqlite::Statement events, m_database.prepare("SELECT seq, at_ms, body FROM event ORDER BY seq"));
        for (;;) {
            TRY_ASSIGN(const bool row, events.step());
            if (!row)
                break;
            StoredEvent stored{events.integer(0), fromMs(events.integer(1)), {}};
            const ByteView body = events.blob(2);
            if (!stored.event.ParseFromArray(body.data(), static_cast<int>(body.size())))
                return fail(Code::Corrupt, QStringLiteral("event %1 does not parse").arg(stored.seq));
            TRY(projector.apply(stored));
        }
    }
    TRY_ASSIGN(const QByteArray after, projector.fingerprint());
    TRY(transaction.commit());
    if (before != after)
        return fail(Code::Corrupt,
                    QStringLiteral("the projections did not match the event log; they have been rebuilt"));
    return {};
}

} // namespace kith::store
