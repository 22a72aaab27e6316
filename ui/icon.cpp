// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/icon.h"

#include <QAction>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>

namespace kith::ui {
namespace {

void line(QPainterPath& path, std::initializer_list<QPointF> points) {
    bool first = true;
    for (const QPointF& point : points) {
        if (std::exchange(first, false))
            path.moveTo(point);
        else
            path.lineTo(point);
    }
}

void eye(QPainterPath& path) {
    path.moveTo(2, 12);
    path.cubicTo(5, 6.5, 8.5, 5, 12, 5);
    path.cubicTo(15.5, 5, 19, 6.5, 22, 12);
    path.cubicTo(19, 17.5, 15.5, 19, 12, 19);
    path.cubicTo(8.5, 19, 5, 17.5, 2, 12);
    path.addEllipse(QPointF(12, 12), 3, 3);
}

QPainterPath pathOf(Icon icon) {
    QPainterPath path;
    switch (icon) {
    case Icon::Send:
        line(path, {{21, 3}, {14, 21}, {10, 14}, {3, 10}, {21, 3}, {10, 14}});
        break;
    case Icon::Plus:
        line(path, {{12, 5}, {12, 19}});
        line(path, {{5, 12}, {19, 12}});
        break;
    case Icon::Lock:
        path.addRoundedRect(QRectF(4.5, 11, 15, 10), 2, 2);
        path.moveTo(8, 11);
        path.lineTo(8, 7.5);
        path.arcTo(QRectF(8, 3.5, 8, 8), 180, -180);
        path.lineTo(16, 11);
        break;
    case Icon::Back:
        line(path, {{14.5, 5}, {7.5, 12}, {14.5, 19}});
        break;
    case Icon::Copy:
        path.addRoundedRect(QRectF(9, 9, 12, 12), 2, 2);
        path.moveTo(5, 15);
        path.lineTo(4.5, 15);
        path.arcTo(QRectF(3, 11, 4, 4), 270, -90);
        path.lineTo(3, 5);
        path.arcTo(QRectF(3, 3, 4, 4), 180, -90);
        path.lineTo(13, 3);
        path.arcTo(QRectF(11, 3, 4, 4), 90, -90);
        break;
    case Icon::Eye:
        eye(path);
        break;
    case Icon::EyeOff:
        eye(path);
        line(path, {{4, 20}, {20, 4}});
        break;
    case Icon::Shield:
        path.moveTo(12, 2.5);
        path.lineTo(20, 5.5);
        path.lineTo(20, 12);
        path.cubicTo(20, 17, 16.5, 20, 12, 21.5);
        path.cubicTo(7.5, 20, 4, 17, 4, 12);
        path.lineTo(4, 5.5);
        path.closeSubpath();
        break;
    case Icon::Server:
        path.addRoundedRect(QRectF(3, 4, 18, 7), 2, 2);
        path.addRoundedRect(QRectF(3, 13, 18, 7), 2, 2);
        line(path, {{7, 7.5}, {8, 7.5}});
        line(path, {{7, 16.5}, {8, 16.5}});
        break;
    case Icon::More:
        for (const qreal x : {5.0, 12.0, 19.0})
            path.addEllipse(QPointF(x, 12), 0.8, 0.8);
        break;
    case Icon::Check:
        line(path, {{4.5, 12.5}, {10, 18}, {20, 6.5}});
        break;
    case Icon::Close:
        line(path, {{6, 6}, {18, 18}});
        line(path, {{18, 6}, {6, 18}});
        break;
    case Icon::Search:
        path.addEllipse(QPointF(10.5, 10.5), 6.5, 6.5);
        line(path, {{15.5, 15.5}, {20.5, 20.5}});
        break;
    case Icon::Link:
        path.moveTo(10, 13.5);
        path.cubicTo(11.5, 15.5, 14.5, 15.5, 16, 14);
        path.lineTo(19.5, 10.5);
        path.cubicTo(24, 5.5, 18, 0, 13.5, 4.5);
        path.lineTo(12, 6);
        path.moveTo(14, 10.5);
        path.cubicTo(12.5, 8.5, 9.5, 8.5, 8, 10);
        path.lineTo(4.5, 13.5);
        path.cubicTo(0, 18.5, 6, 24, 10.5, 19.5);
        path.lineTo(12, 18);
        break;
    case Icon::Look:
        path.addEllipse(QPointF(12, 12), 9, 9);
        line(path, {{12, 3}, {12, 21}});
        for (const qreal y : {8.0, 12.0, 16.0})
            line(path, {{12, y}, {y == 12 ? 20.5 : 19.5, y}});
        break;
    case Icon::Bell:
        path.moveTo(5, 17);
        path.cubicTo(7, 15, 6.5, 12.5, 6.5, 9.5);
        path.cubicTo(6.5, 2, 17.5, 2, 17.5, 9.5);
        path.cubicTo(17.5, 12.5, 17, 15, 19, 17);
        path.closeSubpath();
        path.moveTo(10, 20.5);
        path.cubicTo(11, 21.5, 13, 21.5, 14, 20.5);
        break;
    case Icon::Keyboard:
        path.addRoundedRect(QRectF(2, 5, 20, 14), 2, 2);
        for (const qreal x : {6.0, 10.0, 14.0, 18.0})
            line(path, {{x, 9.5}, {x + 0.01, 9.5}});
        line(path, {{8, 14.5}, {16, 14.5}});
        break;
    case Icon::Leave:
        line(path, {{10, 3.5}, {4, 3.5}, {4, 20.5}, {10, 20.5}});
        line(path, {{10, 12}, {21, 12}});
        line(path, {{16.5, 7.5}, {21, 12}, {16.5, 16.5}});
        break;
    case Icon::Again:
        path.arcMoveTo(QRectF(4, 4, 16, 16), 30);
        path.arcTo(QRectF(4, 4, 16, 16), 30, 300);
        line(path, {{20, 3.5}, {20, 8.5}, {15, 8.5}});
        break;
    case Icon::Bin:
        line(path, {{4, 6}, {20, 6}});
        line(path, {{9, 6}, {9.5, 3}, {14.5, 3}, {15, 6}});
        line(path, {{6, 6}, {7, 21}, {17, 21}, {18, 6}});
        line(path, {{10, 10}, {10, 17}});
        line(path, {{14, 10}, {14, 17}});
        break;
    case Icon::Folder:
        line(path, {{3, 6}, {9, 6}, {11.5, 9}, {21, 9}, {21, 19}, {3, 19}, {3, 6}});
        break;
    case Icon::Print:
        line(path, {{7, 9}, {7, 3}, {17, 3}, {17, 9}});
        line(path, {{7, 17}, {3.5, 17}, {3.5, 9}, {20.5, 9}, {20.5, 17}, {17, 17}});
        path.addRect(QRectF(7, 14, 10, 7));
        break;
    case Icon::Forward:
        line(path, {{9.5, 5}, {16.5, 12}, {9.5, 19}});
        break;
    }
    return path;
}

class MenuIcon final : public QIconEngine {
public:
    explicit MenuIcon(Icon icon)
        : m_icon(icon) {}
    void paint(QPainter* painter, const QRect& place, QIcon::Mode, QIcon::State) override {
        drawIcon(*painter, m_icon, place, painter->pen().color());
    }
    QIconEngine* clone() const override { return new MenuIcon(m_icon); }
    bool isNull() override { return false; }

private:
    Icon m_icon;
};

QPainterPath bubble(const QRectF& at, qreal radius, bool tailAtRight) {
    QPainterPath path;
    path.addRoundedRect(at, radius, radius);
    QPainterPath tail;
    const qreal x = tailAtRight ? at.right() : at.left();
    const qreal inward = tailAtRight ? -1 : 1;
    tail.addPolygon(QPolygonF({{x, at.center().y()}, {x, at.bottom() + 3}, {x + inward * 8, at.bottom() - 2}}));
    return path.united(tail);
}

} // namespace

void drawIcon(QPainter& painter, Icon icon, const QRectF& place, const QColor& colour) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(place.topLeft());
    painter.scale(place.width() / 24, place.height() / 24);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(pathOf(icon));
    painter.restore();
}

QIcon menuIcon(Icon icon) {
    return QIcon(new MenuIcon(icon));
}

void showKeys(QAction& action, const QKeySequence& keys) {
    action.setShortcut(keys);
    action.setShortcutVisibleInContextMenu(true);
}

void drawMark(QPainter& painter, const QRectF& place, const QColor& front, const QColor& back) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(place.topLeft());
    painter.scale(place.width() / 48, place.height() / 48);
    painter.setPen(Qt::NoPen);
    painter.setBrush(back);
    painter.drawPath(bubble(QRectF(16, 6, 28, 20), 7, true));
    painter.setBrush(front);
    painter.drawPath(bubble(QRectF(4, 18, 30, 22), 7, false));
    painter.restore();
}

} // namespace kith::ui
