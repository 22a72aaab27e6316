// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"

#include <functional>
#include <vector>

namespace kith::test {

// Field numbers of libsignal's WhisperTextProtocol.proto.
namespace prekey_field {
enum : std::uint32_t { OneTimePreKeyId = 1, BaseKey = 2, IdentityKey = 3, Message = 4, SignedPreKeyId = 6 };
}
namespace whisper_field {
enum : std::uint32_t { RatchetKey = 1, Counter = 2, Body = 4 };
}
constexpr qsizetype macSize = 8;

/// A protobuf message taken apart, so that a test can play the hostile sender that no engine would be.
class ProtoEdit {
public:
    explicit ProtoEdit(const QByteArray& bytes) {
        qsizetype at = 0;
        const auto varint = [&] {
            std::uint64_t value = 0;
            for (int shift = 0; at < bytes.size(); shift += 7) {
                const auto byte = static_cast<std::uint8_t>(bytes[at++]);
                value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
                if ((byte & 0x80U) == 0)
                    break;
            }
            return value;
        };
        while (at < bytes.size()) {
            const auto tag = varint();
            Field field{static_cast<std::uint32_t>(tag >> 3U), (tag & 7U) == 2, 0, {}};
            field.number = varint();
            if (field.isBytes) {
                field.bytes = bytes.mid(at, static_cast<qsizetype>(field.number));
                at += field.bytes.size();
            }
            m_fields.push_back(field);
        }
    }

    QByteArray bytes(std::uint32_t field) const {
        for (const Field& each : m_fields) {
            if (each.id == field)
                return each.bytes;
        }
        return {};
    }
    ProtoEdit& set(std::uint32_t field, const QByteArray& value) {
        for (Field& each : m_fields) {
            if (each.id == field)
                each.bytes = value;
        }
        return *this;
    }
    ProtoEdit& set(std::uint32_t field, std::uint64_t value) {
        for (Field& each : m_fields) {
            if (each.id == field)
                each.number = value;
        }
        return *this;
    }
    ProtoEdit& remove(std::uint32_t field) {
        std::erase_if(m_fields, [field](const Field& each) { return each.id == field; });
        return *this;
    }
    QByteArray encoded() const {
        QByteArray out;
        const auto varint = [&](std::uint64_t value) {
            for (; value >= 0x80; value >>= 7U)
                out.append(static_cast<char>(value | 0x80U));
            out.append(static_cast<char>(value));
        };
        for (const Field& field : m_fields) {
            varint(field.id << 3U | (field.isBytes ? 2U : 0U));
            varint(field.isBytes ? static_cast<std::uint64_t>(field.bytes.size()) : field.number);
            out += field.bytes;
        }
        return out;
    }

private:
    struct Field {
        std::uint32_t id;
        bool isBytes;
        std::uint64_t number;
        QByteArray bytes;
    };
    std::vector<Field> m_fields;
};

using Edit = std::function<void(ProtoEdit&)>;

/// version ‖ protobuf.
inline QByteArray editPreKeyMessage(const QByteArray& message, const Edit& edit) {
    ProtoEdit fields(message.mid(1));
    edit(fields);
    return message.left(1) + fields.encoded();
}
/// version ‖ protobuf ‖ MAC.
inline QByteArray editWhisperMessage(const QByteArray& message, const Edit& edit) {
    ProtoEdit fields(message.mid(1, message.size() - 1 - macSize));
    edit(fields);
    return message.left(1) + fields.encoded() + message.right(macSize);
}
/// The message inside a prekey message.
inline QByteArray editInnerMessage(const QByteArray& message, const Edit& edit) {
    return editPreKeyMessage(message, [&](ProtoEdit& outer) {
        outer.set(prekey_field::Message, editWhisperMessage(outer.bytes(prekey_field::Message), edit));
    });
}
/// libsignal writes 0x05 before a public key.
inline QByteArray typed(ByteView key32) {
    return QByteArray(1, '\x05') + toByteArray(key32);
}

} // namespace kith::test
