// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include "ui/style.h"

#include <QApplication>
#include <QPalette>

#include <algorithm>

namespace kith::ui {
namespace {

std::array<QColor, 8> avatarHues() {
    return {QColor(0xc4473a), QColor(0xad5c12), QColor(0x7c7a12), QColor(0x2f7d4f),
            QColor(0x0f7f8f), QColor(0x3b6fd6), QColor(0x7a56d0), QColor(0xb04590)};
}

Tokens lightTokens() {
    Tokens t;
    t.background = QColor(0xffffff);
    t.panel = QColor(0xf6f4ef);
    t.chat = QColor(0xefebe3);
    t.bubbleIn = QColor(0xffffff);
    t.bubbleOut = QColor(0xd5ebe1);
    t.text = QColor(0x1b1a17);
    t.textSecondary = QColor(0x5f5b53);
    t.link = QColor(0x0b6b5b);
    t.accent = QColor(0x0b6b5b);
    t.onAccent = QColor(0xffffff);
    t.danger = QColor(0xb3261e);
    t.ok = QColor(0x1b6e3c);
    t.warn = QColor(0x8a5300);
    t.border = QColor(0x857f74);
    t.badgeMuted = QColor(0x5f5b53);
    t.selectedRow = QColor(0xddebe4);
    t.hover = QColor(0xece8df);
    t.chip = QColor(0xe4ded2);
    t.selectedText = QColor(0xa6d9c8);
    t.separator = QColor(0xe2ddd2);
    t.shadow = QColor(27, 26, 23, 30);
    t.senders = {QColor(0xa3261d), QColor(0x8a4b00), QColor(0x5b6300), QColor(0x1b6b3a),
                 QColor(0x00677a), QColor(0x1f5fd1), QColor(0x6a42c2), QColor(0x9a2a78)};
    t.avatars = avatarHues();
    return t;
}

Tokens darkTokens() {
    Tokens t;
    t.background = QColor(0x1c1a17);
    t.panel = QColor(0x1c1a17);
    t.chat = QColor(0x141210);
    t.bubbleIn = QColor(0x2a2723);
    t.bubbleOut = QColor(0x16433a);
    t.text = QColor(0xece8e1);
    t.textSecondary = QColor(0xb0a99d);
    t.link = QColor(0x74d6be);
    t.accent = QColor(0x74d6be);
    t.onAccent = QColor(0x06231c);
    t.danger = QColor(0xff9c94);
    t.ok = QColor(0x7fd6a0);
    t.warn = QColor(0xf2be6b);
    t.border = QColor(0x7f786c);
    t.badgeMuted = QColor(0xb0a99d);
    t.selectedRow = QColor(0x243b34);
    t.hover = QColor(0x25221e);
    t.chip = QColor(0x2b2823);
    t.selectedText = QColor(0x2a6b5c);
    t.separator = QColor(0x35312b);
    t.shadow = Qt::transparent;
    t.senders = {QColor(0xffa39b), QColor(0xf5b567), QColor(0xcfd36a), QColor(0x86dba5),
                 QColor(0x72d3e8), QColor(0xa8c7ff), QColor(0xcdb5ff), QColor(0xffa3de)};
    t.avatars = avatarHues();
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
    case TextRole::Code:
        return {22, QFont::Normal};
    }
    return {14, QFont::Normal};
}

std::size_t ownHueOf(const AccountId& account) {
    return account.view().back() % std::tuple_size_v<decltype(Tokens::avatars)>;
}

QPalette paletteOf(const Tokens& t) {
    QPalette palette;
    palette.setColor(QPalette::Window, t.panel);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.background);
    palette.setColor(QPalette::AlternateBase, t.panel);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.textSecondary);
    palette.setColor(QPalette::Button, t.chip);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::ToolTipBase, t.chip);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.link);
    palette.setColor(QPalette::LinkVisited, t.link);
    palette.setColor(QPalette::Mid, t.separator);
    palette.setColor(QPalette::Midlight, t.hover);
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
    Q_EMIT changed();
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
    Q_EMIT changed();
}

QFont Theme::font(TextRole role) const {
    const Type type = typeOf(role);
    QFont font;
    font.setFamilies(role == TextRole::Mono || role == TextRole::Code
                         ? QStringList{QStringLiteral("DejaVu Sans Mono"), QStringLiteral("monospace")}
                         : QStringList{QStringLiteral("Inter"), QStringLiteral("sans-serif")});
    font.setPixelSize(qRound(type.pixels * m_scale));
    font.setWeight(type.weight);
    return font;
}

int Theme::grown(int pixels) const {
    return qRound(pixels * std::max(1.0, (1 + m_scale) / 2));
}

void Theme::giveHues(const std::vector<AccountId>& inOrder) {
    m_hues.clear();
    std::array<int, std::tuple_size_v<decltype(Tokens::avatars)>> used{};
    for (const AccountId& account : inOrder) {
        const std::size_t own = ownHueOf(account);
        std::size_t hue = own;
        for (std::size_t step = 1; step < used.size(); ++step)
            if (const std::size_t other = (own + step) % used.size(); used[other] < used[hue])
                hue = other;
        ++used[hue];
        m_hues[account] = hue;
    }
}

std::size_t Theme::hueOf(const AccountId& account) const {
    const auto given = m_hues.find(account);
    return given != m_hues.end() ? given->second : ownHueOf(account);
}

QColor Theme::senderColour(const AccountId& account) const {
    return tokens().senders[hueOf(account)];
}

QColor Theme::avatarColour(const AccountId& account) const {
    return tokens().avatars[hueOf(account)];
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
