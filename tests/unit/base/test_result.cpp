// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"
#include "tests/support/test_main.h"

#include <QTest>

#include <memory>

using namespace kith;

namespace {
Result<std::unique_ptr<int>> half(int value) {
    if (value % 2 != 0)
        return fail(Code::Invalid, QStringLiteral("odd"));
    return std::make_unique<int>(value / 2);
}
Result<int> quarter(int value) {
    TRY_ASSIGN(const auto first, half(value));
    TRY_ASSIGN(const auto second, half(*first));
    return *second;
}
Result<void> check(int value) {
    TRY(quarter(value));
    return {};
}
} // namespace

class TestResult : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tryPassesValuesOnAndReturnsTheFirstError() {
        QCOMPARE(quarter(8).value(), 2);
        QCOMPARE(quarter(6).error().detail, QStringLiteral("odd"));
        QVERIFY(check(8));
        QVERIFY(check(7).error().code == Code::Invalid);
        QCOMPARE(quarter(7).value_or(42), 42);
    }
};
KITH_TEST(TestResult)
#include "test_result.moc"
