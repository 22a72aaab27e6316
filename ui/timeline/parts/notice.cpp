// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/parts/notice.h"

#include "ui/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace kith::ui {
namespace {

constexpr int Flags = Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap;

} // namespace

NoticePart::NoticePart(const QString& text, const Theme& theme, qreal widthMax)
    : m_text(text) {
    const QFontMetricsF metrics(theme.font(TextRole::Secondary));
    const QSizeF size = metrics.boundingRect(QRectF(0, 0, widthMax, 0), Flags, text).size();
    const qreal line = std::ceil(metrics.height()) + theme.metrics().lineGap;
    m_size = QSizeF(std::ceil(size.width()), line * std::max(1.0, std::round(size.height() / metrics.height())));
}

void NoticePart::paint(QPainter& painter, const Theme& theme) const {
    painter.setFont(theme.font(TextRole::Secondary));
    painter.setPen(theme.tokens().textSecondary);
    painter.drawText(QRectF(m_corner, m_size), Flags, m_text);
}

} // namespace kith::ui
