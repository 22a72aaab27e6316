// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"
#include "ui/timeline/bubble_layout.h"

#include <QPainter>
#include <QPainterPath>

namespace kith::ui {
namespace {

constexpr qreal ShadowHeight = 1.5;

struct Radii {
    qreal topLeft;
    qreal topRight;
    qreal bottomRight;
    qreal bottomLeft;
};

QPainterPath rounded(const QRectF& box, const Radii& r) {
    QPainterPath path(QPointF(box.left() + r.topLeft, box.top()));
    path.lineTo(box.right() - r.topRight, box.top());
    path.arcTo(box.right() - 2 * r.topRight, box.top(), 2 * r.topRight, 2 * r.topRight, 90, -90);
    path.lineTo(box.right(), box.bottom() - r.bottomRight);
    path.arcTo(box.right() - 2 * r.bottomRight, box.bottom() - 2 * r.bottomRight, 2 * r.bottomRight, 2 * r.bottomRight,
               0, -90);
    path.lineTo(box.left() + r.bottomLeft, box.bottom());
    path.arcTo(box.left(), box.bottom() - 2 * r.bottomLeft, 2 * r.bottomLeft, 2 * r.bottomLeft, 270, -90);
    path.lineTo(box.left(), box.top() + r.topLeft);
    path.arcTo(box.left(), box.top(), 2 * r.topLeft, 2 * r.topLeft, 180, -90);
    path.closeSubpath();
    return path;
}

} // namespace

void BubbleLayout::paintBackground(QPainter& painter, const Theme& theme) const {
    const qreal upper = m_frame.joinsPrevious ? Metrics::GroupedRadius : Metrics::BubbleRadius;
    const qreal lower = m_frame.joinsNext ? Metrics::GroupedRadius : Metrics::BubbleRadius;
    // Corners are tight where the bubbles of a group touch: at the edge of the column.
    constexpr qreal Round = Metrics::BubbleRadius;
    const Radii radii = m_isOnRight ? Radii{Round, upper, lower, Round} : Radii{upper, Round, Round, lower};
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_isGap) {
        painter.setPen(QPen(theme.tokens().border, 1, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(rounded(QRectF(m_bubble).adjusted(0.5, 0.5, -0.5, -0.5), radii));
    } else {
        // The shadow is a part of the bubble's own box: it never reaches into the row below.
        const Tokens& t = theme.tokens();
        const bool hasShadow = t.shadow.alpha() > 0;
        painter.setPen(Qt::NoPen);
        if (hasShadow) {
            painter.setBrush(t.shadow);
            painter.drawPath(rounded(m_bubble, radii));
        }
        painter.setBrush(m_isOwn ? t.bubbleOut : t.bubbleIn);
        painter.drawPath(rounded(QRectF(m_bubble).adjusted(0, 0, 0, hasShadow ? -ShadowHeight : 0), radii));
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void BubbleLayout::paint(QPainter& painter, const Theme& theme, int top, TextRun selection, const QRect& clip) const {
    painter.save();
    painter.translate(0, top);
    // Letters with many marks reach far out of their line, never out of their bubble.
    painter.setClipRect(m_bubble.adjusted(-1, 0, 1, 0), Qt::IntersectClip);
    if (hasBackground())
        paintBackground(painter, theme);
    m_name.paint(painter, theme);
    m_quote.paint(painter, theme, m_isOwn);
    if (m_isGap)
        m_notice.paint(painter, theme);
    else
        m_text.paint(painter, theme, selection, clip.translated(0, -top));
    m_meta.paint(painter, theme, hasBackground() ? theme.tokens().bubbleOut : theme.tokens().chat);
    painter.restore();
}

} // namespace kith::ui
