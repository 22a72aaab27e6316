// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/database.h"

#include "core/base/platform.h"
#include "core/sqlite/detail/connection.h"
#include "core/sqlite/detail/log_check.h"

#include <QFileInfo>

namespace kith::sqlite {
namespace {

constexpr std::size_t RawKeySize = 32;
constexpr int PageSize = 4096;

int openFlags(Access access) {
    // One connection belongs to one thread, so it needs no lock of its own.
    const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (access) {
    case Access::ReadWriteCreate:
        return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Access::ReadWrite:
        return common | SQLITE_OPEN_READWRITE;
    case Access::ReadOnly:
        return common | SQLITE_OPEN_READONLY;
    }
    return common;
}

/// Sets the key through the C interface: in a PRAGMA it would stay in the text of a statement.
int setKey(sqlite3* handle, const SecretBytes& rawKey) {
    // SQLCipher takes raw keys only in this spelling and wipes its own copies.
    constexpr char Digits[] = "0123456789abcdef";
    SecretBytes spelled(2 * RawKeySize + 3);
    std::uint8_t* out = spelled.data();
    *out++ = 'x';
    *out++ = '\'';
    for (const std::uint8_t byte : rawKey.view()) {
        *out++ = static_cast<std::uint8_t>(Digits[byte >> 4U]);
        *out++ = static_cast<std::uint8_t>(Digits[byte & 15U]);
    }
    *out = '\'';
    return sqlite3_key_v2(handle, "main", spelled.data(), static_cast<int>(spelled.size()));
}

struct Setting {
    const char* name;
    QByteArray value;
    enum class Kind { Set, CheckOnly } kind = Kind::Set;
};

/// What SQLite cannot do it silently leaves undone, so each setting is read back.
Result<void> apply(Connection& connection, const Setting& setting) {
    const QByteArray read = QByteArrayLiteral("PRAGMA ") + setting.name;
    if (setting.kind == Setting::Kind::Set) {
        const QByteArray write = read + '=' + setting.value;
        if (const int code = sqlite3_exec(connection.handle(), write.constData(), nullptr, nullptr, nullptr);
            code != SQLITE_OK)
            return connection.error(code, Connection::Message::Exact);
    }
    TRY_ASSIGN(Statement statement, connection.prepareOnce(std::string_view(read.constData(), read.size())));
    TRY_ASSIGN(const bool row, statement.step());
    if (!row || statement.bytes(0) != setting.value)
        return fail(Code::Invalid, QStringLiteral("the database does not take the setting %1 = %2")
                                       .arg(QLatin1String(setting.name), QString::fromLatin1(setting.value)));
    return {};
}

/// Reads the first page, which proves the key, and refuses a file that was cut off: SQLite takes an empty one for a new
/// database and would write over it.
Result<void> checkFile(Connection& connection, const QString& path, Access access) {
    TRY(apply(connection, {"cipher_version", "4.5.5 community", Setting::Kind::CheckOnly}));
    TRY(apply(connection, {"cipher_page_size", QByteArray::number(PageSize)}));
    const auto schema = connection.run("SELECT count(*) FROM sqlite_schema");
    const qint64 size = QFileInfo(path).size();
    if (!schema && schema.error().code == Code::Denied && size >= PageSize)
        return fail(Code::Denied, QStringLiteral("the key does not open this database, or its start is damaged"));
    const bool cutOff = size < PageSize && !(size == 0 && access == Access::ReadWriteCreate);
    return cutOff ? fail(Code::Corrupt,
                         QStringLiteral("%1 is cut off; restore it from a backup").arg(QFileInfo(path).fileName()))
                  : schema;
}

Result<void> configure(Connection& connection, Access access, const Options& options) {
    using enum Setting::Kind;
    const bool reader = access == Access::ReadOnly;
    if (!reader) // before the first page is written: it cannot be changed later
        TRY(apply(connection, {"auto_vacuum", options.incrementalVacuum ? "2" : "0"}));
    const Setting settings[] = {
        {"journal_mode", "wal", reader ? CheckOnly : Set},
        {"synchronous", "2"},
        {"cache_size", "-8000"},
        {"temp_store", "2"},
        {"foreign_keys", "1"},
        {"trusted_schema", "0"},
        {"wal_autocheckpoint", "1000"},
        {"mmap_size", "0"},
        {"secure_delete", "1", CheckOnly},
        {"journal_size_limit", QByteArray::number(static_cast<qlonglong>(options.journalSizeLimit))},
        {"query_only", reader ? "1" : "0"},
    };
    for (const Setting& setting : settings)
        TRY(apply(connection, setting));
    return {};
}

} // namespace

Result<Database> Database::open(const QString& path, const SecretBytes& rawKey, Access access, const Options& options) {
    INVARIANT(rawKey.size() == RawKeySize);
    const bool existed = QFileInfo::exists(path);
    if (!existed && access != Access::ReadWriteCreate)
        return fail(Code::NotFound, QStringLiteral("the file %1 is missing").arg(QFileInfo(path).fileName()));
    for (const char* part : {"", "-wal", "-shm", "-journal"})
        TRY(platform::checkIsFile(path + QLatin1String(part)));
    if (access == Access::ReadWrite)
        TRY(checkLog(path + QStringLiteral("-wal")));
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(path.toUtf8().constData(), &handle, openFlags(access), nullptr);
    INVARIANT(handle != nullptr);
    auto connection = std::make_unique<Connection>(handle);
    if (opened != SQLITE_OK)
        return connection->error(opened, Connection::Message::Generic);
    // SQLite falls back to reading where it may not write.
    if (access != Access::ReadOnly && sqlite3_db_readonly(handle, "main") != 0) {
        TRY(platform::checkWritable(path));
        return fail(Code::Denied, QStringLiteral("no permission to write to the database file"), Cause::Permission);
    }
    sqlite3_busy_timeout(handle, static_cast<int>(options.busyTimeout.count()));
    if (const int code = setKey(handle, rawKey); code != SQLITE_OK)
        return connection->error(code, Connection::Message::Generic);
    TRY(checkFile(*connection, path, access));
    TRY(configure(*connection, access, options));
    if (!existed)
        TRY(platform::syncFolder(QFileInfo(path).absolutePath()));
    return Database(std::move(connection));
}

Database::Database(std::unique_ptr<Connection> connection)
    : m_connection(std::move(connection)) {}
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;
Database::~Database() = default;

Result<Statement> Database::prepare(Sql sql) {
    return m_connection->prepare(sql.text());
}

Result<void> Database::exec(const QByteArray& script) {
    if (m_connection->lostTransaction())
        return *m_connection->lostTransaction();
    const int code = sqlite3_exec(m_connection->handle(), script.constData(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? Result<void>() : m_connection->failed(code, Connection::Message::Exact);
}

bool Database::isInTransaction() const {
    return !m_connection->isAutocommit();
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(m_connection->handle());
}

std::int64_t Database::lastInsertRowId() const {
    return sqlite3_last_insert_rowid(m_connection->handle());
}

Result<void> Database::checkpoint() {
    const int code =
        sqlite3_wal_checkpoint_v2(m_connection->handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    return code == SQLITE_OK ? Result<void>() : m_connection->failed(code, Connection::Message::Generic);
}

Result<void> Database::integrityCheck() {
    TRY(checkpoint());
    TRY_ASSIGN(Statement pages, m_connection->prepareOnce("PRAGMA cipher_integrity_check"));
    TRY_ASSIGN(const bool damaged, pages.step());
    if (damaged)
        return fail(Code::Corrupt, pages.text(0));
    TRY_ASSIGN(Statement structure, m_connection->prepareOnce("PRAGMA quick_check(1)"));
    TRY_ASSIGN(const bool answered, structure.step());
    if (!answered || structure.bytes(0) != "ok")
        return fail(Code::Corrupt, structure.text(0));
    return {};
}

QString sqliteVersion() {
    return QString::fromLatin1(sqlite3_libversion());
}

} // namespace kith::sqlite
