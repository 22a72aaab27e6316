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

bool startsWithZeros(const Hash32& hash, std::uint32_t bits) {
    const std::uint64_t head = readU64(hash.view());
    return static_cast<std::uint32_t>(std::countl_zero(head)) >= bits;
}

} // namespace

bool checkPow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour, std::uint64_t nonce,
              std::uint32_t bits) {
    QByteArray bytes = puzzle(drop, envelope, hour);
    appendU64(bytes, nonce);
    return bits <= 64 && startsWithZeros(sha256(view(bytes)), bits);
}

std::optional<std::uint64_t> solvePow(const DropId& drop, const EnvelopeId& envelope, std::uint32_t hour,
                                      std::uint32_t bits, const std::atomic<bool>& cancelled) {
    const QByteArray head = puzzle(drop, envelope, hour);
    std::uint8_t tail[NonceSize];
    for (std::uint64_t nonce = 0; !cancelled.load(std::memory_order_relaxed); ++nonce) {
        for (std::size_t i = 0; i < NonceSize; ++i)
            tail[i] = static_cast<std::uint8_t>(nonce >> (56 - 8 * i));
        if (startsWithZeros(sha256({view(head), ByteView(tail)}), bits))
            return nonce;
    }
    return std::nullopt;
}

} // namespace kith::crypto
