// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"
#include "ui/timeline/link_finder.h"
#include "ui/timeline/row_layout.h"
#include "ui/timeline/tabular_text.h"

#include <QColor>
#include <QTextLayout>

#include <memory>

class QPainter;

namespace kith::ui {

class Theme;

/// What one bubble shows.
struct BubbleContent {
    QString text;
    QString time;
    QString sender; ///< drawn above the text; empty: no name
    QColor senderColour;
    client::DeliveryState state = client::DeliveryState::None;
    RowFrame frame;
    bool own = false;
    bool gap = false;
    bool wrongClock = false;
    bool late = false;
    bool expanded = false; ///< a long text is shown as a whole
};

/// One bubble, laid out for one width and one look. Coordinates: x of the view, y from the bubble's upper edge.
/// Immutable; made again when anything changes. A long text costs no more than its first twenty lines until it is
/// expanded.
class BubbleLayout {
public:
    static constexpr int CollapseLines = 20;

    /// `mirrored`: own bubbles are on the left.
    BubbleLayout(BubbleContent content, const Theme& theme, int viewWidth, bool mirrored);
    ~BubbleLayout();

    /// The width at which its text is broken.
    static int textWidth(const Theme& theme, int viewWidth);

    int height() const { return m_bubble.height(); }
    const QRect& bubble() const { return m_bubble; }
    const QString& text() const { return m_content.text; }
    int shownLength() const { return m_shownLength; } ///< of the text, in UTF-16 units
    int lineCount() const { return m_lines; }
    bool isCollapsed() const { return m_collapsed; }
    bool isCollapsible() const { return m_collapsed || m_content.expanded; }
    bool hasBackground() const { return m_emoji == 0; }

    bool isTextAt(QPoint point) const;
    /// The place between two characters that is nearest.
    int positionAt(QPoint point) const;
    TextRun wordAt(int position) const;
    TextRun paragraphAt(int position) const;
    int nextPosition(int position, bool forward) const;
    const LinkRun* linkAt(QPoint point) const;
    const std::vector<LinkRun>& links() const { return m_links; }
    bool isReadMoreAt(QPoint point) const { return isCollapsible() && m_readMore.contains(point); }
    bool isMetaAt(QPoint point) const { return m_metaBox.contains(point); } ///< time and state
    bool hasFailed() const { return m_content.own && m_content.state == client::DeliveryState::Failed; }
    bool isRetryAt(QPoint point) const; ///< the words under a message that failed

    /// `selection` is a part of the text, `clip` in the painter's coordinates.
    void paint(QPainter& painter, const Theme& theme, int top, TextRun selection, const QRect& clip) const;

private:
    void layOutText(const Theme& theme, int width);
    void place(const Theme& theme, int viewWidth, bool mirrored);
    QString readMoreText() const;
    void paintBackground(QPainter& painter, const Theme& theme) const;
    void paintSelection(QPainter& painter, const Theme& theme, TextRun selection) const;
    void paintMeta(QPainter& painter, const Theme& theme) const;
    QList<QTextLayout::FormatRange> formats(const Theme& theme) const;

    BubbleContent m_content;
    std::vector<LinkRun> m_links;
    std::unique_ptr<QTextLayout> m_layout;
    QString m_name; ///< elided
    TabularText m_meta;
    QSizeF m_textSize;
    QPointF m_textOrigin;
    QRect m_bubble;
    QRect m_readMore;
    QRectF m_metaBox;
    QRectF m_stateBox;
    QPointF m_metaBaseline;
    QPointF m_nameBaseline;
    qreal m_lastLineWidth = 0;
    int m_shownLength = 0;
    int m_lines = 0;
    int m_emoji = 0; ///< lone ones, drawn big and without a bubble
    bool m_collapsed = false;
    bool m_rightToLeft = false;
    bool m_ownOnLeft = false;
};

} // namespace kith::ui
