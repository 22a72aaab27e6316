// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/card.h"

#include "core/crypto/aead.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"

namespace kith::crypto {
namespace {

using namespace wire::limits;

QByteArray signedString(ByteView body) {
    QByteArray message = QByteArrayLiteral("krp-cardsig-1");
    append(message, sha256(body).view());
    return message;
}

} // namespace

QByteArray sealCard(Random& random, const Card& card, const SigningKey& accountKey) {
    INVARIANT(card.accountKey == accountKey.publicKey());
    wire::pb::Card out;
    out.set_v(1);
    out.set_ak(card.accountKey.str());
    out.set_salt(card.salt.str());
    out.set_min_manifest_ver(card.minManifestVersion);
    for (const RelayId& home : card.homes)
        out.add_homes(home.str());
    out.set_drop_id(card.drop.str());
    out.set_drop_secret(toString(card.dropSecret.view()));
    out.set_name(card.name.toStdString());
    wire::pb::Signed envelope;
    envelope.set_body(out.SerializeAsString());
    envelope.set_sig(accountKey.sign(view(signedString(view(envelope.body())))).str());
    std::string plaintext = envelope.SerializeAsString();
    const QByteArray body =
        boxSeal(random, cardKeyOf(cardSecretOf(card.accountKey, card.salt)).view(), {}, view(plaintext));
    wipe(plaintext);
    return body;
}

Result<Card> openCard(const wire::CardSecret& secret, ByteView body) {
    if (body.size() > CardMax)
        return fail(Code::TooLarge, QStringLiteral("the contact card is too large"));
    const auto invalid = [] { return fail(Code::Invalid, QStringLiteral("the contact card is malformed")); };
    TRY_ASSIGN(const SecretBytes plaintext, boxOpen(cardKeyOf(secret).view(), {}, body));
    wire::pb::Signed envelope;
    wire::pb::Card given;
    if (!wire::parseLimited(plaintext.view(), envelope) || !wire::parseLimited(view(envelope.body()), given))
        return invalid();
    const auto key = VerifyKey::from(given.ak());
    const auto salt = CardSalt::from(given.salt());
    const auto drop = DropId::from(given.drop_id());
    if (given.v() != 1 || !key || !salt || !drop || given.drop_secret().size() != DropSecretSize ||
        given.homes_size() < 1 || given.homes_size() > HomesMax || given.name().size() > NameMax)
        return invalid();
    if (cardSecretOf(*key, *salt) != secret ||
        !verifySignature(*key, view(signedString(view(envelope.body()))), view(envelope.sig())))
        return fail(Code::Untrusted, QStringLiteral("the contact card is not the one this link was made for"));
    Card card{*key,
              *salt,
              given.min_manifest_ver(),
              {},
              *drop,
              SecretBytes(view(given.drop_secret())),
              QString::fromStdString(given.name())};
    for (const std::string& home : given.homes()) {
        const auto id = RelayId::from(home);
        if (!id)
            return invalid();
        card.homes.push_back(*id);
    }
    wipe(*given.mutable_drop_secret());
    return card;
}

} // namespace kith::crypto
