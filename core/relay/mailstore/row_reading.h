// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/statement.h"

#include <vector>

namespace kith::relay {

template <typename Number>
Number column(const sqlite::Statement& row, int index) {
    return static_cast<Number>(row.integer(index));
}

/// `read(statement)` for each row.
template <typename Read>
auto readAll(sqlite::Statement& statement, Read read) -> Result<std::vector<decltype(read(statement))>> {
    std::vector<decltype(read(statement))> out;
    for (;;) {
        TRY_ASSIGN(const bool found, statement.step());
        if (!found)
            return out;
        out.push_back(read(statement));
    }
}

/// The same for the first row.
template <typename Read>
auto readOne(sqlite::Statement& statement, Read read) -> Result<std::optional<decltype(read(statement))>> {
    TRY_ASSIGN(const bool found, statement.step());
    return found ? std::optional(read(statement)) : std::nullopt;
}

} // namespace kith::relay
