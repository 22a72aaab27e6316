// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <openssl/evp.h>

#include <memory>

namespace kith::crypto::detail {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// Fetched once: an implicit fetch in every call costs more than the hash itself.
struct Algorithms {
    std::unique_ptr<EVP_MD, Freed<EVP_MD_free>> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    std::unique_ptr<EVP_MD, Freed<EVP_MD_free>> sha512{EVP_MD_fetch(nullptr, "SHA512", nullptr)};
    std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>> aesGcm{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
};
inline const Algorithms& algorithms() {
    static const Algorithms table;
    INVARIANT(table.sha256 && table.sha512 && table.aesGcm);
    return table;
}

} // namespace kith::crypto::detail
