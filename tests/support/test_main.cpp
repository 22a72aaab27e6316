// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"

#include <QCoreApplication>
#include <QRandomGenerator>
#include <QTest>

#include <cstdio>
#include <memory>
#include <vector>

namespace kith::test {
namespace {

struct Entry {
    const char* name;
    QObject* (*make)();
};
std::vector<Entry>& entries() {
    static std::vector<Entry> list;
    return list;
}

using MakeApplication = QCoreApplication* (*)(int&, char**);
MakeApplication& makeApplication() {
    static MakeApplication make = [](int& argc, char** argv) { return new QCoreApplication(argc, argv); };
    return make;
}

} // namespace

Registration::Registration(const char* name, QObject* (*make)()) {
    entries().push_back({name, make});
}

ApplicationRegistration::ApplicationRegistration(QCoreApplication* (*make)(int&, char**)) {
    makeApplication() = make;
}

unsigned long long seed() {
    static const unsigned long long value = [] {
        bool ok = false;
        const auto given = qEnvironmentVariable("KITH_TEST_SEED").toULongLong(&ok);
        return ok ? given : static_cast<unsigned long long>(QRandomGenerator::system()->generate64());
    }();
    return value;
}

} // namespace kith::test

/// Usage: PROGRAM [CLASS [FUNCTION ...]]; without arguments all classes run.
int main(int argc, char** argv) {
    // ctest ends what takes too long; a storm of an hour is none of QtTest's business.
    if (!qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT"))
        qputenv("QTEST_FUNCTION_TIMEOUT", "86400000");
    const std::unique_ptr<QCoreApplication> application(kith::test::makeApplication()(argc, argv));
    const QStringList arguments = QCoreApplication::arguments();
    int failed = 0;
    int ran = 0;
    for (const auto& entry : kith::test::entries()) {
        if (arguments.size() > 1 && arguments[1] != QLatin1String(entry.name))
            continue;
        const std::unique_ptr<QObject> object(entry.make());
        QStringList forwarded{arguments[0]};
        forwarded += arguments.mid(2);
        failed += QTest::qExec(object.get(), forwarded) != 0 ? 1 : 0;
        ++ran;
    }
    if (failed != 0)
        std::fprintf(stderr, "KITH_TEST_SEED=%llu\n", kith::test::seed());
    if (ran == 0)
        std::fprintf(stderr, "no test class of that name\n");
    return failed != 0 || ran == 0 ? 1 : 0;
}
