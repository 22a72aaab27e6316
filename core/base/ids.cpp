// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ids.h"

namespace kith {
namespace {
constexpr char Base32Alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
}

ConversationId conversationWith(const AccountId& contact) {
    ConversationId id;
    id.data()[0] = 1;
    std::memcpy(id.data() + 1, contact.view().data(), AccountId::size);
    return id;
}

std::optional<AccountId> contactOf(const ConversationId& conversation) {
    if (conversation.view()[0] != 1)
        return std::nullopt;
    return AccountId::from(conversation.view().subspan(1));
}

QString toBase32(ByteView bytes) {
    QString text;
    text.reserve(static_cast<qsizetype>((bytes.size() * 8 + 4) / 5));
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        buffer = buffer << 8U | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text.append(QLatin1Char(Base32Alphabet[buffer >> bits & 31U]));
        }
    }
    if (bits > 0)
        text.append(QLatin1Char(Base32Alphabet[buffer << (5 - bits) & 31U]));
    return text;
}

std::optional<QByteArray> fromBase32(QStringView text) {
    QByteArray bytes;
    bytes.reserve(text.size() * 5 / 8);
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const QChar given : text) {
        const char16_t c = given.toLower().unicode();
        std::uint32_t digit = 0;
        if (c >= u'a' && c <= u'z')
            digit = c - u'a';
        else if (c >= u'2' && c <= u'7')
            digit = c - u'2' + 26U;
        else
            return std::nullopt;
        buffer = (buffer << 5U | digit) & 0xfffU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.append(static_cast<char>(buffer >> bits & 0xffU));
        }
    }
    const bool strayBits = bits >= 5 || (buffer & ((1U << bits) - 1U)) != 0;
    return strayBits ? std::nullopt : std::optional(bytes);
}

QString toBase64Url(ByteView bytes) {
    return QString::fromLatin1(
        toByteArray(bytes).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
}

std::optional<QByteArray> fromBase64Url(QStringView text) {
    const auto decoded = QByteArray::fromBase64Encoding(text.toLatin1(), QByteArray::Base64UrlEncoding |
                                                                             QByteArray::AbortOnBase64DecodingErrors);
    // Encoding it again refuses stray bits and padding: one value has one spelling.
    if (!decoded || toBase64Url(view(*decoded)) != text)
        return std::nullopt;
    return *decoded;
}

} // namespace kith
