// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/migrator.h"

#include "core/sqlite/transaction.h"

#include <QDir>
#include <QFile>

namespace kith::sqlite {
namespace {

/// The steps in order; their numbers must be 1, 2, 3 ...
Result<QStringList> stepFiles(const QString& folder) {
    const QDir dir(folder);
    const QStringList names = dir.entryList({QStringLiteral("[0-9][0-9][0-9][0-9]_*.sql")}, QDir::Files, QDir::Name);
    QStringList paths;
    for (const QString& name : names) {
        if (name.first(4).toInt() != paths.size() + 1)
            return fail(Code::Internal, QStringLiteral("schema step %1 is out of order").arg(name));
        paths.append(dir.filePath(name));
    }
    if (paths.isEmpty())
        return fail(Code::Internal, QStringLiteral("no schema steps in %1").arg(folder));
    return paths;
}

Result<void> checkKind(Database& database, const Schema& schema) {
    TRY_ASSIGN(const std::int64_t kind, database.integer("PRAGMA application_id"));
    if (kind == schema.applicationId)
        return {};
    TRY_ASSIGN(const std::int64_t objects, database.integer("SELECT count(*) FROM sqlite_schema"));
    if (kind == 0 && objects == 0)
        return {};
    return fail(Code::Invalid, QStringLiteral("this file is a database of another kind"));
}

Result<void> runStep(Database& database, const Schema& schema, const QString& path, qsizetype number) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(Code::Internal, QStringLiteral("cannot read the schema step %1").arg(path));
    TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
    TRY(database.exec(file.readAll()));
    INVARIANT(database.isInTransaction());
    TRY_ASSIGN(Statement orphans, database.prepare("PRAGMA foreign_key_check"));
    TRY_ASSIGN(const bool orphaned, orphans.step());
    if (orphaned)
        return fail(Code::Corrupt, QStringLiteral("schema step %1 leaves rows without their parent").arg(number));
    TRY(database.exec("PRAGMA application_id=" + QByteArray::number(schema.applicationId) +
                      "; PRAGMA user_version=" + QByteArray::number(number)));
    return transaction.commit();
}

Result<void> runSteps(Database& database, const Schema& schema, const QStringList& steps, std::int64_t version) {
    for (qsizetype number = version + 1; number <= steps.size(); ++number)
        TRY(runStep(database, schema, steps[number - 1], number));
    return {};
}

/// One space for each run of white space, except inside quotes; no comments.
QByteArray normalised(const QByteArray& sql) {
    QByteArray out;
    for (qsizetype i = 0; i < sql.size(); ++i) {
        const char c = sql[i];
        if (c == '\'' || c == '"' || c == '`') {
            const qsizetype end = sql.indexOf(c, i + 1);
            out += sql.mid(i, end - i + 1);
            i = end;
        } else if (sql.mid(i, 2) == "--") {
            i = sql.indexOf('\n', i) - 1;
            if (i < 0)
                break;
        } else if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            out += c;
        } else if (!out.endsWith(' ')) {
            out += ' ';
        }
    }
    return out.trimmed();
}

} // namespace

Result<void> migrate(Database& database, const Schema& schema) {
    INVARIANT(schema.applicationId != 0);
    TRY_ASSIGN(const QStringList steps, stepFiles(schema.folder));
    TRY(checkKind(database, schema));
    TRY_ASSIGN(const std::int64_t version, database.integer("PRAGMA user_version"));
    if (version > steps.size())
        return fail(Code::Invalid, QStringLiteral("this file was made by a newer program (its schema is %1, this "
                                                  "program knows up to %2): update the program")
                                       .arg(version)
                                       .arg(steps.size()));
    if (version == steps.size())
        return {};
    // A step that rebuilds a table drops the old one, which would delete its children in a cascade.
    TRY(database.exec("PRAGMA foreign_keys=OFF"));
    const auto stepped = runSteps(database, schema, steps, version);
    TRY(database.exec("PRAGMA foreign_keys=ON"));
    return stepped;
}

Result<QByteArray> schemaDump(Database& database) {
    TRY_ASSIGN(Statement objects,
               database.prepare(
                   "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                   "AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')"));
    QByteArrayList statements;
    for (;;) {
        TRY_ASSIGN(const bool row, objects.step());
        if (!row)
            break;
        statements.append(normalised(objects.bytes(0)) + ";\n");
    }
    std::sort(statements.begin(), statements.end());
    return statements.join();
}

} // namespace kith::sqlite
