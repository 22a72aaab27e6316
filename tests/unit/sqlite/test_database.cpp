// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "tests/unit/sqlite/sqlite_fixture.h"

#include "core/sqlite/transaction.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <unistd.h>

using namespace kith;
using namespace kith::sqlite;
using kith::test::SqliteFixture;

namespace {

constexpr qsizetype PageSize = 4096;

/// A file of some 60 pages, closed, with an empty log.
Result<void> fill(const SqliteFixture& fixture) {
    TRY_ASSIGN(auto database, fixture.openWithItems());
    TRY_ASSIGN(auto transaction, Transaction::begin(database));
    for (int i = 0; i < 200; ++i)
        TRY(database.run("INSERT INTO item(body) VALUES(?)", QByteArray(1000, 'a') + QByteArray::number(i)));
    TRY(transaction.commit());
    return database.checkpoint();
}

double entropyPerByte(const QByteArray& bytes) {
    std::array<double, 256> count{};
    for (const char c : bytes)
        count[static_cast<std::uint8_t>(c)] += 1;
    double entropy = 0;
    for (const double n : count) {
        const double p = n / static_cast<double>(bytes.size());
        entropy -= n > 0 ? p * std::log2(p) : 0;
    }
    return entropy;
}

/// How often `masked ^ 0x5a` stands in this process's writable memory. The needle is never in memory unmasked.
int occurrencesInMemory(const QByteArray& masked) {
    QFile maps(QStringLiteral("/proc/self/maps"));
    QFile memory(QStringLiteral("/proc/self/mem"));
    if (!maps.open(QIODevice::ReadOnly) || !memory.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return -1;
    constexpr qint64 LargestRegion = 32 << 20; // leaves out the shadow memory of sanitizers
    int found = 0;
    for (const QByteArray& line : maps.readAll().split('\n')) {
        const QByteArrayList fields = line.simplified().split(' ');
        if (fields.size() < 2 || !fields[1].startsWith("rw"))
            continue;
        const qsizetype dash = fields[0].indexOf('-');
        const qint64 start = fields[0].first(dash).toLongLong(nullptr, 16);
        const qint64 size = fields[0].mid(dash + 1).toLongLong(nullptr, 16) - start;
        if (size > LargestRegion)
            continue;
        QByteArray region(size, Qt::Uninitialized);
        if (::pread(memory.handle(), region.data(), static_cast<std::size_t>(size), start) != size)
            continue;
        const auto unmaskedEqual = [](char inMemory, char inNeedle) {
            return inMemory == static_cast<char>(inNeedle ^ 0x5a);
        };
        const auto search = [&](QByteArray::const_iterator from) {
            return std::search(from, region.cend(), masked.cbegin(), masked.cend(), unmaskedEqual);
        };
        for (auto at = search(region.cbegin()); at != region.cend(); at = search(at + 1))
            ++found;
        wipe(region); // or the next search finds this copy
    }
    return found;
}

QByteArray masked(ByteView bytes) {
    QByteArray out = toByteArray(bytes);
    for (char& c : out)
        c = static_cast<char>(c ^ 0x5a);
    return out;
}

} // namespace

class DatabaseTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reopensWithTheSameKey() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        auto database = fixture.open(Access::ReadWrite);
        VERIFY_OK(database);
        QCOMPARE(test::itemCount(*database).value_or(-1), 200);
        VERIFY_OK(database->integrityCheck());
    }

    void wrongKeyIsDenied() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        const QByteArray before = fixture.content();
        for (const Access access : {Access::ReadWriteCreate, Access::ReadWrite, Access::ReadOnly})
            VERIFY_CODE(Database::open(fixture.path(), SystemRandom().secret(32), access), Code::Denied);
        QCOMPARE(fixture.content(), before);
    }

    void foreignFileIsDeniedAndUntouched() {
        const SqliteFixture fixture;
        for (const QByteArray& content :
             {QByteArray("SQLite format 3\0", 16) + QByteArray(3 * PageSize, '\0'), QByteArray(3 * PageSize, 'x')}) {
            fixture.overwrite(content);
            VERIFY_CODE(fixture.open(), Code::Denied);
            QCOMPARE(fixture.content(), content);
        }
    }

    void truncatedFileIsCorruptAndUntouched_data() {
        QTest::addColumn<Access>("access");
        QTest::addColumn<qsizetype>("keep");
        QTest::newRow("nothing left") << Access::ReadWrite << qsizetype(0);
        QTest::newRow("nothing left, reader") << Access::ReadOnly << qsizetype(0);
        QTest::newRow("less than a page") << Access::ReadWriteCreate << qsizetype(100);
        QTest::newRow("half the pages") << Access::ReadWriteCreate << 30 * PageSize;
        QTest::newRow("inside a page") << Access::ReadWrite << 30 * PageSize + 7;
    }
    void truncatedFileIsCorruptAndUntouched() {
        QFETCH(const Access, access);
        QFETCH(const qsizetype, keep);
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        const QByteArray rest = fixture.content().first(keep);
        fixture.overwrite(rest);
        VERIFY_CODE(fixture.open(access), Code::Corrupt);
        QCOMPARE(fixture.content(), rest);
    }

    void damagedPageIsCorruptWhenRead() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        QByteArray content = fixture.content();
        for (qsizetype at = 5 * PageSize + 1234; at < content.size(); at += PageSize)
            content[at] = static_cast<char>(content[at] ^ 1);
        fixture.overwrite(content);
        auto database = fixture.open();
        VERIFY_OK(database);
        for (int round = 0; round < 2; ++round) // a page that failed once must not pass as an empty one later
            VERIFY_CODE(database->integer("SELECT sum(length(body)) FROM item NOT INDEXED"), Code::Corrupt);
        VERIFY_CODE(database->exec("DELETE FROM item"), Code::Corrupt);
    }

    void aDamagedLogIsRefusedAndACutOneIsNot() {
        SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        QList<qsizetype> ends; // of the log, after each commit
        for (int i = 0; i < 6; ++i) {
            VERIFY_OK(database->run("INSERT INTO item(body) VALUES(?)", QByteArray(3000, static_cast<char>('a' + i))));
            ends.push_back(fixture.content(QStringLiteral("-wal")).size());
        }
        const QByteArray file = fixture.content();
        const QByteArray log = fixture.content(QStringLiteral("-wal"));
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("killed.db"));
        /// Commits that are found, or -1: refused, and every byte is as it was.
        const auto found = [&](const QByteArray& left) -> std::int64_t {
            QFile::remove(path + QStringLiteral("-shm"));
            for (const auto& [suffix, content] :
                 {std::pair(QString(), file), std::pair(QStringLiteral("-wal"), left)}) {
                QFile copy(path + suffix);
                if (!copy.open(QIODevice::WriteOnly | QIODevice::Truncate) || copy.write(content) != content.size())
                    return -2;
            }
            auto opened = Database::open(path, fixture.key(), Access::ReadWrite);
            if (opened)
                return test::itemCount(*opened).value_or(-3);
            QFile kept(path + QStringLiteral("-wal"));
            const bool isKept = kept.open(QIODevice::ReadOnly) && kept.readAll() == left;
            return opened.error().code == Code::Corrupt && isKept ? -1 : -4;
        };
        const auto flipped = [&log](qsizetype at) {
            QByteArray damaged = log;
            damaged[at] = static_cast<char>(damaged[at] ^ 4);
            return damaged;
        };
        QCOMPARE(found(log), 6);
        for (qsizetype i = 0; i < ends.size(); ++i) {
            QCOMPARE(found(log.first(ends[i])), i + 1);
            QCOMPARE(found(log.first(ends[i] - 1)), i); // a commit that was never finished
            // The last commit may have been cut short by a crash; those before it cannot.
            QCOMPARE(found(flipped(ends[i] - 1)), i + 1 == ends.size() ? i : -1);
        }
        for (const qsizetype at : {0, 9, 17, 31})
            QCOMPARE(found(flipped(at)), -1);
    }
    void damagedOverflowPageIsCorruptWhenRead_data() {
        QTest::addColumn<qsizetype>("size");
        QTest::newRow("one overflow page") << qsizetype(6000);
        QTest::newRow("several") << qsizetype(60'000);
    }
    void damagedOverflowPageIsCorruptWhenRead() {
        QFETCH(const qsizetype, size);
        const SqliteFixture fixture;
        {
            auto database = fixture.open();
            VERIFY_OK(database);
            VERIFY_OK(database->exec("CREATE TABLE attachment(body BLOB) STRICT"));
            VERIFY_OK(database->run("INSERT INTO attachment VALUES(?)", QByteArray(size, 'a')));
        }
        const QByteArray sound = fixture.content();
        const qsizetype pages = sound.size() / PageSize;
        QVERIFY(pages > 2);
        for (qsizetype page = 2; page < pages; ++page) {
            QByteArray content = sound;
            content[page * PageSize + 99] = static_cast<char>(content[page * PageSize + 99] ^ 0x80);
            fixture.overwrite(content);
            auto database = fixture.open();
            VERIFY_OK(database);
            for (int round = 0; round < 2; ++round)
                VERIFY_CODE(database->integer("SELECT length(hex(body)) FROM attachment"), Code::Corrupt);
            VERIFY_CODE(database->integer("SELECT count(*) FROM attachment WHERE body = x'00'"), Code::Corrupt);
            auto transaction = Transaction::begin(*database);
            VERIFY_OK(transaction);
            VERIFY_CODE(database->run("INSERT INTO attachment SELECT body FROM attachment"), Code::Corrupt);
            VERIFY_CODE(database->run("INSERT INTO attachment VALUES(x'00')"), Code::Corrupt);
            VERIFY_CODE(transaction->commit(), Code::Corrupt);
        }
    }

    void openStatementFailsAfterAnotherMetADamagedPage() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        QByteArray content = fixture.content();
        for (qsizetype at = content.size() - 9 * PageSize; at < content.size(); at += PageSize)
            content[at] = static_cast<char>(content[at] ^ 1);
        fixture.overwrite(content);
        auto database = fixture.open();
        VERIFY_OK(database);
        auto rows = database->prepare("SELECT body FROM item NOT INDEXED");
        VERIFY_OK(rows);
        VERIFY_OK(rows->step());
        VERIFY_CODE(database->integer("SELECT sum(length(body)) FROM item NOT INDEXED"), Code::Corrupt);
        VERIFY_CODE(rows->run(), Code::Corrupt);
    }

    void integrityCheckFindsEachDamagedPage() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        const QByteArray sound = fixture.content();
        for (qsizetype page = 3; page < sound.size() / PageSize; page += 7) {
            QByteArray content = sound;
            content[page * PageSize + 99] = static_cast<char>(content[page * PageSize + 99] ^ 0x80);
            fixture.overwrite(content);
            auto database = fixture.open();
            VERIFY_OK(database);
            const auto checked = database->integrityCheck();
            VERIFY_CODE(checked, Code::Corrupt);
            QVERIFY2(checked.error().detail.contains(QString::number(page + 1)), qPrintable(checked.error().detail));
            fixture.overwrite(sound);
            VERIFY_OK(database->integrityCheck()); // each check reads anew
        }
    }

    void pageMovedToAnotherPlaceIsCorrupt() {
        const SqliteFixture fixture;
        VERIFY_OK(fill(fixture));
        QByteArray content = fixture.content();
        content.replace(40 * PageSize, PageSize, content.mid(41 * PageSize, PageSize));
        fixture.overwrite(content);
        auto database = fixture.open();
        VERIFY_OK(database);
        VERIFY_CODE(database->integrityCheck(), Code::Corrupt);
    }

    void missingFileIsNotFound() {
        const SqliteFixture fixture;
        VERIFY_CODE(fixture.open(Access::ReadWrite), Code::NotFound);
        VERIFY_CODE(fixture.open(Access::ReadOnly), Code::NotFound);
        QVERIFY(!QFileInfo::exists(fixture.path()));
    }

    void settingsAreInForce() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        QCOMPARE(database->integer("PRAGMA synchronous").value_or(-1), 2);
        QCOMPARE(database->integer("PRAGMA cache_size").value_or(0), -8000);
        QCOMPARE(database->integer("PRAGMA temp_store").value_or(-1), 2);
        QCOMPARE(database->integer("PRAGMA foreign_keys").value_or(-1), 1);
        QCOMPARE(database->integer("PRAGMA trusted_schema").value_or(-1), 0);
        QCOMPARE(database->integer("PRAGMA wal_autocheckpoint").value_or(-1), 1000);
        QCOMPARE(database->integer("PRAGMA mmap_size").value_or(-1), 0);
        QCOMPARE(database->integer("PRAGMA secure_delete").value_or(-1), 1);
        QCOMPARE(database->integer("PRAGMA page_size").value_or(-1), PageSize);
        QCOMPARE(database->integer("PRAGMA auto_vacuum").value_or(-1), 0);
        QCOMPARE(database->integer("PRAGMA journal_size_limit").value_or(0), -1);
        auto journal = database->prepare("PRAGMA journal_mode");
        VERIFY_OK(journal);
        VERIFY_OK(journal->step());
        QCOMPARE(journal->text(0), QStringLiteral("wal"));
        // A string in double quotes is an error, not a string: a misspelt column cannot pass for one.
        VERIFY_CODE(database->exec("SELECT \"nothing\""), Code::Internal);
    }

    void optionsAreInForce() {
        const SqliteFixture fixture;
        const Options options{.journalSizeLimit = 1 << 20, .incrementalVacuum = true};
        for (int round = 0; round < 2; ++round) {
            auto database = fixture.open(Access::ReadWriteCreate, options);
            VERIFY_OK(database);
            QCOMPARE(database->integer("PRAGMA auto_vacuum").value_or(-1), 2);
            QCOMPARE(database->integer("PRAGMA journal_size_limit").value_or(-1), 1 << 20);
        }
        VERIFY_CODE(fixture.open(), Code::Invalid); // the file was made for incremental vacuum
    }

    void readerSeesCommitsAndCannotWrite() {
        const SqliteFixture fixture;
        auto writer = fixture.openWithItems();
        VERIFY_OK(writer);
        auto reader = fixture.open(Access::ReadOnly);
        VERIFY_OK(reader);
        VERIFY_OK(writer->run("INSERT INTO item(body) VALUES(?)", QByteArray("one")));
        QCOMPARE(test::itemCount(*reader).value_or(-1), 1);
        VERIFY_CODE(reader->run("INSERT INTO item(body) VALUES(?)", QByteArray("two")), Code::Denied);
    }

    void filesHoldNoPlaintext() {
        const SqliteFixture fixture;
        auto database = fixture.open();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("CREATE TABLE tell_tale(words TEXT)"));
        for (int i = 0; i < 100; ++i)
            VERIFY_OK(database->run("INSERT INTO tell_tale VALUES(?)", QStringLiteral("attack at dawn ").repeated(20)));
        for (const QString& suffix : {QStringLiteral("-wal"), QString()}) {
            const QByteArray content = fixture.content(suffix);
            QVERIFY2(content.size() > 5 * PageSize, qPrintable(suffix));
            QVERIFY(!content.contains("attack"));
            QVERIFY(!content.contains("tell_tale"));
            QVERIFY(!content.contains("SQLite format"));
            QVERIFY2(entropyPerByte(content) > 7.9, qPrintable(suffix));
            VERIFY_OK(database->checkpoint());
        }
        QCOMPARE(fixture.content(QStringLiteral("-wal")).size(), 0);
    }

    void filesAreReadableByTheUserOnly() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        for (const QString& suffix : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")})
            QVERIFY(
                !(QFile(fixture.path() + suffix).permissions() & (QFileDevice::ReadGroup | QFileDevice::WriteGroup |
                                                                  QFileDevice::ReadOther | QFileDevice::WriteOther)));
    }

    void keyIsGoneFromMemoryAfterClose() {
        const QString path = SqliteFixture().path();
        QVERIFY(QDir().mkpath(QFileInfo(path).absolutePath()));
        const auto folder = qScopeGuard([&] { QDir(QFileInfo(path).absolutePath()).removeRecursively(); });
        SecretBytes key = SystemRandom().secret(32);
        QByteArray raw = masked(key.view());
        QByteArray hex;
        for (const std::uint8_t byte : key.view())
            for (const int digit : {byte >> 4, byte & 15})
                hex += static_cast<char>("0123456789abcdef"[digit] ^ 0x5a);
        raw = raw.last(16); // free() overwrites the start of a block
        hex = hex.last(32);
        {
            auto database = Database::open(path, key, Access::ReadWriteCreate);
            VERIFY_OK(database);
            VERIFY_OK(database->exec("CREATE TABLE t(a); INSERT INTO t VALUES(1)"));
            key = SecretBytes();
            const int held = occurrencesInMemory(raw);
            if (held < 0)
                QSKIP("/proc/self/mem cannot be opened here (not Linux, or forbidden): this run does not show that "
                      "keys are wiped");
            QVERIFY(held > 0); // an open connection needs it: the search works
        }
        QCOMPARE(occurrencesInMemory(raw), 0);
        QCOMPARE(occurrencesInMemory(hex), 0);
    }

    void fullDatabaseIsFull() {
        const SqliteFixture fixture;
        auto database = fixture.openWithItems();
        VERIFY_OK(database);
        VERIFY_OK(database->exec("PRAGMA max_page_count=10"));
        VERIFY_CODE(database->run("INSERT INTO item(body) VALUES(zeroblob(100000))"), Code::Full);
        VERIFY_OK(database->run("INSERT INTO item(body) VALUES(zeroblob(10))"));
        QCOMPARE(test::itemCount(*database).value_or(-1), 1);
    }

    void lockedDatabaseIsUnavailable() {
        const SqliteFixture fixture;
        auto first = fixture.openWithItems();
        auto second = fixture.open(Access::ReadWrite, {.busyTimeout = Millis(0)});
        VERIFY_OK(first);
        VERIFY_OK(second);
        auto writing = Transaction::begin(*first);
        VERIFY_OK(writing);
        VERIFY_CODE(Transaction::begin(*second), Code::Unavailable);
        VERIFY_CODE(second->run("INSERT INTO item(body) VALUES(NULL)"), Code::Unavailable);
        VERIFY_OK(writing->commit());
        VERIFY_OK(second->run("INSERT INTO item(body) VALUES(NULL)"));
    }
};

KITH_TEST(DatabaseTest)
#include "test_database.moc"
