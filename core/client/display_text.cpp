// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/display_text.h"

#include "core/wire/limits.h"

#include <QList>

namespace kith::client {
namespace {

bool isDirectionControl(char32_t c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x061c || c == 0x200e || c == 0x200f;
}
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
    qsizetype bytes = 0;
    int marks = 0;
    for (const uint scalar : given.toUcs4()) {
        char32_t c = scalar;
        const QChar::Category category = QChar::category(c);
        if (isDirectionControl(c) || c == 0xfeff)
            continue;
        if (QChar::isSpace(c) || category == QChar::Other_Control)
            c = U' ';
        else if (category == QChar::Other_Surrogate || category == QChar::Other_NotAssigned)
            continue;
        marks = isMark(c) ? marks + 1 : 0;
        if (marks > MarksMax || (c == U' ' && (name.isEmpty() || name.endsWith(u' '))))
            continue;
        QString one;
        append(one, c);
        bytes += one.toUtf8().size();
        if (bytes > static_cast<qsizetype>(wire::limits::NameMax))
            break;
        name += one;
    }
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
