// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/text_runs.h"

#include <QUrl>

namespace kith::ui {

struct LinkRun : TextRun {
    QUrl url;
};

/// Finds web and mail addresses in a text as it was typed: http, https, mailto, what begins with "www." and what looks
/// like somebody@somewhere; nothing else, because what other programs make of other schemes is not for a stranger's
/// message to choose. A link ends where a reader would end it: at spaces and line ends of any kind, at invisible and
/// control characters, before the punctuation that ends a sentence or closes what was opened before it.
class LinkFinder {
public:
    explicit LinkFinder(QStringView text)
        : m_text(text) {}

    std::vector<LinkRun> find();
    /// Characters looked at so far: at most StepsMax for each of the text, whoever wrote it.
    qsizetype steps() const { return m_steps; }
    static constexpr qsizetype StepsMax = 128;

private:
    bool findAt(qsizetype at);
    bool findWww(qsizetype at);
    bool findMail(qsizetype at);
    bool findMailto(qsizetype start, qsizetype from);
    bool addWeb(qsizetype start, qsizetype from, const QString& prefix);
    bool add(qsizetype start, qsizetype end, const QString& prefix);
    bool startsWith(qsizetype at, QLatin1String word) const;
    bool beginsWord(qsizetype at) const;
    bool isDomain(qsizetype from, qsizetype end) const;
    qsizetype hardEnd(qsizetype from);
    qsizetype hostEnd(qsizetype from, qsizetype end);
    qsizetype portEnd(qsizetype from, qsizetype end) const;
    qsizetype softEnd(qsizetype start, qsizetype from, qsizetype end);

    QStringView m_text;
    std::vector<LinkRun> m_links;
    qsizetype m_hardFrom = 0; ///< between here and m_hardEnd nothing ends a link
    qsizetype m_hardEnd = 0;
    qsizetype m_free = 0; ///< the end of the last link
    qsizetype m_steps = 0;
};

std::vector<LinkRun> findLinks(QStringView text);

} // namespace kith::ui
