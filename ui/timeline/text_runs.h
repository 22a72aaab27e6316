// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QTextLayout>

#include <vector>

namespace kith::ui {

/// A part of a text, in UTF-16 units.
struct TextRun {
    int start = 0;
    int length = 0;
    int end() const { return start + length; }
    friend bool operator==(const TextRun&, const TextRun&) = default;
};

/// Sequences that are shown as colour emoji: characters with Emoji_Presentation, those followed by U+FE0F, flags, skin
/// tones and what U+200D joins. Keycaps stay text, because Qt 6.4 cannot combine them.
std::vector<TextRun> findEmoji(const QString& text);

/// The number of emoji when there are one to three and nothing else, or 0.
int loneEmoji(const QString& text);

/// The direction of the first strong character (Unicode UAX 9, P2); left to right without one.
Qt::LayoutDirection directionOf(const QString& text);

/// The text as a layout takes it, of the same length: with breaks for new lines, and without overrides of the
/// direction, which no language needs and by which a link would read as another one.
QString forLayout(const QString& text);
/// The font of its emoji.
QList<QTextLayout::FormatRange> emojiFormats(const QString& text);

} // namespace kith::ui
