// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QTextBoundaryFinder>

namespace kith {

/// The longest beginning of `text` that has at most `max` units and ends between what people take for letters: no flag,
/// family or accent is cut in two (grapheme borders, UAX #29).
inline QString beginningOf(const QString& text, qsizetype max) {
    if (text.size() <= max)
        return text;
    constexpr qsizetype LetterMax = 64; // looked at behind the cut, so that a long text costs no more than a short one
    QTextBoundaryFinder finder(QTextBoundaryFinder::Grapheme, text.left(max + LetterMax));
    finder.setPosition(max);
    if (!finder.isAtBoundary())
        finder.toPreviousBoundary();
    return text.left(std::max<qsizetype>(finder.position(), 0));
}

/// The first letter, as people see it.
inline QString firstLetterOf(const QString& text) {
    QTextBoundaryFinder finder(QTextBoundaryFinder::Grapheme, text);
    return text.left(std::max<qsizetype>(finder.toNextBoundary(), 0));
}

} // namespace kith
