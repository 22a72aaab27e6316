// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"
#include "core/crypto/seal.h"
#include "core/crypto/self_test.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::crypto;

class TestSeal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knownAnswersHold() { VERIFY_OK(selfTest()); }

    void everyFlippedBitAndEveryOtherContextIsRefused() {
        test::SeededRandom random(test::seed());
        const auto device = DhKey::fromPrivate(random.secret(32).view());
        const QByteArray psk = random.bytes(32);
        const QByteArray body =
            sealBody(random, device->publicKey(), view(psk), view("drop"), view("info"), view("hello")).value();
        QCOMPARE(static_cast<std::size_t>(body.size()), 5 + SealOverhead);
        VERIFY_OK(openBody(*device, view(psk), view("drop"), view("info"), view(body)));
        for (qsizetype i = 0; i < body.size() * 8; ++i) {
            QByteArray bad = body;
            bad[i / 8] = static_cast<char>(bad[i / 8] ^ 1 << i % 8);
            // The top bit of an X25519 key is ignored by RFC 7748, but enc itself is hashed into the secret.
            QVERIFY(!openBody(*device, view(psk), view("drop"), view("info"), view(bad)));
        }
        QVERIFY(!openBody(*device, view(psk), view("drop"), view("other"), view(body)));
        QVERIFY(!openBody(*device, view(psk), view("dorp"), view("info"), view(body)));
        QVERIFY(!openBody(*device, view(random.bytes(32)), view("drop"), view("info"), view(body)));
        const auto stranger = DhKey::fromPrivate(random.secret(32).view());
        QVERIFY(!openBody(*stranger, view(psk), view("drop"), view("info"), view(body)));
        for (qsizetype size = 0; size < body.size(); ++size)
            QVERIFY(!openBody(*device, view(psk), view("drop"), view("info"), view(body.left(size))));
    }
    void noEphemeralKeyIsUsedTwice() {
        SystemRandom random;
        const auto device = DhKey::fromPrivate(random.secret(32).view());
        const QByteArray psk = random.bytes(32);
        const auto one = sealBody(random, device->publicKey(), view(psk), {}, {}, view("same"));
        const auto two = sealBody(random, device->publicKey(), view(psk), {}, {}, view("same"));
        QVERIFY(one->mid(1, 32) != two->mid(1, 32));
    }
    void lowOrderPointsAreRefused() {
        SystemRandom random;
        const QByteArray psk = random.bytes(32);
        DhPublicKey one;
        one.data()[0] = 1;
        VERIFY_CODE(sealBody(random, DhPublicKey(), view(psk), {}, {}, view("x")), Code::Untrusted);
        VERIFY_CODE(sealBody(random, one, view(psk), {}, {}, view("x")), Code::Untrusted);
    }
    void boxesNeedTheirKeyAndTheirContext() {
        test::SeededRandom random(test::seed());
        const QByteArray key = random.bytes(32);
        const QByteArray box = boxSeal(random, view(key), view("aad"), view("secret"));
        QCOMPARE(toByteArray(boxOpen(view(key), view("aad"), view(box))->view()), QByteArray("secret"));
        VERIFY_CODE(boxOpen(view(key), view("daa"), view(box)), Code::Corrupt);
        VERIFY_CODE(boxOpen(view(random.bytes(32)), view("aad"), view(box)), Code::Corrupt);
        VERIFY_CODE(boxOpen(view(key), view("aad"), view(box.left(11))), Code::Corrupt);
    }
};
KITH_TEST(TestSeal)
#include "test_seal.moc"
