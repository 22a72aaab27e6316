// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/printable.h"

namespace kith {
namespace {

bool isHidden(char32_t c) {
    constexpr char32_t NonJoiner = 0x200c;
    constexpr char32_t Joiner = 0x200d;
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    case QChar::Other_Format:
        return c != NonJoiner && c != Joiner;
    default:
        return false;
    }
}

} // namespace

QString printable(const QString& text) {
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool isPair = text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
        const QStringView units = QStringView(text).mid(i, isPair ? 2 : 1);
        if (text[i] == u'\n')
            out += QLatin1String("\\n");
        else if (!isHidden(isPair ? QChar::surrogateToUcs4(units[0], units[1]) : text[i].unicode()))
            out += units;
        else
            for (const QChar unit : units)
                out += QStringLiteral("\\u%1").arg(unit.unicode(), 4, 16, QLatin1Char('0'));
        i += isPair ? 1 : 0;
    }
    return out;
}

} // namespace kith
