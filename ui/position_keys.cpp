// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/position_keys.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QWidget>

#include <algorithm>

namespace kith::ui {
namespace {

/// X11 and Wayland name a key by its place, counted from 8 (evdev).
struct Row {
    quint32 first;
    const char* keys;
};
constexpr Row Rows[] = {{10, "1234567890"}, {24, "QWERTYUIOP"}, {38, "ASDFGHJKL"}, {52, "ZXCVBNM"}};

int latinAt(quint32 code) {
    for (const Row& row : Rows)
        if (code >= row.first && code < row.first + qstrlen(row.keys))
            return row.keys[code - row.first];
    return 0;
}

bool isDigit(int key) {
    return key >= Qt::Key_0 && key <= Qt::Key_9;
}

/// The command of this window with these keys, if there is one.
QAction* commandOf(const QWidget& widget, const QKeySequence& keys) {
    for (const QWidget* each = &widget; each != nullptr; each = each->isWindow() ? nullptr : each->parentWidget())
        for (QAction* action : each->actions())
            if (action->isEnabled() && action->shortcuts().contains(keys))
                return action;
    return nullptr;
}

} // namespace

int keyByPosition(const QKeyEvent& event) {
    const int latin = latinAt(event.nativeScanCode());
    const bool isOtherAlphabet = event.key() > 0xff && event.key() < Qt::Key_Escape;
    if (latin == 0 || isDigit(event.key()))
        return 0;
    return isDigit(latin) || isOtherAlphabet ? latin : 0;
}

PositionKeys::PositionKeys() {
    QCoreApplication::instance()->installEventFilter(this);
}

bool PositionKeys::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress)
        return false;
    auto* pressed = static_cast<QKeyEvent*>(event);
    auto* widget = qobject_cast<QWidget*>(watched);
    const Qt::KeyboardModifiers held = pressed->modifiers() & ~Qt::KeypadModifier;
    if (widget == nullptr || (held != Qt::ControlModifier && held != (Qt::ControlModifier | Qt::ShiftModifier)))
        return false;
    const int key = keyByPosition(*pressed);
    if (key == 0)
        return false;
    if (QAction* command = commandOf(*widget, QKeySequence(static_cast<int>(held) | key))) {
        command->trigger();
        return true;
    }
    if (isDigit(key))
        return false;
    QKeyEvent latin(QEvent::KeyPress, key, pressed->modifiers(), 0, pressed->nativeVirtualKey(),
                    pressed->nativeModifiers()); // copying and pasting, in whatever field it is
    QCoreApplication::sendEvent(widget, &latin);
    event->setAccepted(latin.isAccepted());
    return true;
}

} // namespace kith::ui
