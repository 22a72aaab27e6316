// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/tabular_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QRawFont>

#include <algorithm>

namespace kith::ui {

TabularText::TabularText(const QString& text, const QFont& font)
    : m_text(text)
    , m_font(font) {
    const QRawFont raw = QRawFont::fromFont(font);
    const QList<quint32> glyphs = raw.glyphIndexesForString(text);
    // Some scripts need shaping, and others' digits may come from another font.
    const bool simple = glyphs.size() == text.size() && !glyphs.contains(0u) && !text.isRightToLeft();
    if (!simple) {
        m_width = QFontMetricsF(font).horizontalAdvance(text);
        return;
    }
    qreal digitWidth = 0;
    for (const QPointF& advance : raw.advancesForGlyphIndexes(raw.glyphIndexesForString(QStringLiteral("0123456789"))))
        digitWidth = std::max(digitWidth, advance.x());
    const QList<QPointF> advances = raw.advancesForGlyphIndexes(glyphs);
    QList<QPointF> positions;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const qreal own = advances[i].x();
        const qreal cell = text[i].isDigit() ? digitWidth : own;
        positions.append(QPointF(m_width + (cell - own) / 2, 0));
        m_width += cell;
    }
    m_run.setRawFont(raw);
    m_run.setGlyphIndexes(glyphs);
    m_run.setPositions(positions);
}

void TabularText::draw(QPainter& painter, QPointF baseline) const {
    if (!m_run.isEmpty()) {
        painter.drawGlyphRun(baseline, m_run);
        return;
    }
    painter.setFont(m_font);
    painter.drawText(baseline, m_text);
}

} // namespace kith::ui
