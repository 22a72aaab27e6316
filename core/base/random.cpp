// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include "core/base/platform.h"

namespace kith {

std::uint64_t Random::below(std::uint64_t bound) {
    INVARIANT(bound > 0);
    // Rejection keeps it uniform: the top partial range is thrown away.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        std::uint64_t value = 0;
        fill(reinterpret_cast<std::uint8_t*>(&value), sizeof value);
        if (value < limit)
            return value % bound;
    }
}

QByteArray Random::bytes(std::size_t size) {
    QByteArray made(static_cast<qsizetype>(size), Qt::Uninitialized);
    fill(reinterpret_cast<std::uint8_t*>(made.data()), size);
    return made;
}

SecretBytes Random::secret(std::size_t size) {
    SecretBytes made(size);
    fill(made.data(), size);
    return made;
}

void SystemRandom::fill(std::uint8_t* data, std::size_t size) {
    platform::systemRandom(data, size);
}

} // namespace kith
