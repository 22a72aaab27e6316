// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/statement.h"

#include "core/sqlite/detail/connection.h"

namespace kith::sqlite {

Statement::Statement(PreparedStatement& prepared)
    : m_prepared(&prepared) {
    prepared.isBorrowed = true;
}

Statement::Statement(Statement&& other) noexcept
    : m_prepared(std::exchange(other.m_prepared, nullptr))
    , m_bindError(other.m_bindError) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    if (this != &other) {
        giveBack();
        m_prepared = std::exchange(other.m_prepared, nullptr);
        m_bindError = other.m_bindError;
    }
    return *this;
}

Statement::~Statement() {
    giveBack();
}

void Statement::giveBack() {
    if (m_prepared == nullptr)
        return;
    if (m_prepared->isCached) {
        sqlite3_reset(m_prepared->handle);
        sqlite3_clear_bindings(m_prepared->handle); // they may point to what the caller frees next
        m_prepared->isBorrowed = false;
    } else {
        sqlite3_finalize(m_prepared->handle);
        delete m_prepared;
    }
    m_prepared = nullptr;
}

void Statement::startBinding(std::size_t count) {
    INVARIANT(count == m_prepared->parameterCount);
    sqlite3_reset(m_prepared->handle);
    m_bindError = SQLITE_OK;
}

void Statement::bindNull(int index) {
    if (const int code = sqlite3_bind_null(m_prepared->handle, index); code != SQLITE_OK)
        m_bindError = code;
}

void Statement::bindInteger(int index, std::int64_t value) {
    if (const int code = sqlite3_bind_int64(m_prepared->handle, index, value); code != SQLITE_OK)
        m_bindError = code;
}

void Statement::bindReal(int index, double value) {
    if (const int code = sqlite3_bind_double(m_prepared->handle, index, value); code != SQLITE_OK)
        m_bindError = code;
}

void Statement::bindBlob(int index, ByteView value, Lifetime lifetime) {
    // A null pointer would bind NULL.
    const int code = value.empty()
                         ? sqlite3_bind_zeroblob(m_prepared->handle, index, 0)
                         : sqlite3_bind_blob64(m_prepared->handle, index, value.data(), value.size(),
                                               lifetime == Lifetime::Copied ? SQLITE_TRANSIENT : SQLITE_STATIC);
    if (code != SQLITE_OK)
        m_bindError = code;
}

void Statement::bindAt(int index, QStringView value) {
    const QByteArray utf8 = value.toUtf8();
    const int code = sqlite3_bind_text64(m_prepared->handle, index, utf8.isEmpty() ? "" : utf8.constData(),
                                         static_cast<sqlite3_uint64>(utf8.size()), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK)
        m_bindError = code;
}

Result<bool> Statement::step() {
    Connection& connection = *m_prepared->connection;
    if (connection.lostTransaction())
        return *connection.lostTransaction();
    if (m_bindError != SQLITE_OK)
        return connection.error(m_bindError, Connection::Message::Generic);

    const int code = sqlite3_step(m_prepared->handle);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(m_prepared->handle);
        return false;
    }
    // Before the reset, which overwrites what the connection remembers of the failure.
    Error error = connection.failed(code, Connection::Message::Generic);
    sqlite3_reset(m_prepared->handle);
    return error;
}

Result<void> Statement::run() {
    for (;;) {
        TRY_ASSIGN(const bool row, step());
        if (!row)
            return {};
    }
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(m_prepared->handle, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(m_prepared->handle, column);
}

QString Statement::text(int column) const {
    const auto* utf8 = reinterpret_cast<const char*>(sqlite3_column_text(m_prepared->handle, column));
    return QString::fromUtf8(utf8, sqlite3_column_bytes(m_prepared->handle, column));
}

ByteView Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(m_prepared->handle, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(m_prepared->handle, column))};
}

QByteArray Statement::bytes(int column) const {
    return toByteArray(blob(column));
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(m_prepared->handle, column) == SQLITE_NULL;
}

} // namespace kith::sqlite
