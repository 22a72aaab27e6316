// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/bubble_layout.h"

#include "ui/theme.h"

#include <algorithm>
#include <cmath>

namespace kith::ui {
namespace {

using client::DeliveryState;

constexpr int TextWidthMin = 96;
constexpr qreal MetaGap = 10;
constexpr qreal MetaDrop = 1; ///< the time stands a little lower than the text beside it

MetaPart metaOf(const BubbleContent& content, const Theme& theme) {
    if (content.gap)
        return {};
    return MetaPart({content.time, content.own ? content.state : DeliveryState::None, content.frame.timeIsBelow,
                     content.wrongClock, content.late},
                    theme);
}

} // namespace

BubbleLayout::BubbleLayout(const BubbleContent& content, const Theme& theme, int viewWidth, bool mirrored)
    : m_frame(content.frame)
    , m_isOwn(content.own)
    , m_isGap(content.gap)
    , m_isOnRight(content.own != mirrored)
    , m_emoji(content.gap || content.quote ? 0 : loneEmoji(content.text))
    , m_name(content.sender, content.senderColour, theme, textWidth(theme, viewWidth))
    , m_meta(metaOf(content, theme)) {
    const int widthMax = textWidth(theme, viewWidth);
    if (content.quote)
        m_quote = QuotePart(*content.quote, theme, widthMax);
    if (m_isGap)
        m_notice = NoticePart(content.text, theme, widthMax);
    m_text = TextPart(m_isGap ? QString() : content.text, theme, widthMax, m_emoji, content.expanded);
    place(theme, viewWidth);
}

int BubbleLayout::textWidth(const Theme& theme, int viewWidth) {
    const int room = viewWidth - 2 * Metrics::columnEdge(viewWidth) - 2 * Metrics::BubblePaddingX;
    return std::min(theme.metrics().maxTextWidth, std::max(room, TextWidthMin));
}

void BubbleLayout::place(const Theme& theme, int viewWidth) {
    const qreal padX = hasBackground() ? Metrics::BubblePaddingX : 0;
    const qreal padY = hasBackground() ? Metrics::BubblePaddingY : 0;
    qreal width = std::max({m_name.width(), m_quote.width(), m_isGap ? m_notice.width() : m_text.width(),
                            m_text.isCollapsible() ? m_text.lastLineWidth() : 0});
    const qreal quoteTop = padY + m_name.height();
    const qreal textTop = quoteTop + m_quote.height();
    qreal y = textTop + (m_isGap ? m_notice.height() : m_text.height());
    qreal metaBaseline = 0;
    if (const qreal beside = m_text.lastLineWidth() + MetaGap + m_meta.width(); m_meta.width() == 0) {
        // nothing more
    } else if (beside <= textWidth(theme, viewWidth)) {
        width = std::max(width, beside);
        metaBaseline = y - std::max(m_text.lastDescent() - MetaDrop, qreal(0));
    } else {
        width = std::max(width, m_meta.width());
        metaBaseline = y + m_meta.ascent();
        y += std::ceil(m_meta.height());
    }
    width = std::ceil(width);
    const int outer = static_cast<int>(width + 2 * padX);
    const int edge = Metrics::columnEdge(viewWidth);
    const int left = m_isOnRight ? viewWidth - edge - outer : edge;
    m_bubble = QRect(left, 0, outer, static_cast<int>(std::ceil(y + padY)));

    // Names and times follow the direction of the text, so that the time is at the end of its last line.
    const qreal inner = left + padX;
    const bool fromRight = m_text.isRightToLeft();
    m_name.moveTo({fromRight ? inner + width - m_name.width() : inner, padY});
    if (hasQuote())
        m_quote.moveTo({inner, quoteTop}, width, fromRight);
    m_text.moveTo({inner, textTop}, width);
    m_notice.moveTo({inner, textTop});
    // Without a bubble the time stands right behind the emoji, however long the name above them is.
    const bool loose = !hasBackground() && !m_isOnRight;
    const qreal metaLeft = loose       ? inner + m_text.lastLineWidth() + MetaGap
                           : fromRight ? inner
                                       : inner + width - m_meta.width();
    m_meta.moveTo({metaLeft, metaBaseline});
}

Hit BubbleLayout::hitAt(QPoint point) const {
    const Hit meta = m_meta.hitAt(point);
    if (meta.kind == Hit::Kind::Retry)
        return meta;
    if (!m_bubble.contains(point) || m_isGap)
        return {};
    for (const Hit& hit : {m_quote.hitAt(point), meta, m_text.hitAt(point)})
        if (hit.kind != Hit::Kind::Nothing)
            return hit;
    return {};
}

} // namespace kith::ui
