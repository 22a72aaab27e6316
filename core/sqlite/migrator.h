// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/database.h"

namespace kith::sqlite {

/// What a kind of file contains: numbered forward steps NNNN_name.sql (0001, 0002, ... without gaps) in a resource
/// folder such as ":/sql/profile", and the number that marks the file as one of this kind.
struct Schema {
    QString folder;
    std::int32_t applicationId; ///< four ASCII letters; never 0
};

/// Brings an empty or older file to the newest step. Each step is one transaction that also sets `user_version` and
/// `application_id`, so a crash leaves the file between two steps and the next start goes on there.
/// Foreign keys are not enforced inside a step but checked before its commit.
/// Not inside a transaction.
/// Invalid, with the file untouched: another kind of file, or one made by a newer program.
Result<void> migrate(Database& database, const Schema& schema);

/// All CREATE statements, sorted and with normalised white space, without the internal tables of SQLite and FTS5: what
/// a test compares with the committed dump.
Result<QByteArray> schemaDump(Database& database);

} // namespace kith::sqlite
