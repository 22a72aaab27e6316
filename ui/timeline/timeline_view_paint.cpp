// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_view.h"

#include <QDateTime>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>

namespace kith::ui {

void TimelineView::change(const std::function<void(TimelineGeometry&)>& what) {
    point(0, overlay::Action::None);
    const TimelineGeometry::Shown before = m_geometry->shown();
    what(*m_geometry);
    const TimelineGeometry::Shown& after = m_geometry->shown();
    // What is seen before and after keeps its pixels when it moved as one piece and the rest went out or came in where
    // that piece left or made room.
    const auto isSeq = [](std::int64_t seq) { return [seq](const auto& row) { return row.first == seq; }; };
    auto old = before.begin();
    while (old != before.end() && std::none_of(after.begin(), after.end(), isSeq(old->first)))
        ++old;
    if (old == before.end())
        viewport()->update();
    else
        repaintAfter(before, static_cast<std::size_t>(old - before.begin()));
    moved();
}

/// `kept`: the first of the rows before that is still there.
void TimelineView::repaintAfter(const TimelineGeometry::Shown& before, std::size_t kept) {
    const TimelineGeometry::Shown& after = m_geometry->shown();
    std::size_t start = 0;
    while (after[start].first != before[kept].first)
        ++start;
    const int shift = after[start].second - before[kept].second;
    std::size_t common = 0;
    while (kept + common < before.size() && start + common < after.size() &&
           before[kept + common].first == after[start + common].first &&
           after[start + common].second - before[kept + common].second == shift)
        ++common;
    const bool lostAbove = kept > 0;
    const bool lostBelow = kept + common < before.size();
    const bool newAbove = start > 0;
    const bool newBelow = start + common < after.size();
    if ((lostAbove && shift >= 0) || (lostBelow && shift <= 0) || (newAbove && shift <= 0) ||
        (newBelow && shift >= 0)) {
        viewport()->update();
        return;
    }
    if (shift == 0)
        return;
    viewport()->scroll(0, shift);
    updateOverlays(shift);
    // Beside that piece there are new rows, and pixels of rows that went out only in part or not at all.
    const int first = m_geometry->firstVisible() + static_cast<int>(start);
    const int last = first + static_cast<int>(common) - 1;
    viewport()->update(QRegion(viewport()->rect()) - rowRect(first).united(rowRect(last)));
}

void TimelineView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const QRegion& region = event->region();
    for (const QRect& rect : region) {
        painter.fillRect(rect, m_theme.tokens().chat);
        m_work.pixelsPainted += std::int64_t{rect.width()} * rect.height();
    }
    if (!m_geometry || m_model->size() == 0)
        return paintEmpty(painter);
    // Where no row is loaded there is ground.
    for (int row = std::max(m_geometry->firstVisible(), 0); row <= m_geometry->lastVisible(); ++row)
        if (const QRegion part = region.intersected(rowRect(row)); !part.isEmpty())
            paintRow(painter, row, part.boundingRect());
    paintRings(painter);
    if (const QString day = floatingDay(); !day.isEmpty())
        overlay::paintDay(painter, m_theme, day, floatingDayRect(), true);
    if (const QRect actions = actionsRect(); !actions.isEmpty())
        overlay::paintMessageActions(painter, m_theme, actions, m_pointedAction, m_isCopied);
    if (isButtonShown())
        overlay::paintBottomButton(painter, m_theme, viewport()->size(), isRightToLeft(), unseenCount(),
                                   m_buttonHovered);
}

void TimelineView::paintRow(QPainter& painter, int row, const QRect& clip) {
    ++m_work.rowsPainted;
    const RowFrame frame = m_model->frame(row);
    QRect strip(0, m_geometry->top(row), viewport()->width(), m_theme.metrics().dayRow);
    if (frame.daySeparator) {
        const QDate today = QDateTime::fromMSecsSinceEpoch(toMs(m_clock.wall())).date();
        overlay::paintDay(painter, m_theme, dayText(m_model->day(row), today), strip, false);
        strip.translate(0, strip.height());
    }
    if (frame.unreadMarker)
        overlay::paintUnreadMarker(painter, m_theme, newMessagesText(m_model->unreadCount()), strip);
    const int top = m_geometry->bubbleTop(row);
    if (const BubbleLayout* layout = m_geometry->layout(row)) {
        layout->paint(painter, m_theme, top, m_selection.inRow(row, layout->text().shownLength()), clip);
        return;
    }
    // Its text is on the way.
    const int edge = Metrics::columnEdge(viewport()->width());
    QRect box(edge, top, 240, m_geometry->top(row) + m_geometry->height(row) - top);
    if (m_model->row(row).isOwn() != isRightToLeft())
        box.moveRight(viewport()->width() - 1 - edge);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_model->row(row).isOwn() ? m_theme.tokens().bubbleOut : m_theme.tokens().bubbleIn);
    painter.drawRoundedRect(box, Metrics::BubbleRadius, Metrics::BubbleRadius);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// Around the current message, while the keys are here, and the one that a jump has just led to.
void TimelineView::paintRings(QPainter& painter) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.tokens().accent, Metrics::FocusRing));
    painter.setBrush(Qt::NoBrush);
    for (int row = std::max(m_geometry->firstVisible(), 0); row <= m_geometry->lastVisible(); ++row)
        if ((row == m_current && hasFocus()) || m_model->row(row).seq == m_marked)
            painter.drawRoundedRect(QRectF(bubbleRect(row)).adjusted(-1, -1, 1, 1), Metrics::BubbleRadius,
                                    Metrics::BubbleRadius);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void TimelineView::paintEmpty(QPainter& painter) {
    if (!m_model || !m_model->isLoaded())
        return;
    painter.setFont(m_theme.font(TextRole::Body));
    painter.setPen(m_theme.tokens().textSecondary);
    painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("No messages yet. Say hello."));
}

QRect TimelineView::rowRect(int row) const {
    // Rings reach a little into the neighbours.
    return {0, m_geometry->top(row), viewport()->width(), m_geometry->height(row)};
}

QRect TimelineView::bubbleRect(int row) const {
    const BubbleLayout* layout = m_geometry->layout(row);
    return layout != nullptr ? layout->bubble().translated(0, m_geometry->bubbleTop(row)) : QRect();
}

void TimelineView::updateRows(int first, int last) {
    if (!m_geometry || m_geometry->firstVisible() < 0)
        return;
    first = std::max(first, m_geometry->firstVisible());
    last = std::min(last, m_geometry->lastVisible());
    if (first <= last)
        viewport()->update(
            rowRect(first).united(rowRect(last)).adjusted(0, -Metrics::FocusRing, 0, Metrics::FocusRing));
}

// --- What stands still -----------------------------------------------------------------------------------------------

QString TimelineView::floatingDay() const {
    if (!m_floatingDate.isActive() || !m_geometry || m_geometry->firstVisible() < 0)
        return {};
    const int row = m_geometry->firstVisible();
    // Not above a separator that says the same.
    for (const int near : {row, std::min(row + 1, m_geometry->lastVisible())})
        if (m_model->frame(near).daySeparator && m_geometry->top(near) > -m_theme.metrics().dayRow / 2 &&
            m_geometry->top(near) < m_theme.metrics().dayRow)
            return {};
    return dayText(m_model->day(row), QDateTime::fromMSecsSinceEpoch(toMs(m_clock.wall())).date());
}

QRect TimelineView::floatingDayRect() const {
    return {0, 0, viewport()->width(), m_theme.metrics().dayRow + Metrics::GroupGap};
}

bool TimelineView::isButtonShown() const {
    if (!m_geometry || m_geometry->isStuck())
        return false;
    const std::int64_t below = m_geometry->scrollMaximum() - m_geometry->scrollValue();
    return canGoBack() || below > viewport()->height() || (below > TimelineGeometry::StickWithin && unseenCount() > 0);
}

QRegion TimelineView::overlayRegion() const {
    QRegion region;
    if (const QString day = floatingDay(); !day.isEmpty())
        region += overlay::dayChip(m_theme, day, floatingDayRect());
    region += actionsRect();
    if (isButtonShown())
        region += overlay::bottomButtonWithBadge(m_theme, viewport()->size(), isRightToLeft());
    return region;
}

QRect TimelineView::actionsRect() const {
    const int row = m_pointed != 0 && m_geometry ? m_model->indexOf(m_pointed) : -1;
    if (row < 0 || row < m_geometry->firstVisible() || row > m_geometry->lastVisible())
        return {};
    const QRect bubble = bubbleRect(row);
    return bubble.isEmpty() ? QRect() : overlay::messageActions(m_theme, bubble, viewport()->width());
}

/// Repaints where they were, dy pixels ago, and where they are.
void TimelineView::updateOverlays(int dy) {
    viewport()->update(m_overlays.translated(0, dy));
    m_overlays = overlayRegion();
    viewport()->update(m_overlays);
}

} // namespace kith::ui
