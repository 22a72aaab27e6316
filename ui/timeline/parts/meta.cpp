// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/parts/meta.h"

#include "ui/theme.h"
#include "ui/timeline/state_glyph.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace kith::ui {
namespace {

using client::DeliveryState;

constexpr qreal Reach = 8; ///< small words need room for a finger or a shaky hand

QString textOf(const MetaPart::Content& content) {
    const QString dot = QStringLiteral(" · ");
    if (content.state == DeliveryState::Failed)
        return QCoreApplication::translate("Timeline", "Not sent. Retry");
    if (content.wrongClock)
        return QCoreApplication::translate("Timeline", "the clock was wrong") + dot + content.time;
    if (content.late)
        return QCoreApplication::translate("Timeline", "came later") + dot + content.time;
    return content.isTimeBelow ? QString() : content.time;
}

} // namespace

MetaPart::MetaPart(const Content& content, const Theme& theme)
    : m_state(content.state) {
    QFont font = theme.font(TextRole::Meta);
    font.setUnderline(hasFailed()); // it can be pressed
    const QFontMetricsF metrics(font);
    m_text = TabularText(textOf(content), font);
    m_glyph = m_state == DeliveryState::None ? 0 : theme.metrics().stateGlyph;
    m_width = m_text.width() + m_glyph + (m_text.width() > 0 ? m_glyph / 5 : 0);
    m_height = metrics.height();
    m_ascent = metrics.ascent();
    m_capHeight = metrics.capHeight();
}

void MetaPart::moveTo(QPointF baseline) {
    m_baseline = baseline;
    m_box = QRectF(baseline.x(), baseline.y() - m_ascent, m_width, m_height);
}

Hit MetaPart::hitAt(QPointF point) const {
    if (hasFailed() && m_box.adjusted(-Reach, -Reach, Reach, Reach).contains(point))
        return {Hit::Kind::Retry};
    return {m_box.contains(point) ? Hit::Kind::Meta : Hit::Kind::Nothing};
}

void MetaPart::paint(QPainter& painter, const Theme& theme, const QColor& behind) const {
    const Tokens& t = theme.tokens();
    painter.setPen(hasFailed() ? t.danger : t.textSecondary);
    m_text.draw(painter, m_baseline);
    if (m_glyph == 0)
        return;
    const qreal middle = m_baseline.y() - m_capHeight / 2;
    const QRectF box(m_box.right() - m_glyph, middle - m_glyph / 2, m_glyph, m_glyph);
    drawState(painter, m_state, box, {t.textSecondary, t.accent, t.danger, behind});
}

} // namespace kith::ui
