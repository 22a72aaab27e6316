// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/mark.h"

#include "ui/icon.h"
#include "ui/theme.h"

#include <QPainter>

namespace kith::ui {

Mark::Mark(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Mark::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    drawMark(painter, rect(), m_theme.tokens().accent, m_theme.tokens().bubbleOut);
}

} // namespace kith::ui
