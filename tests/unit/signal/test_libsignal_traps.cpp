// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"
#include "core/signal/self_test.h"
#include "tests/unit/signal/message_edit.h"
#include "tests/unit/signal/test_device.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

using namespace kith;
using namespace kith::signal;
using test::TestDevice;
using test::TestPair;

namespace {

/// Every encoding of the points of low order: zero, one, the two of order 8, p-1, p, p+1, with and without the bit
/// that X25519 ignores.
std::vector<QByteArray> lowOrderPoints() {
    std::vector<QByteArray> points;
    for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
        points.push_back(QByteArray::fromHex(hex));
        points.push_back(points.back());
        points.back()[31] = static_cast<char>(points.back()[31] | 0x80);
    }
    return points;
}

/// How often the inverse of `inverted` stands in this process's writable memory. Inverted, so that the search does not
/// find itself.
int countInMemory(const QByteArray& inverted) {
    constexpr std::size_t chunk = 1 << 20;
    static std::uint8_t buffer[chunk]; // not on the heap: it must not come to lie over what is searched for
    const auto own = reinterpret_cast<std::uintptr_t>(buffer);
    int found = 0;
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::FILE* maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    while (maps != nullptr && std::fgets(line, sizeof line, maps) != nullptr) {
        std::uintptr_t from = 0;
        std::uintptr_t to = 0;
        char mode[5] = {};
        if (std::sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w' || to - from > (256U << 20U))
            continue;
        for (; from < to; from += chunk - 64) { // overlapping, so that nothing is cut in two
            const auto got = ::pread(memory, buffer, std::min(chunk, to - from), static_cast<off_t>(from));
            if (got <= 0 || (from < own + chunk && from + chunk > own))
                continue;
            for (std::uint8_t& byte : buffer)
                byte = static_cast<std::uint8_t>(~byte);
            const QByteArrayView haystack(buffer, got);
            for (auto at = haystack.indexOf(inverted); at >= 0; at = haystack.indexOf(inverted, at + 1))
                ++found;
        }
    }
    if (maps != nullptr)
        std::fclose(maps);
    ::close(memory);
    std::memset(buffer, 0, chunk);
    return found;
}

} // namespace

/// The traps of libsignal-protocol-c, each by its number in storage.md A4, and those found since.
class TestLibsignalTraps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A bundle without a signature ends libsignal with a segmentation fault. Here it cannot be written down: the
    /// nearest thing is a signature of zeros.
    void trap01BundleWithoutSignatureIsUntrusted() {
        TestPair pair;
        PreKeyBundle bundle = pair.bob.bundle();
        bundle.signedPreKey.signature = {};
        VERIFY_CODE(pair.alice.engine->ensureSession(pair.bob.self, bundle), Code::Untrusted);
        VERIFY_CODE(pair.alice.engine->ensureSession(pair.bob.self, {}), Code::Untrusted);
    }

    /// libsignal saves the identity of a first contact before it has checked the MAC.
    void trap02ForgedFirstContactLeavesNoTrace() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto genuine = alice.send(bob, "text");
        const Ciphertext forged{genuine->type, test::editInnerMessage(genuine->bytes, [&](test::ProtoEdit& inner) {
                                    inner.set(test::whisper_field::Body, QByteArray(16, 'x'));
                                })};
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.receive(alice, forged), Code::Invalid);
        QCOMPARE(bob.keys.snapshot(), before);
        VERIFY_OK(bob.receive(alice, *genuine));
    }

    /// libsignal agrees on 32 zero bytes with them, so everybody would know the keys.
    void trap03KeysOfLowOrderAreRefused() {
        TestPair pair;
        auto& [alice, bob] = pair;
        const PreKeyBundle bundle = bob.bundle();
        TestDevice carol{3};
        carol.trust(bob);
        bob.trust(carol);
        VERIFY_OK(carol.engine->ensureSession(bob.self, bob.bundle()));
        const auto first = carol.send(bob, "first contact");
        const QByteArray aliceBefore = alice.keys.snapshot();
        const QByteArray bobBefore = bob.keys.snapshot();
        for (const QByteArray& point : lowOrderPoints()) {
            PreKeyBundle bad = bundle;
            bad.oneTimePreKey->key = PreKeyPublic::checked(point);
            VERIFY_CODE(alice.engine->ensureSession(bob.self, bad), Code::Invalid);
            bad = bundle;
            bad.signedPreKey.key = PreKeyPublic::checked(point);
            VERIFY_CODE(alice.engine->ensureSession(bob.self, bad), Code::Invalid);
            bad = bundle;
            bad.identity = IdentityKey::checked(point);
            alice.keys.trust(bob.self, bad.identity);
            VERIFY_CODE(alice.engine->ensureSession(bob.self, bad), Code::Invalid);
            alice.trust(bob);

            const QByteArray key = test::typed(view(point));
            const auto outer = [&](std::uint32_t field) {
                return test::editPreKeyMessage(first->bytes, [&](test::ProtoEdit& m) { m.set(field, key); });
            };
            const QByteArray inner = test::editInnerMessage(
                first->bytes, [&](test::ProtoEdit& m) { m.set(test::whisper_field::RatchetKey, key); });
            for (const QByteArray& message :
                 {outer(test::prekey_field::BaseKey), outer(test::prekey_field::IdentityKey), inner}) {
                const auto result = bob.receive(carol, {CiphertextType::PreKey, message});
                VERIFY_CODE(result, Code::Invalid);
                QVERIFY(result.error().detail.contains(QLatin1String("a public key")));
            }
            VERIFY_CODE(bob.engine->ratchetKeyOf(CiphertextType::PreKey, view(inner)), Code::Invalid);
            VERIFY_CODE(SignalEngine::verifyCross(IdentityKey::checked(point), view("text"), XeddsaSignature()),
                        Code::Untrusted);
        }
        QCOMPARE(alice.keys.snapshot(), aliceBefore);
        QCOMPARE(bob.keys.snapshot(), bobBefore);
        VERIFY_OK(bob.receive(carol, *first));
        QVERIFY(TestPair::pass(bob, carol, "answer"));

        const auto whisper = carol.send(bob, "text");
        const QByteArray bad = test::editWhisperMessage(whisper->bytes, [&](test::ProtoEdit& m) {
            m.set(test::whisper_field::RatchetKey, test::typed(view(lowOrderPoints().front())));
        });
        const auto result = bob.receive(carol, {CiphertextType::Whisper, bad});
        VERIFY_CODE(result, Code::Invalid);
        QVERIFY(result.error().detail.contains(QLatin1String("a public key")));
        VERIFY_OK(bob.receive(carol, *whisper));
    }

    /// libsignal stores the session and removes the prekey in two callbacks.
    void trap04FirstContactIsOneWrite() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto first = alice.send(bob, "text");
        bob.keys.failAtCall(0);
        VERIFY_OK(bob.receive(alice, *first));
        QCOMPARE(bob.keys.writes(), 1);
        QCOMPARE(bob.keys.oneTimePreKeyCount(), std::size_t(0));
        QVERIFY(!bob.keys.sessionBytes(alice.self).isEmpty());
    }

    /// Ciphers keep a pointer to the address they were made with. Here one address lives as long as the one cipher, and
    /// no caller's PeerDevice is kept.
    void trap05NoCallKeepsThePeerItWasGiven() {
        TestDevice hub{1};
        std::vector<std::unique_ptr<TestDevice>> peers;
        for (std::uint32_t i = 2; i < 12; ++i) {
            auto& peer = *peers.emplace_back(std::make_unique<TestDevice>(i));
            hub.trust(peer);
            peer.trust(hub);
            auto address = std::make_unique<PeerDevice>(peer.self);
            VERIFY_OK(hub.engine->ensureSession(*address, peer.bundle()));
        }
        for (int round = 0; round < 3; ++round) {
            for (const auto& peer : peers) {
                auto address = std::make_unique<PeerDevice>(peer->self);
                const auto sent = hub.engine->encrypt(*address, view("text"));
                address.reset();
                VERIFY_OK(sent);
                VERIFY_OK(peer->receive(hub, *sent));
                QVERIFY(TestPair::pass(*peer, hub, "back"));
            }
        }
    }

    /// signal_buffer_free leaves its bytes on the heap. What the engine gets from libsignal it wipes.
    void trap06PlaintextIsNotLeftOnTheHeap() {
        TestPair pair;
        QVERIFY(pair.establish());
        test::SeededRandom random(test::seed() + 99);
        const QByteArray inverted = random.bytes(40);
        QByteArray text(240, 'x');
        for (qsizetype i = 0; i < inverted.size(); ++i)
            text[i] = static_cast<char>(~inverted[i]);
        {
            const auto sent = pair.alice.send(pair.bob, text);
            auto opened = pair.bob.receive(pair.alice, *sent);
            VERIFY_OK(opened);
            QVERIFY(opened->plaintext == text);
            QCOMPARE(countInMemory(inverted), 2); // the search finds what is there: ours and the opened one
            wipe(opened->plaintext);
        }
        wipe(text);
        QCOMPARE(countInMemory(inverted), 0);
    }

    /// Locking: libsignal locks only through functions that it is given, and it is given none (SignalContext). Nothing
    /// in a process is shared between two engines, so one engine a thread needs no lock.
    void trap07EnginesShareNothing() {
        TestPair first;
        TestPair second;
        QVERIFY(first.establish());
        const QByteArray before = first.bob.keys.snapshot();
        QVERIFY(second.establish());
        QVERIFY(TestPair::pass(second.alice, second.bob, "text"));
        QCOMPARE(first.bob.keys.snapshot(), before);
        QVERIFY(TestPair::pass(first.alice, first.bob, "text"));
    }

    /// curve_verify_signature answers 0 for "invalid", which most C checks read as success.
    void trap08InvalidSignatureIsNotSuccess() {
        TestPair pair;
        const auto signature = pair.alice.engine->signCross(view("text"));
        VERIFY_OK(signature);
        VERIFY_CODE(SignalEngine::verifyCross(pair.bob.identity, view("text"), *signature), Code::Untrusted);
    }

    /// SHA-512 goes on after its final step, AES-CTR is refused: both in the self-test, which also fails when the
    /// X25519 override is not in effect.
    void trap09ProviderPassesTheSelfTest() {
        for (int i = 0; i < 3; ++i)
            VERIFY_OK(selfTest());
    }

    /// libsignal asserts in release builds: a null pointer ends the process.
    void trap10NothingAndNullAreErrors() {
        TestPair pair;
        auto& [alice, bob] = pair;
        for (const auto type : {CiphertextType::Whisper, CiphertextType::PreKey}) {
            VERIFY_CODE(alice.engine->decrypt(bob.self, type, {}), Code::Invalid);
            VERIFY_CODE(alice.engine->ratchetKeyOf(type, {}), Code::Invalid);
            VERIFY_CODE(alice.engine->decrypt({}, type, {}), Code::Invalid);
        }
        VERIFY_CODE(alice.engine->encrypt({}, {}), Code::Untrusted);
        VERIFY_CODE(alice.engine->ensureSession({}, {}), Code::Untrusted);
        QVERIFY(pair.establish());
        const auto empty = alice.engine->encrypt(bob.self, {});
        VERIFY_OK(empty);
        QCOMPARE(bob.receive(alice, *empty)->plaintext, QByteArray());
    }

    void trap11UnansweredSessionExpires() {
        TestPair pair;
        auto& [alice, bob] = pair;
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        VERIFY_OK(alice.send(bob, "text"));
        alice.clock.advance(std::chrono::hours(24 * 30));
        VERIFY_OK(alice.send(bob, "the last day"));
        alice.clock.advance(Millis(1));
        QCOMPARE(*alice.engine->hasSession(bob.self), false);
        const QByteArray before = alice.keys.snapshot();
        VERIFY_CODE(alice.send(bob, "too late"), Code::NotFound);
        QCOMPARE(alice.keys.snapshot(), before);

        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        QVERIFY(TestPair::pass(alice, bob, "a new first contact"));
        QVERIFY(TestPair::pass(bob, alice, "answered"));
        alice.clock.advance(std::chrono::hours(24 * 400));
        QVERIFY(TestPair::pass(alice, bob, "an answered session does not expire"));
    }

    /// libsignal takes 0xFFFFFF for a "last resort" that it never removes: it would open any number of sessions.
    void trap11LastResortPreKeyDoesNotExist() {
        TestPair pair;
        auto& [alice, bob] = pair;
        constexpr std::uint32_t lastResort = 0xFFFFFF;
        const QByteArray before = bob.keys.snapshot();
        VERIFY_CODE(bob.engine->makeSignedPreKey(lastResort), Code::Invalid);
        VERIFY_CODE(bob.engine->makeSignedPreKey(0), Code::Invalid);
        VERIFY_CODE(bob.engine->makeOneTimePreKeys(lastResort, 1), Code::Invalid);
        VERIFY_CODE(bob.engine->makeOneTimePreKeys(lastResort - 1, 2), Code::Invalid);
        VERIFY_CODE(bob.engine->makeOneTimePreKeys(0, 1), Code::Invalid);
        VERIFY_CODE(bob.engine->makeOneTimePreKeys(1, 0xFFFFFFFF), Code::Invalid);
        QCOMPARE(bob.keys.snapshot(), before);
        VERIFY_OK(bob.engine->makeOneTimePreKeys(lastResort - 1, 1));

        PreKeyBundle bundle = bob.bundle();
        bundle.oneTimePreKey->id = lastResort;
        VERIFY_CODE(alice.engine->ensureSession(bob.self, bundle), Code::Invalid);
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        const auto genuine = alice.send(bob, "text");
        const Ciphertext forged{genuine->type, test::editPreKeyMessage(genuine->bytes, [&](test::ProtoEdit& m) {
                                    m.set(test::prekey_field::OneTimePreKeyId, std::uint64_t(lastResort));
                                })};
        VERIFY_CODE(bob.receive(alice, forged), Code::Invalid);
    }

    void trap11BundleWithoutOneTimePreKeyWorks() {
        TestPair pair;
        VERIFY_OK(pair.alice.engine->ensureSession(pair.bob.self, pair.bob.bundleWithoutOneTimePreKey()));
        QVERIFY(TestPair::pass(pair.alice, pair.bob, "text"));
    }

    /// A record whose state has a version that libsignal does not know, and no root key: loading it frees the key
    /// derivation of its chains twice.
    void trap12RecordOfAnUnknownVersionIsCorrupt() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        constexpr std::uint32_t currentSession = 1;
        constexpr std::uint32_t sessionVersion = 1;
        constexpr std::uint32_t rootKey = 4;
        const QByteArray stored = alice.keys.sessionBytes(bob.self);
        test::ProtoEdit record(stored.mid(9));
        test::ProtoEdit state(record.bytes(currentSession));
        state.set(sessionVersion, std::uint64_t(7)).remove(rootKey);
        record.set(currentSession, state.encoded());
        alice.keys.setSessionBytes(bob.self, stored.left(9) + record.encoded());
        VERIFY_CODE(alice.send(bob, "text"), Code::Corrupt);
    }
};
KITH_TEST(TestLibsignalTraps)
#include "test_libsignal_traps.moc"
