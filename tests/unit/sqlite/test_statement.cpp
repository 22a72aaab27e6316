// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "tests/unit/sqlite/sqlite_fixture.h"

#include "core/sqlite/transaction.h"

#include <QTest>

#include <cstdlib>
#include <limits>

using namespace kith;
using namespace kith::sqlite;
using kith::test::SqliteFixture;

/// Allocations of everything linked into this executable, SQLite included (linked with --wrap).
static std::size_t g_allocations = 0;

extern "C" {
void* __real_malloc(std::size_t size);
void* __real_realloc(void* data, std::size_t size);
void* __wrap_malloc(std::size_t size) {
    ++g_allocations;
    return __real_malloc(size);
}
void* __wrap_realloc(void* data, std::size_t size) {
    ++g_allocations;
    return __real_realloc(data, size);
}
}

class StatementTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void valuesComeBackAsBound() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        auto q = database->prepare("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?");
        VERIFY_OK(q);
        const QString text = QStringLiteral("Grüße \U0001F600 with \0 inside");
        const AccountId id = SystemRandom().id<AccountId>();
        const QByteArray bytes = SystemRandom().bytes(1000);
        q->bind(std::numeric_limits<std::int64_t>::min(), 0.25, text, id, bytes, view(bytes), nullptr,
                std::optional<int>(), std::optional(QStringLiteral("set")), DeviceId(4'000'000'000));
        const auto row = q->step();
        VERIFY_OK(row);
        QVERIFY(*row);
        QCOMPARE(q->integer(0), std::numeric_limits<std::int64_t>::min());
        QCOMPARE(q->real(1), 0.25);
        QCOMPARE(q->text(2), text);
        QCOMPARE(q->id<AccountId>(3), std::optional(id));
        QVERIFY(!q->id<MessageId>(3));
        QCOMPARE(q->bytes(4), bytes);
        QCOMPARE(toByteArray(q->blob(5)), bytes);
        QVERIFY(q->isNull(6));
        QVERIFY(!q->id<AccountId>(6));
        QVERIFY(q->isNull(7));
        QCOMPARE(q->text(8), QStringLiteral("set"));
        QCOMPARE(q->integer(9), 4'000'000'000);
    }

    void emptyIsNotNull() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        auto q = database->prepare("SELECT typeof(?), typeof(?), typeof(?), typeof(?)");
        VERIFY_OK(q);
        VERIFY_OK(q->bind(QByteArray(), ByteView(), QString(), std::optional<QByteArray>()).step());
        QCOMPARE(q->text(0), QStringLiteral("blob"));
        QCOMPARE(q->text(1), QStringLiteral("blob"));
        QCOMPARE(q->text(2), QStringLiteral("text"));
        QCOMPARE(q->text(3), QStringLiteral("null"));
    }

    void temporariesAreCopied() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        auto q = database->prepare("SELECT ?, ?, ?");
        VERIFY_OK(q);
        q->bind(QByteArray(100, 'x'), AccountId::checked(QByteArray(20, 'y')), std::optional(QByteArray(50, 'z')));
        const QByteArray other(100, '-'); // takes the place of the freed temporary
        VERIFY_OK(q->step());
        QCOMPARE(q->bytes(0), QByteArray(100, 'x'));
        QCOMPARE(q->bytes(1), QByteArray(20, 'y'));
        QCOMPARE(q->bytes(2), QByteArray(50, 'z'));
    }

    void returnedStatementForgetsItsValues() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        const auto ask = [&]() -> Result<Statement> { return database->prepare("SELECT ?"); };
        {
            auto q = ask();
            VERIFY_OK(q);
            VERIFY_OK(q->bind(1).step());
        }
        auto q = ask();
        VERIFY_OK(q);
        VERIFY_OK(q->step());
        QVERIFY(q->isNull(0));
    }

    void returnedStatementEndsItsSnapshot() {
        const SqliteFixture fixture;
        auto writer = fixture.openWithItems();
        auto reader = fixture.open(Access::ReadOnly);
        VERIFY_OK(writer);
        VERIFY_OK(reader);
        for (int i = 0; i < 3; ++i)
            VERIFY_OK(writer->run("INSERT INTO item(body) VALUES(?)", QByteArray::number(i)));
        {
            auto q = reader->prepare("SELECT id FROM item");
            VERIFY_OK(q);
            VERIFY_OK(q->step());
        }
        VERIFY_OK(writer->checkpoint()); // Unavailable while a reader holds a snapshot
    }

    void sameTextTwiceAtOnceGivesTwoStatements() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        const auto ask = [&]() -> Result<Statement> { return database->prepare("SELECT ?"); };
        auto outer = ask();
        VERIFY_OK(outer);
        VERIFY_OK(outer->bind(1).step());
        for (int i = 0; i < 2; ++i) {
            auto inner = ask();
            VERIFY_OK(inner);
            VERIFY_OK(inner->bind(2).step());
            QCOMPARE(inner->integer(0), 2);
        }
        QCOMPARE(outer->integer(0), 1);
    }

    void loopDoesNotAllocate() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("CREATE TABLE session(id BLOB PRIMARY KEY, n INTEGER, record BLOB) STRICT"));
        const AccountId id = SystemRandom().id<AccountId>();
        const QByteArray record(600, 'r');
        auto transaction = Transaction::begin(*database);
        VERIFY_OK(transaction);
        VERIFY_OK(database->run("INSERT INTO session VALUES(?, 0, ?)", id, record));
        const auto turn = [&](std::int64_t n) -> Result<std::int64_t> {
            TRY(database->run("UPDATE session SET n = ?, record = ? WHERE id = ?", n, record, id));
            return database->integer("SELECT n FROM session WHERE id = ?", id);
        };
        VERIFY_OK(turn(0));
        const std::size_t before = g_allocations;
        QVERIFY(before > 0); // SQLite's allocations are counted
        for (std::int64_t n = 1; n <= 100; ++n)
            QCOMPARE(turn(n).value_or(-1), n);
        QCOMPARE(g_allocations - before, std::size_t(0));
        VERIFY_OK(transaction->commit());
    }

    void boundStatementCanBeStepedAgain() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        auto q = database->prepare("INSERT INTO item(body) VALUES(?) RETURNING id");
        VERIFY_OK(q);
        for (int i = 1; i <= 3; ++i) {
            const QByteArray body = QByteArray::number(i);
            VERIFY_OK(q->bind(body).step());
            QCOMPARE(q->integer(0), i);
            QCOMPARE(database->lastInsertRowId(), i);
        }
        VERIFY_OK(database->run("DELETE FROM item"));
        QCOMPARE(database->changes(), 3);
    }

    void constraintsHaveTheirCodes() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->exec(
            "CREATE TABLE part(item INTEGER NOT NULL REFERENCES item, size INTEGER CHECK(size > 0)) STRICT"));
        const QByteArray body("same");
        VERIFY_OK(database->run("INSERT INTO item(id, body) VALUES(?, ?)", 1, body));
        VERIFY_CODE(database->run("INSERT INTO item(id, body) VALUES(?, ?)", 2, body), Code::Duplicate);
        VERIFY_CODE(database->run("INSERT INTO item(id, body) VALUES(?, ?)", 1, nullptr), Code::Duplicate);
        VERIFY_CODE(database->run("INSERT INTO part VALUES(?, ?)", 1, 0), Code::Invalid);
        VERIFY_CODE(database->run("INSERT INTO part VALUES(?, ?)", 7, 1), Code::Invalid);
        VERIFY_CODE(database->run("INSERT INTO part VALUES(?, ?)", nullptr, 1), Code::Invalid);
        VERIFY_CODE(database->run("INSERT INTO part VALUES(?, ?)", QStringLiteral("text"), 1), Code::Invalid);
    }

    void errorsDoNotQuoteValues() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("CREATE VIRTUAL TABLE words USING fts5(text)"));
        const auto found =
            database->integer("SELECT rowid FROM words WHERE words MATCH ?", QStringLiteral("secret^\"word"));
        VERIFY_CODE(found, Code::Internal);
        QVERIFY2(!found.error().detail.contains(QStringLiteral("secret")), qPrintable(found.error().detail));
        VERIFY_CODE(database->run("SELECT * FROM nothing"), Code::Internal);
    }

    void missingRowIsNotFound() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_CODE(database->integer("SELECT id FROM item WHERE id = ?", 5), Code::NotFound);
    }
};

KITH_TEST(StatementTest)
#include "test_statement.moc"
