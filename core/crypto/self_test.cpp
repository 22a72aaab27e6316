// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/self_test.h"

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/crypto/seal.h"

namespace kith::crypto {
namespace {

QByteArray hex(const char* text) {
    return QByteArray::fromHex(text);
}

bool sha256Works() { // FIPS 180-4, "abc"
    return sha256(view("abc")).bytes() == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
bool hkdfWorks() { // RFC 5869 A.1
    const SecretBytes key = hkdf(view(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b")),
                                 view(hex("000102030405060708090a0b0c")), view(hex("f0f1f2f3f4f5f6f7f8f9")), 42);
    return toByteArray(key.view()) ==
           hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}
bool aeadWorks() { // NIST GCM test case 14 (AES-256, zero key, nonce and block)
    const QByteArray zeros(32, '\0');
    const QByteArray sealed = aeadSeal(view(zeros), view(zeros.left(12)), {}, view(zeros.left(16)));
    return sealed == hex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}
bool signatureWorks() { // RFC 8032 7.1, test 2
    const auto key =
        SigningKey::fromSeed(view(hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
    const QByteArray expected = hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    return key && key->sign(view("r")).bytes() == expected &&
           verifySignature(key->publicKey(), view("r"), view(expected)) &&
           !verifySignature(key->publicKey(), view("s"), view(expected));
}
bool agreementWorks() { // RFC 7748 6.1
    const auto bob = DhKey::fromPrivate(view(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")));
    const QByteArray alice = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    if (!bob)
        return false;
    const auto shared = bob->agree(DhPublicKey::checked(alice));
    return shared &&
           toByteArray(shared->view()) == hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742") &&
           !bob->agree(DhPublicKey());
}
bool sealWorks() { // RFC 9180 A.1.2, key schedule
    const auto ephemeral =
        DhKey::fromPrivate(view(hex("463426a9ffb42bb17dbe6044b9abd1d4e4d95f9041cef0e99d7824eef2b6f588")));
    const QByteArray recipient = hex("9fed7e8c17387560e92cc6462a68049657246a09bfa8ade7aefe589672016366");
    const auto shared = ephemeral ? hpke::encapsulate(*ephemeral, DhPublicKey::checked(recipient))
                                  : Result<SecretBytes>(fail(Code::Internal, {}));
    if (!shared)
        return false;
    const auto keys = hpke::schedulePsk(hpke::Aead::Aes128Gcm, shared->view(), view("Ode on a Grecian Urn"),
                                        view(hex("0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82")),
                                        view("Ennyn Durin aran Moria"));
    return toByteArray(keys.key.view()) == hex("15026dba546e3ae05836fc7de5a7bb26");
}

} // namespace

Result<void> selfTest() {
    const struct {
        const char* name;
        bool (*works)();
    } tests[] = {{"SHA-256", sha256Works},    {"HKDF", hkdfWorks},        {"AES-256-GCM", aeadWorks},
                 {"Ed25519", signatureWorks}, {"X25519", agreementWorks}, {"HPKE", sealWorks}};
    for (const auto& test : tests)
        if (!test.works())
            return fail(Code::Internal, QStringLiteral("known answer of %1 is wrong").arg(QLatin1String(test.name)));
    return {};
}

} // namespace kith::crypto
