// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "tests/unit/sqlite/sqlite_fixture.h"

#include <QLibrary>
#include <QTest>

using namespace kith;
using kith::test::SqliteFixture;

/// This executable exports its symbols (-rdynamic), as a program must whose plug-ins call back into it.
class SymbolsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pluginAndProgramKeepTheirOwnSqlite_data() {
        QTest::addColumn<bool>("global");
        QTest::newRow("loaded privately") << false;
        QTest::newRow("loaded with global symbols") << true;
    }
    void pluginAndProgramKeepTheirOwnSqlite() {
        QFETCH(const bool, global);
        QLibrary plugin(QStringLiteral(KITH_SQLITE_PLUGIN));
        if (global)
            plugin.setLoadHints(QLibrary::ExportExternalSymbolsHint);
        QVERIFY2(plugin.load(), qPrintable(plugin.errorString()));
        const auto version = reinterpret_cast<const char* (*)()>(plugin.resolve("pluginSqliteVersion"));
        const auto encrypts = reinterpret_cast<bool (*)()>(plugin.resolve("pluginSqliteEncrypts"));
        QVERIFY(version != nullptr && encrypts != nullptr);

        QCOMPARE(QString::fromLatin1(version()), QStringLiteral(KITH_SYSTEM_SQLITE_VERSION));
        QVERIFY(!encrypts());

        QCOMPARE(sqlite::sqliteVersion(), QStringLiteral("3.42.0"));
        QVERIFY(sqlite::sqliteVersion() != QString::fromLatin1(version()));
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->run("INSERT INTO item(id) VALUES(1) ON CONFLICT DO NOTHING"));
        VERIFY_OK(database->integrityCheck());
        QVERIFY(!fixture.content().startsWith("SQLite format 3"));
    }
};

KITH_TEST(SymbolsTest)
#include "test_symbols.moc"
