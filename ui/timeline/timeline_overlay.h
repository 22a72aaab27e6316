// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QRect>
#include <QString>

class QPainter;

namespace kith::ui {

class Theme;

/// What stands in a timeline without moving with it, and the separators between rows. Painted by the view, not child
/// widgets: QWidget::scroll() would move those along or repaint everything beneath them.
namespace overlay {

/// The pill with the day, centred at the middle of `row`.
QRect dayChip(const Theme& theme, const QString& day, const QRect& row);
void paintDay(QPainter& painter, const Theme& theme, const QString& day, const QRect& row, bool floating);
void paintUnreadMarker(QPainter& painter, const Theme& theme, const QString& text, const QRect& row);

/// What can be done with the message under the mouse, at the side of its bubble. Empty where there is no room.
enum class Action { None, Copy, More };
QRect messageActions(const Theme& theme, const QRect& bubble, int viewportWidth);
Action messageActionAt(const QRect& actions, QPoint point);
void paintMessageActions(QPainter& painter, const Theme& theme, const QRect& actions, Action hovered, bool isCopied);

/// The button that leads to the bottom, with its badge. It stands beside the column, so that it covers no message.
QRect bottomButton(const Theme& theme, const QSize& viewport, bool mirrored);
QRect bottomButtonWithBadge(const Theme& theme, const QSize& viewport, bool mirrored);
void paintBottomButton(QPainter& painter, const Theme& theme, const QSize& viewport, bool mirrored, int count,
                       bool hovered);

} // namespace overlay
} // namespace kith::ui
