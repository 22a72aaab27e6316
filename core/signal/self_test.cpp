// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/self_test.h"

#include "core/base/clock.h"
#include "core/signal/detail/crypto_provider.h"
#include "core/signal/detail/native.h"
#include "core/signal/detail/store_bridge.h"
#include "core/signal/detail/x25519_override.h"
#include "core/signal/memory_key_store.h"
#include "core/signal/signal_engine.h"

#include <signal/hkdf.h>

#include <algorithm>
#include <cstdlib>

namespace kith::signal {

using namespace detail;

namespace {

QByteArray hex(const char* digits) {
    return QByteArray::fromHex(digits);
}

bool equals(ByteView bytes, const QByteArray& expected) {
    return std::ranges::equal(bytes, kith::view(expected));
}

Result<void> require(bool passed, const char* step) {
    if (passed)
        return {};
    return fail(Code::Internal, QStringLiteral("self-test of libsignal failed: %1").arg(QLatin1String(step)));
}

/// NIST SP 800-38A F.2.5, first block; the padding is PKCS #7.
Result<void> testAes(const signal_crypto_provider& aes) {
    const QByteArray key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    const QByteArray iv = hex("000102030405060708090a0b0c0d0e0f");
    const QByteArray plaintext = hex("6bc1bee22e409f96e93d7e117393172a");
    const auto run = [&](auto function, int kind, ByteView input, Buffer& output) {
        return function(out(output), kind, kith::view(key).data(), kith::view(key).size(), kith::view(iv).data(),
                        kith::view(iv).size(), input.data(), input.size(), nullptr);
    };
    Buffer ciphertext;
    Buffer opened;
    Buffer refused;
    TRY(require(run(aes.encrypt_func, SG_CIPHER_AES_CBC_PKCS5, kith::view(plaintext), ciphertext) == SG_SUCCESS &&
                    signal_buffer_len(ciphertext.get()) == 32 &&
                    equals(view(ciphertext.get()).first(16), hex("f58c4c04d6e5f1ba779eabfb5f7bfbd6")),
                "AES-256-CBC encrypt"));
    TRY(require(run(aes.decrypt_func, SG_CIPHER_AES_CBC_PKCS5, view(ciphertext.get()), opened) == SG_SUCCESS &&
                    equals(view(opened.get()), plaintext),
                "AES-256-CBC decrypt"));
    TRY(require(run(aes.decrypt_func, SG_CIPHER_AES_CBC_PKCS5, view(ciphertext.get()).first(16), refused) < 0,
                "AES-256-CBC wrong padding"));
    return require(run(aes.encrypt_func, SG_CIPHER_AES_CTR_NOPADDING, kith::view(plaintext), refused) < 0,
                   "AES-CTR is refused");
}

/// RFC 4231 test case 2.
Result<void> testHmac(const signal_crypto_provider& hmac) {
    const ByteView key = kith::view("Jefe");
    const ByteView message = kith::view("what do ya want for nothing?");
    void* context = nullptr;
    Buffer mac;
    const bool made = hmac.hmac_sha256_init_func(&context, key.data(), key.size(), nullptr) == SG_SUCCESS &&
                      hmac.hmac_sha256_update_func(context, message.data(), message.size(), nullptr) == SG_SUCCESS &&
                      hmac.hmac_sha256_final_func(context, out(mac), nullptr) == SG_SUCCESS;
    hmac.hmac_sha256_cleanup_func(context, nullptr);
    return require(made &&
                       equals(view(mac.get()), hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")),
                   "HMAC-SHA-256");
}

/// FIPS 180-2 "abc", twice on the same context: libsignal iterates without starting again.
Result<void> testSha512(const signal_crypto_provider& sha) {
    const QByteArray expected = hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                                    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    const ByteView abc = kith::view("abc");
    void* context = nullptr;
    bool good = sha.sha512_digest_init_func(&context, nullptr) == SG_SUCCESS;
    for (int round = 0; good && round < 2; ++round) {
        Buffer digest;
        good = sha.sha512_digest_update_func(context, abc.data(), abc.size(), nullptr) == SG_SUCCESS &&
               sha.sha512_digest_final_func(context, out(digest), nullptr) == SG_SUCCESS;
        good = good && equals(view(digest.get()), expected);
    }
    sha.sha512_digest_cleanup_func(context, nullptr);
    return require(good, "SHA-512");
}

/// RFC 5869 test case 1, through libsignal.
Result<void> testHkdf(signal_context* context) {
    const QByteArray ikm(22, '\x0b');
    const QByteArray salt = hex("000102030405060708090a0b0c");
    const QByteArray info = hex("f0f1f2f3f4f5f6f7f8f9");
    const QByteArray expected =
        hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    Ref<hkdf_context> hkdf;
    TRY(check(hkdf_create(out(hkdf), 3, context), Work::Keys));
    std::uint8_t* derived = nullptr;
    const auto bytes = [](const QByteArray& from) { return kith::view(from).data(); };
    const ssize_t size =
        hkdf_derive_secrets(hkdf.get(), &derived, bytes(ikm), 22, bytes(salt), 13, bytes(info), 10, 42);
    const bool good = size == 42 && equals({derived, 42}, expected);
    std::free(derived);
    return require(good, "HKDF-SHA-256");
}

/// RFC 7748 section 6.1, Alice's key clamped: libsignal clamps when it makes a key, not when it uses one.
Result<void> testX25519() {
    const QByteArray alicePrivate = hex("70076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c6a");
    const QByteArray alicePublic = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    const QByteArray bobPublic = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const QByteArray secret = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    TRY_ASSIGN(const Ref<ec_private_key> alice, decodePrivate(kith::view(alicePrivate)));
    TRY_ASSIGN(const Ref<ec_public_key> bob, decodePublic(kith::view(bobPublic)));
    Ref<ec_public_key> derived;
    TRY(check(curve_generate_public_key(out(derived), alice.get()), Work::Keys));
    TRY(require(equals(publicBytes<PreKeyPublic>(derived.get()).view(), alicePublic), "X25519 public key"));
    std::uint8_t* agreed = nullptr;
    const int size = curve_calculate_agreement(&agreed, bob.get(), alice.get());
    const bool good = size == 32 && equals({agreed, 32}, secret);
    std::free(agreed);
    return require(good, "X25519 agreement");
}

Result<void> testXeddsa(SignalEngine& engine, const IdentityKey& identity) {
    const QByteArray message("a message to sign");
    TRY_ASSIGN(XeddsaSignature signature, engine.signCross(kith::view(message)));
    TRY(require(bool(SignalEngine::verifyCross(identity, kith::view(message), signature)), "XEdDSA"));
    TRY(require(!SignalEngine::verifyCross(identity, kith::view(message).first(5), signature), "XEdDSA other message"));
    signature.data()[7] ^= 1U;
    return require(!SignalEngine::verifyCross(identity, kith::view(message), signature), "XEdDSA other signature");
}

/// First contact, reply and one more turn between two devices.
Result<void> testSession(Random& random, const Clock& clock) {
    const PeerDevice alice{{}, DeviceId{1}};
    const PeerDevice bob{{}, DeviceId{2}};
    TRY_ASSIGN(LocalIdentity aliceIdentity, SignalEngine::createIdentity(random));
    TRY_ASSIGN(LocalIdentity bobIdentity, SignalEngine::createIdentity(random));
    const IdentityKey aliceKey = aliceIdentity.publicKey;
    const IdentityKey bobKey = bobIdentity.publicKey;
    const std::uint32_t bobRegistration = bobIdentity.registrationId;
    MemoryKeyStore aliceKeys(std::move(aliceIdentity));
    MemoryKeyStore bobKeys(std::move(bobIdentity));
    aliceKeys.trust(bob, bobKey);
    bobKeys.trust(alice, aliceKey);
    TRY_ASSIGN(const auto aliceEngine, SignalEngine::create(aliceKeys, random, clock));
    TRY_ASSIGN(const auto bobEngine, SignalEngine::create(bobKeys, random, clock));
    TRY(testXeddsa(*aliceEngine, aliceKey));

    TRY_ASSIGN(const SignedPreKey signedPreKey, bobEngine->makeSignedPreKey(1));
    TRY_ASSIGN(const auto oneTimePreKeys, bobEngine->makeOneTimePreKeys(1, 1));
    TRY(aliceEngine->ensureSession(bob, {bob.device, bobRegistration, bobKey, signedPreKey, oneTimePreKeys.front()}));
    for (int turn = 0; turn < 2; ++turn) {
        TRY_ASSIGN(const Ciphertext there, aliceEngine->encrypt(bob, kith::view("there")));
        TRY_ASSIGN(const Decrypted arrived, bobEngine->decrypt(alice, there.type, kith::view(there.bytes)));
        TRY_ASSIGN(const Ciphertext back, bobEngine->encrypt(alice, kith::view("back")));
        TRY_ASSIGN(const Decrypted returned, aliceEngine->decrypt(bob, back.type, kith::view(back.bytes)));
        TRY(require(arrived.plaintext == "there" && returned.plaintext == "back", "session"));
    }
    return {};
}

} // namespace

Result<void> selfTest() {
    SystemRandom random;
    const SystemClock clock;
    const signal_crypto_provider provider = cryptoProvider(random);
    TRY_ASSIGN(const auto context, SignalContext::create(random));
    TRY(testAes(provider));
    TRY(testHmac(provider));
    TRY(testSha512(provider));
    TRY(testHkdf(context->get()));
    TRY(testX25519());
#ifdef KITH_X25519_OVERRIDE
    // Counted over the session alone: there it is libsignal that calls, and its calls are what can be lost.
    const std::uint64_t before = x25519OverrideCalls();
    TRY(testSession(random, clock));
    return require(x25519OverrideCalls() > before, "the X25519 override is not in effect");
#else
    return testSession(random, clock);
#endif
}

} // namespace kith::signal
