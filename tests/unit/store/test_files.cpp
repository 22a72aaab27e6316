// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/migrator.h"
#include "core/store/keys/identity.h"
#include "core/store/keys/key_store_sql.h"
#include "tests/support/schema_dump.h"
#include "tests/unit/store/events.h"
#include "tests/unit/store/test_profile.h"

#include <QDir>
#include <QFileInfo>

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

constexpr qsizetype PageSize = 4096;

/// Every file of the folder with its bytes.
QMap<QString, QByteArray> contents(const ProfilePaths& paths) {
    QMap<QString, QByteArray> files;
    for (const QString& name : QDir(paths.folder).entryList(QDir::Files))
        files[name] = readFile(paths.folder + u'/' + name);
    return files;
}

/// A closed profile with 300 messages: some 40 pages.
Result<void> fill(TestProfile& profile) {
    TRY(profile.createAndOpen());
    SeededRandom random(seed());
    const auto contact = random.id<AccountId>();
    std::vector<pb::Event> events;
    for (int i = 0; i < 300; ++i)
        events.push_back(received(conversationWith(contact), contact, random.id<MessageId>(), 1000 + i,
                                  QStringLiteral("message %1").arg(i)));
    TRY(profile.append(events));
    profile.store->close();
    profile.store.reset();
    return {};
}

} // namespace

/// A profile is made once, never overwritten, and a file that is not right is refused as it stands.
class StoreFilesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void schemaEqualsTheCommittedDump() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        VERIFY_OK(
            checkSchemaDump(profile.store->db(), QStringLiteral(KITH_SOURCE_DIR "/resources/sql/profile/schema.sql")));
    }

    void newProfileIsPrivateToItsUser() {
        TestProfile profile;
        VERIFY_OK(profile.create());
        VERIFY_OK(profile.open());
        const auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ExeGroup |
                            QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther;
        QVERIFY(!(QFile(profile.paths.folder).permissions() & others));
        const QStringList names = QDir(profile.paths.folder).entryList(QDir::Files);
        QCOMPARE(names, QStringList({QStringLiteral("profile.db"), QStringLiteral("profile.db-shm"),
                                     QStringLiteral("profile.db-wal"), QStringLiteral("profile.kith"),
                                     QStringLiteral("reserve")}));
        for (const QString& name : names)
            QVERIFY2(!(QFile(profile.paths.folder + u'/' + name).permissions() & others), qPrintable(name));
        QCOMPARE(readFile(profile.paths.header()), profile.header);
    }

    void createNeverOverwritesAProfile() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        const auto before = contents(profile.paths);
        VERIFY_CODE(profile.create(), Code::Duplicate);
        QCOMPARE(contents(profile.paths), before);
    }

    void databaseThatLostItsHeaderIsNeverOverwritten() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        QVERIFY(QFile::remove(profile.paths.header()));
        const auto before = contents(profile.paths);
        VERIFY_CODE(profile.create(), Code::Duplicate);
        QCOMPARE(contents(profile.paths), before);
    }

    void creationCutShortIsBegunAgain() {
        TestProfile profile;
        VERIFY_CODE(profile.create([](sqlite::Database&) { return fail(Code::Full, QStringLiteral("no room")); }),
                    Code::Full);
        QVERIFY(!QFileInfo::exists(profile.paths.header())); // not a profile yet
        QVERIFY(QFileInfo::exists(profile.paths.database()));
        profile.master = SystemRandom().secret(32); // the next attempt has other keys
        VERIFY_OK(profile.create());
        VERIFY_OK(profile.open());

        // The process ended just before the header got its name.
        profile.store.reset();
        QVERIFY(QFile::rename(profile.paths.header(), profile.paths.header() + QStringLiteral(".unfinished")));
        profile.master = SystemRandom().secret(32);
        VERIFY_OK(profile.create());
        VERIFY_OK(profile.open());
        QVERIFY(!QFileInfo::exists(profile.paths.header() + QStringLiteral(".unfinished")));
    }

    void firstContentIsThereWithTheHeader() {
        TestProfile profile;
        VERIFY_OK(profile.create(
            [](sqlite::Database& db) { return db.run("INSERT INTO meta(name, value) VALUES('first', x'07')"); }));
        VERIFY_OK(profile.open());
        QCOMPARE(profile.store->db().integer("SELECT count(*) FROM meta WHERE name = 'first'").value_or(0), 1);
    }

    void wrongKeyIsDenied() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        const auto before = contents(profile.paths);
        SecretBytes right = std::exchange(profile.master, SystemRandom().secret(32));
        VERIFY_CODE(profile.open(), Code::Denied);
        VERIFY_CODE(ProfileStore::openReader(profile.paths, profile.master), Code::Denied);
        QCOMPARE(contents(profile.paths), before);
        profile.master = std::move(right);
        VERIFY_OK(profile.open());
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(0), 300);
    }

    void databaseKeyIsNotTheMasterKey() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        VERIFY_CODE(sqlite::Database::open(profile.paths.database(), profile.master, sqlite::Access::ReadWrite),
                    Code::Denied);
    }

    void missingDatabaseIsNotFound() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        QVERIFY(QFile::remove(profile.paths.database()));
        VERIFY_CODE(profile.open(), Code::NotFound);
        QVERIFY(!QFileInfo::exists(profile.paths.database()));
    }

    void refusedFileIsLeftAsItStands_data() {
        QTest::addColumn<int>("keep"); // bytes; -1 = another content
        QTest::addColumn<int>("code");
        QTest::newRow("emptied") << 0 << int(Code::Corrupt);
        QTest::newRow("less than a page") << 100 << int(Code::Corrupt);
        QTest::newRow("half of it") << 20 * 4096 << int(Code::Corrupt);
        QTest::newRow("inside a page") << 20 * 4096 + 7 << int(Code::Corrupt);
        QTest::newRow("foreign") << -1 << int(Code::Denied);
    }
    void refusedFileIsLeftAsItStands() {
        QFETCH(const int, keep);
        QFETCH(const int, code);
        TestProfile profile;
        VERIFY_OK(fill(profile));
        const QByteArray whole = readFile(profile.paths.database());
        QVERIFY(whole.size() > 30 * PageSize);
        const QByteArray damaged =
            keep < 0 ? QByteArray("SQLite format 3\0", 16) + QByteArray(5 * PageSize, 'x') : whole.first(keep);
        overwriteFile(profile.paths.database(), damaged);
        VERIFY_CODE(profile.open(), Code(code));
        QCOMPARE(readFile(profile.paths.database()), damaged);
        overwriteFile(profile.paths.database(), whole); // the backup
        VERIFY_OK(profile.open());
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(0), 300);
    }

    void newerSchemaIsInvalid() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        VERIFY_OK(profile.store->db().exec("PRAGMA user_version=99"));
        VERIFY_CODE(profile.open(), Code::Invalid);
        VERIFY_CODE(profile.open(), Code::Invalid); // it did not make itself older either
    }

    void databaseOfAnotherKindIsInvalid() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        VERIFY_OK(profile.store->db().exec("PRAGMA application_id=1"));
        VERIFY_CODE(profile.open(), Code::Invalid);
    }

    void damagedPageNeverYieldsOtherRows() {
        TestProfile profile;
        VERIFY_OK(fill(profile));
        const QByteArray sound = readFile(profile.paths.database());
        QByteArray right;
        int readable = 0;
        int corrupt = 0;
        for (qsizetype page = -1; page < sound.size() / PageSize; ++page) {
            QByteArray damaged = sound;
            if (page >= 0)
                damaged[page * PageSize + 100] = static_cast<char>(damaged[page * PageSize + 100] ^ 1);
            overwriteFile(profile.paths.database(), damaged);
            const auto read = [&]() -> Result<QByteArray> {
                TRY_ASSIGN(auto db, ProfileStore::openReader(profile.paths, profile.master));
                QByteArray all;
                TRY_ASSIGN(auto events, db.prepare("SELECT seq, body FROM event ORDER BY seq"));
                for (;;) {
                    TRY_ASSIGN(const bool row, events.step());
                    if (!row)
                        return all;
                    all += QByteArray::number(static_cast<qlonglong>(events.integer(0))) + events.bytes(1);
                }
            }();
            if (page < 0)
                right = *read;
            else if (read)
                QCOMPARE(*read, right);
            else
                QCOMPARE(int(read.error().code), int(page == 0 ? Code::Denied : Code::Corrupt));
            ++(read ? readable : corrupt);
            QCOMPARE(readFile(profile.paths.database()), damaged);
        }
        QVERIFY(readable > 10 && corrupt > 5);
    }

    /// Corrupt would say that the record is bad, and the message that needs it would be thrown away.
    void damagedPageOfASessionIsNotTheSessionsFault() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        const signal::PeerDevice peer{AccountId(), DeviceId{7}};
        VERIFY_OK(profile.store->db().run("INSERT INTO session(account, device, record) VALUES(?, ?, ?)", peer.account,
                                          peer.device, QByteArray(30'000, 'r')));
        profile.store->close();
        profile.store.reset();
        const QByteArray sound = readFile(profile.paths.database());
        int unreadable = 0;
        for (qsizetype page = 1; page < sound.size() / PageSize; ++page) {
            QByteArray damaged = sound;
            damaged[page * PageSize + 100] = static_cast<char>(damaged[page * PageSize + 100] ^ 1);
            overwriteFile(profile.paths.database(), damaged);
            auto db = ProfileStore::openReader(profile.paths, profile.master);
            if (!db)
                continue;
            const auto session = KeyStoreSql(*db, profile.clock).session(peer);
            if (session)
                QCOMPARE(session->value_or(QByteArray()).size(), 30'000);
            else
                QCOMPARE(session.error().code, Code::Unavailable);
            unreadable += session ? 0 : 1;
        }
        QVERIFY(unreadable >= 8);
    }

    void reserveIsGivenUpWhenTheDiskIsFull() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        QCOMPARE(QFileInfo(profile.paths.reserve()).size(), qint64(8 << 20));
        VERIFY_CODE(profile.store->unit([](Unit&) { return fail(Code::Denied, QStringLiteral("another failure")); }),
                    Code::Denied);
        QVERIFY(QFileInfo::exists(profile.paths.reserve()));
        VERIFY_OK(profile.store->db().exec("PRAGMA max_page_count=60"));
        VERIFY_CODE(profile.store->unit([](Unit& unit) {
            return unit.db().run("INSERT INTO meta(name, value) VALUES('big', zeroblob(1000000))");
        }),
                    Code::Full);
        QVERIFY(!QFileInfo::exists(profile.paths.reserve()));
        overwriteFile(profile.paths.reserve(), "cut short by a crash");
        VERIFY_OK(profile.open());
        QCOMPARE(QFileInfo(profile.paths.reserve()).size(), qint64(8 << 20));
    }

    void filesHoldNoPlaintext() {
        TestProfile profile;
        VERIFY_OK(profile.create([](sqlite::Database& db) {
            return db.run("INSERT INTO meta(name, value) VALUES('name', ?)", QByteArray("Bartholomew"));
        }));
        VERIFY_OK(profile.open());
        const auto contact = SystemRandom().id<AccountId>();
        VERIFY_OK(profile.append({requestReceived(contact, QStringLiteral("Wilhelmina"), QStringLiteral("remember me")),
                                  requestAccepted(contact)}));
        for (int i = 0; i < 50; ++i)
            VERIFY_OK(profile.append({received(conversationWith(contact), contact, SystemRandom().id<MessageId>(), i,
                                               QStringLiteral("attack at dawn ").repeated(20))}));
        profile.scheduler.run();
        for (int round = 0; round < 2; ++round) { // in the log, then in the file
            const auto files = contents(profile.paths);
            qsizetype size = 0;
            for (auto file = files.begin(); file != files.end(); ++file) {
                for (const QByteArray& word :
                     {QByteArray("Bartholomew"), QByteArray("Wilhelmina"), QByteArray("remember me"),
                      QByteArray("attack at dawn"), contact.bytes(), QByteArray("CREATE TABLE")})
                    QVERIFY2(!file.value().contains(word), qPrintable(file.key()));
                if (file.key().startsWith(QStringLiteral("profile.db")))
                    size += file.value().size();
            }
            QVERIFY(size > 20 * PageSize);
            profile.store->close();
        }
    }
};

KITH_TEST(StoreFilesTest)
#include "test_files.moc"
