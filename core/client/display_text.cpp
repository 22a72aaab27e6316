// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/display_text.h"

#include "core/base/text.h"
#include "core/wire/limits.h"

#include <QList>

namespace kith::client {
namespace {

bool opensEmbedding(char32_t c) {
    return c == 0x202a || c == 0x202b || c == 0x202d || c == 0x202e;
}
bool opensIsolate(char32_t c) {
    return c >= 0x2066 && c <= 0x2068;
}

bool isMark(char32_t c) {
    const QChar::Category category = QChar::category(c);
    return category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing;
}

/// What is drawn as nothing, or as nothing but room (Default_Ignorable_Code_Point of Unicode, and the blanks that are
/// letters or symbols there). The joiners and the signs that choose how a letter looks belong to the letter before.
bool isInvisible(char32_t c) {
    return QChar::category(c) == QChar::Other_Format || c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 ||
           c == 0x17b5 || (c >= 0x180b && c <= 0x180f) || c == 0x2800 || c == 0x3164 || c == 0xffa0 ||
           (c >= 0xe0000 && c <= 0xe0fff);
}
bool belongsToLetterBefore(char32_t c) {
    return c == 0x200c || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0020 && c <= 0xe007f) ||
           (c >= 0x180b && c <= 0x180f);
}

void append(QString& text, char32_t c) {
    text += QString::fromUcs4(&c, 1);
}

/// What is open at some point of a text. Inside an isolate, nothing closes what was opened outside of it.
class Nesting {
public:
    static constexpr qsizetype Max = 16;

    /// False: leave this character out.
    bool take(char32_t c) {
        if (opensEmbedding(c) || opensIsolate(c)) {
            if (m_open.size() == Max)
                return false;
            m_open.append(opensIsolate(c) ? PopIsolate : PopEmbedding);
        } else if (c == PopEmbedding) {
            if (m_open.isEmpty() || m_open.back() != PopEmbedding)
                return false;
            m_open.removeLast();
        } else if (c == PopIsolate) {
            const qsizetype isolate = m_open.lastIndexOf(PopIsolate);
            if (isolate < 0)
                return false;
            m_open.resize(isolate);
        }
        return true;
    }
    void close(QString& text) {
        for (; !m_open.isEmpty(); m_open.removeLast())
            append(text, m_open.back());
    }

private:
    static constexpr char32_t PopEmbedding = 0x202c;
    static constexpr char32_t PopIsolate = 0x2069;
    QList<char32_t> m_open; ///< what closes each, outermost first
};

} // namespace

QString cleanName(const QString& given) {
    constexpr int MarksMax = 2;
    QString name;
    int marks = 0;
    for (const uint scalar : given.toUcs4()) {
        char32_t c = scalar;
        const QChar::Category category = QChar::category(c);
        const bool isAfterLetter = !name.isEmpty() && !name.endsWith(u' ');
        if (belongsToLetterBefore(c) ? !isAfterLetter : isInvisible(c))
            continue;
        if (QChar::isSpace(c) || category == QChar::Other_Control)
            c = U' ';
        else if (category == QChar::Other_Surrogate || category == QChar::Other_NotAssigned)
            continue;
        marks = isMark(c) ? marks + 1 : 0;
        if (marks > MarksMax || (c == U' ' && (name.isEmpty() || name.endsWith(u' '))))
            continue;
        append(name, c);
    }
    // Between letters; a byte at most for each unit that is taken away.
    while (name.toUtf8().size() > static_cast<qsizetype>(wire::limits::NameMax))
        name = beginningOf(name, std::min(name.size() - 1, static_cast<qsizetype>(wire::limits::NameMax)));
    return name.trimmed();
}

QString cleanText(const QString& given) {
    QString text;
    text.reserve(given.size());
    constexpr int MarksMax = 8;
    int marks = 0;
    Nesting nesting;
    QString source = given;
    source.replace(QStringLiteral("\r\n"), QStringLiteral("\n")).replace(u'\r', u'\n');
    for (const uint scalar : source.toUcs4()) {
        const char32_t c = scalar;
        if (QChar::category(c) == QChar::Other_Control && c != U'\n' && c != U'\t')
            continue;
        marks = isMark(c) ? marks + 1 : 0;
        if (marks <= MarksMax && nesting.take(c))
            append(text, c);
    }
    nesting.close(text);
    return text;
}

} // namespace kith::client
