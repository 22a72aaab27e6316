// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/recovery.h"

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"

#include <QList>
#include <QStringList>

namespace kith::crypto {
namespace {

constexpr char Magic[] = "KITHREC1";
constexpr std::size_t MagicSize = 8;
constexpr std::size_t SeedBoxSize = AeadNonceSize + 32 + AeadTagSize;
constexpr std::size_t EntropySize = 16;

SecretBytes seedKey(const SecretBytes& entropy) {
    return hkdf(entropy.view(), {}, view("krp-rec-1"), 32);
}
SecretBytes homesKey(const SecretBytes& seed) {
    return hkdf(seed.view(), {}, view("krp-rec-homes-1"), 32);
}

/// 12 bits: the last characters catch every single mistyped one with probability 4095/4096.
std::uint16_t checkBits(ByteView entropy) {
    const Hash32 hash = sha256({view("krp-rec-check-1"), entropy});
    return static_cast<std::uint16_t>(hash.view()[0] << 4U | hash.view()[1] >> 4U);
}

} // namespace

QString makeRecoveryCode(const SecretBytes& entropy16) {
    INVARIANT(entropy16.size() == EntropySize);
    SecretBytes all(EntropySize + 2); // 140 bits in use: 28 characters of 5
    std::memcpy(all.data(), entropy16.data(), EntropySize);
    const std::uint16_t check = checkBits(entropy16.view());
    all.data()[16] = static_cast<std::uint8_t>(check >> 4U);
    all.data()[17] = static_cast<std::uint8_t>(check << 4U);
    const QString plain = toBase32(all.view()).left(28);
    QString grouped;
    for (qsizetype i = 0; i < plain.size(); ++i) {
        if (i > 0 && i % 4 == 0)
            grouped += u'-';
        grouped += plain[i];
    }
    return grouped;
}

Result<SecretBytes> readRecoveryCode(const QString& code) {
    QString plain;
    for (const QChar c : code)
        if (!c.isSpace() && c != u'-')
            plain += c;
    const auto bytes =
        plain.size() == 28 ? fromBase32(plain + u'a') : std::nullopt; // 29 characters: 145 bits, 18 bytes
    if (!bytes || bytes->size() != 18)
        return fail(Code::Invalid, QStringLiteral("a recovery code has 28 letters and digits 2-7"));
    SecretBytes entropy(view(*bytes).first(EntropySize));
    const auto given = static_cast<std::uint16_t>(view(*bytes)[16] << 4U | view(*bytes)[17] >> 4U);
    if (given != checkBits(entropy.view()))
        return fail(Code::Invalid, QStringLiteral("the recovery code has a typing error"));
    return entropy;
}

QByteArray makeRecoveryFile(Random& random, const SecretBytes& entropy16, const SecretBytes& accountSeed) {
    return QByteArray(Magic) + boxSeal(random, seedKey(entropy16).view(), view(Magic), accountSeed.view());
}

Result<QByteArray> withRecoveryHomes(Random& random, ByteView file, const SecretBytes& accountSeed,
                                     const std::vector<RecoveryHome>& homes) {
    if (file.size() < MagicSize + SeedBoxSize || toByteArray(file.first(MagicSize)) != QByteArray(Magic))
        return fail(Code::Corrupt, QStringLiteral("this is not a recovery file"));
    QByteArray list;
    for (const RecoveryHome& home : homes)
        list += toBase64Url(home.relay.view()).toLatin1() + ' ' + home.endpoint.toString().toUtf8() + '\n';
    return toByteArray(file.first(MagicSize + SeedBoxSize)) +
           boxSeal(random, homesKey(accountSeed).view(), view(Magic), view(list));
}

Result<Recovered> openRecoveryFile(ByteView file, const SecretBytes& entropy16) {
    if (file.size() < MagicSize + SeedBoxSize || file.size() > 16 * 1024 ||
        toByteArray(file.first(MagicSize)) != QByteArray(Magic))
        return fail(Code::Corrupt, QStringLiteral("this is not a recovery file"));
    auto seed = boxOpen(seedKey(entropy16).view(), view(Magic), file.subspan(MagicSize, SeedBoxSize));
    if (!seed)
        return fail(Code::Denied, QStringLiteral("the recovery code does not belong to this file"));
    Recovered recovered{std::move(*seed), {}};
    const ByteView box = file.subspan(MagicSize + SeedBoxSize);
    if (box.empty())
        return recovered;
    TRY_ASSIGN(const SecretBytes list, boxOpen(homesKey(recovered.accountSeed).view(), view(Magic), box));
    for (const QByteArray& line : toByteArray(list.view()).split('\n')) {
        if (line.isEmpty())
            continue;
        const QStringList words = QString::fromUtf8(line).split(u' ');
        const auto id = fromBase64Url(words.first());
        const auto relay = id ? RelayId::from(*id) : std::nullopt;
        if (words.size() != 2 || !relay)
            return fail(Code::Corrupt, QStringLiteral("the recovery file is damaged"));
        TRY_ASSIGN(const wire::Endpoint endpoint, wire::Endpoint::parse(words[1]));
        recovered.homes.push_back({*relay, endpoint});
    }
    return recovered;
}

} // namespace kith::crypto
