// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"
#include "core/crypto/card.h"
#include "core/crypto/descriptor.h"
#include "core/crypto/manifest.h"
#include "core/crypto/tls_leaf.h"
#include "core/wire/limits.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::crypto;

namespace {

Manifest sampleManifest(test::SeededRandom& random, const SigningKey& key, int devices) {
    Manifest manifest{key.publicKey().isNull() ? AccountId() : accountIdOf(key.publicKey()),
                      key.publicKey(),
                      (1ULL << 63U) + 7,
                      random.id<Hash32>(),
                      {},
                      fromMs(1'700'000'000'000),
                      {random.id<RelayId>(), random.id<RelayId>(), random.id<RelayId>()},
                      {}};
    for (int i = 0; i < devices; ++i)
        manifest.devices.push_back({DeviceId(static_cast<std::uint32_t>(random.below(0x7fffffff)) + 1),
                                    static_cast<std::uint32_t>(random.below(0x4000)), random.id<IdentityPublicKey>(),
                                    random.id<VerifyKey>(), random.id<DhPublicKey>(), 0, random.id<Signature>()});
    return manifest;
}

} // namespace

class TestIdentity : public QObject {
    Q_OBJECT
    test::SeededRandom m_random{test::seed()};
    SigningKey m_key = SigningKey::fromSeed(m_random.secret(32).view()).value();

private Q_SLOTS:
    void aManifestOfEightDevicesFitsAndRoundTrips() {
        const Manifest manifest = sampleManifest(m_random, m_key, wire::limits::DevicesMax);
        const auto made = signManifest(manifest, m_key);
        VERIFY_OK(made);
        const auto read = verifyManifest(made->toWire());
        VERIFY_OK(read);
        QVERIFY(read->manifest == manifest);
        QCOMPARE(read->hash(), made->hash());
        QCOMPARE(read->manifest.device(manifest.devices[3].id), &read->manifest.devices[3]);
    }
    void anyChangedByteOfAManifestIsRefused() {
        const auto made = signManifest(sampleManifest(m_random, m_key, 1), m_key);
        const wire::pb::Signed good = made->toWire();
        for (std::size_t i = 0; i < good.body().size(); ++i) {
            wire::pb::Signed bad = good;
            (*bad.mutable_body())[i] = static_cast<char>(bad.body()[i] ^ 0x10);
            QVERIFY(!verifyManifest(bad));
        }
        wire::pb::Signed bad = good;
        (*bad.mutable_sig())[9] = static_cast<char>(bad.sig()[9] ^ 1);
        VERIFY_CODE(verifyManifest(bad), Code::Untrusted);
    }
    void aManifestOfAnotherAccountIsUntrusted() {
        const SigningKey other = SigningKey::fromSeed(m_random.secret(32).view()).value();
        wire::pb::Signed given = signManifest(sampleManifest(m_random, m_key, 1), m_key)->toWire();
        wire::pb::Manifest forged;
        QVERIFY(forged.ParseFromString(given.body()));
        forged.set_ak(other.publicKey().str()); // account_id stays the victim's
        given.set_body(forged.SerializeAsString());
        VERIFY_CODE(verifyManifest(given), Code::Untrusted);
    }
    void duplicateDevicesHomesAndOddCountsAreRefused() {
        const wire::pb::Signed good = signManifest(sampleManifest(m_random, m_key, 2), m_key)->toWire();
        const auto resigned = [&](auto change) {
            wire::pb::Manifest body;
            body.ParseFromString(good.body());
            change(body);
            wire::pb::Signed out;
            out.set_body(body.SerializeAsString());
            QByteArray message("krp-man-1");
            append(message, sha256(view(out.body())).view());
            out.set_sig(m_key.sign(view(message)).str());
            return verifyManifest(out);
        };
        VERIFY_OK(resigned([](wire::pb::Manifest&) {}));
        VERIFY_CODE(resigned([](auto& m) { m.mutable_devices(1)->set_device_id(m.devices(0).device_id()); }),
                    Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.set_homes(1, m.homes(0)); }), Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.clear_homes(); }), Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.clear_devices(); }), Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.set_version(0); }), Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.mutable_devices(0)->set_ik("short"); }), Code::Invalid);
        VERIFY_CODE(resigned([](auto& m) { m.mutable_devices(0)->clear_suites(); }), Code::Invalid);
    }
    void versionsCompareAsBytesAcrossTwoToThe63() {
        QVERIFY(versionBytes(5) < versionBytes(1ULL << 53U));
        QVERIFY(view(versionBytes((1ULL << 63U) - 1))[0] < view(versionBytes(1ULL << 63U))[0]);
    }
    void aCardOpensOnlyWithItsLinkAndCannotBeSwapped() {
        const CardSalt salt = m_random.id<CardSalt>();
        const auto make = [&](const SigningKey& signer, const CardSalt& ofSalt) {
            Card card{
                signer.publicKey(),   ofSalt, 3, {m_random.id<RelayId>()}, m_random.id<DropId>(), m_random.secret(32),
                QStringLiteral("Ana")};
            return sealCard(m_random, card, signer);
        };
        const wire::CardSecret secret = cardSecretOf(m_key.publicKey(), salt);
        const QByteArray body = make(m_key, salt);
        const auto card = openCard(secret, view(body));
        VERIFY_OK(card);
        QCOMPARE(card->name, QStringLiteral("Ana"));
        QVERIFY(card->accountKey == m_key.publicKey());
        VERIFY_CODE(openCard(m_random.id<wire::CardSecret>(), view(body)), Code::Corrupt);
        // A relay that knows the link encrypts another account's card under the same secret.
        const SigningKey mallory = SigningKey::fromSeed(m_random.secret(32).view()).value();
        Card forged{mallory.publicKey(), salt, 3, {m_random.id<RelayId>()}, m_random.id<DropId>(),
                    m_random.secret(32), {}};
        wire::pb::Signed inner;
        QVERIFY(inner.ParseFromString(toString(boxOpen(cardKeyOf(cardSecretOf(mallory.publicKey(), salt)).view(), {},
                                                       view(sealCard(m_random, forged, mallory)))
                                                   ->view())));
        const QByteArray swapped = boxSeal(m_random, cardKeyOf(secret).view(), {}, view(inner.SerializeAsString()));
        VERIFY_CODE(openCard(secret, view(swapped)), Code::Untrusted);
    }
    void aDescriptorRoundTripsAndTheNewerOneWins() {
        const SigningKey rk = SigningKey::fromSeed(m_random.secret(32).view()).value();
        Descriptor descriptor;
        descriptor.relay = relayIdOf(rk.publicKey());
        descriptor.relayKey = rk.publicKey();
        descriptor.issued = fromMs(1'700'000'000'000);
        descriptor.notAfter = fromMs(1'800'000'000'000);
        descriptor.endpoints = {{QStringLiteral("relay.example"), 8443}, {QStringLiteral("::1"), 9000}};
        descriptor.leafPins = {m_random.id<Hash32>()};
        const SignedDescriptor made = signDescriptor(descriptor, rk);
        const auto read = verifyDescriptor(made.toWire());
        VERIFY_OK(read);
        QVERIFY(read->descriptor.endpoints == descriptor.endpoints);
        QVERIFY(read->descriptor.leafPins == descriptor.leafPins);
        Descriptor later = descriptor;
        later.issued += Millis(1);
        QVERIFY(later.isNewerThan(descriptor) && !descriptor.isNewerThan(later));
        descriptor.generation = 2;
        QVERIFY(descriptor.isNewerThan(later));
        wire::pb::Signed bad = made.toWire();
        bad.mutable_body()->replace(bad.body().find("8443") == std::string::npos ? 5 : bad.body().find("invite"), 1,
                                    "I");
        QVERIFY(!verifyDescriptor(bad));
        bad.set_body("{\"v\":1}");
        VERIFY_CODE(verifyDescriptor(bad), Code::Invalid);
    }
    void everyLeafIsNewAndItsPinIsThatOfItsKey() {
        const auto one = makeTlsLeaf();
        const auto two = makeTlsLeaf();
        VERIFY_OK(one);
        QVERIFY(one->pin != two->pin);
        const QByteArray der =
            QByteArray::fromBase64(one->certificatePem.mid(28).left(one->certificatePem.indexOf("-----END") - 28));
        QCOMPARE(leafPinOf(view(der)).value(), one->pin);
        VERIFY_CODE(leafPinOf(view("garbage")), Code::Invalid);
    }
};
KITH_TEST(TestIdentity)
#include "test_identity.moc"
