// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/sqlite_mail_store.h"

#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/sqlite/migrator.h"
#include "core/sqlite/transaction.h"

#include <QFile>
#include <QFileInfo>

namespace kith::relay {
namespace {

constexpr std::int64_t MiB = 1024 * 1024;
constexpr std::int64_t WalLimit = 16 * MiB;
constexpr std::int64_t SignupFreeBytes = 1024 * MiB;
constexpr std::int64_t VacuumFromPages = 4096;
constexpr int VacuumPages = 2048;
const sqlite::Schema RelaySchema{QStringLiteral(":/sql/relay"), 0x4b524c59}; // "KRLY"

} // namespace

Result<std::unique_ptr<SqliteMailStore>> SqliteMailStore::open(const QString& path, const SecretBytes& key, Mode mode,
                                                               const Clock& clock, const Options& options) {
    sqlite::Options file;
    file.journalSizeLimit = WalLimit;
    file.incrementalVacuum = true;
    const auto access = mode == Mode::Create ? sqlite::Access::ReadWriteCreate : sqlite::Access::ReadWrite;
    TRY_ASSIGN(sqlite::Database database, sqlite::Database::open(path, key, access, file));
    TRY(sqlite::migrate(database, RelaySchema));
    std::unique_ptr<SqliteMailStore> store(new SqliteMailStore(std::move(database), path, clock, options));
    TRY(store->prepare());
    return store;
}

SqliteMailStore::SqliteMailStore(sqlite::Database database, const QString& path, const Clock& clock,
                                 const Options& options)
    : m_database(std::move(database))
    , m_reservePath(QFileInfo(path).absolutePath() + QStringLiteral("/reserve"))
    , m_options(options)
    , m_rows(m_database)
    , m_rules(m_rows, clock, options.policy) {
    if (!m_options.freeBytes)
        m_options.freeBytes = [folder = QFileInfo(path).absolutePath()] { return platform::freeDiskBytes(folder); };
}

Result<void> SqliteMailStore::prepare() {
    // A group commit writes hundreds of pages: fewer, larger checkpoints.
    TRY(m_database.exec("PRAGMA wal_autocheckpoint=" + QByteArray::number(qlonglong{WalLimit / 4096})));
    if (m_options.pagesMax > 0)
        TRY(m_database.exec("PRAGMA max_page_count=" + QByteArray::number(qlonglong{m_options.pagesMax})));
    TRY_ASSIGN(const std::optional<SecretBytes> restored, setting(RestoredSetting));
    if (!restored)
        return {};
    Operation renew;
    renew.body = RenewEpochs{};
    TRY(execute({&renew, 1}));
    return removeSetting(RestoredSetting);
}

Result<void> SqliteMailStore::execute(std::span<Operation> batch) {
    checkDisk();
    auto done = attempt(batch);
    if (!done && done.error().code == Code::Full) {
        // Nothing can be written any more, not even an ACK that would make room: free the reserve, then try again
        // without anything that grows.
        qCWarning(log::relay, "the disk is full: no new mail until there is room again");
        makeRoom();
        done = attempt(batch);
    }
    if (!done) {
        qCWarning(log::relay, "a batch was not stored: %s", qPrintable(done.error().detail));
        return done;
    }
    m_rows.trim();
    const bool isSwept = std::any_of(batch.begin(), batch.end(), [](const Operation& operation) {
        const auto* sweep = std::get_if<Sweep>(&operation.body);
        return sweep != nullptr && !sweep->outcome.hasMore;
    });
    if (isSwept || m_disk == Disk::Low)
        giveBackPages();
    return {};
}

Result<void> SqliteMailStore::attempt(std::span<Operation> batch) {
    const auto run = [&]() -> Result<void> {
        TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(m_database));
        TRY(m_rules.beginBatch(m_disk));
        for (Operation& operation : batch)
            TRY(m_rules.apply(operation));
        TRY(m_rows.flush());
        return transaction.commit();
    };
    auto done = run();
    if (!done)
        m_rows.abandon();
    return done;
}

void SqliteMailStore::checkDisk() {
    const std::int64_t free = m_options.freeBytes();
    const std::int64_t needed = m_options.reserveBytes + 2 * WalLimit;
    if (!m_hasReserve && free >= m_options.reserveBytes + needed)
        m_hasReserve = platform::preallocate(m_reservePath, m_options.reserveBytes).has_value();
    if (!m_hasReserve || free < needed)
        m_disk = Disk::Low;
    else
        m_disk = free < SignupFreeBytes ? Disk::NoNewAccounts : Disk::Roomy;
}

void SqliteMailStore::makeRoom() {
    QFile::remove(m_reservePath);
    m_hasReserve = false;
    m_disk = Disk::Low;
    // First of all: the log holds commits that the file has no room for.
    if (const auto done = m_database.checkpoint(); !done)
        qCWarning(log::relay, "the checkpoint did not succeed: %s", qPrintable(done.error().detail));
}

void SqliteMailStore::giveBackPages() {
    const auto pages = m_database.integer("PRAGMA freelist_count");
    if (!pages || (*pages < VacuumFromPages && m_disk != Disk::Low) || *pages == 0)
        return;
    if (const auto done = m_database.exec("PRAGMA incremental_vacuum(" + QByteArray::number(VacuumPages) + ")"); !done)
        qCWarning(log::relay, "free pages stay in the store: %s", qPrintable(done.error().detail));
}

Result<std::optional<SecretBytes>> SqliteMailStore::setting(QLatin1String name) {
    TRY_ASSIGN(auto statement, m_database.prepare("SELECT value FROM meta WHERE name=?"));
    TRY_ASSIGN(const bool found, statement.bind(QString(name)).step());
    if (!found)
        return std::optional<SecretBytes>();
    return std::optional<SecretBytes>(SecretBytes(statement.blob(0)));
}

Result<void> SqliteMailStore::setSetting(QLatin1String name, ByteView value) {
    return m_database.run("INSERT OR REPLACE INTO meta(name, value) VALUES(?,?)", QString(name), value);
}

Result<void> SqliteMailStore::removeSetting(QLatin1String name) {
    return m_database.run("DELETE FROM meta WHERE name=?", QString(name));
}

} // namespace kith::relay
