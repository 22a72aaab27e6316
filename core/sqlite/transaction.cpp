// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/transaction.h"

#include "core/sqlite/detail/connection.h"

namespace kith::sqlite {

Result<Transaction> Transaction::begin(Database& database) {
    TRY(database.m_connection->beginTransaction());
    return Transaction(*database.m_connection);
}

Transaction::Transaction(Connection& connection)
    : m_connection(&connection) {}

Transaction::Transaction(Transaction&& other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr)) {}

Transaction::~Transaction() {
    if (m_connection != nullptr)
        m_connection->endTransaction();
}

Result<void> Transaction::commit() {
    INVARIANT(m_connection != nullptr);
    TRY(m_connection->commitTransaction());
    m_connection = nullptr;
    return {};
}

Result<Savepoint> Savepoint::begin(Database& database) {
    TRY_ASSIGN(const int depth, database.m_connection->beginSavepoint());
    return Savepoint(*database.m_connection, depth);
}

Savepoint::Savepoint(Connection& connection, int depth)
    : m_connection(&connection)
    , m_depth(depth) {}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr))
    , m_depth(other.m_depth) {}

Savepoint::~Savepoint() {
    if (m_connection != nullptr)
        m_connection->rollBackSavepoint(m_depth);
}

Result<void> Savepoint::release() {
    INVARIANT(m_connection != nullptr);
    TRY(m_connection->releaseSavepoint(m_depth));
    m_connection = nullptr;
    return {};
}

} // namespace kith::sqlite
