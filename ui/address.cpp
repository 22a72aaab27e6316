// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/address.h"

#include <QSet>

#include <algorithm>

namespace kith::ui {
namespace {

using Letters = AddressFacts::Letters;

/// Letters of the Cyrillic and Greek alphabets that most fonts draw like some of a to z.
constexpr QStringView LookAlikes = u"асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡικνρυωηοτ";

/// Those that are written together in one language count as one alphabet.
int alphabetOf(char32_t c) {
    switch (const QChar::Script script = QChar::script(c)) {
    case QChar::Script_Unknown:
    case QChar::Script_Inherited:
    case QChar::Script_Common:
        return QChar::Script_Common;
    case QChar::Script_Hiragana:
    case QChar::Script_Katakana:
    case QChar::Script_Bopomofo:
    case QChar::Script_Hangul:
        return QChar::Script_Han;
    default:
        return script;
    }
}

Letters lettersOf(QStringView label) {
    QSet<int> alphabets;
    bool isAscii = true;
    bool isLookAlike = true;
    for (const char32_t c : label.toUcs4()) {
        isAscii = isAscii && c < 0x80;
        const int alphabet = alphabetOf(c);
        if (alphabet == QChar::Script_Common)
            continue;
        alphabets.insert(alphabet);
        isLookAlike = isLookAlike && c < 0x10000 && LookAlikes.contains(QChar(static_cast<char16_t>(c)));
    }
    if (isAscii)
        return Letters::Plain;
    // Chinese, Japanese and Korean names have Latin letters in them.
    if (alphabets.contains(QChar::Script_Han))
        alphabets.remove(QChar::Script_Latin);
    return alphabets.size() > 1 ? Letters::Mixed : isLookAlike ? Letters::LookAlike : Letters::OfALanguage;
}

void readHost(AddressFacts& facts, const QString& given) {
    // Without the list of domains whose owners promise to be careful: it has com in it.
    const QString readable = QUrl::fromAce(given.toUtf8(), QUrl::IgnoreIDNWhitelist);
    if (readable != facts.host)
        facts.readable = readable;
    for (const QStringView label : QStringView(readable).split(u'.'))
        facts.letters = std::max(facts.letters, lettersOf(label));
}

} // namespace

AddressFacts factsOf(const QUrl& address) {
    AddressFacts facts;
    facts.whole = QString::fromLatin1(address.toEncoded());
    if (address.scheme() == QLatin1String("mailto")) {
        const QString box = address.path(QUrl::FullyDecoded);
        const qsizetype at = box.lastIndexOf(u'@');
        const QString ascii = QString::fromLatin1(QUrl::toAce(box.mid(at + 1)));
        facts.host = ascii;
        readHost(facts, ascii);
        facts.host = QString::fromLatin1(QUrl::toPercentEncoding(box.left(at + 1), "@+,")) + ascii;
        return facts;
    }
    facts.host = address.host(QUrl::FullyEncoded);
    readHost(facts, facts.host);
    if (address.port() >= 0)
        facts.host += u':' + QString::number(address.port());
    facts.hidesHost = !address.userInfo().isEmpty() || address.authority().contains(u'@');
    return facts;
}

} // namespace kith::ui
