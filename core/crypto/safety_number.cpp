// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/safety_number.h"

#include "core/crypto/derive.h"

namespace kith::crypto {

QString safetyHalf(const VerifyKey& accountKey) {
    constexpr int Rounds = 5200;
    std::uint8_t hash[64];
    sha512({view("krp-safety-1"), accountKey.view()}, hash);
    for (int round = 0; round < Rounds; ++round)
        sha512({ByteView(hash), accountKey.view()}, hash);
    QString digits;
    for (std::size_t group = 0; group < 6; ++group) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 5; ++i)
            value = value << 8U | hash[5 * group + i];
        digits += QStringLiteral("%1").arg(value % 100'000, 5, 10, QLatin1Char('0'));
    }
    return digits;
}

QString safetyNumber(const VerifyKey& mine, const VerifyKey& theirs) {
    const bool mineFirst = accountIdOf(mine) < accountIdOf(theirs);
    return mineFirst ? safetyHalf(mine) + safetyHalf(theirs) : safetyHalf(theirs) + safetyHalf(mine);
}

} // namespace kith::crypto
