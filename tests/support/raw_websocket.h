// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"

#include <optional>

/// A WebSocket by hand, for whoever does what QWebSocket never would: send without reading, begin without ending.
namespace kith::test {

enum class RawChannel { Authenticated, Anonymous };

inline QByteArray upgradeRequest(RawChannel channel) {
    return QByteArray("GET /krp/v1/") + (channel == RawChannel::Authenticated ? "ws" : "drop") +
           " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: krp.v1\r\n\r\n";
}

namespace ws {
inline constexpr char Binary = 0x2;
inline constexpr char Close = 0x8;
inline constexpr char Ping = 0x9;
inline constexpr char Pong = 0xa;
} // namespace ws

/// RFC 6455 5.2: the head of a frame. `first` = its type, with 0x80 when it is the last of its message.
inline QByteArray frameHead(int first, qsizetype size, int mask) {
    QByteArray head(1, static_cast<char>(first));
    if (size < 126) {
        head.append(static_cast<char>(mask | static_cast<int>(size)));
    } else if (size <= 0xffff) {
        head.append(static_cast<char>(mask | 126));
        head.append(static_cast<char>(size >> 8)).append(static_cast<char>(size & 0xff));
    } else {
        head.append(static_cast<char>(mask | 127));
        appendU64(head, static_cast<std::uint64_t>(size));
    }
    return head;
}
/// One message of a client; its mask is zero.
inline QByteArray masked(char type, const QByteArray& payload) {
    return frameHead(0x80 | type, payload.size(), 0x80) + QByteArray(4, '\0') + payload;
}
/// One message of a server.
inline QByteArray unmasked(char type, const QByteArray& payload) {
    return frameHead(0x80 | type, payload.size(), 0) + payload;
}

/// The messages of the other side, out of what has arrived of its stream; those that come in pieces are not put
/// together.
class RawMessages {
public:
    struct Message {
        char type = 0;
        QByteArray payload;
    };
    void add(const QByteArray& bytes) { m_bytes += bytes; }
    std::optional<Message> next() {
        const auto byte = [this](qsizetype at) { return static_cast<std::uint8_t>(m_bytes[at]); };
        if (m_bytes.size() < 2)
            return std::nullopt;
        const bool isMasked = (byte(1) & 0x80U) != 0;
        std::uint64_t size = byte(1) & 0x7fU;
        const int wide = size == 126 ? 2 : size == 127 ? 8 : 0;
        const qsizetype head = 2 + wide + (isMasked ? 4 : 0);
        if (m_bytes.size() < head)
            return std::nullopt;
        if (wide > 0)
            size = 0;
        for (int i = 0; i < wide; ++i)
            size = size << 8U | byte(2 + i);
        if (size > static_cast<std::uint64_t>(m_bytes.size() - head))
            return std::nullopt;
        Message message{static_cast<char>(byte(0) & 0xfU), m_bytes.mid(head, static_cast<qsizetype>(size))};
        for (qsizetype i = 0; isMasked && i < message.payload.size(); ++i)
            message.payload[i] = static_cast<char>(message.payload[i] ^ m_bytes[head - 4 + i % 4]);
        m_bytes.remove(0, head + static_cast<qsizetype>(size));
        return message;
    }

private:
    QByteArray m_bytes;
};

} // namespace kith::test
