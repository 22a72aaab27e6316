// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_view.h"

#include <QApplication>
#include <QClipboard>

#include <algorithm>

namespace kith::ui {

TextPlace TimelineView::placeAt(QPoint point) const {
    const int row = m_geometry->rowAt(point.y());
    const BubbleLayout* layout = m_geometry->layout(row);
    const int y = point.y() - m_geometry->bubbleTop(row);
    if (layout == nullptr || y < 0)
        return {row, 0};
    if (y > layout->height())
        return {row, TextPlace::End};
    const int position = layout->text().positionAt(QPoint(point.x(), y));
    return {row, position >= layout->text().shownLength() ? TextPlace::End : position};
}

void TimelineView::selectionChanged(const TimelineSelection& before) {
    if (!before.isEmpty())
        updateRows(before.first().row, before.last().row);
    if (m_selection.isEmpty())
        return;
    updateRows(m_selection.first().row, m_selection.last().row);
    m_model->need(m_selection.first().row, m_selection.last().row);
    if (m_drag == Drag::None && QApplication::clipboard()->supportsSelection())
        QApplication::clipboard()->setText(selectedText(), QClipboard::Selection);
}

void TimelineView::clearSelection() {
    const TimelineSelection before = m_selection;
    m_selection.clear();
    selectionChanged(before);
}

void TimelineView::selectAll() {
    if (!m_geometry || m_model->size() == 0)
        return;
    const TimelineSelection before = m_selection;
    m_selection.start({m_model->size() - 1, TextPlace::End});
    m_selection.extendTo({0, 0});
    selectionChanged(before);
}

void TimelineView::selectRun(TextPlace from, TextPlace to) {
    const TimelineSelection before = m_selection;
    m_dragFirst = from;
    m_dragLast = to;
    m_selection.start(from);
    m_selection.extendTo(to);
    selectionChanged(before);
}

void TimelineView::extendSelection(QPoint point) {
    if (!m_geometry || m_drag == Drag::None)
        return;
    const TimelineSelection before = m_selection;
    TextPlace first = placeAt(point);
    TextPlace last = first;
    if (const BubbleLayout* layout = m_geometry->layout(first.row); layout != nullptr && m_drag != Drag::Character) {
        const int position = std::min(first.position, layout->text().shownLength());
        const TextRun run =
            m_drag == Drag::Word ? layout->text().wordAt(position) : layout->text().paragraphAt(position);
        first.position = run.start;
        last.position = run.end();
    }
    const bool backwards = first < m_dragFirst;
    m_selection.start(backwards ? m_dragLast : m_dragFirst);
    m_selection.extendTo(backwards ? first : std::max(last, m_dragLast));
    if (m_drag == Drag::Character) {
        m_selection.start(m_dragFirst);
        m_selection.extendTo(first);
    }
    selectionChanged(before);
}

QString TimelineView::textOf(int row, bool whole) const {
    const client::TimelineRow* body = m_model->body(row);
    if (body == nullptr || m_model->row(row).isGap())
        return {};
    if (whole)
        return body->text;
    const TextRun part = m_selection.inRow(row, static_cast<int>(body->text.size()));
    return body->text.mid(part.start, part.length);
}

QString TimelineView::selectedText() const {
    if (!m_model || m_selection.isEmpty())
        return {};
    struct Part {
        int row;
        QString text;
    };
    std::vector<Part> parts;
    for (int row = m_selection.first().row; row <= m_selection.last().row; ++row)
        if (QString text = textOf(row, false); !text.isEmpty())
            parts.push_back({row, std::move(text)});
    if (parts.size() == 1)
        return parts.front().text;
    QStringList lines;
    for (const Part& part : parts)
        lines.append(QStringLiteral("[%1] %2: %3")
                         .arg(timeText(m_model->row(part.row).sent_ms),
                              m_model->people().nameOf(m_model->sender(part.row)), part.text));
    return lines.join(u'\n');
}

void TimelineView::copy() const {
    const QString text = hasSelection()              ? selectedText()
                         : m_model && m_current >= 0 ? textOf(m_current, true)
                                                     : QString();
    if (!text.isEmpty())
        QApplication::clipboard()->setText(text);
}

void TimelineView::copyMessage(std::int64_t seq) const {
    const int row = m_model ? m_model->indexOf(seq) : -1;
    if (const QString text = row >= 0 ? textOf(row, true) : QString(); !text.isEmpty())
        QApplication::clipboard()->setText(text);
}

} // namespace kith::ui
