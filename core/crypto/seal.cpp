// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/seal.h"

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"

namespace kith::crypto {
namespace {

constexpr std::uint8_t Suite = 0x01;
constexpr std::uint8_t ModePsk = 0x01;
// RFC 9180 7: "KEM" ‖ 0x0020; "HPKE" ‖ 0x0020 ‖ 0x0001 ‖ the AEAD's number
constexpr std::uint8_t KemSuite[] = {'K', 'E', 'M', 0x00, 0x20};

QByteArray labeled(ByteView suite, const char* label, ByteView bytes) {
    QByteArray out = QByteArrayLiteral("HPKE-v1");
    append(out, suite);
    out.append(label);
    append(out, bytes);
    return out;
}

/// RFC 9180 4: LabeledExtract, LabeledExpand.
Hash32 extract(ByteView suite, ByteView salt, const char* label, ByteView inputKey) {
    static constexpr std::uint8_t NoSalt[32] = {};
    QByteArray input = labeled(suite, label, inputKey);
    const Hash32 prk = hmacSha256(salt.empty() ? ByteView(NoSalt) : salt, view(input));
    wipe(input);
    return prk;
}
SecretBytes expand(ByteView suite, ByteView prk, const char* label, ByteView info, std::uint8_t size) {
    QByteArray input(1, '\0');
    input.append(static_cast<char>(size));
    input.append(labeled(suite, label, info));
    input.append('\x01');
    // Everything here is at most one block long.
    const Hash32 block = hmacSha256(prk, view(input));
    return SecretBytes(block.view().first(size));
}

Result<SecretBytes> kemSecret(Result<SecretBytes> dh, const DhPublicKey& ephemeral, const DhPublicKey& recipient) {
    TRY_ASSIGN(const SecretBytes agreed, std::move(dh));
    QByteArray context;
    append(context, ephemeral.view());
    append(context, recipient.view());
    const Hash32 prk = extract(KemSuite, {}, "eae_prk", agreed.view());
    return expand(KemSuite, prk.view(), "shared_secret", view(context), 32);
}

} // namespace

Result<SecretBytes> hpke::encapsulate(const DhKey& ephemeral, const DhPublicKey& recipient) {
    return kemSecret(ephemeral.agree(recipient), ephemeral.publicKey(), recipient);
}

Result<SecretBytes> hpke::decapsulate(const DhKey& recipient, const DhPublicKey& ephemeral) {
    return kemSecret(recipient.agree(ephemeral), ephemeral, recipient.publicKey());
}

hpke::KeyAndNonce hpke::schedulePsk(Aead aead, ByteView sharedSecret, ByteView info, ByteView psk, ByteView pskId) {
    const std::uint8_t suite[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, static_cast<std::uint8_t>(aead)};
    QByteArray context(1, static_cast<char>(ModePsk));
    append(context, extract(suite, {}, "psk_id_hash", pskId).view());
    append(context, extract(suite, {}, "info_hash", info).view());
    const Hash32 secret = extract(suite, sharedSecret, "secret", psk);
    return {expand(suite, secret.view(), "key", view(context), aead == Aead::Aes128Gcm ? 16 : AeadKeySize),
            expand(suite, secret.view(), "base_nonce", view(context), AeadNonceSize)};
}

Result<QByteArray> sealBody(Random& random, const DhPublicKey& recipient, ByteView psk, ByteView pskId, ByteView info,
                            ByteView plaintext) {
    TRY_ASSIGN(const DhKey ephemeral, DhKey::fromPrivate(random.secret(32).view()));
    TRY_ASSIGN(const SecretBytes shared, hpke::encapsulate(ephemeral, recipient));
    const hpke::KeyAndNonce keys = hpke::schedulePsk(hpke::Aead::Aes256Gcm, shared.view(), info, psk, pskId);
    QByteArray body(1, static_cast<char>(Suite));
    body.reserve(static_cast<qsizetype>(plaintext.size() + SealOverhead));
    append(body, ephemeral.publicKey().view());
    body.append(aeadSeal(keys.key.view(), keys.nonce.view(), {}, plaintext));
    return body;
}

Result<SecretBytes> openBody(const DhKey& recipient, ByteView psk, ByteView pskId, ByteView info, ByteView body) {
    if (body.size() < SealOverhead || body[0] != Suite)
        return fail(Code::Invalid, QStringLiteral("sealed body of an unknown form"));
    TRY_ASSIGN(const SecretBytes shared, hpke::decapsulate(recipient, DhPublicKey::checked(body.subspan(1, 32))));
    const hpke::KeyAndNonce keys = hpke::schedulePsk(hpke::Aead::Aes256Gcm, shared.view(), info, psk, pskId);
    return aeadOpen(keys.key.view(), keys.nonce.view(), {}, body.subspan(33));
}

} // namespace kith::crypto
