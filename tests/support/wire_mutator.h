// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"
#include "core/base/random.h"

#include <optional>
#include <string>
#include <vector>

namespace kith::test {

/// Changes one field of a serialized protobuf message, at any depth, as somebody would who knows the format: extreme
/// numbers, keys of low order, wrong widths, missing and repeated fields. Knows no schema: what parses as a message may
/// be gone into.
class WireMutator {
public:
    explicit WireMutator(Random& random)
        : m_random(random) {}

    std::string mutated(const std::string& bytes) {
        auto fields = parse(bytes);
        if (!fields || fields->empty())
            return noise(bytes.size());
        const std::size_t chosen = m_random.below(fields->size());
        Field& field = (*fields)[chosen];
        if (field.isBytes && !field.bytes.empty() && m_random.below(2) == 0 && parse(field.bytes)) {
            field.bytes = mutated(field.bytes);
            return serialize(*fields);
        }
        switch (m_random.below(8)) {
        case 0:
            fields->erase(fields->begin() + static_cast<std::ptrdiff_t>(chosen));
            break;
        case 1:
            fields->push_back(field);
            break;
        case 2:
            field.isBytes = !field.isBytes;
            break;
        default:
            change(field);
        }
        return serialize(*fields);
    }

private:
    struct Field {
        std::uint64_t number = 0;
        bool isBytes = false;
        std::uint64_t value = 0;
        std::string bytes{};
    };

    void change(Field& field) {
        static constexpr std::uint64_t Numbers[] = {
            0, 1, 2, 255, 0x7fffffff, 0xffffffff, 1ULL << 53U, (1ULL << 63U) - 1, ~0ULL - 300, ~0ULL};
        if (!field.isBytes) {
            field.value = Numbers[m_random.below(std::size(Numbers))];
            return;
        }
        std::string& bytes = field.bytes;
        switch (bytes.empty() ? 5 : m_random.below(8)) {
        case 0:
            bytes.assign(bytes.size(), '\0'); // of low order, where it is a key
            break;
        case 1:
            bytes.assign(bytes.size(), '\xff');
            break;
        case 2:
            bytes = noise(bytes.size());
            break;
        case 3:
            bytes.clear();
            break;
        case 4:
            bytes.pop_back();
            break;
        case 5:
            bytes += '\0';
            break;
        case 6:
            bytes.assign(bytes.size(), '\0');
            bytes[0] = 1; // of low order, too
            break;
        default:
            bytes[m_random.below(bytes.size())] ^= static_cast<char>(1U << m_random.below(8));
        }
    }

    std::string noise(std::size_t size) { return toString(m_random.bytes(static_cast<qsizetype>(size))); }

    static std::optional<std::uint64_t> varint(const std::string& bytes, std::size_t& at) {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(bytes[at++]);
            value |= std::uint64_t(byte & 0x7fU) << shift;
            if (byte < 0x80)
                return value;
        }
        return std::nullopt;
    }
    static std::optional<std::vector<Field>> parse(const std::string& bytes) {
        std::vector<Field> fields;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto tag = varint(bytes, at);
            if (!tag || (*tag >> 3U) == 0 || ((*tag & 7U) != 0 && (*tag & 7U) != 2))
                return std::nullopt;
            Field field{*tag >> 3U, (*tag & 7U) == 2};
            const auto value = varint(bytes, at);
            if (!value || (field.isBytes && *value > bytes.size() - at))
                return std::nullopt;
            field.value = *value;
            if (field.isBytes) {
                field.bytes = bytes.substr(at, *value);
                at += *value;
            }
            fields.push_back(std::move(field));
        }
        return fields;
    }
    static void append(std::string& to, std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U)
            to += static_cast<char>(value | 0x80U);
        to += static_cast<char>(value);
    }
    static std::string serialize(const std::vector<Field>& fields) {
        std::string out;
        for (const Field& field : fields) {
            append(out, field.number << 3U | (field.isBytes ? 2U : 0U));
            append(out, field.isBytes ? field.bytes.size() : field.value);
            if (field.isBytes)
                out += field.bytes;
        }
        return out;
    }

    Random& m_random;
};

} // namespace kith::test
