// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/secret_bytes.h"

#include "core/base/platform.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace kith {

SecretBytes::SecretBytes(std::size_t size)
    : m_data(size > 0 ? platform::allocateSecret(size) : nullptr)
    , m_size(size) {}

SecretBytes::SecretBytes(ByteView bytes)
    : SecretBytes(bytes.size()) {
    if (m_data != nullptr)
        std::memcpy(m_data, bytes.data(), bytes.size());
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr))
    , m_size(std::exchange(other.m_size, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
        release();
        m_data = std::exchange(other.m_data, nullptr);
        m_size = std::exchange(other.m_size, 0);
    }
    return *this;
}

SecretBytes::~SecretBytes() {
    release();
}

void SecretBytes::release() {
    if (m_data == nullptr)
        return;
    wipe(m_data, m_size);
    platform::freeSecret(m_data, m_size);
    m_data = nullptr;
    m_size = 0;
}

void wipe(void* data, std::size_t size) {
    volatile auto* bytes = static_cast<volatile std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = 0;
}

void wipe(QByteArray& bytes) {
    // data() detaches a shared array: wiping is for sole owners, and then it writes in place.
    wipe(bytes.data(), static_cast<std::size_t>(bytes.size()));
    bytes.clear();
}

void wipe(QString& text) {
    wipe(text.data(), sizeof(QChar) * static_cast<std::size_t>(text.size()));
    text.clear();
}

void wipe(std::string& bytes) {
    wipe(bytes.data(), bytes.size());
    bytes.clear();
}

} // namespace kith
