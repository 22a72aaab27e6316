// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/sqlite/database.h"
#include "tests/support/fakes.h"

#include <QFile>
#include <QTemporaryDir>

namespace kith::test {

/// A scratch folder with one database file and its key.
class SqliteFixture {
public:
    QString path() const { return m_folder.filePath(QStringLiteral("test.db")); }
    QString folder() const { return m_folder.path(); }
    const SecretBytes& key() const { return m_key; }

    Result<sqlite::Database> open(sqlite::Access access = sqlite::Access::ReadWriteCreate,
                                  const sqlite::Options& options = {}) const {
        return sqlite::Database::open(path(), m_key, access, options);
    }
    /// Opened, with `CREATE TABLE item(id INTEGER PRIMARY KEY, body BLOB UNIQUE) STRICT`.
    Result<sqlite::Database> openWithItems(const sqlite::Options& options = {}) const {
        TRY_ASSIGN(auto database, open(sqlite::Access::ReadWriteCreate, options));
        TRY(database.exec("CREATE TABLE item(id INTEGER PRIMARY KEY, body BLOB UNIQUE) STRICT"));
        return database;
    }
    QByteArray content(const QString& suffix = {}) const {
        QFile file(path() + suffix);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void overwrite(const QByteArray& content) const {
        QFile file(path());
        if (file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            file.write(content);
    }

private:
    QTemporaryDir m_folder;
    SecretBytes m_key = SystemRandom().secret(32);
};

inline Result<std::int64_t> itemCount(sqlite::Database& database) {
    return database.integer("SELECT count(*) FROM item");
}

} // namespace kith::test
