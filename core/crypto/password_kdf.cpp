// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/password_kdf.h"

#include <QString>
#include <QStringDecoder>

#include <algorithm>
#include <argon2.h>

namespace kith::crypto {

bool KdfParams::isWithinBounds() const {
    return memoryKiB >= 19 * 1024 && memoryKiB <= 1024 * 1024 && passes >= 1 && passes <= 10 && lanes >= 1 &&
           lanes <= 8;
}

SecretBytes normalisedPassphrase(ByteView passphrase) {
    const auto isUnseen = [](QChar c) {
        constexpr char16_t ByteOrderMark = 0xfeff;
        return c.category() == QChar::Other_Control || c.category() == QChar::Separator_Line ||
               c.category() == QChar::Separator_Paragraph || c.unicode() == ByteOrderMark;
    };
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder(QByteArrayView(passphrase.data(), static_cast<qsizetype>(passphrase.size())));
    const bool isText = !decoder.hasError();
    QString form = text.normalized(QString::NormalizationForm_C);
    wipe(text);
    if (!isText) {
        wipe(form);
        return SecretBytes(passphrase);
    }
    auto* end = std::remove_if(form.begin(), form.end(), isUnseen); // in place: no copy stays behind
    auto* begin = std::find_if_not(form.begin(), end, [](QChar c) { return c.isSpace(); });
    while (end != begin && end[-1].isSpace())
        --end;
    QByteArray bytes = QStringView(begin, end).toUtf8();
    wipe(form);
    SecretBytes secret(view(bytes));
    wipe(bytes);
    return secret;
}

Result<SecretBytes> deriveFromPassphrase(ByteView passphrase, ByteView salt, const KdfParams& params) {
    if (!params.isWithinBounds())
        return fail(Code::Invalid, QStringLiteral("key derivation parameters are out of bounds"));
    if (salt.size() != KdfSaltSize || passphrase.size() > PassphraseMax)
        return fail(Code::Invalid, QStringLiteral("a passphrase has at most %1 bytes").arg(PassphraseMax));
    SecretBytes key(32);
    const int code = argon2id_hash_raw(params.passes, params.memoryKiB, params.lanes, passphrase.data(),
                                       passphrase.size(), salt.data(), salt.size(), key.data(), key.size());
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(Code::Unavailable, QStringLiteral("not enough memory to derive the key; close other programs"));
    if (code != ARGON2_OK)
        return fail(Code::Internal, QString::fromLatin1(argon2_error_message(code)));
    return key;
}

} // namespace kith::crypto
