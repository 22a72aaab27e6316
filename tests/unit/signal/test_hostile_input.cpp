// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/signal/message_edit.h"
#include "tests/unit/signal/test_device.h"

#include <set>

using namespace kith;
using namespace kith::signal;
using test::TestDevice;
using test::TestPair;

namespace {

bool isRefusal(Code code) {
    return code == Code::Invalid || code == Code::NotFound || code == Code::Untrusted || code == Code::Duplicate;
}

/// Forgets what a first contact did, so that it can be made again.
struct Undo {
    Undo(TestDevice& device, const TestDevice& sender, std::uint32_t preKeyId)
        : m_device(device)
        , m_sender(sender.self)
        , m_preKeyId(preKeyId)
        , m_preKey(std::move(**device.keys.oneTimePreKey(preKeyId))) {}
    void operator()() {
        KeyChanges changes;
        changes.session = {m_sender, std::nullopt};
        changes.newOneTimePreKeys.push_back({m_preKeyId, m_preKey.clone()});
        QVERIFY(m_device.keys.apply(std::move(changes)).has_value());
    }

private:
    TestDevice& m_device;
    PeerDevice m_sender;
    std::uint32_t m_preKeyId;
    SecretBytes m_preKey;
};

} // namespace

/// What a peer, a relay or anybody between them may send. Whatever it is, a failed call leaves every byte of the key
/// store as it was, and the genuine message still opens.
class TestSignalHostileInput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void replayIsADuplicate() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto first = alice.send(bob, "first");
        VERIFY_OK(bob.receive(alice, *first));
        QVERIFY(TestPair::pass(bob, alice, "answer"));
        const auto second = alice.send(bob, "second");
        VERIFY_OK(bob.receive(alice, *second));
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, *first), Code::Duplicate);
        VERIFY_CODE(bob.receive(alice, *second), Code::Duplicate);
        QCOMPARE(bob.keys.snapshot(), before);
    }

    void tamperedWhisperMessageIsRefusedAtEveryByte() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto genuine = alice.send(bob, "the genuine message");
        test::SeededRandom random(test::seed());
        const QByteArray before = bob.keys.snapshot();
        for (qsizetype at = 0; at < genuine->bytes.size(); ++at) {
            Ciphertext tampered = *genuine;
            tampered.bytes[at] = static_cast<char>(tampered.bytes[at] ^ (1 << random.below(8)));
            // The low half of the first byte is the highest version the sender speaks, and it is under the MAC too.
            const auto result = bob.receive(alice, tampered);
            QVERIFY2(!result && isRefusal(result.error().code), test::errorText(result).constData());
            QCOMPARE(bob.keys.snapshot(), before);
        }
        QCOMPARE(bob.receive(alice, *genuine)->plaintext, QByteArray("the genuine message"));
    }

    /// Outside libsignal's MAC are the low half of the first byte and the registration id, which nobody reads.
    void tamperedFirstContactIsRefusedOrMeansTheSame() {
        TestPair pair;
        auto& [alice, bob] = pair;
        const PreKeyBundle bundle = bob.bundle();
        VERIFY_OK(alice.engine->ensureSession(bob.self, bundle));
        const auto genuine = alice.send(bob, "the genuine message");
        const QByteArray before = bob.keys.snapshot();
        Undo undo(bob, alice, bundle.oneTimePreKey->id);
        std::set<qsizetype> harmless;
        for (qsizetype at = 0; at < genuine->bytes.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                Ciphertext tampered = *genuine;
                tampered.bytes[at] = static_cast<char>(tampered.bytes[at] ^ (1 << bit));
                const auto result = bob.receive(alice, tampered);
                if (result) {
                    QCOMPARE(result->plaintext, QByteArray("the genuine message"));
                    QCOMPARE(result->identity, alice.identity);
                    harmless.insert(at);
                    undo();
                } else {
                    QVERIFY2(isRefusal(result.error().code), test::errorText(result).constData());
                }
                QCOMPARE(bob.keys.snapshot(), before);
            }
        }
        QVERIFY(harmless.contains(0));
        QVERIFY(harmless.size() <= 4); // 1 + tag and two bytes of the registration id
        QCOMPARE(bob.receive(alice, *genuine)->plaintext, QByteArray("the genuine message"));
    }

    void garbageIsRefused() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto underWay = alice.send(bob, "the genuine message");
        const QByteArray before = bob.keys.snapshot();
        test::SeededRandom random(test::seed());
        for (int round = 0; round < 20'000; ++round) {
            QByteArray bytes = random.bytes(random.below(400));
            if (!bytes.isEmpty() && random.below(4) != 0)
                bytes[0] = '\x33';
            const auto type = random.below(2) == 0 ? CiphertextType::PreKey : CiphertextType::Whisper;
            const auto result = bob.receive(alice, {type, bytes});
            QVERIFY2(!result && isRefusal(result.error().code), test::errorText(result).constData());
        }
        QCOMPARE(bob.keys.snapshot(), before);
        VERIFY_OK(bob.receive(alice, *underWay));
    }

    void mutatedMessagesAreRefusedOrMeanTheSame() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        TestDevice carol{3};
        carol.trust(bob);
        bob.trust(carol);
        const PreKeyBundle bundle = bob.bundle();
        VERIFY_OK(carol.engine->ensureSession(bob.self, bundle));
        Undo undo(bob, carol, bundle.oneTimePreKey->id);
        const Ciphertext genuine[] = {*alice.send(bob, "whisper"), *carol.send(bob, "first contact")};
        const QByteArray before = bob.keys.snapshot();
        test::SeededRandom random(test::seed());
        for (int round = 0; round < 4000; ++round) {
            const bool first = random.below(2) == 0;
            Ciphertext mutated = genuine[first ? 1 : 0];
            QByteArray& bytes = mutated.bytes;
            const auto anywhere = [&] { return static_cast<qsizetype>(1 + random.below(bytes.size() - 1U)); };
            switch (random.below(5)) {
            case 0:
                bytes.truncate(anywhere());
                break;
            case 1:
                bytes.insert(anywhere(), random.bytes(1 + random.below(20)));
                break;
            case 2:
                bytes.remove(anywhere(), static_cast<qsizetype>(1 + random.below(20)));
                break;
            case 3:
                for (qsizetype at = anywhere(), n = 0; n < 8 && at < bytes.size(); ++at, ++n)
                    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
                break;
            default:
                mutated.type = first ? CiphertextType::Whisper : CiphertextType::PreKey;
            }
            const auto result = bob.receive(first ? carol : alice, mutated);
            if (result && first && result->plaintext == "first contact")
                undo(); // only what is outside the MAC was hit
            else
                QVERIFY2(!result && isRefusal(result.error().code), test::errorText(result).constData());
            QCOMPARE(bob.keys.snapshot(), before);
        }
        VERIFY_OK(bob.receive(alice, genuine[0]));
        VERIFY_OK(bob.receive(carol, genuine[1]));
    }

    /// X25519 ignores the top bit of a key, libsignal compares all bits: to it, this is another first contact.
    void secondEncodingOfAKeyCannotReplayAFirstContact() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundleWithoutOneTimePreKey()));
        const auto first = alice.send(bob, "text");
        VERIFY_OK(bob.receive(alice, *first));
        const Ciphertext replay{first->type, test::editPreKeyMessage(first->bytes, [](test::ProtoEdit& message) {
                                    QByteArray key = message.bytes(test::prekey_field::BaseKey);
                                    key[32] = static_cast<char>(key[32] | 0x80);
                                    message.set(test::prekey_field::BaseKey, key);
                                })};
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, replay), Code::Invalid);
        VERIFY_CODE(bob.receive(alice, *first), Code::Duplicate);
        QCOMPARE(bob.keys.snapshot(), before);
    }

    void deviceThatNoManifestListsIsUntrusted() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto underWay = bob.send(alice, "text");
        alice.keys.distrust(bob.self);
        const QByteArray before = alice.keys.snapshot();
        VERIFY_CODE(alice.receive(bob, *underWay), Code::Untrusted);
        VERIFY_CODE(alice.send(bob, "text"), Code::Untrusted);
        VERIFY_CODE(alice.engine->ensureSession(bob.self, bob.bundle()), Code::Untrusted);
        QCOMPARE(*alice.engine->hasSession(bob.self), false);
        QCOMPARE(alice.keys.snapshot(), before);
    }

    /// libsignal asks about identities for first contacts only: a session outlives the device it was made with.
    void sessionOfAnEarlierIdentityIsDead() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto underWay = bob.send(alice, "from before");
        TestDevice newBob{3};
        newBob.self = bob.self;
        newBob.trust(alice);
        alice.trust(newBob);
        const QByteArray before = alice.keys.snapshot();
        VERIFY_CODE(alice.receive(bob, *underWay), Code::Untrusted);
        QCOMPARE(*alice.engine->hasSession(bob.self), false);
        VERIFY_CODE(alice.send(bob, "text"), Code::NotFound);
        QCOMPARE(alice.keys.snapshot(), before);
        // The new identity gets a session of its own, and the archived one of the old stays closed.
        VERIFY_OK(alice.engine->ensureSession(newBob.self, newBob.bundle()));
        QVERIFY(TestPair::pass(alice, newBob, "hello"));
        QVERIFY(TestPair::pass(newBob, alice, "hi"));
        VERIFY_CODE(alice.receive(bob, *underWay), Code::Untrusted);
        QVERIFY(TestPair::pass(alice, newBob, "still open"));
    }

    void firstContactUnderAnotherIdentityIsUntrusted() {
        TestPair pair;
        auto& [alice, bob] = pair;
        TestDevice mallory{3};
        mallory.trust(bob);
        VERIFY_OK(mallory.engine->ensureSession(bob.self, bob.bundle()));
        const auto forged = mallory.send(bob, "I am Alice");
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, *forged), Code::Untrusted);
        QCOMPARE(bob.keys.snapshot(), before);
    }

    /// Alice's key in the header does not help who does not hold it.
    void firstContactThatClaimsAnotherIdentityIsInvalid() {
        TestPair pair;
        auto& [alice, bob] = pair;
        TestDevice mallory{3};
        mallory.trust(bob);
        VERIFY_OK(mallory.engine->ensureSession(bob.self, bob.bundle()));
        const auto sent = mallory.send(bob, "I am Alice");
        const Ciphertext forged{sent->type, test::editPreKeyMessage(sent->bytes, [&](test::ProtoEdit& message) {
                                    message.set(test::prekey_field::IdentityKey, test::typed(alice.identity.view()));
                                })};
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, forged), Code::Invalid);
        QCOMPARE(bob.keys.snapshot(), before);
    }

    void messageOfAnotherPeerIsRefused() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        TestDevice carol{3};
        carol.trust(bob);
        bob.trust(carol);
        VERIFY_OK(carol.engine->ensureSession(bob.self, bob.bundle()));
        QVERIFY(TestPair::pass(carol, bob, "hello"));
        QVERIFY(TestPair::pass(bob, carol, "hi"));
        const auto message = alice.send(bob, "from alice");
        VERIFY_CODE(bob.receive(carol, *message), Code::Invalid);
        VERIFY_OK(bob.receive(alice, *message));
    }

    void bundleIsVerified() {
        TestPair pair;
        auto& [alice, bob] = pair;
        TestDevice mallory{3};
        const PreKeyBundle good = bob.bundle();
        const QByteArray before = alice.keys.snapshot();
        const auto refuse = [&](auto change) {
            PreKeyBundle bad = good;
            change(bad);
            const auto result = alice.engine->ensureSession(bob.self, bad);
            return result ? std::nullopt : std::optional(result.error().code);
        };
        QCOMPARE(refuse([&](auto& b) { b.identity = mallory.identity; }), Code::Untrusted);
        QCOMPARE(refuse([&](auto& b) { b.signedPreKey.key = mallory.signedPreKey.key; }), Code::Untrusted);
        QCOMPARE(refuse([&](auto& b) { b.signedPreKey = mallory.signedPreKey; }), Code::Untrusted);
        QCOMPARE(refuse([&](auto& b) { b.signedPreKey.signature.data()[3] ^= 1U; }), Code::Untrusted);
        QCOMPARE(refuse([&](auto& b) { b.device = DeviceId{77}; }), Code::Invalid);
        QCOMPARE(refuse([&](auto& b) { b.registrationId = 0x4000; }), Code::Invalid);
        QCOMPARE(refuse([&](auto& b) { b.signedPreKey.id = 0; }), Code::Invalid);
        QCOMPARE(refuse([&](auto& b) { b.oneTimePreKey->id = 0; }), Code::Invalid);
        QCOMPARE(alice.keys.snapshot(), before);
        VERIFY_OK(alice.engine->ensureSession(bob.self, good));
    }

    void preKeyThatIsGoneIsNotFound() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto genuine = alice.send(bob, "text");
        const QByteArray before = bob.keys.snapshot();
        for (const auto field : {test::prekey_field::OneTimePreKeyId, test::prekey_field::SignedPreKeyId}) {
            const Ciphertext changed{genuine->type, test::editPreKeyMessage(genuine->bytes, [&](test::ProtoEdit& m) {
                                         m.set(field, std::uint64_t(4711));
                                     })};
            VERIFY_CODE(bob.receive(alice, changed), Code::NotFound);
        }
        QCOMPARE(bob.keys.snapshot(), before);
    }

    void skippedMessagesCannotGrowTheRecordOverItsLimit() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        constexpr int limit = 256 * 1024;
        const auto lastOf = [&](int count) {
            auto sent = alice.send(bob, "skipped");
            for (int i = 1; i < count && sent; ++i)
                sent = alice.send(bob, "skipped");
            return *sent;
        };
        const auto skipped = alice.send(bob, "skipped, but kept");
        VERIFY_OK(bob.receive(alice, lastOf(2000)));
        QVERIFY(bob.keys.sessionBytes(alice.self).size() > 150 * 1024);
        QVERIFY(TestPair::pass(bob, alice, "turns the ratchet"));

        const Ciphertext tooFar = lastOf(1500);
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, tooFar), Code::TooLarge);
        QCOMPARE(bob.keys.snapshot(), before);
        QCOMPARE(bob.receive(alice, *skipped)->plaintext, QByteArray("skipped, but kept"));
        QVERIFY(TestPair::pass(bob, alice, "this direction goes on"));

        // A new first contact is the reset: it fits, and when it grows in its turn, archived states make room.
        VERIFY_OK(alice.engine->archiveSessionIfCurrent(bob.self,
                                                        *alice.engine->ratchetKeyOf(tooFar.type, view(tooFar.bytes))));
        VERIFY_OK(alice.engine->removeSession(bob.self));
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        QVERIFY(TestPair::pass(alice, bob, "reset"));
        QVERIFY(TestPair::pass(bob, alice, "reset"));
        QVERIFY(bob.keys.sessionBytes(alice.self).size() > 150 * 1024);
        VERIFY_OK(bob.receive(alice, lastOf(1500)));
        QVERIFY(bob.keys.sessionBytes(alice.self).size() < limit);
        QVERIFY(TestPair::pass(alice, bob, "and on"));
    }

    /// Each archived state multiplies what a message costs, and a peer makes them at will.
    void newFirstContactsCannotPileUpStates() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        std::vector<Ciphertext> underWay;
        qsizetype size = 0;
        for (int i = 0; i < 20; ++i) {
            VERIFY_OK(alice.engine->removeSession(bob.self));
            VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
            QVERIFY(TestPair::pass(alice, bob, "first contact"));
            underWay.push_back(*alice.send(bob, "under way"));
            if (i == 9)
                size = bob.keys.sessionBytes(alice.self).size();
        }
        QVERIFY(bob.keys.sessionBytes(alice.self).size() < size + 100);
        VERIFY_CODE(bob.receive(alice, underWay[10]), Code::NotFound);
        for (int i = 12; i < 20; ++i)
            VERIFY_OK(bob.receive(alice, underWay[static_cast<std::size_t>(i)]));
    }

    void gapOverTheChainLimitIsInvalid() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        for (int i = 0; i < 2001; ++i)
            VERIFY_OK(alice.send(bob, "lost"));
        const auto message = alice.send(bob, "too far");
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, *message), Code::Invalid);
        QCOMPARE(bob.keys.snapshot(), before);
    }
};
KITH_TEST(TestSignalHostileInput)
#include "test_hostile_input.moc"
