// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/height_index.h"

#include <algorithm>
#include <bit>

namespace kith::ui {
namespace {

constexpr int RoomMin = 1024;

std::size_t lowestBit(std::size_t i) {
    return i & (~i + 1);
}

} // namespace

std::int64_t HeightIndex::sumBefore(int row) const {
    std::int64_t sum = 0;
    for (std::size_t i = slot(row); i > 0; i -= lowestBit(i))
        sum += m_tree[i - 1];
    return sum;
}

int HeightIndex::rowAt(std::int64_t y) const {
    if (size() == 0)
        return -1;
    // Finds how many slots together reach no further than y; the free ones in front always do.
    std::size_t passed = 0;
    std::int64_t left = std::max<std::int64_t>(y, 0);
    for (std::size_t step = std::bit_floor(m_tree.size()); step > 0; step /= 2) {
        if (passed + step <= m_tree.size() && m_tree[passed + step - 1] <= left) {
            passed += step;
            left -= m_tree[passed - 1];
        }
    }
    return std::clamp(static_cast<int>(passed) - m_first, 0, size() - 1);
}

void HeightIndex::add(std::size_t slot, std::int64_t difference) {
    for (std::size_t i = slot + 1; i <= m_tree.size(); i += lowestBit(i))
        m_tree[i - 1] += difference;
}

void HeightIndex::set(int row, int height) {
    std::int32_t& old = m_heights[slot(row)];
    if (old == height)
        return;
    add(slot(row), std::int64_t{height} - old);
    old = height;
}

void HeightIndex::append(std::span<const std::int32_t> heights) {
    for (const std::int32_t height : heights) {
        m_heights.push_back(height);
        const std::size_t i = m_heights.size();
        std::int64_t sum = height;
        for (std::size_t step = 1; step < lowestBit(i); step *= 2)
            sum += m_tree[i - step - 1];
        m_tree.push_back(sum);
    }
}

void HeightIndex::prepend(std::span<const std::int32_t> heights) {
    const int count = static_cast<int>(heights.size());
    if (count <= m_first) {
        m_first -= count;
        for (int i = 0; i < count; ++i)
            set(i, heights[static_cast<std::size_t>(i)]);
        return;
    }
    const int room = std::max(RoomMin, size() / 2);
    std::vector<std::int32_t> grown(static_cast<std::size_t>(room), 0);
    grown.reserve(grown.size() + heights.size() + static_cast<std::size_t>(size()));
    grown.insert(grown.end(), heights.begin(), heights.end());
    grown.insert(grown.end(), m_heights.begin() + m_first, m_heights.end());
    m_heights = std::move(grown);
    m_first = room;
    rebuild();
}

void HeightIndex::insert(int row, std::span<const std::int32_t> heights) {
    if (row == size())
        return append(heights);
    if (row == 0)
        return prepend(heights);
    m_heights.insert(m_heights.begin() + m_first + row, heights.begin(), heights.end());
    rebuild();
}

void HeightIndex::remove(int row, int count) {
    if (row + count == size()) {
        m_heights.resize(m_heights.size() - static_cast<std::size_t>(count));
        m_tree.resize(m_heights.size());
        return;
    }
    m_heights.erase(m_heights.begin() + m_first + row, m_heights.begin() + m_first + row + count);
    rebuild();
}

void HeightIndex::assign(std::vector<std::int32_t> heights) {
    m_heights = std::move(heights);
    m_first = 0;
    rebuild();
}

void HeightIndex::rebuild() {
    m_tree.assign(m_heights.begin(), m_heights.end());
    for (std::size_t i = 1; i <= m_tree.size(); ++i)
        if (const std::size_t parent = i + lowestBit(i); parent <= m_tree.size())
            m_tree[parent - 1] += m_tree[i - 1];
}

} // namespace kith::ui
