// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/bytes.h"
#include "core/base/error.h"

#include <algorithm>

/// The entry of a fuzz target: libFuzzer's in a program of its own, else a function of its own name, so that
/// fuzz_replay links all of them. A broken promise is an INVARIANT: it ends the process, which is what a fuzzer sees.
#ifdef KITH_LIBFUZZER
#define KITH_FUZZ_TARGET(name) extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#define KITH_FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size)
#endif

namespace kith::test {

/// Reads an input from its front; zeros when there is nothing left.
class FuzzInput {
public:
    FuzzInput(const std::uint8_t* data, std::size_t size)
        : m_bytes(data, size) {}

    bool isEmpty() const { return m_bytes.empty(); }
    std::uint8_t byte() {
        const ByteView one = take(1);
        return one.empty() ? std::uint8_t{0} : one[0];
    }
    std::size_t u16() {
        const std::size_t high = byte();
        return high << 8U | byte();
    }
    /// At most `size` bytes.
    ByteView take(std::size_t size) {
        const ByteView taken = m_bytes.first(std::min(size, m_bytes.size()));
        m_bytes = m_bytes.subspan(taken.size());
        return taken;
    }
    ByteView rest() { return take(m_bytes.size()); }

private:
    ByteView m_bytes;
};

} // namespace kith::test
