// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/signal/test_device.h"

#include <algorithm>

using namespace kith;
using namespace kith::signal;
using test::TestDevice;
using test::TestPair;

/// What two honest devices can rely on, whatever the network does between them.
class TestSignalSessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void firstContactIsAPreKeyMessageUntilThePeerAnswers() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        for (int i = 0; i < 3; ++i) {
            const auto sent = alice.send(bob, "hello");
            VERIFY_OK(sent);
            QCOMPARE(sent->type, CiphertextType::PreKey);
            const auto arrived = bob.receive(alice, *sent);
            VERIFY_OK(arrived);
            QCOMPARE(arrived->plaintext, QByteArray("hello"));
            QCOMPARE(arrived->identity, alice.identity);
        }
        const auto answer = bob.send(alice, "hi");
        VERIFY_OK(answer);
        QCOMPARE(answer->type, CiphertextType::Whisper);
        VERIFY_OK(alice.receive(bob, *answer));
        QCOMPARE(alice.send(bob, "now")->type, CiphertextType::Whisper);
    }

    void firstContactUsesUpItsOneTimePreKey() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(bob.engine->makeOneTimePreKeys(50, 3));
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        QCOMPARE(bob.keys.oneTimePreKeyCount(), std::size_t(4));
        const auto first = alice.send(bob, "one");
        const auto second = alice.send(bob, "two");
        VERIFY_OK(bob.receive(alice, *first));
        QCOMPARE(bob.keys.oneTimePreKeyCount(), std::size_t(3));
        VERIFY_OK(bob.receive(alice, *second)); // names the same prekey, which is gone: the session is there already
        QCOMPARE(bob.keys.oneTimePreKeyCount(), std::size_t(3));
    }

    void bundleWithoutOneTimePreKeyOpensASession() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundleWithoutOneTimePreKey()));
        QVERIFY(TestPair::pass(alice, bob, "hello"));
        QVERIFY(TestPair::pass(bob, alice, "hi"));
    }

    void pingPongGoesOnForEver() {
        TestPair pair;
        QVERIFY(pair.establish());
        for (int i = 0; i < 50; ++i) {
            QVERIFY(TestPair::pass(pair.alice, pair.bob, "ping " + QByteArray::number(i)));
            QVERIFY(TestPair::pass(pair.bob, pair.alice, "pong " + QByteArray::number(i)));
        }
        QVERIFY(pair.bob.keys.sessionBytes(pair.alice.self).size() < 1024);
    }

    void anySizeUpToTheLimitArrives() {
        TestPair pair;
        QVERIFY(pair.establish());
        for (const int size : {0, 1, 15, 16, 17, 255, 256, 4096, 56 * 1024})
            QVERIFY(TestPair::pass(pair.alice, pair.bob, pair.alice.random.bytes(static_cast<std::size_t>(size))));
        const QByteArray tooLarge(static_cast<qsizetype>(maxMessageSize) + 1, 'x');
        const QByteArray before = pair.alice.keys.snapshot();
        VERIFY_CODE(pair.alice.send(pair.bob, tooLarge), Code::TooLarge);
        VERIFY_CODE(pair.bob.receive(pair.alice, {CiphertextType::Whisper, tooLarge}), Code::TooLarge);
        QCOMPARE(pair.alice.keys.snapshot(), before);
    }

    void messagesOpenInAnyOrder() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        test::SeededRandom shuffle(test::seed());
        struct Sent {
            bool fromAlice;
            QByteArray text;
            Ciphertext message;
        };
        std::vector<Sent> network;
        int sent = 0;
        int arrived = 0;
        // Either side writes or receives something old; nothing is lost and nothing is refused.
        while (sent < 200 || !network.empty()) {
            const bool fromAlice = shuffle.below(2) == 0 || !*bob.engine->hasSession(alice.self);
            if (sent < 200 && shuffle.below(2) == 0) {
                const QByteArray text = "message " + QByteArray::number(sent++);
                const auto message = fromAlice ? alice.send(bob, text) : bob.send(alice, text);
                VERIFY_OK(message);
                network.push_back({fromAlice, text, *message});
            } else if (!network.empty()) {
                // At most five ratchet turns may lie between: libsignal keeps that many receiving chains.
                const auto window = std::min<std::uint64_t>(network.size(), 4);
                const auto at = network.begin() + static_cast<std::ptrdiff_t>(shuffle.below(window));
                const auto opened = at->fromAlice ? bob.receive(alice, at->message) : alice.receive(bob, at->message);
                VERIFY_OK(opened);
                QCOMPARE(opened->plaintext, at->text);
                network.erase(at);
                ++arrived;
            }
        }
        QCOMPARE(arrived, 200);
    }

    void simultaneousInitiationConverges() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        VERIFY_OK(bob.engine->ensureSession(alice.self, alice.bundle()));
        const auto fromAlice = alice.send(bob, "from alice");
        const auto fromBob = bob.send(alice, "from bob");
        QCOMPARE(bob.receive(alice, *fromAlice)->plaintext, QByteArray("from alice"));
        QCOMPARE(alice.receive(bob, *fromBob)->plaintext, QByteArray("from bob"));
        for (int i = 0; i < 8; ++i) {
            QVERIFY(TestPair::pass(alice, bob, "a"));
            QVERIFY(TestPair::pass(bob, alice, "b"));
        }
        QCOMPARE(alice.send(bob, "x")->type, CiphertextType::Whisper);
        QCOMPARE(bob.send(alice, "x")->type, CiphertextType::Whisper);
    }

    void lostSessionIsReplacedByANewFirstContact() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        VERIFY_OK(bob.engine->removeSession(alice.self));
        QCOMPARE(*bob.engine->hasSession(alice.self), false);
        const auto lost = alice.send(bob, "lost");
        VERIFY_CODE(bob.receive(alice, *lost), Code::NotFound);

        // Bob names the ratchet key (retry_req); alice starts anew; what she had on the way still opens at her side.
        const auto late = bob.engine->ratchetKeyOf(lost->type, view(lost->bytes));
        VERIFY_OK(late);
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, *late), true);
        QCOMPARE(*alice.engine->hasSession(bob.self), false);
        VERIFY_CODE(alice.send(bob, "too early"), Code::NotFound);
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        QCOMPARE(alice.send(bob, "again")->type, CiphertextType::PreKey);
        QVERIFY(TestPair::pass(alice, bob, "again"));
        QVERIFY(TestPair::pass(bob, alice, "back"));
    }

    void archivedSessionStillOpensWhatIsUnderWay() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto underWay = bob.send(alice, "under way");
        const auto mine = alice.send(bob, "x");
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self,
                                                        *alice.engine->ratchetKeyOf(mine->type, view(mine->bytes))),
                 true);
        QCOMPARE(alice.receive(bob, *underWay)->plaintext, QByteArray("under way"));
        QCOMPARE(*alice.engine->hasSession(bob.self), true); // it proved to work, so it is current again
    }

    void archiveActsOnlyOnTheKeyWeSendWith() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto old = alice.send(bob, "old");
        VERIFY_OK(bob.receive(alice, *old));
        QVERIFY(TestPair::pass(bob, alice, "turns the ratchet"));
        const auto received = bob.send(alice, "his key, not ours");
        const QByteArray before = alice.keys.snapshot();
        for (const auto& message : {*old, *received}) {
            const auto key = alice.engine->ratchetKeyOf(message.type, view(message.bytes));
            QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, *key), false);
        }
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, RatchetKey()), false);
        QCOMPARE(*alice.engine->archiveSessionIfCurrent({alice.self.account, DeviceId{9}}, RatchetKey()), false);
        QCOMPARE(alice.keys.snapshot(), before);
        // The second of two equal requests finds another key.
        const auto current = alice.send(bob, "now");
        const auto key = alice.engine->ratchetKeyOf(current->type, view(current->bytes));
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, *key), true);
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, *key), false);
    }

    void ratchetKeyIsTheSameInsideAPreKeyMessage() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto sent = alice.send(bob, "hello");
        const auto key = bob.engine->ratchetKeyOf(sent->type, view(sent->bytes));
        VERIFY_OK(key);
        QCOMPARE(*alice.engine->archiveSessionIfCurrent(bob.self, *key), true);
    }

    void ensureSessionKeepsAWorkingSession() {
        TestPair pair;
        QVERIFY(pair.establish());
        const QByteArray before = pair.alice.keys.snapshot();
        VERIFY_OK(pair.alice.engine->ensureSession(pair.bob.self, pair.bob.bundle()));
        QCOMPARE(pair.alice.keys.snapshot(), before);
        QCOMPARE(pair.alice.send(pair.bob, "x")->type, CiphertextType::Whisper);
    }

    void sessionsOfOneAccountsDevicesAreApart() {
        TestDevice alice{1};
        TestDevice phone{2};
        TestDevice laptop{3};
        laptop.self.account = phone.self.account;
        for (TestDevice* device : {&phone, &laptop}) {
            alice.trust(*device);
            device->trust(alice);
            VERIFY_OK(alice.engine->ensureSession(device->self, device->bundle()));
        }
        for (int i = 0; i < 5; ++i) {
            QVERIFY(TestPair::pass(alice, phone, "to the phone"));
            QVERIFY(TestPair::pass(alice, laptop, "to the laptop"));
            QVERIFY(TestPair::pass(laptop, alice, "from the laptop"));
        }
        VERIFY_OK(alice.engine->removeSession(phone.self));
        QCOMPARE(*alice.engine->hasSession(phone.self), false);
        QVERIFY(TestPair::pass(alice, laptop, "still there"));
        VERIFY_OK(alice.engine->removeSession(phone.self));
    }

    void encryptWithoutSessionIsNotFound() {
        TestPair pair;
        VERIFY_CODE(pair.alice.send(pair.bob, "x"), Code::NotFound);
        QCOMPARE(*pair.alice.engine->hasSession(pair.bob.self), false);
    }

    void identitiesAreFreshAndInRange() {
        test::SeededRandom random(test::seed());
        std::vector<QByteArray> keys;
        for (int i = 0; i < 200; ++i) {
            const auto made = SignalEngine::createIdentity(random);
            VERIFY_OK(made);
            QVERIFY(made->registrationId >= 1 && made->registrationId <= 16380);
            QCOMPARE(made->privateKey.size(), std::size_t(32));
            keys.push_back(made->publicKey.bytes());
        }
        std::ranges::sort(keys);
        QVERIFY(std::ranges::adjacent_find(keys) == keys.end());
    }

    void preKeysNeverOverwriteOneAnother() {
        TestDevice bob{2};
        const auto made = bob.engine->makeOneTimePreKeys(10, 100);
        VERIFY_OK(made);
        QCOMPARE(made->size(), std::size_t(100));
        QCOMPARE(made->front().id, 10U);
        QCOMPARE(made->back().id, 109U);
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.engine->makeOneTimePreKeys(109, 2), Code::Duplicate);
        VERIFY_CODE(bob.engine->makeSignedPreKey(1), Code::Duplicate);
        QCOMPARE(bob.keys.snapshot(), before);
        VERIFY_OK(bob.engine->makeSignedPreKey(2));
        QVERIFY(bob.engine->makeOneTimePreKeys(500, 0)->empty());
    }

    void crossSignatureProvesTheIdentity() {
        TestDevice alice{1};
        TestDevice bob{2};
        const QByteArray message = alice.random.bytes(200);
        auto signature = alice.engine->signCross(view(message));
        VERIFY_OK(signature);
        VERIFY_OK(SignalEngine::verifyCross(alice.identity, view(message), *signature));
        VERIFY_CODE(SignalEngine::verifyCross(bob.identity, view(message), *signature), Code::Untrusted);
        VERIFY_CODE(SignalEngine::verifyCross(alice.identity, view(message).first(199), *signature), Code::Untrusted);
        VERIFY_CODE(SignalEngine::verifyCross(alice.identity, view(message), XeddsaSignature()), Code::Untrusted);
        for (std::size_t bit = 0; bit < 8 * XeddsaSignature::size; ++bit) {
            XeddsaSignature changed = *signature;
            changed.data()[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            VERIFY_CODE(SignalEngine::verifyCross(alice.identity, view(message), changed), Code::Untrusted);
        }
        const auto empty = alice.engine->signCross({});
        VERIFY_OK(empty);
        VERIFY_OK(SignalEngine::verifyCross(alice.identity, {}, *empty));
    }

    /// With the identity key zero, R = S = 0 and a right-hand side of small order verify for one message in a few.
    void signatureOfALowOrderIdentityProvesNothing() {
        const QByteArray message("anything");
        VERIFY_CODE(SignalEngine::verifyCross(IdentityKey(), view(message), XeddsaSignature()), Code::Untrusted);
    }
};
KITH_TEST(TestSignalSessions)
#include "test_sessions.moc"
