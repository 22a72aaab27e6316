// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include "ui/style.h"

#include <QApplication>
#include <QPalette>

#include <algorithm>

namespace kith::ui {
namespace {

Tokens lightTokens() {
    Tokens t;
    t.background = QColor(0xffffff);
    t.panel = QColor(0xf6f7f9);
    t.bubbleIn = QColor(0xeef1f5);
    t.bubbleOut = QColor(0xd6e4ff);
    t.text = QColor(0x16191d);
    t.textSecondary = QColor(0x565e69);
    t.link = QColor(0x174ea6);
    t.accent = QColor(0x1f5fd1);
    t.onAccent = QColor(0xffffff);
    t.danger = QColor(0xb3261e);
    t.ok = QColor(0x1b6e3c);
    t.warn = QColor(0x8a5300);
    t.border = QColor(0x7d8794);
    t.badgeMuted = QColor(0x626b77);
    t.selectedRow = QColor(0xdce7fb);
    t.hover = QColor(0xedf0f4);
    t.selectedText = QColor(0xb7d0ff);
    t.separator = QColor(0xd9dee5);
    t.senders = {QColor(0xa3261d), QColor(0x8a4b00), QColor(0x5b6300), QColor(0x1b6b3a),
                 QColor(0x00677a), QColor(0x1f5fd1), QColor(0x6a42c2), QColor(0x9a2a78)};
    return t;
}

Tokens darkTokens() {
    Tokens t;
    t.background = QColor(0x15181d);
    t.panel = QColor(0x1b1f25);
    t.bubbleIn = QColor(0x262c35);
    t.bubbleOut = QColor(0x1e3f75);
    t.text = QColor(0xe7eaef);
    t.textSecondary = QColor(0xa9b2be);
    t.link = QColor(0xa8c7ff);
    t.accent = QColor(0x8ab4ff);
    t.onAccent = QColor(0x0b1b36);
    t.danger = QColor(0xff9c94);
    t.ok = QColor(0x7fd6a0);
    t.warn = QColor(0xf2be6b);
    t.border = QColor(0x747e8b);
    t.badgeMuted = QColor(0x808a97);
    t.selectedRow = QColor(0x26344d);
    t.hover = QColor(0x222831);
    t.selectedText = QColor(0x2f5ca8);
    t.separator = QColor(0x303742);
    t.senders = {QColor(0xffa39b), QColor(0xf5b567), QColor(0xcfd36a), QColor(0x86dba5),
                 QColor(0x72d3e8), QColor(0xa8c7ff), QColor(0xcdb5ff), QColor(0xffa3de)};
    return t;
}

struct Type {
    qreal pixels;
    QFont::Weight weight;
};
Type typeOf(TextRole role) {
    switch (role) {
    case TextRole::Meta:
        return {11, QFont::Normal};
    case TextRole::Secondary:
        return {12.5, QFont::Normal};
    case TextRole::Body:
        return {14, QFont::Normal};
    case TextRole::Strong:
        return {12.5, QFont::DemiBold};
    case TextRole::ChatTitle:
        return {15, QFont::DemiBold};
    case TextRole::PageTitle:
        return {18, QFont::DemiBold};
    case TextRole::Hero:
        return {24, QFont::DemiBold};
    case TextRole::Mono:
        return {13, QFont::Normal};
    }
    return {14, QFont::Normal};
}

QPalette paletteOf(const Tokens& t) {
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
    return palette;
}

} // namespace

const Tokens& tokens(Scheme scheme) {
    static const Tokens light = lightTokens();
    static const Tokens dark = darkTokens();
    return scheme == Scheme::Dark ? dark : light;
}

Theme::Theme(Scheme scheme, QObject* parent)
    : QObject(parent)
    , m_scheme(scheme) {}

void Theme::setScheme(Scheme scheme) {
    if (m_scheme == scheme)
        return;
    m_scheme = scheme;
    Q_EMIT
    changed();
}

void Theme::setScale(qreal scale) {
    scale = std::clamp(scale, ScaleMin, ScaleMax);
    if (qFuzzyCompare(m_scale, scale))
        return;
    m_scale = scale;
    const Metrics base;
    m_metrics.maxTextWidth = qRound(base.maxTextWidth * scale);
    m_metrics.dayRow = qRound(base.dayRow * std::max(scale, qreal(1)));
    m_metrics.lineGap = qRound(base.lineGap * scale);
    m_metrics.bigEmoji = qRound(base.bigEmoji * scale);
    m_metrics.stateGlyph = qRound(base.stateGlyph * scale);
    Q_EMIT
    changed();
}

QFont Theme::font(TextRole role) const {
    const Type type = typeOf(role);
    QFont font;
    font.setFamilies(role == TextRole::Mono
                         ? QStringList{QStringLiteral("DejaVu Sans Mono"), QStringLiteral("monospace")}
                         : QStringList{QStringLiteral("Inter"), QStringLiteral("sans-serif")});
    font.setPixelSize(qRound(type.pixels * m_scale));
    font.setWeight(type.weight);
    return font;
}

int Theme::grown(int pixels) const {
    return qRound(pixels * std::max(1.0, (1 + m_scale) / 2));
}

QColor Theme::senderColour(const AccountId& account) const {
    const auto& senders = tokens().senders;
    return senders[account.view().back() % senders.size()];
}

QString emojiFamily() {
    return QStringLiteral("Noto Color Emoji");
}

Scheme systemScheme(const QApplication& application) {
    Q_UNUSED(application)
    const QPalette palette = QApplication::palette();
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness()
               ? Scheme::Dark
               : Scheme::Light;
}

void applyTheme(QApplication& application, const Theme& theme) {
    // A new style polishes every widget again, which a change of colours does not need.
    if (qobject_cast<KithStyle*>(QApplication::style()) == nullptr)
        application.setStyle(new KithStyle);
    QApplication::setPalette(paletteOf(theme.tokens()));
    QApplication::setFont(theme.font(TextRole::Body));
}

void applyTheme(QApplication& application, Scheme scheme) {
    applyTheme(application, Theme(scheme));
}

} // namespace kith::ui
