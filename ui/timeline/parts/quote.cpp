// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/parts/quote.h"

#include "ui/theme.h"
#include "ui/timeline/text_runs.h"
#include "ui/timeline/time_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace kith::ui {
namespace {

constexpr qreal Bar = 3;
constexpr qreal PaddingX = 10;
constexpr qreal PaddingY = 6;
constexpr qreal Radius = 6;
constexpr qreal Below = 6;

QColor mixed(const QColor& a, const QColor& b, float share) {
    const float rest = 1 - share;
    return QColor::fromRgbF(a.redF() * rest + b.redF() * share, a.greenF() * rest + b.greenF() * share,
                            a.blueF() * rest + b.blueF() * share);
}

} // namespace

QuotePart::QuotePart(const Content& content, const Theme& theme, qreal widthMax)
    : m_name(content.author, content.colour, theme, widthMax - 2 * PaddingX - Bar)
    , m_colour(content.colour)
    , m_isHere(content.text.has_value()) {
    layOut(content.text.value_or(missingQuoteText()), theme, widthMax - 2 * PaddingX - Bar);
    m_width = std::max(m_name.width(), m_textWidth) + 2 * PaddingX + Bar;
}

/// What does not fit into the lines ends with dots: the last line is all that is left, cut to its width.
void QuotePart::layOut(const QString& text, const Theme& theme, qreal widthMax) {
    const QFont font = theme.font(TextRole::Secondary);
    const QFontMetricsF metrics(font);
    QString shown = forLayout(text.trimmed());
    QTextOption option(Qt::AlignLeft | Qt::AlignAbsolute);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(directionOf(text));
    m_layout = std::make_unique<QTextLayout>(shown, font);
    const auto breakLines = [&] {
        m_layout->setTextOption(option);
        m_layout->setFormats(emojiFormats(shown));
        m_layout->beginLayout();
        qreal y = 0;
        int end = 0;
        m_textWidth = 0;
        for (int i = 0; i < LinesMax; ++i) {
            QTextLine line = m_layout->createLine();
            if (!line.isValid())
                break;
            line.setLineWidth(widthMax);
            line.setPosition({0, y});
            y += std::ceil(metrics.height());
            end = line.textStart() + line.textLength();
            m_textWidth = std::max(m_textWidth, line.naturalTextWidth());
        }
        m_layout->endLayout();
        m_height = PaddingY + m_name.height() + std::max(y, std::ceil(metrics.height())) + PaddingY + Below;
        return end;
    };
    if (breakLines() >= shown.size())
        return;
    const int last = m_layout->lineAt(LinesMax - 1).textStart();
    QString rest = shown.mid(last);
    rest.replace(QChar(QChar::LineSeparator), u' ');
    shown = shown.left(last) + metrics.elidedText(rest + u'…', Qt::ElideRight, widthMax);
    m_layout->setText(shown);
    breakLines();
}

void QuotePart::moveTo(QPointF corner, qreal width, bool rightToLeft) {
    m_isMirrored = rightToLeft;
    m_box = QRectF(corner, QSizeF(width, m_height - Below));
    const qreal left = m_box.left() + PaddingX + (rightToLeft ? 0 : Bar);
    const qreal inner = width - 2 * PaddingX - Bar;
    m_name.moveTo({rightToLeft ? left + inner - m_name.width() : left, m_box.top() + PaddingY});
    m_textCorner = {left, m_box.top() + PaddingY + m_name.height()};
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        QTextLine line = m_layout->lineAt(i);
        const bool isFromRight = m_layout->textOption().textDirection() == Qt::RightToLeft;
        line.setPosition({isFromRight ? inner - line.naturalTextWidth() : 0, line.y()});
    }
}

Hit QuotePart::hitAt(QPointF point) const {
    return {!isEmpty() && m_box.contains(point) ? Hit::Kind::Quote : Hit::Kind::Nothing};
}

QColor QuotePart::groundOf(const Theme& theme, bool isOwn) {
    const Tokens& t = theme.tokens();
    return isOwn ? mixed(t.bubbleOut, t.background, 0.4F) : mixed(t.bubbleIn, t.chat, 0.6F);
}

void QuotePart::paint(QPainter& painter, const Theme& theme, bool isOwn) const {
    if (isEmpty())
        return;
    QPainterPath path;
    path.addRoundedRect(m_box, Radius, Radius);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillPath(path, groundOf(theme, isOwn));
    painter.setClipPath(path, Qt::IntersectClip);
    painter.fillRect(QRectF(m_isMirrored ? m_box.right() - Bar : m_box.left(), m_box.top(), Bar, m_box.height()),
                     m_colour);
    painter.restore();
    m_name.paint(painter, theme);
    painter.setPen(m_isHere ? theme.tokens().text : theme.tokens().textSecondary);
    m_layout->draw(&painter, m_textCorner);
}

} // namespace kith::ui
