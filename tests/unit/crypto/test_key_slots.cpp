// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/key_slots.h"
#include "core/crypto/recovery.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::crypto;

namespace {
constexpr KdfParams Cheap{19 * 1024, 1, 1};
}

class TestKeySlots : public QObject {
    Q_OBJECT
    SystemRandom m_random;

private Q_SLOTS:
    void onlyThePassphraseOpensAndAChangeKeepsTheMasterKey() {
        const auto made = key_slots::create(m_random, view("correct horse"), Cheap);
        VERIFY_OK(made);
        const auto opened = key_slots::open(view(made->header), view("correct horse"));
        VERIFY_OK(opened);
        QCOMPARE(toByteArray(opened->master.view()), toByteArray(made->keys.master.view()));
        QCOMPARE(toByteArray(opened->accountWrap.view()), toByteArray(made->keys.accountWrap.view()));
        VERIFY_CODE(key_slots::open(view(made->header), view("correct horsf")), Code::Denied);
        VERIFY_CODE(key_slots::open(view(made->header), {}), Code::Denied);
        const auto changed = key_slots::rewrap(m_random, made->keys.master, view("new"), Cheap);
        QCOMPARE(toByteArray(key_slots::open(view(changed->header), view("new"))->master.view()),
                 toByteArray(made->keys.master.view()));
        VERIFY_CODE(key_slots::create(m_random, {}, Cheap), Code::Invalid);
    }
    void onePassphraseHasOneFormHoweverItIsTypedOrPasted() {
        const QByteArray composed = QStringLiteral("pass w\u00f6rd").toUtf8();
        for (const QString& given :
             {QStringLiteral("pass w\u00f6rd"), QStringLiteral("pass wo\u0308rd"),
              QStringLiteral(" pass w\u00f6rd \r\n"), QStringLiteral("\ufeffpass w\u00f6rd\u2028"),
              QStringLiteral("\u00a0pass\u0007 w\u00f6rd\t")}) {
            const auto made = key_slots::create(m_random, view(given.toUtf8()), Cheap);
            VERIFY_OK(made);
            VERIFY_OK(key_slots::open(view(made->header), view(composed)));
            VERIFY_OK(key_slots::open(view(made->header), view(given.toUtf8())));
            VERIFY_OK(key_slots::open(view(made->header), view(composed + '\n')));
            VERIFY_CODE(key_slots::open(view(made->header), view("passw\u00f6rd")), Code::Denied);
            VERIFY_CODE(key_slots::open(view(made->header), view(QByteArray(2000, 'x'))), Code::Denied);
        }
        for (const char* empty : {"", " ", "\r\n", "\t \x01"})
            VERIFY_CODE(key_slots::create(m_random, view(empty), Cheap), Code::Invalid);
    }
    void aHeaderOfBeforeOpensWithTheVeryBytesItWasMadeWith() {
        // Made by hand: Argon2id over "pw \n" itself.
        QByteArray header = QByteArrayLiteral("KITH\x01\x01\x01");
        for (const std::uint32_t each : {Cheap.memoryKiB, Cheap.passes, Cheap.lanes})
            appendU32(header, each);
        const QByteArray salt = m_random.bytes(KdfSaltSize);
        header.append(salt);
        const SecretBytes master = m_random.secret(32);
        const auto base = deriveFromPassphrase(view("pw \n"), view(salt), Cheap);
        const SecretBytes slot = hkdf(base->view(), {}, view("krp-slot-1"), 32);
        header.append(boxSeal(m_random, slot.view(), view(header), master.view()));
        const SecretBytes macKey = hkdf(master.view(), {}, view("krp-header-1"), 32);
        append(header, hmacSha256(macKey.view(), view(header)).view());
        VERIFY_OK(key_slots::open(view(header), view("pw \n")));
        VERIFY_CODE(key_slots::open(view(header), view("pw")), Code::Denied);
    }
    void everyDamagedByteIsNoticedAndNeverOpens() {
        const auto made = key_slots::create(m_random, view("pw"), Cheap);
        for (qsizetype i = 0; i < made->header.size(); ++i) {
            // The parameter bytes would make each try cost up to a gigabyte; one of them stands for all, below.
            if (i >= 7 && i < 19)
                continue;
            QByteArray bad = made->header;
            bad[i] = static_cast<char>(bad[i] ^ 0x40);
            const auto opened = key_slots::open(view(bad), view("pw"));
            QVERIFY2(!opened, qPrintable(QString::number(i)));
        }
        for (qsizetype size = 0; size < made->header.size(); ++size)
            VERIFY_CODE(key_slots::open(view(made->header.left(size)), view("pw")), Code::Corrupt);
    }
    void aHostileHeaderCannotAskForAllMemory() {
        QByteArray header = key_slots::create(m_random, view("pw"), Cheap)->header;
        header[7] = '\x7f'; // 2 TiB
        VERIFY_CODE(key_slots::open(view(header), view("pw")), Code::Corrupt);
        QVERIFY(!KdfParams({18 * 1024, 3, 4}).isWithinBounds());
        QVERIFY(!KdfParams({64 * 1024, 11, 4}).isWithinBounds());
        QVERIFY(!KdfParams({64 * 1024, 3, 9}).isWithinBounds());
        QVERIFY(KdfParams().isWithinBounds());
    }
    void aNewerHeaderSaysSo() {
        QByteArray header = key_slots::create(m_random, view("pw"), Cheap)->header;
        header[4] = 2;
        VERIFY_CODE(key_slots::open(view(header), view("pw")), Code::Invalid);
    }
    void aRecoveryCodeCatchesTypingErrors() {
        const SecretBytes entropy = m_random.secret(16);
        const QString code = makeRecoveryCode(entropy);
        QCOMPARE(code.size(), 28 + 6);
        QCOMPARE(toByteArray(readRecoveryCode(code.toUpper())->view()), toByteArray(entropy.view()));
        QCOMPARE(toByteArray(readRecoveryCode(QString(code).replace(u'-', u' '))->view()), toByteArray(entropy.view()));
        int caught = 0;
        for (qsizetype i = 0; i < code.size(); ++i) {
            if (code[i] == u'-')
                continue;
            QString typo = code;
            typo[i] = code[i] == u'a' ? u'b' : u'a';
            caught += readRecoveryCode(typo) ? 0 : 1;
        }
        QVERIFY(caught >= 27); // 12 check bits: one in 4,096 may slip through
        VERIFY_CODE(readRecoveryCode(QStringLiteral("abc")), Code::Invalid);
    }
    void aRecoveryFileKeepsSeedAndHomes() {
        const SecretBytes entropy = m_random.secret(16);
        const SecretBytes seed = m_random.secret(32);
        const QByteArray file = makeRecoveryFile(m_random, entropy, seed);
        const std::vector<RecoveryHome> homes = {{m_random.id<RelayId>(), {QStringLiteral("relay.example"), 9000}}};
        const auto updated = withRecoveryHomes(m_random, view(file), seed, homes);
        VERIFY_OK(updated);
        for (const QByteArray& each : {file, *updated}) {
            const auto opened = openRecoveryFile(view(each), entropy);
            VERIFY_OK(opened);
            QCOMPARE(toByteArray(opened->accountSeed.view()), toByteArray(seed.view()));
            QCOMPARE(opened->homes.size(), each == file ? 0U : 1U);
        }
        VERIFY_CODE(openRecoveryFile(view(file), m_random.secret(16)), Code::Denied);
        VERIFY_CODE(openRecoveryFile(view("garbage"), entropy), Code::Corrupt);
    }
};
KITH_TEST(TestKeySlots)
#include "test_key_slots.moc"
