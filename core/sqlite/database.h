// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/secret_bytes.h"
#include "core/sqlite/statement.h"

#include <memory>

namespace kith::sqlite {

class Connection;

enum class Access {
    ReadWriteCreate, ///< makes the file (0600) when it is not there
    ReadWrite,
    ReadOnly, ///< for readers beside a writer of the same file
};

struct Options {
    /// Bytes to which the write-ahead log shrinks after a checkpoint; negative: it keeps its size.
    std::int64_t journalSizeLimit = -1;
    /// Free pages can be given back to the disk (`PRAGMA incremental_vacuum`). Decided when the file is made. Without
    /// it a page overwritten with zeros is found out; with it SQLCipher must take such a page for an empty one.
    bool incrementalVacuum = false;
    /// How long a statement waits for another connection before it fails with Unavailable.
    Millis busyTimeout{500};
};

/// One connection to one encrypted SQLite file (SQLCipher 4, 4 KiB pages, each with its own HMAC). Hides the key
/// set-up, the pragmas (storage in WAL mode with synchronous=FULL: a commit is on disk when it returns) and a cache of
/// prepared statements, so that a loop neither prepares nor allocates.
/// Thread: one at a time; the object may be moved between its uses, also while statements and transactions are open.
/// Errors: NotFound, Denied (wrong key, no Kith database, or no permission), Unavailable (locked), Full, Corrupt (a
/// page that fails its HMAC, a truncated file), and Internal for SQL that does not compile.
class Database {
public:
    /// `rawKey` is 32 bytes and used as it is: no password hashing here. Every setting is read back after it was made,
    /// and an open that returns a value has proved the key on the first page.
    static Result<Database> open(const QString& path, const SecretBytes& rawKey, Access access,
                                 const Options& options = {});
    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// The cached statement for this text; compiled on first use. While it is borrowed, a second borrower of the same
    /// text gets one compiled for the occasion.
    Result<Statement> prepare(Sql sql);
    /// Prepares, binds and steps until done.
    template <typename... Values>
    Result<void> run(Sql sql, Values&&... values) {
        TRY_ASSIGN(Statement statement, prepare(sql));
        return statement.bind(std::forward<Values>(values)...).run();
    }
    /// The first column of the first row. NotFound when there is no row.
    template <typename... Values>
    Result<std::int64_t> integer(Sql sql, Values&&... values) {
        TRY_ASSIGN(Statement statement, prepare(sql));
        TRY_ASSIGN(const bool row, statement.bind(std::forward<Values>(values)...).step());
        if (!row)
            return fail(Code::NotFound, QStringLiteral("no such row"));
        return statement.integer(0);
    }
    /// Runs a script of several statements that is not worth a place in the cache: schema changes, maintenance.
    Result<void> exec(const QByteArray& script);

    bool isInTransaction() const;
    /// Rows touched by the last INSERT, UPDATE or DELETE.
    std::int64_t changes() const;
    std::int64_t lastInsertRowId() const;

    /// Moves the write-ahead log into the file and empties it. Unavailable while a reader still needs the log.
    Result<void> checkpoint();
    /// Reads the whole file: HMAC of every page, then SQLite's own quick check. Corrupt names the first finding.
    /// Checkpoints first, as a page whose newer copy is in the log would be a false alarm. Seconds for a big file.
    Result<void> integrityCheck();

private:
    friend class Transaction;
    friend class Savepoint;
    explicit Database(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> m_connection;
};

/// The version of the SQLite inside this program, whatever other libraries in the process use.
QString sqliteVersion();

} // namespace kith::sqlite
