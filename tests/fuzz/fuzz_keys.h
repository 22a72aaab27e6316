// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/derive.h"
#include "core/crypto/password_kdf.h"
#include "core/wire/identity.pb.h"

/// The keys that fuzz targets and their seeds share. They are public and protect nothing.
namespace kith::test {

inline const crypto::SigningKey& fuzzSigningKey() {
    static const crypto::SigningKey key = crypto::SigningKey::fromSeed(view(QByteArray(32, 'k'))).value();
    return key;
}
inline const crypto::DhKey& fuzzSealKey() {
    static const crypto::DhKey key = crypto::DhKey::fromPrivate(view(QByteArray(32, 'd'))).value();
    return key;
}
inline QByteArray fuzzPsk() {
    return QByteArray(32, 'p');
}
inline DropId fuzzDrop() {
    return DropId::checked(std::string(DropId::size, 'o'));
}
inline crypto::CardSalt fuzzSalt() {
    return crypto::CardSalt::checked(std::string(crypto::CardSalt::size, 's'));
}
inline wire::CardSecret fuzzCardSecret() {
    static const wire::CardSecret secret = crypto::cardSecretOf(fuzzSigningKey().publicKey(), fuzzSalt());
    return secret;
}
inline constexpr char FuzzPassphrase[] = "correct horse";
inline constexpr crypto::KdfParams FuzzKdf{19 * 1024, 1, 1};

/// A body with the signature that follows `domain`, as manifests, cards and descriptors are signed.
inline wire::pb::Signed fuzzSigned(const char* domain, const std::string& body) {
    QByteArray message(domain);
    append(message, crypto::sha256(view(body)).view());
    wire::pb::Signed out;
    out.set_body(body);
    out.set_sig(fuzzSigningKey().sign(view(message)).str());
    return out;
}
/// The body, and behind it its signature.
inline wire::pb::Signed fuzzSplit(ByteView bytes) {
    const std::size_t sig = std::min<std::size_t>(bytes.size(), 64);
    wire::pb::Signed out;
    out.set_body(toString(bytes.first(bytes.size() - sig)));
    out.set_sig(toString(bytes.last(sig)));
    return out;
}

} // namespace kith::test
