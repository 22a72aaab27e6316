// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPointF>
#include <QString>

class QPainter;

namespace kith::ui {

class Theme;

/// Who wrote it, in their hue, in one line. Empty for an empty name: it has no height then. Coordinates: the bubble's.
class NamePart {
public:
    NamePart() = default;
    NamePart(const QString& name, const QColor& colour, const Theme& theme, qreal widthMax);

    qreal width() const { return m_width; }
    qreal height() const { return m_height; } ///< with the distance to what is below
    void moveTo(QPointF corner) { m_corner = corner; }
    void paint(QPainter& painter, const Theme& theme) const;

private:
    QString m_name; ///< elided
    QColor m_colour;
    QPointF m_corner;
    qreal m_width = 0;
    qreal m_height = 0;
    qreal m_ascent = 0;
};

} // namespace kith::ui
