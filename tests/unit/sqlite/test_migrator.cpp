// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/schema_dump.h"
#include "tests/support/test_main.h"
#include "tests/unit/sqlite/sqlite_fixture.h"

#include "core/sqlite/migrator.h"

#include <QDir>
#include <QTest>

using namespace kith;
using namespace kith::sqlite;
using kith::test::SqliteFixture;

namespace {

constexpr std::int32_t Profile = 0x4b707266;
constexpr std::int32_t Relay = 0x4b726c79;

/// A database and a folder of schema steps beside it.
class Steps {
public:
    explicit Steps(const QStringList& scripts) {
        QDir().mkpath(folder());
        for (int i = 0; i < scripts.size(); ++i)
            write(QStringLiteral("%1_step.sql").arg(i + 1, 4, 10, QLatin1Char('0')), scripts[i]);
    }
    void write(const QString& name, const QString& script) const {
        QFile file(folder() + QLatin1Char('/') + name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(script.toUtf8());
    }
    QString folder() const { return m_fixture.folder() + QStringLiteral("/steps"); }
    Result<Database> open() const { return m_fixture.open(); }
    Result<void> migrate(Database& database, std::int32_t kind = Profile) const {
        return sqlite::migrate(database, {folder(), kind});
    }
    const SqliteFixture& fixture() const { return m_fixture; }

private:
    SqliteFixture m_fixture;
};

const QString First = QStringLiteral("CREATE TABLE parent(id INTEGER PRIMARY KEY, note TEXT); -- a comment\n"
                                     "CREATE TABLE child(parent INTEGER REFERENCES parent ON DELETE CASCADE);\n");
const QString Second = QStringLiteral("ALTER TABLE parent ADD COLUMN size INTEGER NOT NULL DEFAULT 7;");

} // namespace

class MigratorTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void newFileGetsAllSteps() {
        const Steps steps({First, Second});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database));
        QCOMPARE(database->integer("PRAGMA user_version").value_or(-1), 2);
        QCOMPARE(database->integer("PRAGMA application_id").value_or(-1), Profile);
        VERIFY_OK(database->run("INSERT INTO parent(id, size) VALUES(?, ?)", 1, 2));
        VERIFY_OK(steps.migrate(*database)); // nothing left to do
    }

    void olderFileKeepsItsRows() {
        const Steps steps({First});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database));
        VERIFY_OK(database->run("INSERT INTO parent(id) VALUES(?)", 1));
        steps.write(QStringLiteral("0002_size.sql"), Second);
        VERIFY_OK(steps.migrate(*database));
        QCOMPARE(database->integer("SELECT size FROM parent").value_or(-1), 7);
    }

    void failedStepLeavesThePreviousSchema() {
        const Steps steps({First, Second + QStringLiteral("\nCREATE TABLE parent(id);")});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_CODE(steps.migrate(*database), Code::Internal);
        QVERIFY(!database->isInTransaction());
        QCOMPARE(database->integer("PRAGMA user_version").value_or(-1), 1);
        QCOMPARE(database->integer("PRAGMA foreign_keys").value_or(-1), 1);
        VERIFY_CODE(database->run("SELECT size FROM parent"), Code::Internal);
    }

    void rebuiltTableKeepsItsChildren() {
        const Steps steps({First});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database));
        VERIFY_OK(database->exec("INSERT INTO parent(id) VALUES(1); INSERT INTO child VALUES(1)"));
        steps.write(
            QStringLiteral("0002_rebuild.sql"),
            QStringLiteral("CREATE TABLE made(id INTEGER PRIMARY KEY) STRICT; INSERT INTO made SELECT id FROM parent;"
                           "DROP TABLE parent; ALTER TABLE made RENAME TO parent;"));
        VERIFY_OK(steps.migrate(*database));
        QCOMPARE(database->integer("SELECT count(*) FROM child").value_or(-1), 1);
        QCOMPARE(database->integer("PRAGMA foreign_keys").value_or(-1), 1);
    }

    void stepThatOrphansRowsFails() {
        const Steps steps({First});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database));
        VERIFY_OK(database->exec("INSERT INTO parent(id) VALUES(1); INSERT INTO child VALUES(1)"));
        steps.write(QStringLiteral("0002_loss.sql"), QStringLiteral("DELETE FROM parent;"));
        VERIFY_CODE(steps.migrate(*database), Code::Corrupt);
        QCOMPARE(database->integer("SELECT count(*) FROM parent").value_or(-1), 1);
    }

    void newerFileIsInvalidAndUntouched() {
        const Steps steps({First, Second});
        {
            auto database = steps.open();
            VERIFY_OK(database);
            VERIFY_OK(steps.migrate(*database));
            VERIFY_OK(database->checkpoint());
        }
        const QByteArray before = steps.fixture().content();
        QVERIFY(QFile::remove(steps.folder() + QStringLiteral("/0002_step.sql")));
        {
            auto database = steps.open();
            VERIFY_OK(database);
            const auto migrated = steps.migrate(*database);
            VERIFY_CODE(migrated, Code::Invalid);
            QVERIFY(migrated.error().detail.contains(QStringLiteral("update the program")));
        }
        QCOMPARE(steps.fixture().content(), before);
    }

    void otherKindOfFileIsInvalid() {
        const Steps steps({First, Second});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database, Relay));
        VERIFY_CODE(steps.migrate(*database, Profile), Code::Invalid);

        const Steps unmarked({First});
        auto foreign = unmarked.open();
        VERIFY_OK(foreign);
        VERIFY_OK(foreign->exec("CREATE TABLE somebody_elses(a)"));
        VERIFY_CODE(unmarked.migrate(*foreign), Code::Invalid);
        QCOMPARE(foreign->integer("SELECT count(*) FROM sqlite_schema").value_or(-1), 1);
    }

    void gapInTheStepsIsInternal() {
        const Steps steps({First});
        steps.write(QStringLiteral("0003_gap.sql"), Second);
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_CODE(steps.migrate(*database), Code::Internal);
        QCOMPARE(database->integer("SELECT count(*) FROM sqlite_schema").value_or(-1), 0);
    }

    void dumpIsNormalisedAndComparable() {
        const Steps steps({QStringLiteral("CREATE TABLE  b (\n  x TEXT, -- why\n  y TEXT DEFAULT 'two  -- spaces'\n);\n"
                                          "CREATE INDEX b_x ON b(x);CREATE VIRTUAL TABLE words USING fts5(text);"
                                          "CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT);")});
        auto database = steps.open();
        VERIFY_OK(database);
        VERIFY_OK(steps.migrate(*database));
        const auto dump = schemaDump(*database);
        VERIFY_OK(dump);
        QCOMPARE(*dump, QByteArray("CREATE INDEX b_x ON b(x);\n"
                                   "CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT);\n"
                                   "CREATE TABLE b ( x TEXT, y TEXT DEFAULT 'two  -- spaces' );\n"
                                   "CREATE VIRTUAL TABLE words USING fts5(text);\n"));

        const QString committed = steps.folder() + QStringLiteral("/schema.sql");
        steps.write(QStringLiteral("schema.sql"), QString::fromUtf8(*dump));
        VERIFY_OK(test::checkSchemaDump(*database, committed));
        VERIFY_OK(database->exec("CREATE TABLE c(a)"));
        VERIFY_CODE(test::checkSchemaDump(*database, committed), Code::Invalid);
    }
};

KITH_TEST(MigratorTest)
#include "test_migrator.moc"
