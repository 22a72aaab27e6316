// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/parts/name.h"
#include "ui/timeline/parts/part.h"

#include <QRectF>
#include <QTextLayout>

#include <memory>
#include <optional>

namespace kith::ui {

/// What a message answers: who wrote that, in their hue, and the beginning of it in two lines at most. Pressed, it
/// leads there. Coordinates: the bubble's.
class QuotePart {
public:
    static constexpr int LinesMax = 2;

    struct Content {
        QString author;
        QColor colour;
        std::optional<QString> text; ///< empty: that message is not here
    };

    QuotePart() = default; ///< none: it has no height
    QuotePart(const Content& content, const Theme& theme, qreal widthMax);

    bool isEmpty() const { return m_layout == nullptr; }
    qreal width() const { return m_width; }   ///< at least
    qreal height() const { return m_height; } ///< with the distance to what is below
    int lineCount() const { return m_layout->lineCount(); }
    QString text() const { return m_layout->text(); } ///< as it is shown
    /// `width`: how wide it becomes.
    void moveTo(QPointF corner, qreal width, bool rightToLeft);

    Hit hitAt(QPointF point) const;
    void paint(QPainter& painter, const Theme& theme, bool isOwn) const;

    /// What it is written on, in a bubble of ours or of others.
    static QColor groundOf(const Theme& theme, bool isOwn);

private:
    void layOut(const QString& text, const Theme& theme, qreal widthMax);

    NamePart m_name;
    QColor m_colour;
    std::unique_ptr<QTextLayout> m_layout;
    QRectF m_box;
    QPointF m_textCorner;
    qreal m_width = 0;
    qreal m_height = 0;
    qreal m_textWidth = 0;
    bool m_isHere = false;
    bool m_isMirrored = false; ///< the bar is on the right
};

} // namespace kith::ui
