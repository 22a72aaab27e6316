// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/parts/name.h"

#include "ui/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace kith::ui {
namespace {

constexpr qreal Gap = 2;

} // namespace

NamePart::NamePart(const QString& name, const QColor& colour, const Theme& theme, qreal widthMax)
    : m_colour(colour) {
    if (name.isEmpty())
        return;
    const QFontMetricsF metrics(theme.font(TextRole::Strong));
    m_name = metrics.elidedText(name, Qt::ElideRight, widthMax);
    m_width = metrics.horizontalAdvance(m_name);
    m_height = std::ceil(metrics.height()) + Gap;
    m_ascent = metrics.ascent();
}

void NamePart::paint(QPainter& painter, const Theme& theme) const {
    if (m_name.isEmpty())
        return;
    painter.setFont(theme.font(TextRole::Strong));
    painter.setPen(m_colour);
    painter.drawText(m_corner + QPointF(0, m_ascent), m_name);
}

} // namespace kith::ui
