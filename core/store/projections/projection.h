// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"

namespace kith::store {

/// A table that the event log alone makes: how it is emptied, and all of it as text, row by row in its order.
struct ProjectedTable {
    sqlite::Sql clear;
    sqlite::Sql rows;
};

} // namespace kith::store
