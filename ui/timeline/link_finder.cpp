// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/link_finder.h"

#include <algorithm>
#include <array>

namespace kith::ui {
namespace {

constexpr qsizetype HostMax = 253;
constexpr QStringView LocalMarks = u"._%+-~&'"; ///< may be inside of the local part of a mail address
constexpr qsizetype LocalPartMax = 64;          ///< of a mail address (RFC 5321); keeps the way back from an @ short

bool isAsciiLetterOrDigit(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
bool isOneOf(QChar c, QStringView set) {
    return set.contains(c);
}
bool isDigit(QChar c) {
    return c >= u'0' && c <= u'9';
}

char32_t characterAt(QStringView text, qsizetype at) {
    const QChar c = text[at];
    if (c.isHighSurrogate() && at + 1 < text.size() && text[at + 1].isLowSurrogate())
        return QChar::surrogateToUcs4(c, text[at + 1]);
    return c.unicode();
}
qsizetype unitsOf(char32_t c) {
    return QChar::requiresSurrogates(c) ? 2 : 1;
}

bool isJoiner(char32_t c) { // in emoji, and in words of Persian and the languages of India
    return c == 0x200c || c == 0x200d;
}
bool isTag(char32_t c) { // in the flags of England, Scotland and Wales
    return c >= 0xe0020 && c <= 0xe007f;
}
/// Letters and symbols that are drawn as nothing.
bool isBlank(char32_t c) {
    return c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 || c == 0x2800 || c == 0x3164 ||
           c == 0xffa0;
}

/// Punctuation of other scripts ends a link at once, as their writers put no space behind it; some is part of words.
bool isInsideWords(char32_t c) {
    return c == 0x00b7 || c == 0x0387 || c == 0x2019 || c == 0x2027 || c == 0x05f3 || c == 0x05f4 || c == 0x30fb ||
           c == 0xff65;
}

/// No link goes on here, whatever comes before and after.
bool endsLink(char32_t c, char32_t before) {
    if (c < 0x80)
        return c <= U' ' || c == 0x7f || c == U'<' || c == U'>' || c == U'"' || c == U'`' || c == U'\\';
    if (QChar::isSpace(c) || isBlank(c) || QChar::isNonCharacter(c))
        return true;
    switch (QChar::category(c)) {
    case QChar::Other_Format:
        return !isJoiner(c) && !(isTag(c) && (before == 0x1f3f4 || isTag(before)));
    case QChar::Other_Control:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
        return true;
    case QChar::Punctuation_Open:
    case QChar::Punctuation_Close:
    case QChar::Punctuation_InitialQuote:
    case QChar::Punctuation_FinalQuote:
    case QChar::Punctuation_Other:
        return !isInsideWords(c);
    case QChar::Punctuation_Dash:
        return c == 0x2014 || c == 0x2015; // the dash between two parts of a sentence
    default:
        return false;
    }
}

bool isHostCharacter(char32_t c) {
    return isAsciiLetterOrDigit(c) || c == U'-' || c == U'.' || c == U'_' || isJoiner(c) || c == 0x00b7 ||
           c == 0x30fb || (c >= 0x80 && (QChar::isLetterOrNumber(c) || QChar::isMark(c) || QChar::isSymbol(c)));
}

/// Scripts that put no spaces between words: what stands before an address in them is no part of it.
bool isWrittenWithoutSpaces(char32_t c) {
    switch (QChar::script(c)) {
    case QChar::Script_Han:
    case QChar::Script_Hiragana:
    case QChar::Script_Katakana:
    case QChar::Script_Bopomofo:
    case QChar::Script_Hangul:
    case QChar::Script_Thai:
    case QChar::Script_Lao:
    case QChar::Script_Khmer:
    case QChar::Script_Myanmar:
    case QChar::Script_Tibetan:
        return true;
    default:
        return false;
    }
}
bool isLocalPart(char32_t c) {
    if (c < 0x80)
        return isAsciiLetterOrDigit(c) || isOneOf(QChar(static_cast<char16_t>(c)), LocalMarks);
    return (QChar::isLetterOrNumber(c) || QChar::isMark(c)) && !isBlank(c) && !isWrittenWithoutSpaces(c);
}

/// Percent signs that escape nothing are themselves escaped; QUrl would escape all of them instead.
QUrl urlOf(const QString& prefix, QStringView text) {
    const auto isHex = [&](qsizetype at) {
        return at < text.size() && (isDigit(text[at]) || (text[at].toLower() >= u'a' && text[at].toLower() <= u'f'));
    };
    QString link = prefix;
    link.reserve(prefix.size() + text.size());
    for (qsizetype at = 0; at < text.size(); ++at) {
        link += text[at];
        if (text[at] == u'%' && !(isHex(at + 1) && isHex(at + 2)))
            link += QStringLiteral("25");
    }
    return QUrl(link, QUrl::TolerantMode);
}

} // namespace

bool LinkFinder::startsWith(qsizetype at, QLatin1String word) const {
    return m_text.mid(at, word.size()).compare(word, Qt::CaseInsensitive) == 0;
}

/// A letter of ASCII right before a scheme makes it another one; letters of other scripts are words of their own.
bool LinkFinder::beginsWord(qsizetype at) const {
    const auto isOfScheme = [&](qsizetype place) {
        return place >= m_free && isAsciiLetterOrDigit(m_text[place].unicode());
    };
    if (at - 1 >= m_free && (m_text[at - 1] == u'+' || m_text[at - 1] == u'-')) // git+https://
        return !isOfScheme(at - 2);
    return !isOfScheme(at - 1);
}

/// Where whatever begins at `from` ends for sure. The same for every beginning before it, so nothing is read twice.
qsizetype LinkFinder::hardEnd(qsizetype from) {
    if (from >= m_hardFrom && from < m_hardEnd)
        return m_hardEnd;
    qsizetype at = from;
    for (char32_t before = 0; at < m_text.size(); ++m_steps) {
        const char32_t c = characterAt(m_text, at);
        if (endsLink(c, before))
            break;
        before = c;
        at += unitsOf(c);
    }
    m_hardFrom = from;
    return m_hardEnd = at;
}

/// The end of the host name that begins at `from`, without what ends a sentence behind it.
qsizetype LinkFinder::hostEnd(qsizetype from, qsizetype end) {
    qsizetype at = from;
    qsizetype label = from;
    for (; at < end && at - from <= HostMax; ++m_steps) {
        const char32_t c = characterAt(m_text, at);
        if (!isHostCharacter(c) || (c == U'.' && at == label))
            break;
        at += unitsOf(c);
        if (c == U'.')
            label = at;
    }
    // "example.orgとは": no top-level domain mixes scripts like this, so the sentence goes on there.
    if (label > from && label < at && isAsciiLetterOrDigit(m_text[label].unicode()))
        for (qsizetype in = label; in < at; in += unitsOf(characterAt(m_text, in)))
            if (isWrittenWithoutSpaces(characterAt(m_text, in)))
                at = in;
    while (at > from && (isOneOf(m_text[at - 1], u".-_") || isJoiner(m_text[at - 1].unicode())))
        --at;
    return at;
}

qsizetype LinkFinder::portEnd(qsizetype from, qsizetype end) const {
    constexpr qsizetype DigitsMax = 5;
    if (from >= end || m_text[from] != u':')
        return from;
    qsizetype at = from + 1;
    while (at < end && at - from <= DigitsMax + 1 && isDigit(m_text[at]))
        ++at;
    return at > from + 1 && at - from <= DigitsMax + 1 ? at : from;
}

/// The end of a link from `start` whose path begins at `from`: before a bracket that closes what was opened before the
/// link, and without punctuation at its end. Some marks are parts of addresses unless the same one stands in front.
qsizetype LinkFinder::softEnd(qsizetype start, qsizetype from, qsizetype end) {
    constexpr QStringView Opening = u"([{";
    constexpr QStringView Closing = u")]}";
    std::array<int, 3> open{};
    qsizetype at = from;
    for (; at < end; ++at, ++m_steps) {
        if (const qsizetype opened = Opening.indexOf(m_text[at]); opened >= 0)
            ++open[static_cast<std::size_t>(opened)];
        const qsizetype closed = Closing.indexOf(m_text[at]);
        if (closed >= 0 && --open[static_cast<std::size_t>(closed)] < 0)
            break;
    }
    for (; at > from; --at) {
        const QChar last = m_text[at - 1];
        const bool isPaired = start > 0 && last == m_text[start - 1] && isOneOf(last, u"_~");
        const bool isDash = last.unicode() >= 0x80 && last.category() == QChar::Punctuation_Dash;
        if (!isPaired && !isDash && !isOneOf(last, u".,;:!?'*|^([{") && !isInsideWords(last.unicode()) &&
            !isJoiner(last.unicode()))
            break;
    }
    return at;
}

/// A host name of several parts whose last one may be a top-level domain.
bool LinkFinder::isDomain(qsizetype from, qsizetype end) const {
    const QStringView host = m_text.mid(from, end - from);
    const QStringView last = host.mid(host.lastIndexOf(u'.') + 1);
    return last.size() < host.size() && last.size() >= 2 &&
           (last.startsWith(u"xn--", Qt::CaseInsensitive) || std::none_of(last.begin(), last.end(), isDigit));
}

/// A web address from `start` whose scheme, written or not, ends at `from`.
bool LinkFinder::addWeb(qsizetype start, qsizetype from, const QString& prefix) {
    const qsizetype end = hardEnd(from);
    qsizetype host = from;
    if (prefix.isEmpty()) // else there was no "//", and the whole text could be looked through each time
        for (qsizetype at = from; at < end && !isOneOf(m_text[at], u"/?#"); ++at, ++m_steps)
            if (m_text[at] == u'@')
                host = at + 1;
    qsizetype at = host;
    if (at < end && m_text[at] == u'[') {
        constexpr qsizetype Ipv6Max = 47;
        const qsizetype closing = m_text.mid(at, Ipv6Max).indexOf(u']');
        at = closing < 0 ? at : std::min(end, at + closing + 1);
    } else {
        at = hostEnd(host, end);
    }
    if (at == host || (!prefix.isEmpty() && !isDomain(host, at)))
        return false;
    at = portEnd(at, end);
    // Alone first: it is short, and behind a host that holds no path can be wrong.
    const QUrl alone = urlOf(prefix, m_text.mid(start, at - start));
    if (!alone.isValid() || alone.host().isEmpty())
        return false;
    if (at < end && isOneOf(m_text[at], u"/?#"))
        at = softEnd(start, at, end);
    return add(start, at, prefix);
}

bool LinkFinder::findWww(qsizetype at) {
    constexpr qsizetype Www = 4;
    if (at > m_free && isOneOf(m_text[at - 1], u".-_@/"))
        return false;
    const qsizetype dot = hostEnd(at + Www, hardEnd(at));
    return isDomain(at + Www, dot) && addWeb(at, at, QStringLiteral("https://"));
}

bool LinkFinder::findMailto(qsizetype start, qsizetype from) {
    const qsizetype end = hardEnd(from);
    qsizetype at = from;
    for (; at < end && isLocalPart(characterAt(m_text, at)); ++m_steps)
        at += unitsOf(characterAt(m_text, at));
    if (at == from || at >= end || m_text[at] != u'@')
        return false;
    const qsizetype host = hostEnd(at + 1, end);
    return host > at + 1 && add(start, softEnd(start, host, end), {});
}

/// An address around the @ at `at`.
bool LinkFinder::findMail(qsizetype at) {
    qsizetype start = at;
    while (start > m_free && at - start <= LocalPartMax) {
        const qsizetype units = start - 2 >= m_free && m_text[start - 1].isLowSurrogate() ? 2 : 1;
        ++m_steps;
        if (!isLocalPart(characterAt(m_text, start - units)))
            break;
        start -= units;
    }
    if (at - start > LocalPartMax)
        return false;
    while (start < at && isOneOf(m_text[start], LocalMarks))
        ++start;
    const bool isOther = start > m_free && isOneOf(m_text[start - 1], u"@/"); // ssh://git@…, @somebody@…
    if (start == at || m_text[at - 1] == u'.' || isOther)
        return false;
    const qsizetype end = hardEnd(at);
    const qsizetype host = hostEnd(at + 1, end);
    return isDomain(at + 1, host) && (host == end || m_text[host] != u'@') &&
           add(start, host, QStringLiteral("mailto:"));
}

bool LinkFinder::add(qsizetype start, qsizetype end, const QString& prefix) {
    LinkRun run;
    run.start = static_cast<int>(start);
    run.length = static_cast<int>(end - start);
    run.url = urlOf(prefix, m_text.mid(start, end - start));
    if (!run.url.isValid())
        return false;
    m_links.push_back(std::move(run));
    m_free = end;
    return true;
}

bool LinkFinder::findAt(qsizetype at) {
    switch (m_text[at].toLower().unicode()) {
    case u'h':
        for (const QLatin1String scheme : {QLatin1String("http://"), QLatin1String("https://")})
            if (startsWith(at, scheme))
                return beginsWord(at) && addWeb(at, at + scheme.size(), {});
        return false;
    case u'm': {
        constexpr QLatin1String Mailto("mailto:");
        return startsWith(at, Mailto) && beginsWord(at) && findMailto(at, at + Mailto.size());
    }
    case u'w':
        return startsWith(at, QLatin1String("www.")) && beginsWord(at) && findWww(at);
    case u'@':
        return findMail(at);
    default:
        return false;
    }
}

std::vector<LinkRun> LinkFinder::find() {
    for (qsizetype at = 0; at < m_text.size(); ++m_steps)
        at = findAt(at) ? m_free : at + 1;
    return std::move(m_links);
}

std::vector<LinkRun> findLinks(QStringView text) {
    return LinkFinder(text).find();
}

} // namespace kith::ui
