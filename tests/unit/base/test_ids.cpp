// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ids.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;

class TestIds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void base32AndBase64RoundTripAnyLength() {
        test::SeededRandom random(test::seed());
        for (std::size_t size = 0; size < 64; ++size) {
            const QByteArray bytes = random.bytes(size);
            QCOMPARE(fromBase32(toBase32(view(bytes))), std::optional(bytes));
            QCOMPARE(fromBase64Url(toBase64Url(view(bytes))), std::optional(bytes));
        }
    }
    void oneValueHasOneSpelling() {
        QCOMPARE(toBase32(view("fooba")), QStringLiteral("mzxw6ytb")); // RFC 4648 section 10
        QVERIFY(!fromBase32(u"mzxw6yt0"));
        QVERIFY(!fromBase32(u"mz6"));     // stray bits
        QVERIFY(!fromBase64Url(u"Zm9=")); // padding
        QVERIFY(!fromBase64Url(u"Zm9v+A"));
        QVERIFY(!fromBase64Url(u"Zm9vYh")); // stray bits
        QVERIFY(fromBase64Url(u"Zm9vYg"));
    }
    void onlyTheExactLengthMakesAnId() {
        QVERIFY(!DropId::from(QByteArray(15, 'x')));
        QVERIFY(!DropId::from(QByteArray(17, 'x')));
        QCOMPARE(DropId::from(QByteArray(16, 'x'))->bytes(), QByteArray(16, 'x'));
    }
};
KITH_TEST(TestIds)
#include "test_ids.moc"
