// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>

class QApplication;

namespace kith::ui {

enum class Scheme { Light, Dark };

/// The colour tokens: every colour of the program has one of these names. All text pairs reach 4.5:1 (WCAG AA).
struct Tokens {
    QColor background;
    QColor panel;
    QColor bubbleIn;
    QColor bubbleOut;
    QColor text;
    QColor textSecondary;
    QColor link;
    QColor accent;
    QColor onAccent;
    QColor danger;
    QColor border;
    QColor selectedRow;
    QColor selectedText;
    QColor separator;
};
const Tokens& tokens(Scheme scheme);

/// What the desktop asks for, judged by the palette it gave the application.
Scheme systemScheme(const QApplication& application);

/// Fusion style and a palette made of the tokens, for the whole application.
void applyTheme(QApplication& application, Scheme scheme);

} // namespace kith::ui
