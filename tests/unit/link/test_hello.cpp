// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/hello.h"
#include "tests/support/fake_transport.h"
#include "tests/support/test_main.h"
#include "tests/support/vectors.h"

#include <QTest>

using namespace kith;
using namespace kith::link;

class TestHello : public QObject {
    Q_OBJECT
    static constexpr WallTime Now{Millis(1'700'000'000'000)};
    test::SeededRandom m_random{1};
    test::FakeRelay m_relay{'r'};
    std::string m_hello = makeHello(m_random);

    Result<Greeting> verify(const test::FakeRelay& relay) const {
        return verifyHello(m_hello, relay.helloOk(m_hello), m_relay.id(), m_relay.leaf, Now);
    }

private Q_SLOTS:
    void init() { m_relay = test::FakeRelay('r'); }

    void theExpectedRelayIsGreeted() {
        m_relay.serverMs = 1'700'000'005'000;
        const auto greeting = verify(m_relay);
        VERIFY_OK(greeting);
        QCOMPARE(greeting->relay, m_relay.id());
        QCOMPARE(greeting->leafPin, m_relay.leaf);
        QCOMPARE(greeting->transcript, crypto::transcriptHash(m_hello, m_relay.helloOk(m_hello).body()));
        QCOMPARE(greeting->clockOffset, Millis(5'000));
    }
    void oneOfSeveralPinsIsEnough() {
        m_relay.pins = {crypto::sha256(view("old")), m_relay.leaf};
        VERIFY_OK(verify(m_relay));
    }
    void anotherRelayIsUntrusted() { VERIFY_CODE(verify(test::FakeRelay('x')), Code::Untrusted); }
    void theRightNameUnderAnotherKeyIsUntrusted() {
        test::FakeRelay impostor('x');
        impostor.pins = {m_relay.leaf};
        impostor.tweak = [this](auto& body) { body.set_relay_id(m_relay.id().str()); };
        VERIFY_CODE(verify(impostor), Code::Untrusted);
    }
    void anotherNameUnderTheRightKeyIsUntrusted() {
        m_relay.tweak = [](auto& body) { body.set_relay_id(std::string(20, 'x')); };
        VERIFY_CODE(verify(m_relay), Code::Untrusted);
    }
    void theRightKeyWithoutItsSignatureIsUntrusted() {
        test::FakeRelay impostor('x');
        impostor.pins = {m_relay.leaf};
        impostor.tweak = [this](auto& body) {
            body.set_relay_id(m_relay.id().str());
            body.set_rk(m_relay.key().publicKey().str());
        };
        VERIFY_CODE(verify(impostor), Code::Untrusted);
    }
    void aReplayedHelloOkIsUntrusted() {
        const auto old = m_relay.helloOk(makeHello(m_random));
        VERIFY_CODE(verifyHello(m_hello, old, m_relay.id(), m_relay.leaf, Now), Code::Untrusted);
    }
    void anotherTlsLeafIsUntrusted() {
        const auto seen = crypto::sha256(view("somebody in between"));
        VERIFY_CODE(verifyHello(m_hello, m_relay.helloOk(m_hello), m_relay.id(), seen, Now), Code::Untrusted);
        // A plain connection shows no leaf: only a relay that signed for that is believed.
        VERIFY_CODE(verifyHello(m_hello, m_relay.helloOk(m_hello), m_relay.id(), {}, Now), Code::Untrusted);
    }
    void malformedAnswersAreInvalid() {
        const std::vector<std::function<void(wire::pb::HelloOk&)>> tweaks{
            [](auto& body) { body.set_rk("short"); },
            [](auto& body) { body.clear_leaf_pins(); },
            [](auto& body) { body.set_version(MinorVersionMax + 1); },
            [](auto& body) { body.set_server_ms(~std::uint64_t(0)); },
        };
        for (const auto& tweak : tweaks) {
            m_relay.tweak = tweak;
            VERIFY_CODE(verify(m_relay), Code::Invalid);
        }
    }
    void hellosDifferInTheNonceOnly() {
        wire::pb::Hello first;
        wire::pb::Hello second;
        QVERIFY(wire::decodeHello(makeHello(m_random), first));
        QVERIFY(wire::decodeHello(makeHello(m_random), second));
        QVERIFY(first.client_nonce() != second.client_nonce());
        QVERIFY(first.agent().empty());
        second.set_client_nonce(first.client_nonce());
        QCOMPARE(first.SerializeAsString(), second.SerializeAsString());
    }
    /// What a Greeting holds is what the second implementation signed.
    void loginInputsMatchTheVectors() {
        const QJsonObject given = test::vectors("identities");
        const auto field = [&given](const char* name) { return test::hexField(given, name); };
        const auto message = [&given](const char* name) {
            return test::hexField(given[QLatin1String("signatures")].toObject()[QLatin1String(name)].toObject(),
                                  "message");
        };
        Greeting greeting;
        greeting.relay = crypto::relayIdOf(crypto::VerifyKey::checked(field("rk")));
        greeting.leafPin = crypto::Hash32::checked(field("leaf_pin"));
        greeting.transcript = crypto::transcriptHash(toString(field("hello")), toString(field("hello_ok")));
        QCOMPARE(crypto::helloMessage(greeting.transcript), message("hello"));
        QCOMPARE(crypto::authMessage(
                     greeting.relay, greeting.leafPin, greeting.transcript, AccountId::checked(field("account_id")),
                     DeviceId(given[QLatin1String("device_id")].toInt()), readU64(view(field("manifest_ver")))),
                 message("auth"));
        QCOMPARE(crypto::registerMessage(greeting.relay, greeting.leafPin, greeting.transcript,
                                         crypto::sha256(view(field("body")))),
                 message("register"));
    }
};
KITH_TEST(TestHello)
#include "test_hello.moc"
