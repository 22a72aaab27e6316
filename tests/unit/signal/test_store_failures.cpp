// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/signal/test_device.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

using namespace kith;
using namespace kith::signal;
using test::TestDevice;
using test::TestPair;

namespace {

/// session_record_deserialize forgets the archived states it has read when a later one is damaged. Only a damaged file
/// gets there, never a peer; the leak check skips what is allocated meanwhile.
#ifdef __SANITIZE_ADDRESS__
using LeaksOfDamagedRecords = __lsan::ScopedDisabler;
#else
struct [[maybe_unused]] LeaksOfDamagedRecords {};
#endif

/// An engine call that is made once for every store call in it that can fail.
struct Step {
    TestDevice* device = nullptr; ///< whose store fails
    std::function<Result<void>()> call;
};
template <typename T>
Result<void> ignoreValue(const Result<T>& result) {
    return result ? Result<void>() : Result<void>(result.error());
}

/// Everything the steps need: Bob knows Alice, a first contact from Carol waits.
struct Scene {
    Scene() {
        ready = pair.establish();
        carol.trust(pair.bob);
        pair.bob.trust(carol);
        pair.alice.trust(carol);
        ready = ready && carol.engine->ensureSession(pair.bob.self, pair.bob.bundle());
        firstContact = *carol.send(pair.bob, "first contact");
        message = *pair.alice.send(pair.bob, "message");
        carolBundle = carol.bundle();
    }

    Step step(const QByteArray& name) {
        SignalEngine& bob = *pair.bob.engine;
        SignalEngine& alice = *pair.alice.engine;
        if (name == "makeSignedPreKey")
            return {&pair.bob, [&] { return ignoreValue(bob.makeSignedPreKey(2)); }};
        if (name == "makeOneTimePreKeys")
            return {&pair.bob, [&] { return ignoreValue(bob.makeOneTimePreKeys(100, 5)); }};
        if (name == "hasSession")
            return {&pair.bob, [&] { return ignoreValue(bob.hasSession(pair.alice.self)); }};
        if (name == "ensureSession")
            return {&pair.alice, [&] { return alice.ensureSession(carol.self, carolBundle); }};
        if (name == "encrypt")
            return {&pair.bob, [&] { return ignoreValue(bob.encrypt(pair.alice.self, view("text"))); }};
        if (name == "decryptFirstContact")
            return {&pair.bob, [&] { return ignoreValue(pair.bob.receive(carol, firstContact)); }};
        if (name == "decrypt")
            return {&pair.bob, [&] { return ignoreValue(pair.bob.receive(pair.alice, message)); }};
        if (name == "archiveSessionIfCurrent")
            return {&pair.alice, [&] {
                        const auto key = alice.ratchetKeyOf(message.type, view(message.bytes));
                        return ignoreValue(alice.archiveSessionIfCurrent(pair.bob.self, *key));
                    }};
        if (name == "removeSession")
            return {&pair.bob, [&] { return bob.removeSession(pair.alice.self); }};
        return {&pair.bob, [&] { return ignoreValue(bob.signCross(view("text"))); }};
    }

    TestPair pair;
    TestDevice carol{3};
    Ciphertext firstContact;
    Ciphertext message;
    PreKeyBundle carolBundle;
    bool ready = false;
};

} // namespace

/// The key store may fail at any of its calls: the disk is full, the file is damaged.
class TestSignalStoreFailures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void failureAtAnyStoreCallChangesNothing_data() {
        QTest::addColumn<int>("callsAtLeast");
        QTest::newRow("makeSignedPreKey") << 2;
        QTest::newRow("makeOneTimePreKeys") << 1;
        QTest::newRow("hasSession") << 2;
        QTest::newRow("ensureSession") << 5;
        QTest::newRow("encrypt") << 3;
        QTest::newRow("decryptFirstContact") << 7;
        QTest::newRow("decrypt") << 3;
        QTest::newRow("archiveSessionIfCurrent") << 3;
        QTest::newRow("removeSession") << 1;
        QTest::newRow("signCross") << 1;
    }
    void failureAtAnyStoreCallChangesNothing() {
        QFETCH(int, callsAtLeast);
        int failures = 0;
        for (bool succeeded = false; !succeeded;) {
            Scene scene;
            QVERIFY(scene.ready);
            const Step step = scene.step(QTest::currentDataTag());
            test::MemoryKeyStore& keys = step.device->keys;
            const QByteArray before = keys.snapshot();
            keys.failAtCall(failures + 1);
            const auto result = step.call();
            succeeded = result.has_value();
            if (succeeded) {
                // One write, as the very last call: so there is no half of it.
                QVERIFY(keys.writes() <= 1);
                break;
            }
            ++failures;
            QCOMPARE(result.error().code, Code::Full);
            QCOMPARE(result.error().detail, test::MemoryKeyStore::failureText());
            QVERIFY(keys.writes() == 0 || keys.calls() == failures);
            QCOMPARE(keys.snapshot(), before);
            // The disk has room again: the same call succeeds, so nothing was used up.
            keys.failAtCall(0);
            VERIFY_OK(step.call());
        }
        QVERIFY2(failures >= callsAtLeast, QByteArray::number(failures).constData());
    }

    void steadyStateNeedsThreeStoreCalls() {
        TestPair pair;
        QVERIFY(pair.establish());
        pair.alice.keys.failAtCall(0);
        pair.bob.keys.failAtCall(0);
        QVERIFY(TestPair::pass(pair.alice, pair.bob, "text"));
        QCOMPARE(pair.alice.keys.calls(), 3);
        QCOMPARE(pair.bob.keys.calls(), 3);
    }

    void damagedRecordIsCorruptForEveryCall() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        const auto message = bob.send(alice, "text");
        const QByteArray good = alice.keys.sessionBytes(bob.self);
        const QByteArray damages[] = {QByteArray(""),
                                      good.left(1),
                                      good.left(9),
                                      good.left(good.size() / 2),
                                      good.left(good.size() - 1),
                                      "\x02" + good.mid(1),
                                      good + '\x0a',
                                      QByteArray(400, '\xff')};
        for (const QByteArray& damage : damages) {
            alice.keys.setSessionBytes(bob.self, damage);
            const QByteArray before = alice.keys.snapshot();
            VERIFY_CODE(alice.engine->hasSession(bob.self), Code::Corrupt);
            VERIFY_CODE(alice.send(bob, "text"), Code::Corrupt);
            VERIFY_CODE(alice.receive(bob, *message), Code::Corrupt);
            VERIFY_CODE(alice.engine->ensureSession(bob.self, bob.bundle()), Code::Corrupt);
            VERIFY_CODE(alice.engine->archiveSessionIfCurrent(bob.self, RatchetKey()), Code::Corrupt);
            QCOMPARE(alice.keys.snapshot(), before);
        }
        // The way out: forget it and start anew.
        VERIFY_OK(alice.engine->removeSession(bob.self));
        VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        QVERIFY(TestPair::pass(alice, bob, "again"));
    }

    void randomDamageToARecordNeverCrashes() {
        TestPair pair;
        auto& [alice, bob] = pair;
        QVERIFY(pair.establish());
        for (int i = 0; i < 3; ++i) { // archived states, skipped keys
            VERIFY_OK(alice.send(bob, "lost"));
            QVERIFY(TestPair::pass(alice, bob, "x"));
            QVERIFY(TestPair::pass(bob, alice, "y"));
            const auto sent = alice.send(bob, "z");
            VERIFY_OK(alice.engine->archiveSessionIfCurrent(
                bob.self, *alice.engine->ratchetKeyOf(sent->type, view(sent->bytes))));
            VERIFY_OK(alice.engine->ensureSession(bob.self, bob.bundle()));
        }
        const auto message = bob.send(alice, "text");
        const QByteArray good = alice.keys.sessionBytes(bob.self);
        test::SeededRandom random(test::seed());
        [[maybe_unused]] const LeaksOfDamagedRecords tolerated;
        for (int round = 0; round < 1500; ++round) {
            QByteArray damaged = good;
            for (std::uint64_t flips = random.below(4) + 1; flips > 0; --flips)
                damaged[static_cast<qsizetype>(9 + random.below(static_cast<std::uint64_t>(good.size()) - 9))] =
                    static_cast<char>(random.below(256));
            alice.keys.setSessionBytes(bob.self, damaged);
            if (!alice.send(bob, "text"))
                QCOMPARE(alice.keys.sessionBytes(bob.self), damaged);
            alice.keys.setSessionBytes(bob.self, damaged);
            if (!alice.receive(bob, *message))
                QCOMPARE(alice.keys.sessionBytes(bob.self), damaged);
        }
    }
};
KITH_TEST(TestSignalStoreFailures)
#include "test_store_failures.moc"
