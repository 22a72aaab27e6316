// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/link_finder.h"
#include "ui/timeline/parts/part.h"
#include "ui/timeline/text_runs.h"

#include <QPointF>
#include <QRect>
#include <QTextLayout>

#include <memory>

namespace kith::ui {

class Theme;

/// The text of a message with its links and emoji, and the words that open or close a long one. A long text costs no
/// more than its first twenty lines until it is expanded. Coordinates: the bubble's. Positions: UTF-16 units.
class TextPart {
public:
    static constexpr int CollapseLines = 20;

    TextPart() = default;
    /// `emoji`: the number of lone ones, which are drawn big.
    TextPart(const QString& text, const Theme& theme, qreal widthMax, int emoji, bool expanded);

    qreal width() const { return m_size.width(); }
    qreal height() const { return m_size.height() + m_readMore.height(); }
    /// Of the line that what stands at the end may join, and how far its letters stand above its lower edge.
    qreal lastLineWidth() const { return m_lastLineWidth; }
    qreal lastDescent() const { return m_lastDescent; }
    /// `width`: of the bubble's inside, at whose right edge text begins that runs to the left.
    void moveTo(QPointF corner, qreal width);

    const QString& text() const { return m_text; }
    bool isRightToLeft() const { return m_rightToLeft; }
    int shownLength() const { return m_shownLength; }
    int lineCount() const { return m_lines; }
    bool isCollapsed() const { return m_shownLength < m_text.size(); }
    bool isCollapsible() const { return isCollapsed() || m_expanded; }

    Hit hitAt(QPointF point) const;
    /// The place between two characters that is nearest.
    int positionAt(QPointF point) const;
    TextRun wordAt(int position) const;
    TextRun paragraphAt(int position) const;
    int nextPosition(int position, bool forward) const;
    const std::vector<LinkRun>& links() const { return m_links; }

    /// `clip` in the bubble's coordinates.
    void paint(QPainter& painter, const Theme& theme, TextRun selection, const QRectF& clip) const;

private:
    void layOut(const QString& shown, const Theme& theme, qreal widthMax, int emoji);
    QList<QTextLayout::FormatRange> formats(const Theme& theme) const;
    QString readMoreText() const;
    const LinkRun* linkAt(QPointF local) const;
    void paintSelection(QPainter& painter, const Theme& theme, TextRun selection) const;

    QString m_text;
    std::vector<LinkRun> m_links;
    std::unique_ptr<QTextLayout> m_layout;
    QPointF m_corner;
    QSizeF m_size; ///< of the lines
    QRectF m_readMore;
    qreal m_lastLineWidth = 0;
    qreal m_lastDescent = 0;
    int m_shownLength = 0;
    int m_lines = 0;
    bool m_expanded = false;
    bool m_rightToLeft = false;
};

} // namespace kith::ui
