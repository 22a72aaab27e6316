// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kith {

/// Borrowed bytes. Valid only as long as their owner; never stored.
using ByteView = std::span<const std::uint8_t>;

inline ByteView view(const QByteArray& bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.constData()), static_cast<std::size_t>(bytes.size())};
}
inline ByteView view(std::string_view bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
inline ByteView view(const std::string& bytes) {
    return view(std::string_view(bytes));
}
inline ByteView view(const char* literal) {
    return view(std::string_view(literal));
}

inline QByteArray toByteArray(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}
inline std::string toString(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string toString(const QByteArray& bytes) {
    return toString(view(bytes));
}

/// Fixed-width big-endian, as in every signed and hashed string (PROTOCOL.md s1).
inline void appendU32(QByteArray& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift & 0xffU));
}
inline void appendU64(QByteArray& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift & 0xffU));
}
inline void append(QByteArray& out, ByteView bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}
/// Big-endian read; the caller has checked the length.
inline std::uint64_t readU64(ByteView bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8U | bytes[i];
    return value;
}
inline std::uint32_t readU32(ByteView bytes) {
    return static_cast<std::uint32_t>(bytes[0]) << 24U | static_cast<std::uint32_t>(bytes[1]) << 16U |
           static_cast<std::uint32_t>(bytes[2]) << 8U | static_cast<std::uint32_t>(bytes[3]);
}

} // namespace kith
