// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/statement.h"

#include <optional>
#include <sqlite3.h>
#include <unordered_map>

namespace kith::sqlite {

class Connection;

struct PreparedStatement {
    Connection* connection = nullptr;
    sqlite3_stmt* handle = nullptr;
    std::size_t parameterCount = 0;
    bool isBorrowed = false;
    bool isCached = false;
};

/// What a Database owns, at an address that stays when the Database moves: the handle, the statement cache and the
/// state of the open transaction. The one place where SQLite's codes become ours.
class Connection {
public:
    explicit Connection(sqlite3* handle)
        : m_handle(handle) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    sqlite3* handle() const { return m_handle; }
    Result<Statement> prepare(std::string_view sql);
    /// Past the cache: for what is asked once.
    Result<Statement> prepareOnce(std::string_view sql);
    Result<void> run(std::string_view sql);

    enum class Message {
        Generic, ///< at run time SQLite may quote values, for example the words of a full-text query
        Exact,   ///< when compiling our own SQL it can only quote that
    };
    Error error(int code, Message message) const;
    /// To be called with every failure of a statement: notices when SQLite has ended the transaction with it.
    Error failed(int code, Message message);

    /// The error that made SQLite roll back the open transaction, until its owner has let go of it.
    const std::optional<Error>& lostTransaction() const { return m_lostTransaction; }
    bool isAutocommit() const { return sqlite3_get_autocommit(m_handle) != 0; }

    Result<void> beginTransaction();
    Result<void> commitTransaction();
    void endTransaction();
    Result<int> beginSavepoint();
    Result<void> releaseSavepoint(int depth);
    void rollBackSavepoint(int depth);

private:
    Result<PreparedStatement> compile(std::string_view sql);
    Error describe(int code, Message message) const;

    sqlite3* m_handle;
    /// The keys point into the statements, which SQLite gives a copy of their text.
    std::unordered_map<std::string_view, PreparedStatement> m_cache;
    std::optional<Error> m_lostTransaction;
    bool m_ownsTransaction = false;
    int m_savepoints = 0;
};

} // namespace kith::sqlite
