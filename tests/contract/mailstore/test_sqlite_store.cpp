// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/contract/mailstore/store_fixture.h"
#include "tests/support/schema_dump.h"

#include <QFile>

using namespace kith;
using namespace kith::test;

/// What only the store on disk can get wrong.
class TestSqliteStore : public QObject {
    Q_OBJECT

    static Result<std::unique_ptr<SqliteMailStore>> openExisting(const StoreFixture& t, const SecretBytes& key) {
        return SqliteMailStore::open(t.folder() + QStringLiteral("/relay.db"), key, SqliteMailStore::Mode::Existing,
                                     t.clock, {});
    }

private Q_SLOTS:
    void theCommittedSchemaIsTheOneInUse() {
        StoreFixture t(StoreKind::Sqlite);
        sqlite::Options options;
        options.incrementalVacuum = true;
        auto database = sqlite::Database::open(t.folder() + QStringLiteral("/relay.db"), t.key(),
                                               sqlite::Access::ReadWrite, options);
        VERIFY_OK(database);
        VERIFY_OK(checkSchemaDump(*database, QStringLiteral(KITH_SOURCE_DIR "/resources/sql/relay/schema.sql")));
    }
    void anotherKeyIsDeniedAndChangesNothing() {
        StoreFixture t(StoreKind::Sqlite);
        const TestAccount owner = t.member();
        VERIFY_CODE(openExisting(t, t.random.secret(32)), Code::Denied);
        t.reopen();
        QCOMPARE(t.login(owner).answer.code, WireCode::None);
    }
    void aMissingStoreIsNotMade() {
        StoreFixture t(StoreKind::Sqlite);
        QVERIFY(!SqliteMailStore::open(t.folder() + QStringLiteral("/other.db"), t.key(),
                                       SqliteMailStore::Mode::Existing, t.clock, {}));
        QVERIFY(!QFile::exists(t.folder() + QStringLiteral("/other.db")));
    }
    void aForeignDatabaseIsInvalid() {
        StoreFixture t(StoreKind::Sqlite);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("relay.db"));
        {
            auto other = sqlite::Database::open(path, t.key(), sqlite::Access::ReadWriteCreate);
            VERIFY_OK(other->exec("CREATE TABLE something(x); PRAGMA application_id=7"));
        }
        VERIFY_CODE(t.open(folder.path()), Code::Invalid);
        {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray(9000, 'x'));
        }
        VERIFY_CODE(t.open(folder.path()), Code::Denied);
    }
    void aDamagedPageIsFoundAndReported() {
        StoreFixture t(StoreKind::Sqlite);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        for (int i = 0; i < 40; ++i)
            t.run(t.send(drop, {owner.device()}, std::string(3000, 'b')));
        const MailboxId mailbox = t.login(owner).mailbox;
        t.reopen();
        QFile file(t.folder() + QStringLiteral("/relay.db"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        for (qint64 page = 60; page < file.size() / 4096; ++page) {
            file.seek(page * 4096 + 1000);
            file.write("damage");
        }
        file.close();
        Operation operation;
        operation.body = FetchItems{mailbox, 0, 100'000, 1ULL << 40U, {}};
        VERIFY_CODE(t.store().execute({&operation, 1}), Code::Corrupt);
    }
    void nothingReadableIsOnTheDisk() {
        StoreFixture t(StoreKind::Sqlite);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        t.run(t.send(drop, {owner.device()}, "canary-of-a-body"));
        for (const char* name : {"/relay.db", "/relay.db-wal"}) {
            QFile file(t.folder() + QLatin1String(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray content = file.readAll();
            QVERIFY(!content.contains("canary-of-a-body"));
            QVERIFY(!content.contains(drop.id.bytes()));
            QVERIFY(!content.contains("SQLite format"));
        }
    }
    void whenTheStoreCannotGrowABatchFailsAsAWholeAndAcksMakeRoom() {
        StoreFixture t(StoreKind::Sqlite);
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        t.pagesMax = 120;
        t.reopen();
        std::uint32_t stored = 0;
        EnqueueItems last;
        WireCode code = WireCode::None;
        while (code == WireCode::None && stored < 1000) {
            last = t.send(drop, {owner.device()}, std::string(4000, 'b'));
            code = t.run(last).answer.code;
            stored += code == WireCode::None ? 1 : 0;
        }
        QCOMPARE(code, WireCode::RetryLater);
        QVERIFY(!t.store().hasRoom());
        const auto session = t.login(owner);
        QCOMPARE(session.items, stored);
        t.run(t.ack(session, session.headSeq));
        QCOMPARE(t.login(owner).items, 0U);
        QCOMPARE(t.run(last).answer.code, WireCode::None); // the very send that was refused
        QVERIFY(!t.run(t.send(drop, {owner.device()})).isDuplicate);
    }
    void theReserveIsGivenUpOnAFullDiskAndLaidDownAgain() {
        StoreFixture t(StoreKind::Sqlite);
        const QString reserve = t.folder() + QStringLiteral("/reserve");
        const TestAccount owner = t.member();
        const TestDrop drop = t.drop(owner);
        QCOMPARE(QFileInfo(reserve).size(), 64 * 1024);
        t.pagesMax = 90;
        t.reopen();
        while (t.run(t.send(drop, {owner.device()}, std::string(4000, 'b'))).answer.code == WireCode::None) {
        }
        QVERIFY(!QFile::exists(reserve));
        t.freeBytes = 32LL * 1024 * 1024; // not enough for the reserve and the log
        const auto session = t.login(owner);
        t.run(t.ack(session, session.headSeq));
        QCOMPARE(t.run(t.send(drop, {owner.device()})).answer.code, WireCode::RetryLater);
        QVERIFY(!QFile::exists(reserve));
        t.freeBytes = 1LL << 40;
        QCOMPARE(t.run(t.send(drop, {owner.device()})).answer.code, WireCode::None);
        QCOMPARE(QFileInfo(reserve).size(), 64 * 1024);
    }
    void countersEqualTheRows() {
        StoreFixture t(StoreKind::Sqlite);
        const TestAccount owner = t.member(2);
        const std::vector<TestDrop> drops{t.drop(owner), t.drop(owner)};
        for (int i = 0; i < 30; ++i)
            t.run(t.send(drops[t.random.below(2)], {owner.device(0), owner.device(1)},
                         toString(t.random.bytes(1 + t.random.below(90)))));
        const auto session = t.login(owner);
        t.run(t.ack(session, t.all(session.mailbox)[11].seq));
        auto database =
            sqlite::Database::open(t.folder() + QStringLiteral("/relay.db"), t.key(), sqlite::Access::ReadOnly);
        VERIFY_OK(database);
        QCOMPARE(database
                     ->integer("SELECT count(*) FROM device WHERE items<>(SELECT count(*) FROM msg WHERE "
                               "msg.mailbox=device.mailbox) OR bytes<>(SELECT coalesce(sum(length(body)), 0) FROM "
                               "msg WHERE msg.mailbox=device.mailbox)")
                     .value(),
                 0);
        QCOMPARE(database
                     ->integer("SELECT count(*) FROM (SELECT mailbox, drop_id, count(*) AS n, sum(size) AS b FROM "
                               "msg GROUP BY mailbox, drop_id) AS held FULL JOIN share ON share.mailbox="
                               "held.mailbox AND share.drop_id=held.drop_id WHERE n IS NOT items OR b IS NOT bytes")
                     .value(),
                 0);
        QCOMPARE(database->integer("SELECT count(*) FROM share").value(), 4);
    }
};

KITH_TEST(TestSqliteStore)
#include "test_sqlite_store.moc"
