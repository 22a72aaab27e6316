// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/bubble_layout.h"

#include "core/base/text.h"
#include "ui/theme.h"
#include "ui/timeline/state_glyph.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QTextBoundaryFinder>

#include <algorithm>
#include <cmath>

namespace kith::ui {
namespace {

using client::DeliveryState;

constexpr int CollapsedTextMax = 4'000; ///< units that twenty lines can show at most; more is not even shaped
constexpr int TextWidthMin = 96;
constexpr qreal MetaGap = 10;
constexpr qreal MetaDrop = 1; ///< the time stands a little lower than the text beside it
constexpr qreal NameGap = 2;

QString metaText(const BubbleContent& content) {
    if (content.gap)
        return {};
    if (content.state == DeliveryState::Failed)
        return QCoreApplication::translate("Timeline", "Not sent. Retry");
    if (content.wrongClock)
        return QCoreApplication::translate("Timeline", "the clock was wrong") + QStringLiteral(" · ") + content.time;
    if (content.late)
        return QCoreApplication::translate("Timeline", "came later") + QStringLiteral(" · ") + content.time;
    return content.frame.timeIsBelow ? QString() : content.time;
}

} // namespace

BubbleLayout::BubbleLayout(BubbleContent content, const Theme& theme, int viewWidth, bool mirrored)
    : m_content(std::move(content))
    , m_emoji(m_content.gap ? 0 : loneEmoji(m_content.text))
    , m_rightToLeft(directionOf(m_content.text) == Qt::RightToLeft)
    , m_ownOnLeft(mirrored) {
    layOutText(theme, textWidth(theme, viewWidth));
    place(theme, viewWidth, mirrored);
}

BubbleLayout::~BubbleLayout() = default;

int BubbleLayout::textWidth(const Theme& theme, int viewWidth) {
    const int room = viewWidth - 2 * Metrics::columnEdge(viewWidth) - 2 * Metrics::BubblePaddingX;
    return std::min(theme.metrics().maxTextWidth, std::max(room, TextWidthMin));
}

QList<QTextLayout::FormatRange> BubbleLayout::formats(const Theme& theme) const {
    QList<QTextLayout::FormatRange> list;
    for (const LinkRun& link : m_links) {
        QTextCharFormat format;
        format.setForeground(theme.tokens().link);
        format.setFontUnderline(true);
        list.append({link.start, std::min(link.end(), static_cast<int>(m_layout->text().size())) - link.start, format});
    }
    for (const TextRun& emoji : findEmoji(m_layout->text())) {
        QTextCharFormat format;
        format.setFontFamilies({emojiFamily()});
        list.append({emoji.start, emoji.length, format});
    }
    return list;
}

void BubbleLayout::layOutText(const Theme& theme, int width) {
    QString shown = m_content.expanded ? m_content.text : beginningOf(m_content.text, CollapsedTextMax);
    if (!m_content.gap)
        m_links = findLinks(m_content.text); // the whole: what is cut off below would lead elsewhere
    while (!m_links.empty() && m_links.back().start >= shown.size())
        m_links.pop_back();
    shown.replace(u'\n', QChar(QChar::LineSeparator));
    for (QChar& c : shown)
        if (c == QChar(0x202d) || c == QChar(0x202e)) // overrides: no language needs them, and a link reads as another
            c = QChar(0x200b);
    QFont font = theme.font(m_content.gap ? TextRole::Secondary : TextRole::Body);
    if (m_emoji > 0)
        font.setPixelSize(theme.metrics().bigEmoji);
    m_layout = std::make_unique<QTextLayout>(shown, font);
    m_layout->setFormats(formats(theme));
    m_layout->setCacheEnabled(true);
    QTextOption option(Qt::AlignLeft | Qt::AlignAbsolute);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(m_rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
    m_layout->setTextOption(option);

    const QFontMetricsF metrics(font);
    const qreal advance = std::ceil(metrics.height()) + (m_emoji > 0 ? 0 : theme.metrics().lineGap);
    qreal y = 0;
    m_layout->beginLayout();
    for (;;) {
        QTextLine line = m_layout->createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(width);
        // One rhythm for all lines; only fonts that are much taller get more, so that an emoji does not part two lines.
        const qreal height = std::clamp(std::ceil(line.height()), advance, 2 * advance);
        line.setPosition({0, y + (height - line.height()) / 2});
        y += height;
        m_lastLineWidth = line.naturalTextWidth();
        m_textSize.setWidth(std::max(m_textSize.width(), m_lastLineWidth));
        m_shownLength = line.textStart() + line.textLength();
        if (++m_lines == CollapseLines && !m_content.expanded && m_shownLength < m_content.text.size())
            break;
    }
    m_layout->endLayout();
    m_textSize.setHeight(y);
    if (m_content.text.isEmpty())
        m_lines = 1;
    m_collapsed = m_shownLength < m_content.text.size();
}

QString BubbleLayout::readMoreText() const {
    return m_collapsed ? QCoreApplication::translate("Timeline", "Read more")
                       : QCoreApplication::translate("Timeline", "Show less");
}

void BubbleLayout::place(const Theme& theme, int viewWidth, bool mirrored) {
    const int maxWidth = textWidth(theme, viewWidth);
    const bool padded = hasBackground();
    const qreal padX = padded ? Metrics::BubblePaddingX : 0;
    const qreal padY = padded ? Metrics::BubblePaddingY : 0;
    qreal width = m_textSize.width();
    qreal y = padY;

    if (!m_content.sender.isEmpty()) {
        const QFontMetricsF metrics(theme.font(TextRole::Strong));
        m_name = metrics.elidedText(m_content.sender, Qt::ElideRight, maxWidth);
        width = std::max(width, metrics.horizontalAdvance(m_name));
        m_nameBaseline.setY(y + metrics.ascent());
        y += std::ceil(metrics.height()) + NameGap;
    }
    m_textOrigin.setY(y);
    y += m_textSize.height();

    QFont metaFont = theme.font(TextRole::Meta);
    metaFont.setUnderline(hasFailed()); // it can be pressed
    const QFontMetricsF metaMetrics(metaFont);
    m_meta = TabularText(metaText(m_content), metaFont);
    const bool hasState = m_content.own && !m_content.gap && m_content.state != DeliveryState::None;
    const qreal stateGap = m_meta.width() > 0 ? theme.metrics().stateGlyph / 5.0 : 0;
    const qreal metaWidth = m_meta.width() + (hasState ? stateGap + theme.metrics().stateGlyph : 0);

    qreal beside = m_lastLineWidth; // what stands in the line that may take the time
    qreal descent = m_lines > 0 && m_layout->lineCount() > 0
                        ? m_textSize.height() - m_layout->lineAt(m_layout->lineCount() - 1).y() -
                              m_layout->lineAt(m_layout->lineCount() - 1).ascent()
                        : 0;
    if (isCollapsible()) {
        const QFontMetricsF metrics(theme.font(TextRole::Strong));
        beside = std::ceil(metrics.horizontalAdvance(readMoreText()));
        const int height = std::max(qRound(metrics.height()) + 8, Metrics::ControlMin);
        m_readMore = QRect(0, qRound(y), static_cast<int>(beside), height);
        descent = (height - metrics.height()) / 2 + metrics.descent();
        y += height;
    }
    if (metaWidth > 0) {
        if (beside + MetaGap + metaWidth <= maxWidth) {
            width = std::max(width, beside + MetaGap + metaWidth);
            m_metaBaseline.setY(y - std::max(descent - MetaDrop, qreal(0)));
        } else {
            width = std::max(width, metaWidth);
            m_metaBaseline.setY(y + metaMetrics.ascent());
            y += std::ceil(metaMetrics.height());
        }
    }

    width = std::ceil(width);
    const int outer = static_cast<int>(width + 2 * padX);
    const bool onRight = m_content.own != mirrored;
    const int edge = Metrics::columnEdge(viewWidth);
    const int left = onRight ? viewWidth - edge - outer : edge;
    m_bubble = QRect(left, 0, outer, static_cast<int>(std::ceil(y + padY)));

    // Names and times follow the direction of the text, so that the time is at the end of its last line.
    const qreal inner = left + padX;
    const auto atStart = [&](qreal w) { return m_rightToLeft ? inner + width - w : inner; };
    const auto atEnd = [&](qreal w) { return m_rightToLeft ? inner : inner + width - w; };
    m_textOrigin.setX(inner);
    if (m_rightToLeft)
        for (int i = 0; i < m_layout->lineCount(); ++i) {
            QTextLine line = m_layout->lineAt(i);
            line.setPosition({width - line.naturalTextWidth(), line.y()});
        }
    if (!m_name.isEmpty())
        m_nameBaseline.setX(atStart(QFontMetricsF(theme.font(TextRole::Strong)).horizontalAdvance(m_name)));
    m_readMore.moveLeft(qRound(atStart(m_readMore.width())));
    // Without a bubble the time stands right behind the emoji, however long the name above them is.
    const bool loose = !padded && !onRight;
    m_metaBaseline.setX(loose ? inner + m_lastLineWidth + MetaGap : atEnd(metaWidth));
    m_metaBox = QRectF(m_metaBaseline.x(), m_metaBaseline.y() - metaMetrics.ascent(), metaWidth, metaMetrics.height());
    if (hasState) {
        const qreal size = theme.metrics().stateGlyph;
        const qreal middle = m_metaBaseline.y() - metaMetrics.capHeight() / 2;
        m_stateBox = QRectF(m_metaBaseline.x() + m_meta.width() + stateGap, middle - size / 2, size, size);
    }
}

bool BubbleLayout::isRetryAt(QPoint point) const {
    constexpr qreal Reach = 8; // small words need room for a finger or a shaky hand
    return hasFailed() && m_metaBox.adjusted(-Reach, -Reach, Reach, Reach).contains(point);
}

bool BubbleLayout::isTextAt(QPoint point) const {
    return !m_content.gap && QRectF(m_textOrigin, QSizeF(m_bubble.width(), m_textSize.height())).contains(point);
}

int BubbleLayout::positionAt(QPoint point) const {
    const QPointF local = point - m_textOrigin;
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        if (local.y() < line.y() + line.height() || i + 1 == m_layout->lineCount())
            return local.y() < 0 && i == 0 ? 0 : line.xToCursor(local.x());
    }
    return 0;
}

TextRun BubbleLayout::wordAt(int position) const {
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, m_layout->text());
    finder.setPosition(position);
    const int start =
        finder.isAtBoundary() && position < m_shownLength ? position : static_cast<int>(finder.toPreviousBoundary());
    finder.setPosition(std::max(start, 0));
    const auto end = static_cast<int>(finder.toNextBoundary());
    return {std::max(start, 0), std::max(end, 0) - std::max(start, 0)};
}

TextRun BubbleLayout::paragraphAt(int position) const {
    const QString& text = m_content.text;
    const int start = position == 0 ? 0 : static_cast<int>(text.lastIndexOf(u'\n', position - 1)) + 1;
    const auto end = static_cast<int>(text.indexOf(u'\n', position));
    return {start, (end < 0 ? m_shownLength : end) - start};
}

int BubbleLayout::nextPosition(int position, bool forward) const {
    return forward ? std::min(m_layout->nextCursorPosition(position), m_shownLength)
                   : m_layout->previousCursorPosition(position);
}

const LinkRun* BubbleLayout::linkAt(QPoint point) const {
    const QPointF local = point - m_textOrigin;
    for (int i = 0; i < m_layout->lineCount() && !m_links.empty(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        if (!line.naturalTextRect().contains(local))
            continue;
        const int position = line.xToCursor(local.x(), QTextLine::CursorOnCharacter);
        for (const LinkRun& link : m_links)
            if (position >= link.start && position < link.end())
                return &link;
    }
    return nullptr;
}

} // namespace kith::ui
