// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/parts/meta.h"
#include "ui/timeline/parts/name.h"
#include "ui/timeline/parts/notice.h"
#include "ui/timeline/parts/quote.h"
#include "ui/timeline/parts/text.h"
#include "ui/timeline/row_layout.h"

namespace kith::ui {

/// What one bubble shows.
struct BubbleContent {
    QString text;
    QString time;
    QString sender; ///< drawn above the text; empty: no name
    QColor senderColour;
    std::optional<QuotePart::Content> quote;
    client::DeliveryState state = client::DeliveryState::None;
    RowFrame frame;
    bool own = false;
    bool gap = false;
    bool wrongClock = false;
    bool late = false;
    bool expanded = false; ///< a long text is shown as a whole
};

/// One bubble, laid out for one width and one look: its parts, one below the other, and the time at the end of the last
/// line where it fits. Coordinates: x of the view, y from the bubble's upper edge. Immutable; made again when anything
/// changes.
class BubbleLayout {
public:
    /// `mirrored`: own bubbles are on the left.
    BubbleLayout(const BubbleContent& content, const Theme& theme, int viewWidth, bool mirrored);

    /// The width at which its text is broken.
    static int textWidth(const Theme& theme, int viewWidth);

    int height() const { return m_bubble.height(); }
    const QRect& bubble() const { return m_bubble; }
    bool hasBackground() const { return m_emoji == 0; }
    const TextPart& text() const { return m_text; } ///< empty for a gap
    bool hasFailed() const { return m_meta.hasFailed(); }
    bool hasQuote() const { return !m_quote.isEmpty(); }

    Hit hitAt(QPoint point) const;
    /// `selection` is a part of the text, `clip` in the painter's coordinates.
    void paint(QPainter& painter, const Theme& theme, int top, TextRun selection, const QRect& clip) const;

private:
    void place(const Theme& theme, int viewWidth);
    void paintBackground(QPainter& painter, const Theme& theme) const;

    RowFrame m_frame;
    bool m_isOwn;
    bool m_isGap;
    bool m_isOnRight;
    int m_emoji; ///< lone ones, drawn big and without a bubble
    NamePart m_name;
    QuotePart m_quote;
    TextPart m_text;
    NoticePart m_notice;
    MetaPart m_meta;
    QRect m_bubble;
};

} // namespace kith::ui
