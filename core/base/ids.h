// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"
#include "core/base/error.h"

#include <QHashFunctions>
#include <QString>

#include <array>
#include <compare>
#include <cstring>
#include <optional>

namespace kith {

/// An identifier of exactly N bytes that no other identifier converts to. A plain value; all zero when default made.
template <typename Tag, std::size_t N>
class FixedId {
public:
    static constexpr std::size_t size = N;

    FixedId() = default;
    /// Nothing unless `bytes` is exactly N long.
    static std::optional<FixedId> from(ByteView bytes) {
        if (bytes.size() != N)
            return std::nullopt;
        FixedId id;
        std::memcpy(id.m_bytes.data(), bytes.data(), N);
        return id;
    }
    static std::optional<FixedId> from(const QByteArray& bytes) { return from(kith::view(bytes)); }
    static std::optional<FixedId> from(const std::string& bytes) { return from(kith::view(bytes)); }
    /// For bytes whose length was checked when they were decoded (wire::decodeFrame) or is enforced by the schema.
    static FixedId checked(ByteView bytes) {
        INVARIANT(bytes.size() == N);
        return *from(bytes);
    }
    static FixedId checked(const std::string& bytes) { return checked(kith::view(bytes)); }
    static FixedId checked(const QByteArray& bytes) { return checked(kith::view(bytes)); }

    ByteView view() const { return m_bytes; }
    std::uint8_t* data() { return m_bytes.data(); }
    std::string str() const { return toString(view()); }
    QByteArray bytes() const { return toByteArray(view()); }
    QString hex() const { return QString::fromLatin1(bytes().toHex()); }
    bool isNull() const { return m_bytes == std::array<std::uint8_t, N>{}; }

    friend bool operator==(const FixedId&, const FixedId&) = default;
    friend auto operator<=>(const FixedId&, const FixedId&) = default; // NOLINT(modernize-use-nullptr): not ours
    friend size_t qHash(const FixedId& id, size_t seed = 0) { return qHashBits(id.m_bytes.data(), N, seed); }

private:
    std::array<std::uint8_t, N> m_bytes{};
};

using AccountId = FixedId<struct AccountTag, 20>;   ///< hash of the account key (PROTOCOL.md s1)
using RelayId = FixedId<struct RelayTag, 20>;       ///< hash of the relay key
using DropId = FixedId<struct DropTag, 16>;         ///< capability address of an inbound drop
using MessageId = FixedId<struct MessageTag, 16>;   ///< logical_id: names a message for ever, with its author
using EnvelopeId = FixedId<struct EnvelopeTag, 16>; ///< msg_id: names one attempt at the relay
using GroupId = FixedId<struct GroupTag, 16>;
using CardId = FixedId<struct CardTag, 16>;
using InviteId = FixedId<struct InviteTag, 32>; ///< SHA-256 of the invite token

/// 1..2^31-1, random, never reused.
enum class DeviceId : std::uint32_t {};
inline std::uint32_t toU32(DeviceId id) {
    return static_cast<std::uint32_t>(id);
}

/// A conversation: kind byte (1 = with a contact, 2 = group) ‖ account id, or group id and four zero bytes.
using ConversationId = FixedId<struct ConversationTag, 21>;
ConversationId conversationWith(const AccountId& contact);
/// The contact of a 1:1 conversation; nothing for a group.
std::optional<AccountId> contactOf(const ConversationId& conversation);

/// RFC 4648 base32 in lower case without padding: how people see account ids.
QString toBase32(ByteView bytes);
/// Accepts both cases; nothing for a foreign character or stray bits.
std::optional<QByteArray> fromBase32(QStringView text);
/// Base64url without padding; strict: nothing for a foreign character or stray bits.
QString toBase64Url(ByteView bytes);
std::optional<QByteArray> fromBase64Url(QStringView text);

} // namespace kith

template <typename Tag, std::size_t N>
struct std::hash<kith::FixedId<Tag, N>> {
    std::size_t operator()(const kith::FixedId<Tag, N>& id) const noexcept { return qHash(id); }
};
