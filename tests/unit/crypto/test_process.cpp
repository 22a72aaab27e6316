// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/keys.h"
#include "core/crypto/process.h"
#include "tests/support/test_main.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <cstdlib>

using namespace kith;

namespace {

constexpr char ProbeVariable[] = "KITH_TEST_EXIT_PROBE";

bool worksStill() {
    return crypto::SigningKey::fromSeed(view(QByteArray(32, 's'))).has_value();
}

/// Stands for a thread that cleans up after main() has returned: handlers run in reverse order, so this one comes after
/// all that OpenSSL registered.
void afterExit() {
    std::_Exit(worksStill() ? 10 : 11);
}

/// In a process of its own, before the test's main().
[[maybe_unused]] const bool probed = [] {
    const QByteArray probe = qgetenv(ProbeVariable);
    if (probe.isEmpty())
        return false;
    std::atexit(afterExit);
    if (probe == "prepared")
        crypto::prepareProcess();
    if (!worksStill())
        std::_Exit(12);
    std::exit(0);
}();

int exitOf(const char* probe) {
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QLatin1String(ProbeVariable), QLatin1String(probe));
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationFilePath(), {});
    process.waitForFinished();
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
}

} // namespace

class TestProcess : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void openSslOutlivesTheEndOfMain() {
        QCOMPARE(exitOf("prepared"), 10);
        QVERIFY(exitOf("bare") != 10); // what it is there for
    }
};

KITH_TEST(TestProcess)
#include "test_process.moc"
