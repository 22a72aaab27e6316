// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/detail/native.h"

#include "core/signal/detail/crypto_provider.h"

#include <algorithm>
#include <array>

namespace kith::signal::detail {
namespace {

constexpr std::uint8_t curveType = 0x05;
constexpr std::size_t keySize = 32;

using Point = std::array<std::uint8_t, keySize>; // little-endian

constexpr Point small(std::uint8_t value) {
    return {value};
}
/// p - below, for p = 2^255 - 19.
constexpr Point fieldPrimeMinus(int below) {
    Point point;
    point.fill(0xff);
    point[0] = static_cast<std::uint8_t>(0xed - below);
    point[31] = 0x7f;
    return point;
}

constexpr std::array<Point, 5> lowOrderPoints = {{
    small(0),
    small(1),
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    fieldPrimeMinus(1),
}};

/// point < p, read as little-endian numbers.
bool isCanonical(const Point& point) {
    constexpr Point prime = fieldPrimeMinus(0);
    return std::lexicographical_compare(point.rbegin(), point.rend(), prime.rbegin(), prime.rend());
}

} // namespace

Result<void> check(int code, Work work) {
    if (code >= 0)
        return {};
    if (code == SG_ERR_NOMEM)
        return fail(Code::Internal, QStringLiteral("out of memory"));
    if (work == Work::Keys)
        return fail(Code::Internal, QStringLiteral("libsignal could not make or use a key (%1)").arg(code));
    if (work == Work::Input)
        return fail(Code::Invalid, QStringLiteral("malformed message (%1)").arg(code));
    switch (code) {
    case SG_ERR_DUPLICATE_MESSAGE:
        return fail(Code::Duplicate, QStringLiteral("the message was decrypted before"));
    case SG_ERR_INVALID_KEY_ID:
        return fail(Code::NotFound, QStringLiteral("the message names a prekey that is not there"));
    case SG_ERR_NO_SESSION:
        return fail(Code::NotFound, QStringLiteral("no session"));
    case SG_ERR_UNTRUSTED_IDENTITY:
        return fail(Code::Untrusted, QStringLiteral("the identity key is not the one of the manifest"));
    case SG_ERR_INVALID_KEY:
        // Keys of the peer were checked before: with a bundle only the signature is left, else a key of the record.
        return work == Work::Bundle
                   ? fail(Code::Untrusted, QStringLiteral("the signed prekey is not signed by its identity"))
                   : fail(Code::Corrupt, QStringLiteral("the session record holds a bad key"));
    case SG_ERR_INVALID_MAC:
    case SG_ERR_INVALID_MESSAGE:
    case SG_ERR_INVALID_VERSION:
    case SG_ERR_LEGACY_MESSAGE:
        return fail(Code::Invalid, QStringLiteral("no session opens the message"));
    default:
        // INVALID_PROTO_BUF, UNKNOWN and INVAL: a record that does not parse or lacks a part.
        return fail(Code::Corrupt, QStringLiteral("the session record is damaged (%1)").arg(code));
    }
}

Result<std::unique_ptr<SignalContext>> SignalContext::create(Random& random) {
    signal_context* context = nullptr;
    TRY(check(signal_context_create(&context, nullptr), Work::Keys));
    std::unique_ptr<SignalContext> made(new SignalContext(context));
    const signal_crypto_provider provider = cryptoProvider(random);
    TRY(check(signal_context_set_crypto_provider(context, &provider), Work::Keys));
    return made;
}

Result<Ref<ec_public_key>> decodePublic(ByteView key32) {
    INVARIANT(key32.size() == keySize);
    std::array<std::uint8_t, keySize + 1> typed{curveType};
    std::memcpy(typed.data() + 1, key32.data(), keySize);
    Ref<ec_public_key> key;
    TRY(check(curve_decode_point(out(key), typed.data(), typed.size(), nullptr), Work::Keys));
    return key;
}

Result<Ref<ec_private_key>> decodePrivate(ByteView key32) {
    Ref<ec_private_key> key;
    TRY(check(curve_decode_private_point(out(key), key32.data(), key32.size(), nullptr), Work::Keys));
    return key;
}

Result<void> checkPeerKey(ByteView key32) {
    INVARIANT(key32.size() == keySize);
    Point point;
    std::memcpy(point.data(), key32.data(), keySize);
    if (!isCanonical(point))
        return fail(Code::Invalid, QStringLiteral("a public key is not in its canonical form"));
    if (std::ranges::find(lowOrderPoints, point) != lowOrderPoints.end())
        return fail(Code::Invalid, QStringLiteral("a public key is of low order"));
    return {};
}

} // namespace kith::signal::detail
