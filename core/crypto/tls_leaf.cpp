// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/tls_leaf.h"

#include "core/crypto/detail/evp.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace kith::crypto {
namespace {

using detail::Freed;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using MemoryBio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

constexpr long TenYears = 3650L * 24 * 3600;
constexpr long OneDay = 24 * 3600; // a client whose clock is behind must not see a certificate of the future

Error failure() {
    return fail(Code::Internal, QStringLiteral("cannot make a TLS certificate"));
}

Result<Hash32> pinOf(X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0)
        return fail(Code::Invalid, QStringLiteral("a certificate has no public key"));
    const Hash32 pin = sha256(ByteView(der, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    return pin;
}

ByteView contentOf(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

bool fillIn(X509* certificate, EVP_PKEY* key) {
    std::uint8_t serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] &= 0x7fU;
    const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* commonName = reinterpret_cast<const unsigned char*>("kith relay");
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
           X509_set_version(certificate, 2) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -OneDay) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), TenYears) != nullptr &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, commonName, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

} // namespace

Result<TlsLeaf> makeTlsLeaf() {
    const detail::Pkey key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    if (!key || !certificate || !fillIn(certificate.get(), key.get()))
        return failure();
    const MemoryBio certificateBio(BIO_new(BIO_s_mem()));
    const MemoryBio keyBio(BIO_new(BIO_s_secmem()));
    if (PEM_write_bio_X509(certificateBio.get(), certificate.get()) != 1 ||
        PEM_write_bio_PrivateKey(keyBio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failure();
    TRY_ASSIGN(const Hash32 pin, pinOf(certificate.get()));
    return TlsLeaf{toByteArray(contentOf(certificateBio.get())), SecretBytes(contentOf(keyBio.get())), pin};
}

Result<Hash32> leafPinOf(ByteView certificateDer) {
    const unsigned char* data = certificateDer.data();
    const Certificate certificate(d2i_X509(nullptr, &data, static_cast<long>(certificateDer.size())));
    if (!certificate)
        return fail(Code::Invalid, QStringLiteral("a certificate does not parse"));
    return pinOf(certificate.get());
}

} // namespace kith::crypto
