// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <span>

namespace kith::app {

/// One thing that must work before a program may send a single byte.
struct Check {
    const char* name;
    Result<void> (*run)();
};

/// TLS 1.3 of the Qt plug-in, which loads its library at run time and can fail without a word.
Result<void> checkTls();
/// An encrypted database in a scratch folder: written, closed, read, and refused under another key.
Result<void> checkDatabase();

/// --self-check: runs all, prints a line for each, returns the exit status: 0 when all of them work.
int selfCheck(std::span<const Check> checks);
/// At every start: only what is quick, silently. The first failure.
Result<void> checkQuickly(std::span<const Check> checks);

} // namespace kith::app
