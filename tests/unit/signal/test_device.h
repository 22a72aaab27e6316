// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/signal/signal_engine.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_key_store.h"
#include "tests/support/test_main.h"

#include <QTest>

namespace kith::test {

/// One device with its engine. Randomness is seeded (KITH_TEST_SEED), time stands still.
struct TestDevice {
    explicit TestDevice(std::uint32_t number)
        : random(seed() + number)
        , self{random.id<AccountId>(), DeviceId{number}}
        , keys(*signal::SignalEngine::createIdentity(random))
        , engine(*signal::SignalEngine::create(keys, random, clock)) {
        const auto local = keys.identity();
        identity = local->publicKey;
        registrationId = local->registrationId;
        signedPreKey = *engine->makeSignedPreKey(1);
        keys.failAtCall(0);
    }

    void trust(const TestDevice& other) { keys.trust(other.self, other.identity); }
    signal::PreKeyBundle bundleWithoutOneTimePreKey() const {
        return {self.device, registrationId, identity, signedPreKey, std::nullopt};
    }
    /// Hands out one prekey, never twice, as a relay does.
    signal::PreKeyBundle bundle() {
        auto made = bundleWithoutOneTimePreKey();
        made.oneTimePreKey = engine->makeOneTimePreKeys(nextPreKey++, 1)->front();
        return made;
    }

    Result<signal::Ciphertext> send(const TestDevice& to, const QByteArray& text) {
        return engine->encrypt(to.self, view(text));
    }
    Result<signal::Decrypted> receive(const TestDevice& from, const signal::Ciphertext& message) {
        return engine->decrypt(from.self, message.type, view(message.bytes));
    }

    SeededRandom random;
    FakeClock clock;
    signal::PeerDevice self;
    MemoryKeyStore keys;
    std::unique_ptr<signal::SignalEngine> engine;
    signal::IdentityKey identity;
    std::uint32_t registrationId = 0;
    signal::SignedPreKey signedPreKey;
    std::uint32_t nextPreKey = 1;
};

/// Two devices that list each other in their manifests.
struct TestPair {
    TestPair() {
        alice.trust(bob);
        bob.trust(alice);
    }
    /// Alice has written first and bob has answered.
    bool establish() {
        if (!alice.engine->ensureSession(bob.self, bob.bundle()))
            return false;
        return pass(alice, bob, "first") && pass(bob, alice, "answer");
    }
    static bool pass(TestDevice& from, TestDevice& to, const QByteArray& text) {
        const auto sent = from.send(to, text);
        if (!sent)
            return false;
        const auto arrived = to.receive(from, *sent);
        return arrived && arrived->plaintext == text && arrived->identity == from.identity;
    }

    TestDevice alice{1};
    TestDevice bob{2};
};

} // namespace kith::test
