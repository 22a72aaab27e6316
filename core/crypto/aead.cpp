// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"

#include "core/crypto/detail/evp.h"

namespace kith::crypto {
namespace {

enum class Mode { Encrypt, Decrypt };

EVP_CIPHER_CTX* start(Mode mode, ByteView key, ByteView nonce, ByteView associated) {
    thread_local const detail::CipherContext context(EVP_CIPHER_CTX_new());
    INVARIANT(key.size() == AeadKeySize && nonce.size() == AeadNonceSize);
    INVARIANT(EVP_CipherInit_ex2(context.get(), detail::algorithms().aesGcm.get(), key.data(), nonce.data(),
                                 mode == Mode::Encrypt ? 1 : 0, nullptr) == 1);
    int size = 0;
    if (!associated.empty())
        INVARIANT(EVP_CipherUpdate(context.get(), nullptr, &size, associated.data(),
                                   static_cast<int>(associated.size())) == 1);
    return context.get();
}

} // namespace

QByteArray aeadSeal(ByteView key, ByteView nonce, ByteView associated, ByteView plaintext) {
    EVP_CIPHER_CTX* context = start(Mode::Encrypt, key, nonce, associated);
    QByteArray sealed(static_cast<qsizetype>(plaintext.size() + AeadTagSize), Qt::Uninitialized);
    auto* out = reinterpret_cast<std::uint8_t*>(sealed.data());
    int size = 0;
    if (!plaintext.empty())
        INVARIANT(EVP_EncryptUpdate(context, out, &size, plaintext.data(), static_cast<int>(plaintext.size())) == 1);
    INVARIANT(EVP_EncryptFinal_ex(context, out + size, &size) == 1);
    INVARIANT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, AeadTagSize, out + plaintext.size()) == 1);
    EVP_CIPHER_CTX_reset(context);
    return sealed;
}

Result<SecretBytes> aeadOpen(ByteView key, ByteView nonce, ByteView associated, ByteView sealed) {
    if (sealed.size() < AeadTagSize)
        return fail(Code::Corrupt, QStringLiteral("sealed bytes are too short"));
    EVP_CIPHER_CTX* context = start(Mode::Decrypt, key, nonce, associated);
    const std::size_t length = sealed.size() - AeadTagSize;
    SecretBytes plaintext(length);
    int size = 0;
    if (length > 0)
        INVARIANT(EVP_DecryptUpdate(context, plaintext.data(), &size, sealed.data(), static_cast<int>(length)) == 1);
    std::uint8_t tag[AeadTagSize];
    std::memcpy(tag, sealed.data() + length, AeadTagSize);
    INVARIANT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, AeadTagSize, tag) == 1);
    std::uint8_t none[1];
    const bool authentic = EVP_DecryptFinal_ex(context, none, &size) == 1;
    EVP_CIPHER_CTX_reset(context);
    if (!authentic)
        return fail(Code::Corrupt, QStringLiteral("sealed bytes fail their authentication tag"));
    return plaintext;
}

QByteArray boxSeal(Random& random, ByteView key, ByteView associated, ByteView plaintext) {
    const QByteArray nonce = random.bytes(AeadNonceSize);
    return nonce + aeadSeal(key, view(nonce), associated, plaintext);
}

Result<SecretBytes> boxOpen(ByteView key, ByteView associated, ByteView box) {
    if (box.size() < AeadNonceSize)
        return fail(Code::Corrupt, QStringLiteral("sealed bytes are too short"));
    return aeadOpen(key, box.first(AeadNonceSize), associated, box.subspan(AeadNonceSize));
}

} // namespace kith::crypto
