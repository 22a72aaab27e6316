// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QRectF>

class QColor;
class QPainter;

namespace kith::ui {

/// Our own line icons on a grid of 24 units, drawn as paths at any size and in any colour.
enum class Icon { Send, Plus, Lock, Back, Copy, Eye, EyeOff, Shield, Server, More, Check, Close };

void drawIcon(QPainter& painter, Icon icon, const QRectF& place, const QColor& colour);

/// The mark of the program: two speech bubbles that share a corner.
void drawMark(QPainter& painter, const QRectF& place, const QColor& front, const QColor& back);

} // namespace kith::ui
