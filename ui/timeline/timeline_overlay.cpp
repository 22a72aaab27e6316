// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_overlay.h"

#include "ui/icon.h"
#include "ui/theme.h"

#include <QFontMetrics>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

namespace kith::ui::overlay {
namespace {

constexpr int ButtonSize = 36;
constexpr int ButtonGap = (Metrics::Gutter - ButtonSize) / 2; ///< beside the column
constexpr int BadgeHeight = 20;
constexpr int ActionSide = 32;
constexpr int ActionGap = 6;
constexpr int ActionsBeside = 48; ///< of a bubble's height: beside its first lines
constexpr int CountMax = 999;

void strokeHairline(QPainter& painter, const QColor& colour, int left, int right, int y) {
    if (right > left)
        painter.fillRect(QRectF(left, y, right - left, 1 / painter.device()->devicePixelRatioF()), colour);
}

} // namespace

QRect dayChip(const Theme& theme, const QString& day, const QRect& row) {
    const QFontMetrics metrics(theme.font(TextRole::Secondary));
    QRect chip(0, 0, metrics.horizontalAdvance(day) + 24, metrics.height() + 8);
    // Not by QRect::center(), which rounds towards zero and so shifts what is half above the viewport.
    chip.moveTo(row.left() + (row.width() - chip.width()) / 2, row.top() + (row.height() - chip.height()) / 2);
    return chip;
}

void paintDay(QPainter& painter, const Theme& theme, const QString& day, const QRect& row, bool floating) {
    const QRect chip = dayChip(theme, day, row);
    const Tokens& t = theme.tokens();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(floating ? QPen(t.separator, 1) : QPen(Qt::NoPen));
    painter.setBrush(t.chip);
    const QRectF box = QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(t.textSecondary);
    painter.setFont(theme.font(TextRole::Secondary));
    painter.drawText(chip, Qt::AlignCenter, day);
}

void paintUnreadMarker(QPainter& painter, const Theme& theme, const QString& text, const QRect& row) {
    const QFont font = theme.font(TextRole::Strong);
    const int width = QFontMetrics(font).horizontalAdvance(text) + 24;
    const int left = row.left() + (row.width() - width) / 2;
    const int middle = row.top() + row.height() / 2;
    const QColor accent = theme.tokens().accent;
    const int edge = Metrics::columnEdge(row.width());
    strokeHairline(painter, accent, row.left() + edge, left, middle);
    strokeHairline(painter, accent, left + width, row.right() + 1 - edge, middle);
    painter.setFont(font);
    painter.setPen(accent);
    painter.drawText(row, Qt::AlignCenter, text);
}

QRect messageActions(const Theme& theme, const QRect& bubble, int viewportWidth) {
    const int side = theme.grown(ActionSide);
    QRect actions(0, bubble.top() + (std::min(bubble.height(), ActionsBeside) - side) / 2, 2 * side, side);
    // On the side that has more room: bubbles lean on one edge.
    if (bubble.left() + bubble.right() < viewportWidth)
        actions.moveLeft(bubble.right() + 1 + ActionGap);
    else
        actions.moveRight(bubble.left() - 1 - ActionGap);
    return actions.left() >= 0 && actions.right() < viewportWidth ? actions : QRect();
}

Action messageActionAt(const QRect& actions, QPoint point) {
    if (!actions.contains(point))
        return Action::None;
    return point.x() < actions.left() + actions.width() / 2 ? Action::Copy : Action::More;
}

void paintMessageActions(QPainter& painter, const Theme& theme, const QRect& actions, Action hovered, bool isCopied) {
    const Tokens& t = theme.tokens();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(t.separator, 1));
    painter.setBrush(t.background);
    const QRectF box = QRectF(actions).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.drawRoundedRect(box, Metrics::FieldRadius, Metrics::FieldRadius);
    const qreal side = actions.height();
    for (const Action action : {Action::Copy, Action::More}) {
        const QRectF cell(actions.left() + (action == Action::Copy ? 0 : side), actions.top(), side, side);
        if (action == hovered) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(t.hover);
            painter.drawRoundedRect(cell.adjusted(2, 2, -2, -2), Metrics::FieldRadius - 2, Metrics::FieldRadius - 2);
        }
        const qreal inset = side * 0.25;
        const Icon icon = action == Action::More ? Icon::More : isCopied ? Icon::Check : Icon::Copy;
        drawIcon(painter, icon, cell.adjusted(inset, inset, -inset, -inset), t.textSecondary);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

QRect bottomButton(const Theme& theme, const QSize& viewport, bool mirrored) {
    Q_UNUSED(theme)
    const int edge = Metrics::columnEdge(viewport.width());
    const int x = mirrored ? edge - ButtonGap - ButtonSize : viewport.width() - edge + ButtonGap;
    return {x, viewport.height() - Metrics::EdgeMargin - ButtonSize, ButtonSize, ButtonSize};
}

QRect bottomButtonWithBadge(const Theme& theme, const QSize& viewport, bool mirrored) {
    return bottomButton(theme, viewport, mirrored).adjusted(-12, -BadgeHeight, 12, 1);
}

void paintBottomButton(QPainter& painter, const Theme& theme, const QSize& viewport, bool mirrored, int count,
                       bool hovered) {
    const Tokens& t = theme.tokens();
    const QRectF box = QRectF(bottomButton(theme, viewport, mirrored)).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(t.border, 1));
    painter.setBrush(hovered ? t.hover : t.background);
    painter.drawEllipse(box);
    QPainterPath chevron(box.center() + QPointF(-6, -2.5));
    chevron.lineTo(box.center() + QPointF(0, 3.5));
    chevron.lineTo(box.center() + QPointF(6, -2.5));
    painter.setPen(QPen(t.text, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(chevron);
    if (count > 0) {
        const QString text = count > CountMax ? QLocale().toString(CountMax) + u'+' : QLocale().toString(count);
        QFont font = theme.font(TextRole::Strong);
        font.setPixelSize(12);
        QRectF badge(0, 0, std::max(QFontMetrics(font).horizontalAdvance(text) + 12, BadgeHeight), BadgeHeight);
        badge.moveCenter(QPointF(box.center().x(), box.top()));
        painter.setPen(QPen(t.chat, 2));
        painter.setBrush(t.accent);
        painter.drawRoundedRect(badge, BadgeHeight / 2.0, BadgeHeight / 2.0);
        painter.setPen(t.onAccent);
        painter.setFont(font);
        painter.drawText(badge, Qt::AlignCenter, text);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace kith::ui::overlay
