// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/random.h"

#include <random>

namespace kith::test {

/// Time that moves only when told.
class FakeClock final : public Clock {
public:
    explicit FakeClock(WallTime start = WallTime(std::chrono::hours(24 * 20'500)))
        : m_wall(start) {}
    WallTime wall() const override { return m_wall; }
    SteadyTime steady() const override { return m_steady; }
    void advance(Millis by) {
        m_wall += by;
        m_steady += by;
    }
    /// The wall clock alone: somebody set the date.
    void jump(Millis by) { m_wall += by; }

private:
    WallTime m_wall;
    SteadyTime m_steady{Millis(1'000'000)};
};

/// The wall clock of somebody whose date is set wrongly.
class SkewedClock final : public Clock {
public:
    explicit SkewedClock(const Clock& truth)
        : m_truth(truth) {}
    WallTime wall() const override { return m_truth.wall() + m_skew; }
    SteadyTime steady() const override { return m_truth.steady(); }
    void setSkew(Millis skew) { m_skew = skew; }

private:
    const Clock& m_truth;
    Millis m_skew{0};
};

/// Reproducible randomness for property tests; never for keys that matter.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed)
        : m_engine(seed) {}
    void fill(std::uint8_t* data, std::size_t size) override {
        for (std::size_t i = 0; i < size; ++i)
            data[i] = static_cast<std::uint8_t>(m_engine());
    }

private:
    std::mt19937_64 m_engine;
};

/// QVERIFY that prints the error of a Result.
template <typename R>
QByteArray errorText(const R& result) {
    return result ? QByteArray("ok")
                  : (codeName(result.error().code) + QStringLiteral(": ") + result.error().detail).toUtf8();
}

} // namespace kith::test

#define VERIFY_OK(result)                                                                                              \
    do {                                                                                                               \
        auto&& verified = (result);                                                                                    \
        QVERIFY2(bool(verified), ::kith::test::errorText(verified).constData());                                       \
    } while (false)
#define VERIFY_CODE(result, expected)                                                                                  \
    do {                                                                                                               \
        auto&& verified = (result);                                                                                    \
        QVERIFY2(!verified && verified.error().code == (expected), ::kith::test::errorText(verified).constData());     \
    } while (false)
