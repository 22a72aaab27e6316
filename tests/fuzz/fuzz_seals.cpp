// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/seal.h"
#include "core/wire/envelope.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/target.h"
#include "tests/support/fakes.h"

using namespace kith;

namespace {

void checkSeal(ByteView padded) {
    const auto seal = wire::decodeSeal(padded);
    if (!seal)
        return;
    INVARIANT(AccountId::checked(seal->sender_account()).size == 20 && seal->sender_device() != 0);
    INVARIANT(seal->manifest().body().size() <= wire::limits::ManifestMax);
    const auto bytes = wire::encodeSeal(*seal);
    INVARIANT(bytes && static_cast<std::size_t>(bytes->size()) <= padded.size());
    const auto again = wire::decodeSeal(view(*bytes));
    INVARIANT(again && *wire::encodeSeal(*again) == *bytes);
}

/// Around bytes that may be a Seal, the padding that they should have.
QByteArray padded(ByteView seal) {
    QByteArray bytes;
    appendU32(bytes, static_cast<std::uint32_t>(seal.size()));
    append(bytes, seal);
    qsizetype size = 1024;
    while (size < bytes.size())
        size *= 2;
    return bytes.append(QByteArray(size - bytes.size(), '\0'));
}

Result<SecretBytes> open(ByteView body) {
    return crypto::openBody(test::fuzzSealKey(), view(test::fuzzPsk()), test::fuzzDrop().view(), view("info"), body);
}

/// Sealed here, then one byte changed (or none, by a change of zero).
void sealAndChange(test::FuzzInput& in) {
    const std::size_t position = in.u16();
    const std::uint8_t change = in.byte();
    const ByteView plaintext = in.rest();
    test::SeededRandom random(1);
    auto body = crypto::sealBody(random, test::fuzzSealKey().publicKey(), view(test::fuzzPsk()),
                                 test::fuzzDrop().view(), view("info"), plaintext);
    INVARIANT(body);
    const auto at = static_cast<qsizetype>(position % static_cast<std::size_t>(body->size()));
    (*body)[at] = static_cast<char>((*body)[at] ^ change);
    const auto opened = open(view(*body));
    INVARIANT(opened.has_value() == (change == 0));
    INVARIANT(!opened || toByteArray(opened->view()) == toByteArray(plaintext));
}

} // namespace

/// A seal that decodes survives its own encoding, which is no longer than the given one. A body that was not sealed
/// here never opens; one that was opens to what went in, and not with any byte of it changed.
KITH_FUZZ_TARGET(seals) {
    test::FuzzInput in(data, size);
    switch (in.byte() % 4) {
    case 0:
        checkSeal(in.rest());
        break;
    case 1:
        checkSeal(view(padded(in.rest())));
        break;
    case 2:
        INVARIANT(!open(in.rest()));
        break;
    default:
        sealAndChange(in);
    }
    return 0;
}
