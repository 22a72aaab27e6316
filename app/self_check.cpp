// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/self_check.h"

#include "core/base/random.h"
#include "core/sqlite/transaction.h"

#include <QSslConfiguration>
#include <QSslSocket>
#include <QTemporaryDir>

#include <cstdio>

namespace kith::app {

Result<void> checkTls() {
    if (!QSslSocket::supportsSsl())
        return fail(Code::Internal,
                    QStringLiteral("Qt finds no TLS library; install the OpenSSL that Qt was built for (%1)")
                        .arg(QSslSocket::sslLibraryBuildVersionString()));
    if (!QSslSocket::isProtocolSupported(QSsl::TlsV1_3))
        return fail(Code::Internal,
                    QStringLiteral("the TLS library (%1) has no TLS 1.3").arg(QSslSocket::sslLibraryVersionString()));
    return {};
}

Result<void> checkDatabase() {
    const QTemporaryDir folder;
    if (!folder.isValid())
        return fail(Code::Full, QStringLiteral("no scratch folder can be made: %1").arg(folder.errorString()));
    const QString path = folder.filePath(QStringLiteral("check.db"));
    SystemRandom random;
    const SecretBytes key = random.secret(32);
    {
        TRY_ASSIGN(sqlite::Database database, sqlite::Database::open(path, key, sqlite::Access::ReadWriteCreate));
        TRY(database.exec("CREATE TABLE t(x TEXT NOT NULL) STRICT"));
        TRY(database.run("INSERT INTO t(x) VALUES('known')"));
    }
    TRY_ASSIGN(sqlite::Database database, sqlite::Database::open(path, key, sqlite::Access::ReadOnly));
    TRY_ASSIGN(const std::int64_t rows, database.integer("SELECT count(*) FROM t WHERE x = 'known'"));
    if (rows != 1 || sqlite::Database::open(path, random.secret(32), sqlite::Access::ReadOnly))
        return fail(Code::Internal, QStringLiteral("the encrypted database does not keep its promise"));
    return {};
}

int selfCheck(std::span<const Check> checks) {
    int failures = 0;
    for (const Check& check : checks) {
        const Result<void> result = check.run();
        std::printf("%s %s\n", check.name, result ? "works" : result.error().detail.toUtf8().constData());
        failures += result ? 0 : 1;
    }
    return failures == 0 ? 0 : 1;
}

Result<void> checkQuickly(std::span<const Check> checks) {
    for (const Check& check : checks)
        TRY(check.run());
    return {};
}

} // namespace kith::app
