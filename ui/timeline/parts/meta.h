// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"
#include "ui/timeline/parts/part.h"
#include "ui/timeline/tabular_text.h"

#include <QPointF>
#include <QRectF>

class QPainter;

namespace kith::ui {

class Theme;

/// When it was written, and how far a message of ours has come. Coordinates: the bubble's.
class MetaPart {
public:
    struct Content {
        QString time;
        client::DeliveryState state = client::DeliveryState::None; ///< None: nothing is shown of it
        bool isTimeBelow = false;                                  ///< the next message says it
        bool wrongClock = false;
        bool late = false;
    };

    MetaPart() = default;
    MetaPart(const Content& content, const Theme& theme);

    qreal width() const { return m_width; } ///< 0: there is nothing to show
    qreal height() const { return m_height; }
    qreal ascent() const { return m_ascent; }
    void moveTo(QPointF baseline);

    bool hasFailed() const { return m_state == client::DeliveryState::Failed; }
    Hit hitAt(QPointF point) const;
    /// `behind`: what the state is drawn on.
    void paint(QPainter& painter, const Theme& theme, const QColor& behind) const;

private:
    TabularText m_text;
    client::DeliveryState m_state = client::DeliveryState::None;
    qreal m_width = 0;
    qreal m_height = 0;
    qreal m_ascent = 0;
    qreal m_capHeight = 0;
    qreal m_glyph = 0; ///< the side of the state
    QPointF m_baseline;
    QRectF m_box;
};

} // namespace kith::ui
