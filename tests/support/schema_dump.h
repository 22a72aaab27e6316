// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/migrator.h"

#include <QFile>

namespace kith::test {

/// Compares the schema of `database` with the committed dump, a path from the root of the source tree such as
/// "resources/sql/profile/schema.sql". With KITH_UPDATE_DUMPS=1 in the environment it writes the dump instead.
inline Result<void> checkSchemaDump(sqlite::Database& database, const QString& dump) {
    TRY_ASSIGN(const QByteArray actual, sqlite::schemaDump(database));
    QFile file(dump);
    if (qEnvironmentVariableIntValue("KITH_UPDATE_DUMPS") == 1) {
        if (!file.open(QIODevice::WriteOnly) || file.write(actual) != actual.size())
            return fail(Code::Internal, QStringLiteral("cannot write %1").arg(dump));
        return {};
    }
    if (!file.open(QIODevice::ReadOnly))
        return fail(Code::NotFound, QStringLiteral("cannot read %1").arg(dump));
    if (file.readAll() != actual)
        return fail(Code::Invalid,
                    QStringLiteral("%1 is out of date; the schema is now:\n%2").arg(dump, QString::fromUtf8(actual)));
    return {};
}

} // namespace kith::test
