// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QIcon>
#include <QRectF>

class QAction;
class QColor;
class QKeySequence;
class QPainter;

namespace kith::ui {

/// Our own line icons on a grid of 24 units, drawn as paths at any size and in any colour.
enum class Icon {
    Send,
    Plus,
    Lock,
    Back,
    Copy,
    Eye,
    EyeOff,
    Shield,
    Server,
    More,
    Check,
    Close,
    Search,
    Link,
    Look,
    Bell,
    Keyboard,
    Leave,
    Again,
    Folder,
    Print,
    Forward,
    Bin,
};

void drawIcon(QPainter& painter, Icon icon, const QRectF& place, const QColor& colour);

/// For menus: drawn in the colour of the painter's pen.
QIcon menuIcon(Icon icon);
/// Tells the keys of something that stands in a menu for a moment and does not take them itself.
void showKeys(QAction& action, const QKeySequence& keys);

/// The mark of the program: two speech bubbles that share a corner.
void drawMark(QPainter& painter, const QRectF& place, const QColor& front, const QColor& back);

} // namespace kith::ui
