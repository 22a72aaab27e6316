// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/detail/crypto_provider.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

namespace kith::signal::detail {
namespace {

constexpr std::size_t macSize = 32;
constexpr std::size_t sha512Size = 64;
constexpr std::size_t aesKeySize = 32;
constexpr std::size_t aesBlockSize = 16;

template <auto free>
struct With {
    template <typename T>
    void operator()(T* object) const {
        free(object);
    }
};
using Mac = std::unique_ptr<EVP_MAC_CTX, With<EVP_MAC_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, With<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, With<EVP_CIPHER_CTX_free>>;

struct Algorithms {
    EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    EVP_MD* sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    EVP_CIPHER* aes256cbc = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
};
const Algorithms& algorithms() {
    static const Algorithms fetched; // never freed: OpenSSL's own exit handler may run first
    return fetched;
}

Mac newMac() {
    if (algorithms().hmac == nullptr)
        return {};
    Mac mac(EVP_MAC_CTX_new(algorithms().hmac));
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                           OSSL_PARAM_construct_end()};
    if (mac && EVP_MAC_CTX_set_params(mac.get(), params.data()) != 1)
        return {};
    return mac;
}

/// Contexts that wait for their next use on this thread; libsignal has one or two in use at a time.
std::vector<Mac>& idleMacs() {
    thread_local std::vector<Mac> idle;
    return idle;
}

int toCode(bool ok) {
    return ok ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

int fillRandom(std::uint8_t* data, std::size_t size, void* random) {
    static_cast<Random*>(random)->fill(data, size);
    return SG_SUCCESS;
}

int initMac(void** context, const std::uint8_t* key, std::size_t size, void*) {
    // libsignal hands its uninitialised pointer to cleanup when init fails.
    *context = nullptr;
    Mac mac;
    if (idleMacs().empty()) {
        mac = newMac();
    } else {
        mac = std::move(idleMacs().back());
        idleMacs().pop_back();
    }
    if (!mac || EVP_MAC_init(mac.get(), key, size, nullptr) != 1)
        return SG_ERR_UNKNOWN;
    *context = mac.release();
    return SG_SUCCESS;
}

int updateMac(void* context, const std::uint8_t* data, std::size_t size, void*) {
    return toCode(EVP_MAC_update(static_cast<EVP_MAC_CTX*>(context), data, size) == 1);
}

int finishMac(void* context, signal_buffer** output, void*) {
    signal_buffer* mac = signal_buffer_alloc(macSize);
    std::size_t size = 0;
    if (mac == nullptr)
        return SG_ERR_NOMEM;
    if (EVP_MAC_final(static_cast<EVP_MAC_CTX*>(context), signal_buffer_data(mac), &size, macSize) != 1) {
        signal_buffer_free(mac);
        return SG_ERR_UNKNOWN;
    }
    *output = mac;
    return SG_SUCCESS;
}

void recycleMac(void* context, void*) {
    if (context != nullptr)
        idleMacs().emplace_back(static_cast<EVP_MAC_CTX*>(context));
}

int initSha512(void** context, void*) {
    *context = nullptr;
    Digest digest(EVP_MD_CTX_new());
    if (!digest || EVP_DigestInit_ex2(digest.get(), algorithms().sha512, nullptr) != 1)
        return SG_ERR_UNKNOWN;
    *context = digest.release();
    return SG_SUCCESS;
}

int updateSha512(void* context, const std::uint8_t* data, std::size_t size, void*) {
    return toCode(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context), data, size) == 1);
}

int finishSha512(void* context, signal_buffer** output, void*) {
    auto* digest = static_cast<EVP_MD_CTX*>(context);
    signal_buffer* hash = signal_buffer_alloc(sha512Size);
    if (hash == nullptr)
        return SG_ERR_NOMEM;
    // libsignal goes on with the same context (iterated hashing), so it is started again here.
    if (EVP_DigestFinal_ex(digest, signal_buffer_data(hash), nullptr) != 1 ||
        EVP_DigestInit_ex2(digest, algorithms().sha512, nullptr) != 1) {
        signal_buffer_free(hash);
        return SG_ERR_UNKNOWN;
    }
    *output = hash;
    return SG_SUCCESS;
}

void freeSha512(void* context, void*) {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

/// The thread's cipher context. Only AES-256-CBC with PKCS #7 padding: CTR serves message version 2, which nobody here
/// speaks, so a record or message that asks for it is refused.
EVP_CIPHER_CTX* cipherFor(int kind, std::size_t keySize, std::size_t ivSize) {
    if (kind != SG_CIPHER_AES_CBC_PKCS5 || keySize != aesKeySize || ivSize != aesBlockSize)
        return nullptr;
    thread_local const Cipher cipher(EVP_CIPHER_CTX_new());
    return cipher.get();
}

int encrypt(signal_buffer** output, int kind, const std::uint8_t* key, std::size_t keySize, const std::uint8_t* iv,
            std::size_t ivSize, const std::uint8_t* plaintext, std::size_t size, void*) {
    EVP_CIPHER_CTX* cipher = cipherFor(kind, keySize, ivSize);
    if (cipher == nullptr || size > INT_MAX - aesBlockSize)
        return SG_ERR_INVAL;
    signal_buffer* ciphertext = signal_buffer_alloc((size / aesBlockSize + 1) * aesBlockSize);
    if (ciphertext == nullptr)
        return SG_ERR_NOMEM;
    std::uint8_t* to = signal_buffer_data(ciphertext);
    int body = 0;
    int last = 0;
    if (EVP_EncryptInit_ex2(cipher, algorithms().aes256cbc, key, iv, nullptr) != 1 ||
        EVP_EncryptUpdate(cipher, to, &body, plaintext, static_cast<int>(size)) != 1 ||
        EVP_EncryptFinal_ex(cipher, to + body, &last) != 1) {
        signal_buffer_free(ciphertext);
        return SG_ERR_UNKNOWN;
    }
    *output = ciphertext;
    return SG_SUCCESS;
}

int decrypt(signal_buffer** output, int kind, const std::uint8_t* key, std::size_t keySize, const std::uint8_t* iv,
            std::size_t ivSize, const std::uint8_t* ciphertext, std::size_t size, void*) {
    EVP_CIPHER_CTX* cipher = cipherFor(kind, keySize, ivSize);
    if (cipher == nullptr || size > INT_MAX - aesBlockSize)
        return SG_ERR_INVAL;
    // How long the plaintext is shows in its last byte only, and a signal_buffer cannot be shortened.
    thread_local std::vector<std::uint8_t> plaintext;
    plaintext.resize(size + aesBlockSize);
    int body = 0;
    int last = 0;
    int code = SG_ERR_INVALID_MESSAGE;
    if (EVP_DecryptInit_ex2(cipher, algorithms().aes256cbc, key, iv, nullptr) == 1 &&
        EVP_DecryptUpdate(cipher, plaintext.data(), &body, ciphertext, static_cast<int>(size)) == 1 &&
        EVP_DecryptFinal_ex(cipher, plaintext.data() + body, &last) == 1) {
        *output = signal_buffer_create(plaintext.data(), static_cast<std::size_t>(body + last));
        code = *output != nullptr ? SG_SUCCESS : SG_ERR_NOMEM;
    }
    wipe(plaintext.data(), plaintext.size());
    return code;
}

} // namespace

signal_crypto_provider cryptoProvider(Random& random) {
    signal_crypto_provider provider{};
    provider.random_func = fillRandom;
    provider.hmac_sha256_init_func = initMac;
    provider.hmac_sha256_update_func = updateMac;
    provider.hmac_sha256_final_func = finishMac;
    provider.hmac_sha256_cleanup_func = recycleMac;
    provider.sha512_digest_init_func = initSha512;
    provider.sha512_digest_update_func = updateSha512;
    provider.sha512_digest_final_func = finishSha512;
    provider.sha512_digest_cleanup_func = freeSha512;
    provider.encrypt_func = encrypt;
    provider.decrypt_func = decrypt;
    provider.user_data = &random;
    return provider;
}

} // namespace kith::signal::detail
