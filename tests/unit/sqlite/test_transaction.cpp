// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "tests/unit/sqlite/sqlite_fixture.h"

#include "core/sqlite/transaction.h"

#include <QTest>

using namespace kith;
using namespace kith::sqlite;
using kith::test::SqliteFixture;

namespace {
Result<void> insert(Database& database, std::int64_t id) {
    return database.run("INSERT INTO item(id) VALUES(?)", id);
}
} // namespace

class TransactionTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void commitKeepsAndScopeExitRollsBack() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        {
            auto transaction = Transaction::begin(*database);
            VERIFY_OK(transaction);
            QVERIFY(database->isInTransaction());
            VERIFY_OK(insert(*database, 1));
        }
        QVERIFY(!database->isInTransaction());
        QCOMPARE(test::itemCount(*database).value_or(-1), 0);
        {
            auto transaction = Transaction::begin(*database);
            VERIFY_OK(transaction);
            VERIFY_OK(insert(*database, 1));
            VERIFY_OK(transaction->commit());
        }
        auto reader = fixture.open(Access::ReadOnly);
        VERIFY_OK(reader);
        QCOMPARE(test::itemCount(*reader).value_or(-1), 1);
    }

    void savepointsNest() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        auto transaction = Transaction::begin(*database);
        VERIFY_OK(transaction);
        {
            auto outer = Savepoint::begin(*database);
            VERIFY_OK(outer);
            VERIFY_OK(insert(*database, 1));
            {
                auto inner = Savepoint::begin(*database);
                VERIFY_OK(inner);
                VERIFY_OK(insert(*database, 2));
            }
            {
                auto inner = Savepoint::begin(*database);
                VERIFY_OK(inner);
                VERIFY_OK(insert(*database, 3));
                VERIFY_OK(inner->release());
            }
            VERIFY_OK(outer->release());
        }
        {
            auto undone = Savepoint::begin(*database);
            VERIFY_OK(undone);
            auto inner = Savepoint::begin(*database);
            VERIFY_OK(inner);
            VERIFY_OK(insert(*database, 4));
            VERIFY_OK(inner->release());
        }
        VERIFY_OK(transaction->commit());
        QCOMPARE(database->integer("SELECT group_concat(id, '') FROM item ORDER BY id").value_or(-1), 13);
    }

    void savepointNeedsATransaction() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_CODE(Savepoint::begin(*database), Code::Internal);
        QVERIFY(!database->isInTransaction());
    }

    void transactionsDoNotNest() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        auto first = Transaction::begin(*database);
        VERIFY_OK(first);
        VERIFY_CODE(Transaction::begin(*database), Code::Internal);
        VERIFY_OK(insert(*database, 1));
        VERIFY_OK(first->commit());
        QCOMPARE(test::itemCount(*database).value_or(-1), 1);
    }

    void databaseMayMoveWhileATransactionIsOpen() {
        const SqliteFixture fixture;
        auto opened = fixture.openWithItems();
        VERIFY_OK(opened);
        auto transaction = Transaction::begin(*opened);
        VERIFY_OK(transaction);
        Database database = std::move(opened).value();
        VERIFY_OK(insert(database, 1));
        VERIFY_OK(transaction->commit());
        QCOMPARE(test::itemCount(database).value_or(-1), 1);
    }

    void fullDiskNeverCommitsAHalf() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("PRAGMA max_page_count=10"));
        {
            auto transaction = Transaction::begin(*database);
            VERIFY_OK(transaction);
            auto savepoint = Savepoint::begin(*database);
            VERIFY_OK(savepoint);
            VERIFY_OK(insert(*database, 1));
            VERIFY_CODE(database->run("INSERT INTO item(body) VALUES(zeroblob(100000))"), Code::Full);
            QVERIFY(!database->isInTransaction()); // SQLite has rolled back; on its own the next row would be durable
            VERIFY_CODE(insert(*database, 2), Code::Full);
            VERIFY_CODE(database->exec("INSERT INTO item(id) VALUES(3)"), Code::Full);
            VERIFY_CODE(Savepoint::begin(*database), Code::Full);
            VERIFY_CODE(savepoint->release(), Code::Full);
            VERIFY_CODE(database->integer("SELECT count(*) FROM item"), Code::Full);
        }
        QCOMPARE(test::itemCount(*database).value_or(-1), 0);
        auto transaction = Transaction::begin(*database);
        VERIFY_OK(transaction);
        VERIFY_OK(insert(*database, 4));
        VERIFY_OK(transaction->commit());
        QCOMPARE(test::itemCount(*database).value_or(-1), 1);
    }

    void commitFailsWithTheCauseOfTheRollback() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("PRAGMA max_page_count=10"));
        auto transaction = Transaction::begin(*database);
        VERIFY_OK(transaction);
        VERIFY_CODE(database->run("INSERT INTO item(body) VALUES(zeroblob(100000))"), Code::Full);
        VERIFY_CODE(transaction->commit(), Code::Full);
    }

    void failedCommitLeavesNothing() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("CREATE TABLE part(item INTEGER REFERENCES item DEFERRABLE INITIALLY DEFERRED)"));
        {
            auto transaction = Transaction::begin(*database);
            VERIFY_OK(transaction);
            VERIFY_OK(database->run("INSERT INTO part VALUES(?)", 99));
            VERIFY_CODE(transaction->commit(), Code::Invalid);
        }
        QVERIFY(!database->isInTransaction());
        QCOMPARE(database->integer("SELECT count(*) FROM part").value_or(-1), 0);
    }
};

KITH_TEST(TransactionTest)
#include "test_transaction.moc"
