// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/timeline/height_index.h"

#include <QTest>

#include <numeric>
#include <random>

namespace kith::test {

using ui::HeightIndex;

namespace {

/// What HeightIndex must answer, the slow way.
struct Plain {
    std::vector<std::int32_t> heights;

    std::int64_t top(int row) const { return std::accumulate(heights.begin(), heights.begin() + row, std::int64_t{0}); }
    int rowAt(std::int64_t y) const {
        std::int64_t bottom = 0;
        for (std::size_t row = 0; row < heights.size(); ++row) {
            bottom += heights[row];
            if (std::max<std::int64_t>(y, 0) < bottom)
                return static_cast<int>(row);
        }
        return static_cast<int>(heights.size()) - 1;
    }
};

} // namespace

class TestHeightIndex : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emptyHasNoRows() {
        const HeightIndex index;
        QCOMPARE(index.size(), 0);
        QCOMPARE(index.total(), 0);
        QCOMPARE(index.rowAt(0), -1);
    }

    void answersLikeAPlainVectorAfterAnyHistory() {
        std::mt19937_64 random(seed());
        for (int run = 0; run < 40; ++run) {
            HeightIndex index;
            Plain plain;
            for (int step = 0; step < 120; ++step) {
                change(random, index, plain);
                compare(random, index, plain);
            }
        }
    }

    void pagesInFrontOfManyRowsKeepEveryTop() {
        HeightIndex index;
        Plain plain;
        for (int page = 0; page < 300; ++page) {
            std::vector<std::int32_t> heights(100);
            std::iota(heights.begin(), heights.end(), page);
            index.prepend(heights);
            plain.heights.insert(plain.heights.begin(), heights.begin(), heights.end());
        }
        QCOMPARE(index.size(), 30'000);
        QCOMPARE(index.total(), plain.top(30'000));
        for (int row = 0; row < 30'000; row += 997)
            QCOMPARE(index.top(row), plain.top(row));
    }

private:
    static std::vector<std::int32_t> someHeights(std::mt19937_64& random) {
        // Now and then more than the room that is kept in front.
        std::vector<std::int32_t> heights(random() % (random() % 20 == 0 ? 1500 : 40));
        for (std::int32_t& height : heights)
            height = random() % 8 == 0 ? 0 : static_cast<std::int32_t>(random() % 400);
        return heights;
    }

    static void change(std::mt19937_64& random, HeightIndex& index, Plain& plain) {
        const auto size = plain.heights.size();
        const auto at = plain.heights.begin();
        switch (random() % 6) {
        case 0: {
            const auto heights = someHeights(random);
            index.append(heights);
            plain.heights.insert(plain.heights.end(), heights.begin(), heights.end());
            break;
        }
        case 1: {
            const auto heights = someHeights(random);
            index.prepend(heights);
            plain.heights.insert(at, heights.begin(), heights.end());
            break;
        }
        case 2: {
            const auto heights = someHeights(random);
            const auto row = static_cast<int>(random() % (size + 1));
            index.insert(row, heights);
            plain.heights.insert(at + row, heights.begin(), heights.end());
            break;
        }
        case 3: {
            const auto row = static_cast<int>(random() % (size + 1));
            const auto count = static_cast<int>(random() % (size - static_cast<std::size_t>(row) + 1));
            index.remove(row, count);
            plain.heights.erase(at + row, at + row + count);
            break;
        }
        case 4: {
            plain.heights = someHeights(random);
            index.assign(plain.heights);
            break;
        }
        default:
            for (int i = 0; size > 0 && i < 10; ++i) {
                const auto row = random() % size;
                plain.heights[row] = static_cast<std::int32_t>(random() % 1000);
                index.set(static_cast<int>(row), plain.heights[row]);
            }
        }
    }

    static void compare(std::mt19937_64& random, const HeightIndex& index, const Plain& plain) {
        const int size = static_cast<int>(plain.heights.size());
        QCOMPARE(index.size(), size);
        QCOMPARE(index.total(), plain.top(size));
        QCOMPARE(index.rowAt(-5), plain.rowAt(-5));
        QCOMPARE(index.rowAt(index.total() + 1), plain.rowAt(index.total() + 1));
        for (int i = 0; size > 0 && i < 8; ++i) {
            const auto row = static_cast<int>(random() % static_cast<std::uint64_t>(size));
            QCOMPARE(index.height(row), plain.heights[static_cast<std::size_t>(row)]);
            QCOMPARE(index.top(row), plain.top(row));
            const auto y = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(index.total() + 1));
            QCOMPARE(index.rowAt(y), plain.rowAt(y));
        }
    }
};

KITH_TEST(TestHeightIndex)

} // namespace kith::test

#include "test_height_index.moc"
