// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/hash.h"

#include "core/crypto/detail/evp.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

namespace kith::crypto {
namespace {

void digest(const EVP_MD* algorithm, std::initializer_list<ByteView> parts, std::uint8_t* out) {
    thread_local const detail::DigestContext context(EVP_MD_CTX_new());
    INVARIANT(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
    for (const ByteView part : parts)
        INVARIANT(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    INVARIANT(EVP_DigestFinal_ex(context.get(), out, nullptr) == 1);
}

} // namespace

Hash32 sha256(std::initializer_list<ByteView> parts) {
    Hash32 hash;
    digest(detail::algorithms().sha256.get(), parts, hash.data());
    return hash;
}

void sha512(std::initializer_list<ByteView> parts, std::uint8_t* out) {
    digest(detail::algorithms().sha512.get(), parts, out);
}

Hash32 hmacSha256(ByteView key, ByteView message) {
    Hash32 mac;
    unsigned int size = 0;
    INVARIANT(HMAC(detail::algorithms().sha256.get(), key.data(), static_cast<int>(key.size()), message.data(),
                   message.size(), mac.data(), &size) != nullptr);
    return mac;
}

SecretBytes hkdf(ByteView inputKey, ByteView salt, ByteView info, std::size_t size) {
    // RFC 5869 2.2 and 2.3 over HMAC: short enough that the EVP_KDF parameter dance would be longer.
    static constexpr std::uint8_t NoSalt[32] = {};
    const Hash32 prk = hmacSha256(salt.empty() ? ByteView(NoSalt) : salt, inputKey);
    INVARIANT(size <= 255 * Hash32::size);
    SecretBytes out(size);
    QByteArray block;
    std::size_t done = 0;
    for (std::uint8_t counter = 1; done < size; ++counter) {
        append(block, info);
        block.append(static_cast<char>(counter));
        Hash32 next = hmacSha256(prk.view(), view(block));
        const std::size_t take = std::min(size - done, Hash32::size);
        std::memcpy(out.data() + done, next.data(), take);
        done += take;
        wipe(block);
        append(block, next.view());
        wipe(next.data(), Hash32::size);
    }
    wipe(block);
    return out;
}

bool constantTimeEqual(ByteView a, ByteView b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace kith::crypto
