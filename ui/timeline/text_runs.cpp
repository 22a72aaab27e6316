// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/text_runs.h"

#include "ui/theme.h"

#include <algorithm>
#include <array>

namespace kith::ui {
namespace {

constexpr char32_t Joiner = 0x200d;
constexpr char32_t EmojiStyle = 0xfe0f;
constexpr char32_t TextStyle = 0xfe0e;
constexpr int LoneEmojiMax = 3;

struct Range {
    char32_t first;
    char32_t last;
};

/// Emoji_Presentation=Yes of Unicode 15 (emoji-data.txt), without the regional indicators.
constexpr std::array Presentation = {
    Range{0x231a, 0x231b},   Range{0x23e9, 0x23ec},   Range{0x23f0, 0x23f0},   Range{0x23f3, 0x23f3},
    Range{0x25fd, 0x25fe},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},   Range{0x267f, 0x267f},
    Range{0x2693, 0x2693},   Range{0x26a1, 0x26a1},   Range{0x26aa, 0x26ab},   Range{0x26bd, 0x26be},
    Range{0x26c4, 0x26c5},   Range{0x26ce, 0x26ce},   Range{0x26d4, 0x26d4},   Range{0x26ea, 0x26ea},
    Range{0x26f2, 0x26f3},   Range{0x26f5, 0x26f5},   Range{0x26fa, 0x26fa},   Range{0x26fd, 0x26fd},
    Range{0x2705, 0x2705},   Range{0x270a, 0x270b},   Range{0x2728, 0x2728},   Range{0x274c, 0x274c},
    Range{0x274e, 0x274e},   Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27b0, 0x27b0},   Range{0x27bf, 0x27bf},   Range{0x2b1b, 0x2b1c},   Range{0x2b50, 0x2b50},
    Range{0x2b55, 0x2b55},   Range{0x1f004, 0x1f004}, Range{0x1f0cf, 0x1f0cf}, Range{0x1f18e, 0x1f18e},
    Range{0x1f191, 0x1f19a}, Range{0x1f201, 0x1f201}, Range{0x1f21a, 0x1f21a}, Range{0x1f22f, 0x1f22f},
    Range{0x1f232, 0x1f236}, Range{0x1f238, 0x1f23a}, Range{0x1f250, 0x1f251}, Range{0x1f300, 0x1f320},
    Range{0x1f32d, 0x1f335}, Range{0x1f337, 0x1f37c}, Range{0x1f37e, 0x1f393}, Range{0x1f3a0, 0x1f3ca},
    Range{0x1f3cf, 0x1f3d3}, Range{0x1f3e0, 0x1f3f0}, Range{0x1f3f4, 0x1f3f4}, Range{0x1f3f8, 0x1f43e},
    Range{0x1f440, 0x1f440}, Range{0x1f442, 0x1f4fc}, Range{0x1f4ff, 0x1f53d}, Range{0x1f54b, 0x1f54e},
    Range{0x1f550, 0x1f567}, Range{0x1f57a, 0x1f57a}, Range{0x1f595, 0x1f596}, Range{0x1f5a4, 0x1f5a4},
    Range{0x1f5fb, 0x1f64f}, Range{0x1f680, 0x1f6c5}, Range{0x1f6cc, 0x1f6cc}, Range{0x1f6d0, 0x1f6d2},
    Range{0x1f6d5, 0x1f6d7}, Range{0x1f6dc, 0x1f6df}, Range{0x1f6eb, 0x1f6ec}, Range{0x1f6f4, 0x1f6fc},
    Range{0x1f7e0, 0x1f7eb}, Range{0x1f7f0, 0x1f7f0}, Range{0x1f90c, 0x1f93a}, Range{0x1f93c, 0x1f945},
    Range{0x1f947, 0x1f9ff}, Range{0x1fa70, 0x1fa7c}, Range{0x1fa80, 0x1fa88}, Range{0x1fa90, 0x1fabd},
    Range{0x1fabf, 0x1fac5}, Range{0x1face, 0x1fadb}, Range{0x1fae0, 0x1fae8}, Range{0x1faf0, 0x1faf8}};

bool hasEmojiPresentation(char32_t c) {
    const auto after = std::upper_bound(Presentation.begin(), Presentation.end(), c,
                                        [](char32_t value, const Range& range) { return value < range.first; });
    return after != Presentation.begin() && c <= std::prev(after)->last;
}
bool isRegional(char32_t c) {
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}
bool isSkinTone(char32_t c) {
    return c >= 0x1f3fb && c <= 0x1f3ff;
}
bool isTag(char32_t c) { // of the flags of England, Scotland and Wales
    return c >= 0xe0020 && c <= 0xe007f;
}

/// Reads code points with their places.
class Cursor {
public:
    Cursor(const QString& text, int at)
        : m_text(text)
        , m_at(at) {}
    int at() const { return m_at; }
    char32_t peek() const {
        if (m_at >= m_text.size())
            return 0;
        const QChar c = m_text[m_at];
        if (c.isHighSurrogate() && m_at + 1 < m_text.size() && m_text[m_at + 1].isLowSurrogate())
            return QChar::surrogateToUcs4(c, m_text[m_at + 1]);
        return c.unicode();
    }
    void next() { m_at += QChar::requiresSurrogates(peek()) ? 2 : 1; }

private:
    const QString& m_text;
    int m_at;
};

/// The end of the part of an emoji that begins at `start`, or `start`.
int partEnd(const QString& text, int start) {
    Cursor cursor(text, start);
    const char32_t first = cursor.peek();
    if (first < 0xa9)
        return start;
    cursor.next();
    if (isRegional(first)) {
        if (!isRegional(cursor.peek()))
            return start;
        cursor.next();
        return cursor.at();
    }
    if (cursor.peek() == TextStyle || (cursor.peek() != EmojiStyle && !hasEmojiPresentation(first)))
        return start;
    while (isSkinTone(cursor.peek()) || isTag(cursor.peek()) || cursor.peek() == EmojiStyle)
        cursor.next();
    return cursor.at();
}

/// The end of what a joiner before `start` adds: it needs no mark of its own, like U+2642 in "man running".
int joinedEnd(const QString& text, int start) {
    if (const int end = partEnd(text, start); end > start)
        return end;
    Cursor cursor(text, start);
    if (cursor.peek() < 0x2190 || cursor.peek() > 0x27bf)
        return start;
    cursor.next();
    if (cursor.peek() == EmojiStyle)
        cursor.next();
    return cursor.at();
}

/// The end of the one emoji that begins at `start`, or `start`.
int emojiEnd(const QString& text, int start) {
    int end = partEnd(text, start);
    while (end > start && end < text.size() && text[end].unicode() == Joiner) {
        const int joined = joinedEnd(text, end + 1);
        if (joined == end + 1)
            break;
        end = joined;
    }
    return end;
}

} // namespace

std::vector<TextRun> findEmoji(const QString& text) {
    std::vector<TextRun> runs;
    for (int at = 0; at < text.size();) {
        const int end = emojiEnd(text, at);
        if (end == at) {
            Cursor cursor(text, at);
            cursor.next();
            at = cursor.at();
            continue;
        }
        if (!runs.empty() && runs.back().end() == at)
            runs.back().length = end - runs.back().start;
        else
            runs.push_back({at, end - at});
        at = end;
    }
    return runs;
}

int loneEmoji(const QString& text) {
    constexpr int LongestSequence = 40; // a kiss with two skin tones has 15 units, flags of regions 14
    if (text.isEmpty() || text.size() > LoneEmojiMax * LongestSequence)
        return 0;
    int count = 0;
    for (int at = 0; at < text.size();) {
        if (text[at] == u' ') {
            ++at;
            continue;
        }
        const int end = emojiEnd(text, at);
        if (end == at || ++count > LoneEmojiMax)
            return 0;
        at = end;
    }
    return count;
}

Qt::LayoutDirection directionOf(const QString& text) {
    return text.isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight;
}

QString forLayout(const QString& text) {
    QString shown = text;
    shown.replace(u'\n', QChar(QChar::LineSeparator));
    for (QChar& c : shown)
        if (c == QChar(0x202d) || c == QChar(0x202e))
            c = QChar(0x200b);
    return shown;
}

QList<QTextLayout::FormatRange> emojiFormats(const QString& text) {
    QList<QTextLayout::FormatRange> list;
    for (const TextRun& emoji : findEmoji(text)) {
        QTextCharFormat format;
        format.setFontFamilies({emojiFamily()});
        list.append({emoji.start, emoji.length, format});
    }
    return list;
}

} // namespace kith::ui
