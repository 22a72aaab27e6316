// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "core/base/secret_bytes.h"

namespace kith {

/// Random bytes, injected so that property tests can seed them. Keys are always made with SystemRandom.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::uint8_t* data, std::size_t size) = 0;

    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    QByteArray bytes(std::size_t size);
    SecretBytes secret(std::size_t size);
    template <typename Id>
    Id id() {
        Id made;
        fill(made.data(), Id::size);
        return made;
    }
};

/// The operating system's generator. Thread: any. Stops the process if the system has no randomness.
class SystemRandom final : public Random {
public:
    void fill(std::uint8_t* data, std::size_t size) override;
};

} // namespace kith
