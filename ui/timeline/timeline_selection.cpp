// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_selection.h"

#include <algorithm>

namespace kith::ui {

TextRun TimelineSelection::inRow(int row, int length) const {
    if (!touches(row))
        return {};
    const int start = row == first().row ? std::min(first().position, length) : 0;
    const int end = row == last().row ? std::min(last().position, length) : length;
    return {start, end - start};
}

void TimelineSelection::extendTo(TextPlace at) {
    if (at.row > m_anchor.row + RowsMax - 1)
        at = {m_anchor.row + RowsMax - 1, TextPlace::End};
    if (at.row < m_anchor.row - RowsMax + 1)
        at = {m_anchor.row - RowsMax + 1, 0};
    m_head = at;
}

void TimelineSelection::rowsInserted(int first, int count) {
    if (isEmpty())
        return;
    for (TextPlace* place : {&m_anchor, &m_head})
        if (place->row >= first)
            place->row += count;
}

void TimelineSelection::rowsRemoved(int first, int count) {
    if (isEmpty())
        return;
    for (TextPlace* place : {&m_anchor, &m_head}) {
        if (place->row >= first + count)
            place->row -= count;
        else if (place->row >= first)
            *place = {first, 0};
    }
}

} // namespace kith::ui
