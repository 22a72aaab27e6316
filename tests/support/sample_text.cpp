// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sample_text.h"

#include <QStringList>

#include <random>

namespace kith::test {
namespace {

constexpr const char16_t* Words[] = {u"a",     u"the",    u"of",      u"we",       u"tomorrow", u"train",  u"coffee",
                                     u"maybe", u"yes",    u"letters", u"somebody", u"window",   u"garden", u"if",
                                     u"and",   u"really", u"quiet",   u"seven",    u"bring",    u"home"};
constexpr const char16_t* HebrewWords[] = {u"\u05e9\u05dc\u05d5\u05dd", u"\u05de\u05d7\u05e8",
                                           u"\u05ea\u05d5\u05d3\u05d4"};

} // namespace

QString sampleText(std::int64_t n) {
    std::minstd_rand random(static_cast<unsigned>(n) * 2654435761u + 1);
    const auto kind = random() % 100;
    const auto words = kind < 40 ? 1 + random() % 6 : kind < 90 ? 5 + random() % 60 : 60 + random() % 150;
    QStringList list;
    for (unsigned i = 0; i < words; ++i)
        list.append(kind == 99 ? QString::fromUtf16(HebrewWords[random() % std::size(HebrewWords)])
                               : QString::fromUtf16(Words[random() % std::size(Words)]));
    QString text = list.join(u' ');
    if (kind % 10 == 1)
        text += QStringLiteral(" https://a.example/%1?x=y").arg(n);
    if (kind % 10 == 2)
        text += QString::fromUtf16(u" \U0001F600\u2764\ufe0f");
    if (kind % 20 == 3)
        text += QStringLiteral("\nand another line");
    return text;
}

} // namespace kith::test
