// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/database.h"

namespace kith::sqlite {

/// A write transaction (BEGIN IMMEDIATE). Rolled back when destroyed without commit(); once commit() has returned a
/// value, its changes survive a power cut. Only one at a time on a connection; not to outlive the Database.
/// A full disk can make SQLite roll back by itself in the middle. Then every later statement and the commit fail with
/// that same error until this object is gone, so no half of a transaction is ever written on its own.
class Transaction {
public:
    /// Unavailable when another connection writes for longer than the busy timeout.
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// After an error nothing of it is on disk, and the destructor rolls back what is left.
    Result<void> commit();

private:
    explicit Transaction(Connection& connection);
    Connection* m_connection;
};

/// A part of an open Transaction that can be undone alone: rolled back when destroyed without release(). Nests; the
/// innermost one ends first. Nothing is durable before the transaction's commit.
class Savepoint {
public:
    static Result<Savepoint> begin(Database& database);
    Savepoint(Savepoint&& other) noexcept;
    Savepoint& operator=(Savepoint&&) = delete;
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint();

    /// Keeps its changes as part of what surrounds it.
    Result<void> release();

private:
    Savepoint(Connection& connection, int depth);
    Connection* m_connection;
    int m_depth;
};

} // namespace kith::sqlite
