// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"
#include "ui/timeline/bubble_layout.h"
#include "ui/timeline/state_glyph.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

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
    const qreal upper = m_content.frame.joinsPrevious ? Metrics::GroupedRadius : Metrics::BubbleRadius;
    const qreal lower = m_content.frame.joinsNext ? Metrics::GroupedRadius : Metrics::BubbleRadius;
    // Corners are tight where the bubbles of a group touch: at the edge of the column.
    const bool onRight = m_content.own != m_ownOnLeft;
    constexpr qreal Round = Metrics::BubbleRadius;
    const Radii radii = onRight ? Radii{Round, upper, lower, Round} : Radii{upper, Round, Round, lower};
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_content.gap) {
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
        painter.setBrush(m_content.own ? t.bubbleOut : t.bubbleIn);
        painter.drawPath(rounded(QRectF(m_bubble).adjusted(0, 0, 0, hasShadow ? -ShadowHeight : 0), radii));
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// Fills the whole pitch of the lines, which QTextLayout would leave striped. Letter by letter, because in text of both
/// directions one selection is several stretches of a line.
void BubbleLayout::paintSelection(QPainter& painter, const Theme& theme, TextRun selection) const {
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        const qreal middle = line.y() + line.height() / 2;
        const qreal pitch = std::max(line.height(), m_textSize.height() / m_layout->lineCount());
        const int end = std::min(selection.end(), line.textStart() + line.textLength());
        QRectF stretch;
        for (int at = std::max(selection.start, line.textStart()); at < end;) {
            const int next = std::max(m_layout->nextCursorPosition(at), at + 1);
            const qreal a = line.cursorToX(at, QTextLine::Leading);
            const qreal b = line.cursorToX(next - 1, QTextLine::Trailing);
            const QRectF letter(std::min(a, b), middle - pitch / 2, std::abs(b - a), pitch);
            const bool touches = letter.left() <= stretch.right() + 0.5 && letter.right() >= stretch.left() - 0.5;
            if (!stretch.isNull() && !touches)
                painter.fillRect(stretch.translated(m_textOrigin), theme.tokens().selectedText);
            stretch = stretch.isNull() || !touches ? letter : stretch.united(letter);
            at = next;
        }
        painter.fillRect(stretch.translated(m_textOrigin), theme.tokens().selectedText);
    }
}

void BubbleLayout::paintMeta(QPainter& painter, const Theme& theme) const {
    const Tokens& t = theme.tokens();
    const bool failed = m_content.state == client::DeliveryState::Failed;
    painter.setPen(failed ? t.danger : t.textSecondary);
    m_meta.draw(painter, m_metaBaseline);
    if (!m_stateBox.isEmpty()) {
        const QColor behind = hasBackground() ? t.bubbleOut : t.chat;
        drawState(painter, m_content.state, m_stateBox, {t.textSecondary, t.accent, t.danger, behind});
    }
}

void BubbleLayout::paint(QPainter& painter, const Theme& theme, int top, TextRun selection, const QRect& clip) const {
    painter.save();
    painter.translate(0, top);
    // Letters with many marks reach far out of their line, never out of their bubble.
    painter.setClipRect(m_bubble.adjusted(-1, 0, 1, 0), Qt::IntersectClip);
    if (hasBackground())
        paintBackground(painter, theme);
    if (!m_name.isEmpty()) {
        painter.setFont(theme.font(TextRole::Strong));
        painter.setPen(m_content.senderColour);
        painter.drawText(m_nameBaseline, m_name);
    }
    QList<QTextLayout::FormatRange> selections;
    if (selection.length > 0) {
        paintSelection(painter, theme, selection);
        QTextCharFormat format;
        format.setForeground(theme.tokens().text);
        selections.append({selection.start, selection.length, format});
    }
    painter.setPen(m_content.gap ? theme.tokens().textSecondary : theme.tokens().text);
    m_layout->draw(&painter, m_textOrigin, selections, clip.translated(0, -top));
    if (isCollapsible()) {
        QFont font = theme.font(TextRole::Strong);
        font.setUnderline(true);
        painter.setFont(font);
        painter.setPen(theme.tokens().link);
        painter.drawText(m_readMore, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextDontClip, readMoreText());
    }
    paintMeta(painter, theme);
    painter.restore();
}

} // namespace kith::ui
