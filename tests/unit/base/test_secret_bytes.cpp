// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;

class TestSecretBytes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void moveLeavesTheSourceEmpty() {
        SecretBytes first(view("a secret"));
        const SecretBytes second(std::move(first));
        QVERIFY(first.isEmpty()); // NOLINT(bugprone-use-after-move): that is what is tested
        QCOMPARE(toByteArray(second.view()), QByteArray("a secret"));
        QCOMPARE(toByteArray(second.clone().view()), QByteArray("a secret"));
    }
    void wipeOverwritesInPlace() {
        std::string text = "passphrase";
        wipe(text.data(), text.size());
        QCOMPARE(text, std::string(10, '\0'));
    }
    void belowIsInRange() {
        test::SeededRandom random(test::seed());
        for (std::uint64_t bound = 1; bound < 200; ++bound)
            QVERIFY(random.below(bound) < bound);
    }
};
KITH_TEST(TestSecretBytes)
#include "test_secret_bytes.moc"
