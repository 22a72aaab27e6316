// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyleFactory>

namespace kith::ui {

const Tokens& tokens(Scheme scheme) {
    static const Tokens light{QColor(0xffffff), QColor(0xf6f7f9), QColor(0xeef1f5), QColor(0xd6e4ff), QColor(0x16191d),
                              QColor(0x565e69), QColor(0x174ea6), QColor(0x1f5fd1), QColor(0xffffff), QColor(0xb3261e),
                              QColor(0x7d8794), QColor(0xdce7fb), QColor(0xb7d0ff), QColor(0xd9dee5)};
    static const Tokens dark{QColor(0x15181d), QColor(0x1b1f25), QColor(0x262c35), QColor(0x1e3f75), QColor(0xe7eaef),
                             QColor(0xa9b2be), QColor(0xa8c7ff), QColor(0x8ab4ff), QColor(0x0b1b36), QColor(0xff9c94),
                             QColor(0x747e8b), QColor(0x26344d), QColor(0x2f5ca8), QColor(0x303742)};
    return scheme == Scheme::Dark ? dark : light;
}

Scheme systemScheme(const QApplication& application) {
    Q_UNUSED(application)
    const QPalette palette = QApplication::palette();
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness()
               ? Scheme::Dark
               : Scheme::Light;
}

void applyTheme(QApplication& application, Scheme scheme) {
    const Tokens& t = tokens(scheme);
    QPalette palette;
    palette.setColor(QPalette::Window, t.panel);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.background);
    palette.setColor(QPalette::AlternateBase, t.panel);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.textSecondary);
    palette.setColor(QPalette::Button, t.bubbleIn);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::ToolTipBase, t.panel);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.link);
    palette.setColor(QPalette::LinkVisited, t.link);
    palette.setColor(QPalette::Mid, t.separator);
    palette.setColor(QPalette::Dark, t.border);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.textSecondary);
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(palette);
}

} // namespace kith::ui
