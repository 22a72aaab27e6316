// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/target.h"
#include "ui/timeline/link_finder.h"

using namespace kith;

namespace {

/// Half surrogates are texts for Qt too, so an odd mode byte takes the rest as UTF-16.
QString textOf(test::FuzzInput& input) {
    const bool isUtf16 = (input.byte() & 1U) != 0;
    if (!isUtf16) {
        const ByteView rest = input.rest();
        return QString::fromUtf8(reinterpret_cast<const char*>(rest.data()), static_cast<qsizetype>(rest.size()));
    }
    QString text;
    while (!input.isEmpty())
        text += QChar(static_cast<char16_t>(input.u16()));
    return text;
}

} // namespace

/// Links come in order, lie within the text, hold no space and no control character, lead to the web or to a mailbox,
/// and finding them takes work that grows with the text only.
KITH_FUZZ_TARGET(message_links) {
    test::FuzzInput input(data, size);
    const QString text = textOf(input);
    ui::LinkFinder finder(text);
    qsizetype free = 0;
    for (const ui::LinkRun& link : finder.find()) {
        INVARIANT(link.start >= free && link.length > 0 && link.end() <= text.size());
        free = link.end();
        for (const QChar c : text.mid(link.start, link.length))
            INVARIANT(!c.isSpace() && c.category() != QChar::Other_Control);
        INVARIANT(link.url.isValid());
        const QString scheme = link.url.scheme();
        INVARIANT(scheme == QLatin1String("mailto") ? link.url.path().contains(u'@') : !link.url.host().isEmpty());
        INVARIANT(scheme == QLatin1String("mailto") || scheme == QLatin1String("http") ||
                  scheme == QLatin1String("https"));
    }
    INVARIANT(finder.steps() <= ui::LinkFinder::StepsMax * text.size());
    return 0;
}
