// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/text_runs.h"

#include <compare>
#include <limits>

namespace kith::ui {

/// A place between two characters of a timeline.
struct TextPlace {
    static constexpr int End = std::numeric_limits<int>::max(); ///< of the text of the row, collapsed or not

    int row = 0;
    int position = 0;
    friend auto operator<=>(const TextPlace&, const TextPlace&) = default; // NOLINT(modernize-use-nullptr): not ours
};

/// What is selected of a timeline: from an anchor, where it began, to a head, which moves. Goes with its rows when
/// others come or go. Never more than RowsMax rows, so that all of them can be in memory to be copied.
class TimelineSelection {
public:
    static constexpr int RowsMax = 1'000;

    bool isEmpty() const { return m_anchor == m_head; }
    TextPlace anchor() const { return m_anchor; }
    TextPlace head() const { return m_head; }
    TextPlace first() const { return std::min(m_anchor, m_head); }
    TextPlace last() const { return std::max(m_anchor, m_head); }
    bool touches(int row) const { return !isEmpty() && row >= first().row && row <= last().row; }
    /// The selected part of a row's text of that length.
    TextRun inRow(int row, int length) const;

    void clear() { m_anchor = m_head = TextPlace(); }
    void start(TextPlace at) { m_anchor = m_head = at; }
    void extendTo(TextPlace at);

    void rowsInserted(int first, int count);
    void rowsRemoved(int first, int count);

private:
    TextPlace m_anchor;
    TextPlace m_head;
};

} // namespace kith::ui
