// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"
#include "core/crypto/login.h"
#include "core/crypto/manifest.h"
#include "core/crypto/pow.h"
#include "core/crypto/safety_number.h"
#include "core/crypto/seal.h"
#include "core/wire/envelope.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QTest>

using namespace kith;
using namespace kith::crypto;

/// Everything computed here was computed before by the second implementation in core/wire/vectors.
class TestVectors : public QObject {
    Q_OBJECT
    QJsonObject m_given = test::vectors("identities");
    QByteArray field(const char* name) const { return test::hexField(m_given, name); }
    SigningKey key(const char* name) const { return SigningKey::fromSeed(view(field(name))).value(); }

private Q_SLOTS:
    void idsAndSecretsAreDerivedAsSpecified() {
        const VerifyKey ak = key("ak_seed").publicKey();
        QCOMPARE(ak.bytes(), field("ak"));
        QCOMPARE(accountIdOf(ak).bytes(), field("account_id"));
        QCOMPARE(relayIdOf(key("rk_seed").publicKey()).bytes(), field("relay_id"));
        const DropId drop = dropIdOf(ak, R16::checked(field("r16")));
        QCOMPARE(drop.bytes(), field("drop_id"));
        const DropToken token = dropToken(view(field("drop_secret")));
        QCOMPARE(token.bytes(), field("token"));
        QCOMPARE(tokenHash(token.view()).bytes(), field("token_hash"));
        QCOMPARE(toByteArray(dropPsk(view(field("drop_secret"))).view()), field("psk"));
        const MessageId message = MessageId::checked(field("logical_id"));
        QCOMPARE(envelopeIdOf(view(field("k_outbox")), message, drop, 0).bytes(), field("msg_id_0"));
        QCOMPARE(envelopeIdOf(view(field("k_outbox")), message, drop, 1).bytes(), field("msg_id_1"));
        const wire::CardSecret card = cardSecretOf(ak, CardSalt::checked(field("card_salt")));
        QCOMPARE(card.bytes(), field("card_secret"));
        QCOMPARE(cardIdOf(card).bytes(), field("card_id"));
        QCOMPARE(toByteArray(cardKeyOf(card).view()), field("card_key"));
    }
    void signedStringsAreBuiltAsSpecified() {
        const RelayId relay = RelayId::checked(field("relay_id"));
        const Hash32 leaf = Hash32::checked(field("leaf_pin"));
        const Hash32 transcript = transcriptHash(toString(field("hello")), toString(field("hello_ok")));
        QCOMPARE(transcript.bytes(), field("transcript"));
        const auto expected = [this](const char* name) {
            const QJsonObject entry = m_given[QLatin1String("signatures")].toObject()[QLatin1String(name)].toObject();
            return std::pair(test::hexField(entry, "message"), test::hexField(entry, "sig"));
        };
        const QByteArray hello = helloMessage(transcript);
        QCOMPARE(std::pair(hello, key("rk_seed").sign(view(hello)).bytes()), expected("hello"));
        const auto device = DeviceId(m_given[QLatin1String("device_id")].toInt());
        const QByteArray auth = authMessage(relay, leaf, transcript, AccountId::checked(field("account_id")), device,
                                            readU64(view(field("manifest_ver"))));
        QCOMPARE(std::pair(auth, key("dk_seed").sign(view(auth)).bytes()), expected("auth"));
        const QByteArray reg = registerMessage(relay, leaf, transcript, sha256(view(field("body"))));
        QCOMPARE(std::pair(reg, key("ak_seed").sign(view(reg)).bytes()), expected("register"));
        QCOMPARE(crossMessage(VerifyKey::checked(field("ak")), device, VerifyKey::checked(field("dk")),
                              DhPublicKey::checked(field("sd"))),
                 field("cross_message"));
    }
    void drophashSealInfoAndProofOfWorkAreAsSpecified() {
        const DropId drop = DropId::checked(field("drop_id"));
        std::vector<QByteArray> entries;
        for (const QJsonValue entry : m_given[QLatin1String("drops")].toArray())
            entries.insert(entries.begin(), QByteArray::fromHex(entry.toString().toLatin1())); // any order will do
        QCOMPARE(dropsHash(entries).bytes(), field("drops_hash"));
        const auto device = DeviceId(m_given[QLatin1String("device_id")].toInt());
        const EnvelopeId envelope = EnvelopeId::checked(field("msg_id_0"));
        QCOMPARE(wire::sealInfo(wire::SealKind::Item, drop, device, envelope), field("seal_info"));
        const auto hour = static_cast<std::uint32_t>(m_given[QLatin1String("pow_hour")].toInt());
        const auto bits = static_cast<std::uint32_t>(m_given[QLatin1String("pow_bits")].toInt());
        const auto nonce = static_cast<std::uint64_t>(m_given[QLatin1String("pow_nonce")].toInteger());
        QVERIFY(checkPow(drop, envelope, hour, nonce, bits));
        QVERIFY(!checkPow(drop, envelope, hour + 1, nonce, bits));
        QCOMPARE(solvePow(drop, envelope, hour, bits, std::atomic<bool>(false)), std::optional(nonce));
        QVERIFY(!solvePow(drop, envelope, hour, 63, std::atomic<bool>(true)));
    }
    void safetyNumbersAgreeOnBothSides() {
        const VerifyKey mine = VerifyKey::checked(field("ak"));
        const VerifyKey theirs = VerifyKey::checked(field("other_ak"));
        QCOMPARE(safetyHalf(mine), m_given[QLatin1String("safety_ak")].toString());
        QCOMPARE(safetyNumber(mine, theirs), m_given[QLatin1String("safety_number")].toString());
        QCOMPARE(safetyNumber(theirs, mine), safetyNumber(mine, theirs));
    }
    void hpkeMatchesRfc9180() {
        const QJsonObject hpkeVectors = test::vectors("hpke");
        checkHpke(hpkeVectors[QLatin1String("rfc9180_a_1_2")].toObject(), hpke::Aead::Aes128Gcm);
        const QJsonArray ours = hpkeVectors[QLatin1String("kith")].toArray();
        QVERIFY(ours.size() >= 4);
        for (const QJsonValue entry : ours) {
            const QJsonObject v = entry.toObject();
            checkHpke(v, hpke::Aead::Aes256Gcm);
            const auto hex = [&v](const char* name) { return test::hexField(v, name); };
            const auto recipient = DhKey::fromPrivate(view(hex("skRm")));
            const QByteArray body = QByteArray(1, '\x01') + hex("enc") + hex("ct");
            const auto opened =
                openBody(*recipient, view(hex("psk")), view(hex("psk_id")), view(hex("info")), view(body));
            VERIFY_OK(opened);
            QCOMPARE(toByteArray(opened->view()), hex("pt"));
        }
    }

private:
    static void checkHpke(const QJsonObject& v, hpke::Aead aead) {
        const auto hex = [&v](const char* name) { return test::hexField(v, name); };
        const auto ephemeral = DhKey::fromPrivate(view(hex("skEm")));
        const auto recipient = DhKey::fromPrivate(view(hex("skRm")));
        QCOMPARE(ephemeral->publicKey().bytes(), hex("enc"));
        QCOMPARE(recipient->publicKey().bytes(), hex("pkRm"));
        const auto shared = hpke::encapsulate(*ephemeral, recipient->publicKey());
        VERIFY_OK(shared);
        QCOMPARE(toByteArray(shared->view()), hex("shared_secret"));
        QCOMPARE(toByteArray(hpke::decapsulate(*recipient, ephemeral->publicKey())->view()), hex("shared_secret"));
        const auto keys =
            hpke::schedulePsk(aead, shared->view(), view(hex("info")), view(hex("psk")), view(hex("psk_id")));
        QCOMPARE(toByteArray(keys.key.view()), hex("key"));
        QCOMPARE(toByteArray(keys.nonce.view()), hex("base_nonce"));
        if (aead == hpke::Aead::Aes256Gcm) {
            QCOMPARE(aeadSeal(keys.key.view(), keys.nonce.view(), view(hex("aad")), view(hex("pt"))), hex("ct"));
        }
    }
};
KITH_TEST(TestVectors)
#include "test_vectors.moc"
