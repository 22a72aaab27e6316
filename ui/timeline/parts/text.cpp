// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/parts/text.h"

#include "core/base/text.h"
#include "ui/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QTextBoundaryFinder>

#include <algorithm>
#include <cmath>

namespace kith::ui {
namespace {

constexpr int CollapsedTextMax = 4'000; ///< units that twenty lines can show at most; more is not even shaped

} // namespace

TextPart::TextPart(const QString& text, const Theme& theme, qreal widthMax, int emoji, bool expanded)
    : m_text(text)
    , m_links(findLinks(text)) // of the whole: what is cut off below would lead elsewhere
    , m_expanded(expanded)
    , m_rightToLeft(directionOf(text) == Qt::RightToLeft) {
    const QString shown = expanded ? text : beginningOf(text, CollapsedTextMax);
    while (!m_links.empty() && m_links.back().start >= shown.size())
        m_links.pop_back();
    layOut(shown, theme, widthMax, emoji);
    if (!isCollapsible())
        return;
    const QFontMetricsF metrics(theme.font(TextRole::Strong));
    const int height = std::max(qRound(metrics.height()) + 8, Metrics::ControlMin);
    m_readMore = QRectF(0, 0, std::ceil(metrics.horizontalAdvance(readMoreText())), height);
    m_lastLineWidth = m_readMore.width();
    m_lastDescent = (height - metrics.height()) / 2 + metrics.descent();
}

QList<QTextLayout::FormatRange> TextPart::formats(const Theme& theme) const {
    QList<QTextLayout::FormatRange> list = emojiFormats(m_layout->text());
    for (const LinkRun& link : m_links) {
        QTextCharFormat format;
        format.setForeground(theme.tokens().link);
        format.setFontUnderline(true);
        list.append({link.start, std::min(link.end(), static_cast<int>(m_layout->text().size())) - link.start, format});
    }
    return list;
}

void TextPart::layOut(const QString& shown, const Theme& theme, qreal widthMax, int emoji) {
    QFont font = theme.font(TextRole::Body);
    if (emoji > 0)
        font.setPixelSize(theme.metrics().bigEmoji);
    m_layout = std::make_unique<QTextLayout>(forLayout(shown), font);
    m_layout->setFormats(formats(theme));
    m_layout->setCacheEnabled(true);
    QTextOption option(Qt::AlignLeft | Qt::AlignAbsolute);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(m_rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
    m_layout->setTextOption(option);

    const qreal advance = std::ceil(QFontMetricsF(font).height()) + (emoji > 0 ? 0 : theme.metrics().lineGap);
    qreal y = 0;
    m_layout->beginLayout();
    for (;;) {
        QTextLine line = m_layout->createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(widthMax);
        // One rhythm for all lines; only fonts that are much taller get more, so that an emoji does not part two lines.
        const qreal height = std::clamp(std::ceil(line.height()), advance, 2 * advance);
        line.setPosition({0, y + (height - line.height()) / 2});
        y += height;
        m_lastLineWidth = line.naturalTextWidth();
        m_lastDescent = y - line.y() - line.ascent();
        m_size.setWidth(std::max(m_size.width(), m_lastLineWidth));
        m_shownLength = line.textStart() + line.textLength();
        if (++m_lines == CollapseLines && !m_expanded && m_shownLength < m_text.size())
            break;
    }
    m_layout->endLayout();
    m_size.setHeight(y);
    m_lines = std::max(m_lines, 1);
}

void TextPart::moveTo(QPointF corner, qreal width) {
    m_corner = corner;
    if (m_rightToLeft)
        for (int i = 0; i < m_layout->lineCount(); ++i) {
            QTextLine line = m_layout->lineAt(i);
            line.setPosition({width - line.naturalTextWidth(), line.y()});
        }
    m_readMore.moveTo(corner.x() + (m_rightToLeft ? width - m_readMore.width() : 0), corner.y() + m_size.height());
}

QString TextPart::readMoreText() const {
    return isCollapsed() ? QCoreApplication::translate("Timeline", "Read more")
                         : QCoreApplication::translate("Timeline", "Show less");
}

// --- Places ----------------------------------------------------------------------------------------------------------

Hit TextPart::hitAt(QPointF point) const {
    if (isCollapsible() && m_readMore.contains(point))
        return {Hit::Kind::ReadMore};
    const QPointF local = point - m_corner;
    if (const LinkRun* link = linkAt(local))
        return {Hit::Kind::Link, link->url};
    return {local.y() >= 0 && local.y() < m_size.height() ? Hit::Kind::Text : Hit::Kind::Nothing};
}

const LinkRun* TextPart::linkAt(QPointF local) const {
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

int TextPart::positionAt(QPointF point) const {
    const QPointF local = point - m_corner;
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        if (local.y() < line.y() + line.height() || i + 1 == m_layout->lineCount())
            return local.y() < 0 && i == 0 ? 0 : line.xToCursor(local.x());
    }
    return 0;
}

TextRun TextPart::wordAt(int position) const {
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, m_layout->text());
    finder.setPosition(position);
    const int start =
        finder.isAtBoundary() && position < m_shownLength ? position : static_cast<int>(finder.toPreviousBoundary());
    finder.setPosition(std::max(start, 0));
    const auto end = static_cast<int>(finder.toNextBoundary());
    return {std::max(start, 0), std::max(end, 0) - std::max(start, 0)};
}

TextRun TextPart::paragraphAt(int position) const {
    const int start = position == 0 ? 0 : static_cast<int>(m_text.lastIndexOf(u'\n', position - 1)) + 1;
    const auto end = static_cast<int>(m_text.indexOf(u'\n', position));
    return {start, (end < 0 ? m_shownLength : end) - start};
}

int TextPart::nextPosition(int position, bool forward) const {
    return forward ? std::min(m_layout->nextCursorPosition(position), m_shownLength)
                   : m_layout->previousCursorPosition(position);
}

// --- Painting --------------------------------------------------------------------------------------------------------

/// Fills the whole pitch of the lines, which QTextLayout would leave striped. Letter by letter, because in text of both
/// directions one selection is several stretches of a line.
void TextPart::paintSelection(QPainter& painter, const Theme& theme, TextRun selection) const {
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        const qreal middle = line.y() + line.height() / 2;
        const qreal pitch = std::max(line.height(), m_size.height() / m_layout->lineCount());
        const int end = std::min(selection.end(), line.textStart() + line.textLength());
        QRectF stretch;
        for (int at = std::max(selection.start, line.textStart()); at < end;) {
            const int next = std::max(m_layout->nextCursorPosition(at), at + 1);
            const qreal a = line.cursorToX(at, QTextLine::Leading);
            const qreal b = line.cursorToX(next - 1, QTextLine::Trailing);
            const QRectF letter(std::min(a, b), middle - pitch / 2, std::abs(b - a), pitch);
            const bool touches = letter.left() <= stretch.right() + 0.5 && letter.right() >= stretch.left() - 0.5;
            if (!stretch.isNull() && !touches)
                painter.fillRect(stretch.translated(m_corner), theme.tokens().selectedText);
            stretch = stretch.isNull() || !touches ? letter : stretch.united(letter);
            at = next;
        }
        painter.fillRect(stretch.translated(m_corner), theme.tokens().selectedText);
    }
}

void TextPart::paint(QPainter& painter, const Theme& theme, TextRun selection, const QRectF& clip) const {
    QList<QTextLayout::FormatRange> selections;
    if (selection.length > 0) {
        paintSelection(painter, theme, selection);
        QTextCharFormat format;
        format.setForeground(theme.tokens().text);
        selections.append({selection.start, selection.length, format});
    }
    painter.setPen(theme.tokens().text);
    m_layout->draw(&painter, m_corner, selections, clip);
    if (!isCollapsible())
        return;
    QFont font = theme.font(TextRole::Strong);
    font.setUnderline(true);
    painter.setFont(font);
    painter.setPen(theme.tokens().link);
    painter.drawText(m_readMore, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextDontClip, readMoreText());
}

} // namespace kith::ui
