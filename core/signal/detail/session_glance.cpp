// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/detail/session_glance.h"

namespace kith::signal::detail {
namespace {

constexpr char storedFormat = 1;
constexpr std::uint8_t curveType = 0x05;

// LocalStorageProtocol.proto
enum RecordField : std::uint32_t { CurrentSession = 1, PreviousSessions = 2 };
enum SessionField : std::uint32_t { SessionVersion = 1, RemoteIdentity = 3, SenderChain = 6, PendingPreKey = 9 };
enum ChainField : std::uint32_t { SenderRatchetKey = 1 };

// A state that was never filled keeps libsignal's initial version 2; used ones have 3.
constexpr std::uint64_t emptyStateVersion = 2;
constexpr std::uint64_t usedStateVersion = 3;

/// Walks the fields of one protobuf message in place.
class FieldReader {
public:
    explicit FieldReader(ByteView message)
        : m_rest(message) {}

    /// False at the end, and at damage.
    bool next() {
        if (m_rest.empty())
            return false;
        const auto tag = varint();
        m_field = static_cast<std::uint32_t>(tag >> 3U);
        m_bytes = {};
        m_number = 0;
        switch (tag & 7U) {
        case 0:
            m_number = varint();
            break;
        case 1:
            take(8);
            break;
        case 2:
            take(varint());
            break;
        case 5:
            take(4);
            break;
        default:
            m_damaged = true;
        }
        return !m_damaged;
    }
    bool damaged() const { return m_damaged; }
    std::uint32_t field() const { return m_field; }
    std::uint64_t number() const { return m_number; }
    ByteView bytes() const { return m_bytes; }

private:
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < m_rest.size() && i < 10; ++i) {
            value |= static_cast<std::uint64_t>(m_rest[i] & 0x7fU) << (7 * i);
            if ((m_rest[i] & 0x80U) == 0) {
                m_rest = m_rest.subspan(i + 1);
                return value;
            }
        }
        m_damaged = true;
        return 0;
    }
    void take(std::uint64_t size) {
        if (m_damaged || size > m_rest.size()) {
            m_damaged = true;
            return;
        }
        m_bytes = m_rest.first(static_cast<std::size_t>(size));
        m_rest = m_rest.subspan(static_cast<std::size_t>(size));
    }

    ByteView m_rest;
    ByteView m_bytes;
    std::uint64_t m_number = 0;
    std::uint32_t m_field = 0;
    bool m_damaged = false;
};

template <typename Id>
std::optional<Id> publicKey(ByteView typed) {
    return typed.size() == Id::size + 1 && typed[0] == curveType ? Id::from(typed.subspan(1)) : std::nullopt;
}

bool readChain(ByteView chain, SessionGlance& glance) {
    FieldReader reader(chain);
    while (reader.next()) {
        if (reader.field() == SenderRatchetKey)
            glance.ownRatchetKey = publicKey<RatchetKey>(reader.bytes());
    }
    glance.canSend = glance.ownRatchetKey.has_value();
    return !reader.damaged() && glance.canSend;
}

bool readState(ByteView state, SessionGlance& glance) {
    std::uint64_t version = 0;
    bool sound = true;
    FieldReader reader(state);
    while (sound && reader.next()) {
        switch (reader.field()) {
        case SessionVersion:
            version = reader.number();
            break;
        case RemoteIdentity:
            glance.identity = publicKey<IdentityKey>(reader.bytes());
            sound = glance.identity.has_value();
            break;
        case SenderChain:
            sound = readChain(reader.bytes(), glance);
            break;
        case PendingPreKey:
            glance.unacknowledged = true;
            break;
        default:
            break;
        }
    }
    const bool whole = glance.canSend ? glance.identity && version == usedStateVersion : version == emptyStateVersion;
    return sound && !reader.damaged() && whole;
}

} // namespace

QByteArray StoredSession::encode(WallTime opened, ByteView record) {
    QByteArray bytes(headerSize + static_cast<qsizetype>(record.size()), Qt::Uninitialized);
    char* to = bytes.data();
    *to++ = storedFormat;
    const auto openedMs = static_cast<std::uint64_t>(toMs(opened));
    for (int shift = 56; shift >= 0; shift -= 8)
        *to++ = static_cast<char>(openedMs >> shift & 0xffU);
    std::memcpy(to, record.data(), record.size());
    return bytes;
}

Result<StoredSession> StoredSession::decode(const QByteArray& bytes) {
    if (bytes.size() <= headerSize || bytes[0] != storedFormat)
        return fail(Code::Corrupt, QStringLiteral("the stored session has another format"));
    const ByteView all = view(bytes);
    return StoredSession{fromMs(static_cast<std::int64_t>(readU64(all.subspan(1)))), all.subspan(headerSize)};
}

Result<SessionGlance> SessionGlance::of(ByteView record) {
    SessionGlance current;
    bool sound = true;
    FieldReader reader(record);
    while (sound && reader.next()) {
        if (reader.field() == CurrentSession) {
            sound = readState(reader.bytes(), current);
        } else if (reader.field() == PreviousSessions) {
            SessionGlance archived;
            sound = readState(reader.bytes(), archived);
            ++current.archivedStates;
        }
    }
    if (!sound || reader.damaged())
        return fail(Code::Corrupt, QStringLiteral("the session record is damaged"));
    return current;
}

} // namespace kith::signal::detail
