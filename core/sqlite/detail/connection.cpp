// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/detail/connection.h"

#include "core/base/platform.h"

#include <QFileInfo>

#include <cstring>

namespace kith::sqlite {
namespace {

/// SQLCipher reports a page that fails its HMAC as a plain SQLITE_ERROR. A mistake in the SQL, the other source of this
/// code, always has a message of its own.
bool isFailedPage(sqlite3* handle) {
    return std::strcmp(sqlite3_errmsg(handle), sqlite3_errstr(SQLITE_ERROR)) == 0;
}

/// The file or the system failed; constraints, sizes and mistakes in the SQL are about what was asked.
bool isStorageFailure(int code, sqlite3* handle) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
        return true;
    case SQLITE_ERROR:
        return isFailedPage(handle);
    default:
        return false;
    }
}

Code codeOf(int code, sqlite3* handle) {
    switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_UNIQUE:
        return Code::Duplicate;
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return Code::Unavailable;
    case SQLITE_FULL:
        return Code::Full;
    case SQLITE_NOTADB:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return Code::Denied;
    case SQLITE_CORRUPT:
        return Code::Corrupt;
    case SQLITE_CONSTRAINT:
        return Code::Invalid;
    case SQLITE_TOOBIG:
        return Code::TooLarge;
    case SQLITE_ERROR:
        return isFailedPage(handle) ? Code::Corrupt : Code::Internal;
    default:
        return Code::Internal;
    }
}

} // namespace

Connection::~Connection() {
    for (const auto& [text, prepared] : m_cache) {
        INVARIANT(!prepared.isBorrowed);
        sqlite3_finalize(prepared.handle);
    }
    INVARIANT(sqlite3_close(m_handle) == SQLITE_OK);
}

Result<Statement> Connection::prepare(std::string_view sql) {
    const auto known = m_cache.find(sql);
    if (known != m_cache.end() && !known->second.isBorrowed)
        return Statement(known->second);

    if (known != m_cache.end())
        return prepareOnce(sql);
    TRY_ASSIGN(PreparedStatement made, compile(sql));
    made.isCached = true;
    return Statement(m_cache.emplace(sqlite3_sql(made.handle), made).first->second);
}

Result<Statement> Connection::prepareOnce(std::string_view sql) {
    TRY_ASSIGN(const PreparedStatement made, compile(sql));
    return Statement(*new PreparedStatement(made));
}

Result<PreparedStatement> Connection::compile(std::string_view sql) {
    PreparedStatement made;
    made.connection = this;
    const int code = sqlite3_prepare_v3(m_handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &made.handle, nullptr);
    if (code != SQLITE_OK)
        return failed(code, Message::Exact);
    made.parameterCount = static_cast<std::size_t>(sqlite3_bind_parameter_count(made.handle));
    return made;
}

Result<void> Connection::run(std::string_view sql) {
    TRY_ASSIGN(Statement statement, prepare(sql));
    return statement.run();
}

Error Connection::error(int code, Message message) const {
    Error made = describe(code, message);
    made.isStorage = isStorageFailure(code, m_handle);
    return made;
}

Error Connection::describe(int code, Message message) const {
    const Code kind = codeOf(code, m_handle);
    const QString file = QFileInfo(QString::fromUtf8(sqlite3_db_filename(m_handle, "main"))).fileName();
    if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR)
        if (Error system = platform::systemError(sqlite3_system_errno(m_handle), file); system.code != Code::Internal)
            return system;
    if (kind == Code::Corrupt)
        return fail(kind,
                    QStringLiteral("%1 is damaged (SQLite code %2); restore it from a backup").arg(file).arg(code));
    if (kind == Code::Full)
        return fail(kind, QStringLiteral("the disk is full (SQLite code %1); make room on it").arg(code));
    const bool quotesSchemaOnly = message == Message::Exact || (code & 0xff) == SQLITE_CONSTRAINT;
    const char* text = quotesSchemaOnly ? sqlite3_errmsg(m_handle) : sqlite3_errstr(code);
    return fail(kind, QStringLiteral("%1 (SQLite code %2)").arg(QString::fromUtf8(text)).arg(code));
}

Error Connection::failed(int code, Message message) {
    Error made = error(code, message);
    if (m_ownsTransaction && !m_lostTransaction && isAutocommit())
        m_lostTransaction = made;
    return made;
}

Result<void> Connection::beginTransaction() {
    TRY(run("BEGIN IMMEDIATE"));
    m_ownsTransaction = true;
    return {};
}

Result<void> Connection::commitTransaction() {
    INVARIANT(m_savepoints == 0);
    TRY(run("COMMIT"));
    m_ownsTransaction = false;
    return {};
}

void Connection::endTransaction() {
    if (!isAutocommit()) {
        [[maybe_unused]] const auto rolledBack = run("ROLLBACK"); // it can only fail when nothing is open
    }
    m_ownsTransaction = false;
    m_lostTransaction.reset();
}

Result<int> Connection::beginSavepoint() {
    // Alone it would begin a transaction of its own, which nobody commits.
    if (!m_ownsTransaction)
        return fail(Code::Internal, QStringLiteral("a savepoint needs a transaction"));
    TRY(run("SAVEPOINT nested"));
    return ++m_savepoints;
}

Result<void> Connection::releaseSavepoint(int depth) {
    INVARIANT(depth == m_savepoints);
    TRY(run("RELEASE nested"));
    --m_savepoints;
    return {};
}

void Connection::rollBackSavepoint(int depth) {
    INVARIANT(depth == m_savepoints);
    --m_savepoints;
    if (isAutocommit()) // SQLite has rolled back everything
        return;
    [[maybe_unused]] const auto rolledBack = run("ROLLBACK TO nested");
    [[maybe_unused]] const auto released = run("RELEASE nested");
}

} // namespace kith::sqlite
