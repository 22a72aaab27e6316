// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointF>
#include <QSizeF>
#include <QString>

class QPainter;

namespace kith::ui {

class Theme;

/// A sentence of the program in the place of a message: nothing of it can be selected or pressed. Coordinates: the
/// bubble's.
class NoticePart {
public:
    NoticePart() = default;
    NoticePart(const QString& text, const Theme& theme, qreal widthMax);

    qreal width() const { return m_size.width(); }
    qreal height() const { return m_size.height(); }
    void moveTo(QPointF corner) { m_corner = corner; }
    void paint(QPainter& painter, const Theme& theme) const;

private:
    QString m_text;
    QPointF m_corner;
    QSizeF m_size;
};

} // namespace kith::ui
