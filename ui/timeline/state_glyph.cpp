// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/state_glyph.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPainterPath>

namespace kith::ui {
namespace {

constexpr qreal Grid = 16; // the paths below are drawn on it
constexpr qreal Stroke = 1.4;

QPainterPath tick(QPointF start, QPointF corner, QPointF end) {
    QPainterPath path(start);
    path.lineTo(corner);
    path.lineTo(end);
    return path;
}

void drawClock(QPainter& painter) {
    painter.drawEllipse(QPointF(8, 8), 5, 5);
    painter.drawPath(tick({8, 5.4}, {8, 8.2}, {9.8, 9.2}));
}

void drawExclamation(QPainter& painter) {
    painter.drawLine(QPointF(8, 4.9), QPointF(8, 8.6));
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(QPointF(8, 11), 0.95, 0.95);
}

} // namespace

void drawState(QPainter& painter, client::DeliveryState state, const QRectF& box, const StateColours& colours) {
    using client::DeliveryState;
    if (state == DeliveryState::None)
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(box.topLeft());
    painter.scale(box.width() / Grid, box.height() / Grid);
    QPen pen(colours.line, Stroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const bool disc = state == DeliveryState::Read || state == DeliveryState::Failed;
    if (disc) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(state == DeliveryState::Read ? colours.read : colours.failed);
        painter.drawEllipse(QPointF(8, 8), 6.5, 6.5);
        pen.setColor(colours.cutOut);
        painter.setPen(pen);
        painter.setBrush(state == DeliveryState::Read ? QBrush(Qt::NoBrush) : QBrush(colours.cutOut));
    }
    switch (state) {
    case DeliveryState::None:
        break;
    case DeliveryState::Queued:
        drawClock(painter);
        break;
    case DeliveryState::Failed:
        drawExclamation(painter);
        break;
    case DeliveryState::Accepted:
        painter.drawPath(tick({3.8, 8.6}, {6.7, 11.4}, {12.4, 5}));
        break;
    case DeliveryState::Delivered:
        painter.drawPath(tick({1.2, 8.6}, {4.1, 11.4}, {9.8, 5}));
        painter.drawPath(tick({8.1, 10.9}, {8.6, 11.4}, {14.3, 5}));
        break;
    case DeliveryState::Read:
        painter.drawPath(tick({5, 8.3}, {7.2, 10.5}, {11.1, 5.9}));
        break;
    }
    painter.restore();
}

QString stateText(client::DeliveryState state) {
    using client::DeliveryState;
    switch (state) {
    case DeliveryState::None:
        return {};
    case DeliveryState::Queued:
        return QCoreApplication::translate("Timeline", "sending");
    case DeliveryState::Failed:
        return QCoreApplication::translate("Timeline", "not sent");
    case DeliveryState::Accepted:
        return QCoreApplication::translate("Timeline", "sent");
    case DeliveryState::Delivered:
        return QCoreApplication::translate("Timeline", "delivered");
    case DeliveryState::Read:
        return QCoreApplication::translate("Timeline", "read");
    }
    return {};
}

} // namespace kith::ui
