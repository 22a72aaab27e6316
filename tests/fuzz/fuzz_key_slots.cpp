// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/key_slots.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/target.h"
#include "tests/support/fakes.h"

using namespace kith;
using namespace kith::crypto;

namespace {

constexpr std::size_t HeaderSize = 4 + 2 + (1 + 12 + 16) + (12 + 32 + 16) + 32;

/// The only header that the passphrase opens.
const QByteArray& goodHeader() {
    static const QByteArray header = [] {
        test::SeededRandom random(1);
        return key_slots::create(random, view(test::FuzzPassphrase), test::FuzzKdf)->header;
    }();
    return header;
}

KdfParams paramsOf(ByteView header) {
    return {readU32(header.subspan(7)), readU32(header.subspan(11)), readU32(header.subspan(15))};
}

/// SCHEMA.md, "header": what is said without a key.
std::optional<Code> refusal(ByteView header) {
    if (header.size() < 6 || toString(header.first(4)) != "KITH")
        return Code::Corrupt;
    if (header[4] != 1)
        return Code::Invalid;
    if (header[5] != 1 || header.size() != HeaderSize || header[6] != 1)
        return Code::Corrupt;
    const KdfParams params = paramsOf(header);
    const bool fits = params.memoryKiB >= 19 * 1024 && params.memoryKiB <= 1024 * 1024 && params.passes >= 1 &&
                      params.passes <= 10 && params.lanes >= 1 && params.lanes <= 8;
    return fits ? std::nullopt : std::optional(Code::Corrupt);
}

} // namespace

/// A header is refused for its form before anything is derived, and only the very header that was made opens. A
/// passphrase that is too long is refused between these two steps: with it, most inputs cost no Argon2id.
KITH_FUZZ_TARGET(key_slots) {
    const ByteView header(data, size);
    const auto expected = refusal(header);
    const QByteArray tooLong(1025, 'x');
    const auto unopened = key_slots::open(header, view(tooLong));
    INVARIANT(!unopened && unopened.error().code == expected.value_or(Code::Denied));
    if (expected || paramsOf(header) != test::FuzzKdf)
        return 0;
    const bool isGood = toByteArray(header) == goodHeader();
    if (!isGood && sha256(header).view()[0] != 0) // one of 256
        return 0;
    const auto opened = key_slots::open(header, view(test::FuzzPassphrase));
    INVARIANT(opened.has_value() == isGood);
    INVARIANT(opened || opened.error().code == Code::Denied || opened.error().code == Code::Corrupt);
    return 0;
}
