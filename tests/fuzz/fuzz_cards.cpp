// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/aead.h"
#include "core/crypto/card.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/target.h"
#include "tests/support/fakes.h"

using namespace kith;

namespace {

QByteArray seal(const std::string& plaintext) {
    test::SeededRandom random(1);
    return crypto::boxSeal(random, crypto::cardKeyOf(test::fuzzCardSecret()).view(), {}, view(plaintext));
}

void checkOpened(const crypto::Card& card) {
    INVARIANT(card.accountKey == test::fuzzSigningKey().publicKey() && card.salt == test::fuzzSalt());
    INVARIANT(!card.homes.empty() && card.homes.size() <= wire::limits::HomesMax);
    INVARIANT(card.dropSecret.size() == crypto::DropSecretSize);
    INVARIANT(card.name.toUtf8().size() <= static_cast<qsizetype>(wire::limits::NameMax));
    test::SeededRandom random(2);
    const auto again =
        crypto::openCard(test::fuzzCardSecret(), view(crypto::sealCard(random, card, test::fuzzSigningKey())));
    INVARIANT(again && again->name == card.name && again->homes == card.homes && again->drop == card.drop);
    INVARIANT(again->minManifestVersion == card.minManifestVersion);
}

} // namespace

/// What was not sealed here never opens, and a card that its owner did not sign is nobody's; one that opens is within
/// the limits and is the same card after it was sealed again.
KITH_FUZZ_TARGET(cards) {
    test::FuzzInput in(data, size);
    const std::uint8_t mode = in.byte() % 4;
    const std::string bytes = toString(in.rest());
    if (mode == 0) {
        INVARIANT(!crypto::openCard(test::fuzzCardSecret(), view(bytes)));
        return 0;
    }
    std::string plaintext = bytes;
    wire::pb::Signed envelope;
    wire::pb::Card fields;
    if (mode == 2) {
        plaintext = test::fuzzSigned("krp-cardsig-1", bytes).SerializeAsString();
    } else if (mode == 3 && wire::parseLimited(view(bytes), fields)) {
        fields.set_ak(test::fuzzSigningKey().publicKey().str());
        fields.set_salt(test::fuzzSalt().str());
        plaintext = test::fuzzSigned("krp-cardsig-1", fields.SerializeAsString()).SerializeAsString();
    }
    const auto card = crypto::openCard(test::fuzzCardSecret(), view(seal(plaintext)));
    if (!card)
        return 0;
    INVARIANT(wire::parseLimited(view(plaintext), envelope));
    INVARIANT(envelope.sig() == test::fuzzSigned("krp-cardsig-1", envelope.body()).sig());
    checkOpened(*card);
    return 0;
}
