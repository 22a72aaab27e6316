// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/timeline/link_finder.h"

#include <QTest>

namespace kith::test {

namespace {

/// Texts in which ⟦ and ⟧ stand around what shall be a link.
constexpr const char16_t* Marked[] = {
    // What is a link at all
    u"no colon here",
    u"see ⟦http://a.example/b?c=1#d⟧ now",
    u"⟦HTTPS://A.example⟧",
    u"⟦Https://A.Example/PaTh⟧",
    u"⟦https://a.example⟧ ⟦https://b.example⟧",
    u"⟦https://a.example⟧,⟦https://b.example⟧",
    u"⟦https://localhost⟧",
    u"⟦https://localhost:8080/x⟧",
    u"⟦http://127.0.0.1:3000/⟧",
    u"⟦https://[::1]:8443/x⟧",
    u"⟦https://a.example:8443⟧ is where",
    u"⟦https://a.example/:8443⟧",
    u"⟦https://user@a.example/⟧",
    u"javascript:alert(1) file:///etc/passwd ftp://a.example data:text/html,x",
    u"kith://j/a.example:8443/x#y",
    u"xhttp://a.example",
    u"git+https://a.example",
    u"http:// https:///x",
    u"https:/a.example http:a.example",
    u"http://?x http://#x",
    u"https://.",
    u"https://-",
    u"https://,",
    u"https",
    u"https:",
    u"https:/",
    u"https://",
    u"www.",
    u"mailto:",
    u"@",
    u"",
    // Where it begins
    u"看⟦https://a.example/⟧",
    u"я⟦https://a.example⟧",
    u"راجع⟦https://a.example⟧",
    u"ראה⟦https://a.example⟧",
    u"ดู⟦https://a.example⟧",
    u"\U0001F600⟦https://a.example⟧",
    u"(⟦https://a.example⟧)",
    u"<⟦https://a.example⟧>",
    u"\"⟦https://a.example⟧\"",
    u"'⟦https://a.example⟧'",
    u"-⟦https://a.example⟧",
    u"Link:⟦https://a.example⟧",
    u"x.⟦https://a.example⟧",
    u"x=⟦https://a.example⟧",
    u"（⟦https://a.example⟧）",
    u"「⟦https://a.example⟧」",
    u"\u200b⟦https://a.example⟧",
    // Where lines and spaces end it
    u"⟦https://a.example/a⟧\nnext line",
    u"⟦https://a.example/a⟧\r\nnext line",
    u"⟦https://a.example⟧\nnext",
    u"⟦https://a.example/a⟧\tnext",
    u"⟦https://a.example/a⟧\u2028next",
    u"⟦https://a.example/a⟧\u2029next",
    u"⟦https://a.example/a⟧\u0085next",
    u"⟦https://a.example/a⟧\u00a0next",
    u"⟦https://a.example/a⟧\u1680next",
    u"⟦https://a.example/a⟧\u2000next",
    u"⟦https://a.example/a⟧\u2003next",
    u"⟦https://a.example/a⟧\u2009next",
    u"⟦https://a.example/a⟧\u200anext",
    u"⟦https://a.example/a⟧\u202fnext",
    u"⟦https://a.example/a⟧\u205fnext",
    u"⟦https://a.example/a⟧\u3000next",
    u"⟦https://a.example/a⟧\u000bnext",
    u"⟦https://a.example/a⟧\u000cnext",
    // What is invisible ends it too
    u"⟦https://a.example/⟧\u202egpj.exe",
    u"⟦https://a.example/⟧\u2066x",
    u"⟦https://a.example/⟧\u200ex",
    u"⟦https://a.example/⟧\u061cx",
    u"⟦https://a.example/⟧\u00adx",
    u"⟦https://a.example/⟧\u200bx",
    u"⟦https://a.example/⟧\u2060x",
    u"⟦https://a.example/⟧\ufeffx",
    u"⟦https://a.example/⟧\u180ex",
    u"⟦https://a.example/⟧\u3164x",
    u"⟦https://a.example/⟧\uffa0x",
    u"⟦https://a.example/⟧\u2800x",
    u"⟦https://a.example/⟧\u034fx",
    u"⟦https://a.example/⟧\ue000x",
    u"⟦https://a.example/⟧\ufffex",
    u"⟦https://a.example/⟧\u007fx",
    u"⟦https://a.example⟧\u202ex",
    u"⟦https://a.example/x⟧\\@b.example",
    u"`⟦https://a.example/x⟧`",
    // The punctuation of sentences
    u"Look at ⟦https://a.example/x⟧. Then go.",
    u"Look at ⟦https://a.example⟧.",
    u"⟦https://a.example/x⟧...",
    u"⟦https://a.example/x⟧, ⟦https://a.example/y⟧; ⟦https://a.example/z⟧: there!",
    u"⟦https://a.example/x⟧?",
    u"⟦https://a.example/?x=1⟧?!",
    u"⟦https://a.example/x⟧…",
    u"⟦https://a.example/x⟧\u2014which",
    u"⟦https://a.example/x⟧\u2013",
    u"⟦https://a.example/x\u2013y⟧",
    u"⟦https://a.example/it's⟧ '⟦https://a.example/it⟧'",
    u"⟦https://a.example/it’s⟧",
    u"“⟦https://a.example/x⟧”",
    u"«⟦https://a.example/x⟧»",
    u"„⟦https://a.example/x⟧“.",
    // Brackets
    u"(⟦https://a.example/x_(y)⟧) yes",
    u"(see ⟦https://a.example/x⟧).",
    u"[x](⟦https://a.example/x⟧), [⟦https://a.example/y⟧]",
    u"⟦https://a.example/?a[]=1&b[0]=2⟧",
    u"⟦https://a.example/?q={x}⟧",
    u"{⟦https://a.example/x⟧}",
    u"⟦https://a.example/x⟧{",
    u"⟦https://a.example/x⟧(",
    u"⟦https://a.example/{id}/(x)⟧.",
    u"(⟦https://a.example/x⟧)と",
    u"((⟦https://a.example/x_(y_(z))⟧))",
    // Marks at the end
    u"⟦https://a.example/x|y⟧",
    u"| ⟦https://a.example/x⟧|",
    u"⟦https://a.example/x_⟧",
    u"_⟦https://a.example/x⟧_",
    u"_⟦https://a.example⟧_",
    u"⟦https://a.example/~⟧",
    u"~⟦https://a.example/x⟧~",
    u"*⟦https://a.example/x⟧*",
    u"**⟦https://a.example/x⟧**",
    u"⟦https://a.example/x-⟧ ⟦https://a.example/x=⟧ ⟦https://a.example/x&⟧ ⟦https://a.example/x/⟧",
    u"⟦https://a.example/x$⟧ ⟦https://a.example/x+⟧ ⟦https://a.example/x@⟧ ⟦https://a.example/#⟧",
    u"⟦https://a.example/x^y⟧",
    u"⟦https://a.example/100%⟧",
    u"⟦https://a.example/a%20b/100%⟧ sure",
    u"⟦https://a.example/%E2%80%AEx⟧",
    u"⟦https://a.example/x;y=1,2⟧",
    u"⟦https://a.example/x:y⟧:",
    u"⟦https://a.example/!x⟧!",
    // Other scripts inside
    u"⟦https://a.example/привет⟧ и",
    u"⟦https://a.example/日本語⟧ です",
    u"⟦https://a.example/שלום⟧ x",
    u"⟦https://a.example/سلام⟧ x",
    u"⟦https://bücher.example/ä⟧",
    u"⟦https://www.müller.example⟧",
    u"⟦https://例え.テスト/⟧",
    u"⟦https://пример.испытание⟧",
    u"⟦https://a.example/कि⟧",
    u"⟦https://a.example/a\u0301⟧ x",
    u"⟦https://a.example/می\u200cخواهم⟧ x",
    u"⟦https://a.example/x⟧\u200c y",
    u"⟦https://a.example/x⟧\u200d",
    u"⟦https://a.example/\U0001F468\u200d\U0001F469\u200d\U0001F467⟧ x",
    u"⟦https://a.example/\u2764\ufe0f⟧ x",
    u"⟦https://a.example/\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F⟧ x",
    u"⟦https://a.example/x⟧\U000E0067",
    u"⟦https://a.example/l·l⟧",
    u"⟦https://a.example/צה״ל⟧",
    u"⟦https://a.example/ア・イ⟧・",
    // Other scripts around
    u"⟦https://a.example/x⟧。次",
    u"⟦https://a.example/x⟧、次",
    u"⟦https://a.example/x⟧，次",
    u"⟦https://a.example/x⟧！次",
    u"⟦https://a.example/x⟧？次",
    u"⟦https://a.example/x⟧：次",
    u"⟦https://a.example/x⟧；次",
    u"⟦https://a.example/x⟧）次",
    u"⟦https://a.example/x⟧（次",
    u"⟦https://a.example/x⟧」次",
    u"⟦https://a.example/x⟧』次",
    u"⟦https://a.example/x⟧】次",
    u"⟦https://a.example/x⟧》次",
    u"⟦https://a.example/x⟧〉次",
    u"⟦https://a.example/x⟧｣次",
    u"⟦https://a.example/x⟧｡次",
    u"⟦https://a.example/x⟧،التالي",
    u"⟦https://a.example/x⟧؛التالي",
    u"⟦https://a.example/x⟧؟التالي",
    u"⟦https://a.example/x⟧۔التالي",
    u"⟦https://a.example/x⟧।x",
    u"⟦https://a.example/x⟧։x",
    u"⟦https://a.example/x⟧።x",
    u"⟦https://a.example⟧。",
    u"⟦https://a.example⟧とは",
    u"⟦https://a.example⟧是好的",
    u"⟦https://www.bスクール.example/x⟧",
    // www
    u"⟦www.a.example⟧",
    u"⟦WWW.A.example/x⟧.",
    u"see ⟦www.a.example⟧, too",
    u"看⟦www.a.example⟧看",
    u"(⟦www.a.example/x_(y)⟧)",
    u"⟦www.a.example:8080/x⟧",
    u"⟦www.a.example?x=1⟧ ⟦www.a.example#x⟧",
    u"⟦www.a.example⟧\nnext",
    u"www.example",
    u"www.a.1",
    u"www..a.example",
    u"awww.a.example",
    u"a.www.a.example",
    u"xwww.a.example 1www.a.example /www.a.example",
    u"www. a.example",
    // Mail
    u"⟦mailto:ana@a.example⟧!",
    u"⟦MAILTO:ana@a.example?subject=x⟧ y",
    u"⟦mailto:ana@a.example,bea@b.example⟧",
    u"mailto:nobody mailto:@a.example mailto:ana@",
    u"write to ⟦ana@a.example⟧.",
    u"<⟦ana@a.example⟧>",
    u"(⟦ana.maria+kith@mail.a.example⟧)",
    u"E-Mail:⟦ana@a.example⟧",
    u"⟦jürgen@bücher.example⟧",
    u"看⟦ana@a.example⟧看",
    u"⟦ana@a.example⟧\nnext",
    u"⟦ana@a.example⟧,⟦bea@b.example⟧",
    u"'⟦ana@a.example⟧' _⟦ana@a.example⟧_ *⟦ana@a.example⟧*",
    u"⟦o'brien@a.example⟧",
    u"ana@example ana@a.1 ana.@a.example",
    u"@ana@a.example ssh://git@a.example/x a@b@a.example",
    u"@ana",
    u"ana @ a.example",
    u"ana@.example",
    u"a ⟦ana@xn--bcher-kva.xn--p1ai⟧ b",
};

std::vector<ui::TextRun> runsOf(const QString& text) {
    std::vector<ui::TextRun> runs;
    for (const ui::LinkRun& link : ui::findLinks(text))
        runs.push_back(link);
    return runs;
}

QString marked(QString text) {
    const std::vector<ui::TextRun> runs = runsOf(text);
    for (auto run = runs.rbegin(); run != runs.rend(); ++run)
        text.insert(run->end(), u'⟧').insert(run->start, u'⟦');
    return text;
}

} // namespace

class TestLinkFinder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linksEndWhereReadersEndThem_data() {
        QTest::addColumn<QString>("expected");
        int number = 0;
        for (const char16_t* text : Marked)
            QTest::newRow(qPrintable(QString::number(++number))) << QString::fromUtf16(text);
    }
    void linksEndWhereReadersEndThem() {
        QFETCH(QString, expected);
        QString text = expected;
        QCOMPARE(marked(text.remove(u'⟦').remove(u'⟧')), expected);
    }

    void everyLinkLeadsWhereItIsWritten_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QByteArray>("address");
        const auto row = [](const char16_t* text, const char* address) {
            QTest::newRow(address) << QString::fromUtf16(text) << QByteArray(address);
        };
        row(u"https://a.example/100%", "https://a.example/100%25");
        row(u"https://a.example/a%20b/100%x", "https://a.example/a%20b/100%25x");
        row(u"https://a.example/a|b{c}", "https://a.example/a%7Cb%7Bc%7D");
        row(u"https://a.example/\u00e4", "https://a.example/%C3%A4");
        row(u"https://b\u00fccher.example", "https://xn--bcher-kva.example");
        row(u"www.a.example/x", "https://www.a.example/x");
        row(u"ana@a.example", "mailto:ana@a.example");
        row(u"mailto:ana@a.example?subject=x", "mailto:ana@a.example?subject=x");
    }
    void everyLinkLeadsWhereItIsWritten() {
        QFETCH(QString, text);
        QFETCH(QByteArray, address);
        const auto links = ui::findLinks(text);
        QCOMPARE(links.size(), std::size_t{1});
        QCOMPARE(links[0].url.toEncoded(), address);
    }

    void theWorkGrowsWithTheTextAndNoFaster_data() {
        QTest::addColumn<QString>("piece");
        const auto row = [](const char* name, const char16_t* piece) {
            QTest::newRow(name) << QString::fromUtf16(piece);
        };
        row("brackets that close", u")");
        row("brackets that open", u"(");
        row("schemes", u"https://");
        row("schemes with hosts that are none", u"https://,");
        row("names that are too long",
            u"https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/");
        row("www after letters", u"яwww.1.");
        row("www and at", u"яwww.b.example@");
        row("mailto", u"mailto:");
        row("mailto and at", u"mailto:a@");
        row("at", u"@");
        row("addresses", u"a@b.");
        row("dots", u".");
        row("joiners", u"\u200d");
        row("percent", u"%");
    }
    void theWorkGrowsWithTheTextAndNoFaster() {
        QFETCH(QString, piece);
        for (const QString& start : {QString(), QStringLiteral("https://a.example/"), QStringLiteral("https://")}) {
            const QString text = start + piece.repeated(49'000 / piece.size());
            ui::LinkFinder finder(text);
            finder.find();
            QVERIFY(finder.steps() <= ui::LinkFinder::StepsMax * text.size());
        }
    }
};

KITH_TEST(TestLinkFinder)

} // namespace kith::test

#include "test_link_finder.moc"
