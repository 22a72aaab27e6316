// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"

#include <QString>

namespace kith {

/// Bytes that must not outlive their use: wiped when freed, kept out of swap and core dumps where the system allows,
/// moved but never copied by accident. Thread: any, as a value.
class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size);
    /// Copies; the caller wipes its own source (see wipe).
    explicit SecretBytes(ByteView bytes);
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    /// A second owner, made on purpose.
    SecretBytes clone() const { return SecretBytes(view()); }
    ByteView view() const { return {m_data, m_size}; }
    std::uint8_t* data() { return m_data; }
    const std::uint8_t* data() const { return m_data; }
    std::size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }

private:
    void release();

    std::uint8_t* m_data = nullptr;
    std::size_t m_size = 0;
};

/// Overwrites in a way the compiler may not remove.
void wipe(void* data, std::size_t size);
void wipe(QByteArray& bytes);
void wipe(std::string& bytes);
void wipe(QString& text);

} // namespace kith
