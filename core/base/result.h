// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/error.h"

#include <utility>
#include <variant>

namespace kith {

/// A value or an Error. Member names follow std::expected, which GCC 12 in C++20 does not have.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) // NOLINT(google-explicit-constructor): returning a value is the point
        : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) // NOLINT(google-explicit-constructor)
        : m_state(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& value() & {
        INVARIANT(has_value());
        return *std::get_if<0>(&m_state);
    }
    const T& value() const& {
        INVARIANT(has_value());
        return *std::get_if<0>(&m_state);
    }
    /// By value: a reference into a temporary would dangle in `for (auto& x : *f())`.
    T value() && {
        INVARIANT(has_value());
        return std::move(*std::get_if<0>(&m_state));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T value_or(T fallback) const& { return has_value() ? value() : std::move(fallback); }
    const Error& error() const {
        INVARIANT(!has_value());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) // NOLINT(google-explicit-constructor)
        : m_error(std::move(error))
        , m_ok(false) {}

    bool has_value() const { return m_ok; }
    explicit operator bool() const { return m_ok; }
    const Error& error() const {
        INVARIANT(!m_ok);
        return m_error;
    }

private:
    Error m_error;
    bool m_ok = true;
};

/// Shorthand for the failing return: `return fail(Code::Invalid, QStringLiteral("..."))`.
inline Error fail(Code code, QString detail, Cause cause = Cause::None) {
    return Error{code, std::move(detail), cause};
}

} // namespace kith

#define KITH_CONCAT_INNER(a, b) a##b
#define KITH_CONCAT(a, b) KITH_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, if it has one. A statement.
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        if (auto tryResult = (expression); !tryResult) [[unlikely]]                                                    \
            return tryResult.error();                                                                                  \
    } while (false)

/// TRY_ASSIGN(auto x, f()): declares or assigns x from the value, or returns the error. A statement.
#define TRY_ASSIGN(target, expression)                                                                                 \
    auto KITH_CONCAT(tryResult, __LINE__) = (expression);                                                              \
    if (!KITH_CONCAT(tryResult, __LINE__)) [[unlikely]]                                                                \
        return KITH_CONCAT(tryResult, __LINE__).error();                                                               \
    target = std::move(KITH_CONCAT(tryResult, __LINE__)).value()
