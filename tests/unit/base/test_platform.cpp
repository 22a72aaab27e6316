// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace kith;

class TestPlatform : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLockHasOneHolderAndNamesIt() {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("lock"));
        auto first = platform::FileLock::acquire(path, QStringLiteral("kith-cli"));
        VERIFY_OK(first);
        const auto second = platform::FileLock::acquire(path, QStringLiteral("kith"));
        VERIFY_CODE(second, Code::Unavailable);
        QVERIFY(second.error().detail.contains(QStringLiteral("kith-cli (process")));
        first->reset();
        VERIFY_OK(platform::FileLock::acquire(path, QStringLiteral("kith")));
    }
    void privateFilesAreNeverOverwrittenByCreate() {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("key"));
        VERIFY_OK(platform::createPrivateFile(path, "one"));
        VERIFY_CODE(platform::createPrivateFile(path, "two"), Code::Duplicate);
        QCOMPARE(QFileInfo(path).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        VERIFY_OK(platform::replacePrivateFile(path, "three"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("three"));
        QVERIFY(!QFile::exists(path + QStringLiteral(".new")));
    }
    /// A pipe in the place of a file would be waited at for ever.
    void aPipeIsNoFile() {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("pipe"));
        QCOMPARE(::mkfifo(path.toUtf8().constData(), 0600), 0);
        VERIFY_CODE(platform::readFile(path, 100), Code::Invalid);
        VERIFY_CODE(platform::preallocate(path, 100), Code::Invalid);
        VERIFY_CODE(platform::readFile(folder.path(), 100), Code::Invalid);
        VERIFY_CODE(platform::readFile(folder.filePath(QStringLiteral("nothing")), 100), Code::NotFound);
    }
    void foldersArePrivate() {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("a/b"));
        VERIFY_OK(platform::makePrivateFolder(path));
        QCOMPARE(QFileInfo(path).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        VERIFY_OK(platform::makePrivateFolder(path));
        VERIFY_OK(platform::createPrivateFile(path + QStringLiteral("/file"), {}));
        VERIFY_CODE(platform::makePrivateFolder(path + QStringLiteral("/file")), Code::Invalid);
    }
};
KITH_TEST(TestPlatform)
#include "test_platform.moc"
