// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFont>
#include <QGlyphRun>
#include <QString>

class QPainter;

namespace kith::ui {

/// One short line, such as a time, whose digits are all as wide as the widest one, so that columns of times line up.
/// Qt 6.4 cannot ask a font for its tabular figures.
class TabularText {
public:
    TabularText() = default;
    TabularText(const QString& text, const QFont& font);

    qreal width() const { return m_width; }
    void draw(QPainter& painter, QPointF baseline) const; ///< in the painter's pen

private:
    QString m_text;
    QFont m_font;
    QGlyphRun m_run; ///< empty when the font lacks a character: then it is drawn as any text
    qreal m_width = 0;
};

} // namespace kith::ui
