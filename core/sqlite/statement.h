// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/result.h"

#include <concepts>
#include <string_view>
#include <type_traits>

namespace kith::sqlite {

class Connection;
struct PreparedStatement;

/// SQL that is part of the program: only a constant converts to it, so no input can ever become SQL.
class Sql {
public:
    consteval Sql(const char* text) // NOLINT(google-explicit-constructor): prepare("SELECT ...") is the point
        : m_text(text) {}
    std::string_view text() const { return m_text; }

private:
    std::string_view m_text;
};

/// Integers that SQLite can hold: everything but unsigned 64 bit, whose upper half would turn negative.
template <typename T>
concept StorableInteger = std::integral<T> &&(std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t));

/// A statement borrowed from its connection's cache: bind, step, read columns, step again. When it is destroyed it is
/// reset (which ends its read snapshot), its bindings are cleared and the cache has it back; it must not outlive its
/// Database. Thread: the connection's.
/// bind() borrows lvalues and every ByteView without copying: they stay unchanged until the next bind() or the end of
/// the statement. Temporaries (other than views) and text are copied.
/// step() fails with Duplicate (uniqueness), Invalid (another constraint), Unavailable (locked), Full, Corrupt.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Starts over with one value for each `?`, in order. A value that does not fit is reported by step().
    /// Takes integers, enums, bool, double, text (QString), bytes (QByteArray, ByteView), ids, nullptr, and
    /// std::optional of those. A null QString or QByteArray is an empty value, not NULL.
    template <typename... Values>
    Statement& bind(Values&&... values) {
        startBinding(sizeof...(Values));
        [[maybe_unused]] int index = 0;
        (bindAt(++index, std::forward<Values>(values)), ...);
        return *this;
    }

    /// True when there is a row to read, false when the statement is done (it is reset then).
    Result<bool> step();
    /// Steps until done.
    Result<void> run();

    /// Columns of the current row, from 0. SQLite converts where the stored type differs.
    std::int64_t integer(int column) const;
    double real(int column) const;
    QString text(int column) const;
    /// Valid until the next step() or bind().
    ByteView blob(int column) const;
    QByteArray bytes(int column) const;
    bool isNull(int column) const;
    /// Nothing when the column is NULL or has another length.
    template <typename Id>
    std::optional<Id> id(int column) const {
        return Id::from(blob(column));
    }

private:
    friend class Connection;
    enum class Lifetime { Borrowed, Copied };

    explicit Statement(PreparedStatement& prepared);

    void startBinding(std::size_t count);
    void bindNull(int index);
    void bindInteger(int index, std::int64_t value);
    void bindReal(int index, double value);
    void bindBlob(int index, ByteView value, Lifetime lifetime);
    void bindAt(int index, QStringView value);

    void bindAt(int index, std::nullptr_t) { bindNull(index); }
    template <StorableInteger T>
    void bindAt(int index, T value) {
        bindInteger(index, static_cast<std::int64_t>(value));
    }
    template <typename T>
    requires std::is_enum_v<T>
    void bindAt(int index, T value) { bindAt(index, static_cast<std::underlying_type_t<T>>(value)); }
    template <std::floating_point T>
    void bindAt(int index, T value) {
        bindReal(index, value);
    }
    void bindAt(int index, ByteView value) { bindBlob(index, value, Lifetime::Borrowed); }
    void bindAt(int index, const QByteArray& value) { bindBlob(index, kith::view(value), Lifetime::Borrowed); }
    void bindAt(int index, QByteArray&& value) { bindBlob(index, kith::view(value), Lifetime::Copied); }
    template <typename Tag, std::size_t N>
    void bindAt(int index, const FixedId<Tag, N>& value) {
        bindBlob(index, value.view(), Lifetime::Borrowed);
    }
    template <typename Tag, std::size_t N>
    void bindAt(int index, FixedId<Tag, N>&& value) {
        bindBlob(index, value.view(), Lifetime::Copied);
    }
    template <typename T>
    void bindAt(int index, const std::optional<T>& value) {
        if (value)
            bindAt(index, *value);
        else
            bindNull(index);
    }
    template <typename T>
    void bindAt(int index, std::optional<T>&& value) {
        if (value)
            bindAt(index, *std::move(value));
        else
            bindNull(index);
    }

    void giveBack();

    PreparedStatement* m_prepared = nullptr;
    int m_bindError = 0;
};

} // namespace kith::sqlite
