// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/pow.h"

#include <bit>

namespace kith::crypto {
namespace {

constexpr std::size_t NonceSize = 8;

QByteArray puzzle(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour) {
    QByteArray bytes = QByteArrayLiteral("krp-pow-1");
    append(bytes, drop.view());
    append(bytes, envelope.view());
    appendU32(bytes, hour);
    return bytes;
}

/// At most 64.
std::uint32_t leadingZeros(const Hash32& hash) {
    return static_cast<std::uint32_t>(std::countl_zero(readU64(hash.view())));
}

} // namespace

bool checkPow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour, std::uint64_t nonce,
              std::uint32_t bits) {
    return powBits(drop, envelope, hour, nonce) >= bits;
}

std::uint32_t powBits(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour, std::uint64_t nonce) {
    QByteArray bytes = puzzle(drop, envelope, hour);
    appendU64(bytes, nonce);
    return leadingZeros(sha256(view(bytes)));
}

std::optional<std::uint64_t> solvePow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour,
                                      std::uint32_t bits, const std::atomic<bool>& cancelled) {
    const QByteArray head = puzzle(drop, envelope, hour);
    std::uint8_t tail[NonceSize];
    for (std::uint64_t nonce = 0; !cancelled.load(std::memory_order_relaxed); ++nonce) {
        for (std::size_t i = 0; i < NonceSize; ++i)
            tail[i] = static_cast<std::uint8_t>(nonce >> (56 - 8 * i));
        if (leadingZeros(sha256({view(head), ByteView(tail)})) >= bits)
            return nonce;
    }
    return std::nullopt;
}

} // namespace kith::crypto
