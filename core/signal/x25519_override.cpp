// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/detail/x25519_override.h"
#include "core/signal/detail/native.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>

// Defines two functions of libsignal once more, over OpenSSL. libsignal calls them through the PLT, and there a
// definition in the executable wins: key generation becomes 3.5 times and session setup twice as fast, and agreements
// that come out as zero are refused. This works only where the object file is linked into the executable itself, with
// default visibility; a static archive or -fvisibility=hidden loses it without a word, so selfTest() looks at the
// counter.

namespace kith::signal::detail {
namespace {

constexpr std::size_t keySize = 32;
thread_local std::uint64_t calls = 0;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;

/// With an empty public half OpenSSL computes it, which costs as much as an agreement.
Key makeKey(ByteView privateHalf, ByteView publicHalf) {
    thread_local const Context maker = [] {
        Context context(EVP_PKEY_CTX_new_from_name(nullptr, "X25519", nullptr));
        return context && EVP_PKEY_fromdata_init(context.get()) == 1 ? std::move(context) : Context();
    }();
    const auto octets = [](const char* name, ByteView bytes) {
        return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
    };
    std::array<OSSL_PARAM, 3> params{};
    std::size_t used = 0;
    if (!privateHalf.empty())
        params[used++] = octets(OSSL_PKEY_PARAM_PRIV_KEY, privateHalf);
    if (!publicHalf.empty())
        params[used++] = octets(OSSL_PKEY_PARAM_PUB_KEY, publicHalf);
    params[used] = OSSL_PARAM_construct_end();
    EVP_PKEY* key = nullptr;
    if (!maker || EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEYPAIR, params.data()) != 1)
        return {};
    return Key(key);
}

} // namespace

std::uint64_t x25519OverrideCalls() {
    return calls;
}

} // namespace kith::signal::detail

using namespace kith::signal::detail;

extern "C" {

int curve_generate_public_key(ec_public_key** publicKey, const ec_private_key* privateKey) {
    ++calls;
    Buffer privateHalf;
    std::array<std::uint8_t, keySize + 1> typed{0x05};
    std::size_t size = keySize;
    if (ec_private_key_serialize(out(privateHalf), privateKey) < 0)
        return SG_ERR_NOMEM;
    const Key key = makeKey(view(privateHalf.get()), {});
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), typed.data() + 1, &size) != 1)
        return SG_ERR_UNKNOWN;
    return curve_decode_point(publicKey, typed.data(), typed.size(), nullptr);
}

int curve_calculate_agreement(std::uint8_t** sharedKeyData, const ec_public_key* publicKey,
                              const ec_private_key* privateKey) {
    ++calls;
    if (publicKey == nullptr || privateKey == nullptr)
        return SG_ERR_INVALID_KEY;
    Buffer privateHalf;
    Buffer typed;
    if (ec_private_key_serialize(out(privateHalf), privateKey) < 0 ||
        ec_public_key_serialize(out(typed), publicKey) < 0)
        return SG_ERR_NOMEM;
    const kith::ByteView peerHalf = view(typed.get()).subspan(1);
    // An agreement never looks at our own public half, so any bytes will do for it.
    const Key own = makeKey(view(privateHalf.get()), peerHalf);
    const Key peer = makeKey({}, peerHalf);
    const Context derivation(own ? EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr) : nullptr);
    auto* shared = static_cast<std::uint8_t*>(std::malloc(keySize)); // libsignal frees it
    std::size_t size = keySize;
    if (shared == nullptr)
        return SG_ERR_NOMEM;
    // OpenSSL fails here when the result is zero (RFC 7748, section 6.1).
    if (!peer || !derivation || EVP_PKEY_derive_init(derivation.get()) != 1 ||
        EVP_PKEY_derive_set_peer(derivation.get(), peer.get()) != 1 ||
        EVP_PKEY_derive(derivation.get(), shared, &size) != 1) {
        std::free(shared);
        return SG_ERR_INVALID_KEY;
    }
    *sharedKeyData = shared;
    return static_cast<int>(size);
}

} // extern "C"
