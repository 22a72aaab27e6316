// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"
#include "ui/icon.h"
#include "ui/theme.h"
#include "ui/timeline/parts/quote.h"
#include "ui/widgets/avatar.h"

#include <QApplication>
#include <QFontInfo>
#include <QPainter>
#include <QPalette>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTest>

#include <cmath>

namespace kith::test {

using ui::Scheme;
using ui::Theme;
using ui::Tokens;

namespace {

/// Relative luminance and contrast as WCAG 2.1 defines them.
double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}
double luminance(const QColor& colour) {
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}
double contrast(const QColor& a, const QColor& b) {
    const double bright = std::max(luminance(a), luminance(b));
    const double dark = std::min(luminance(a), luminance(b));
    return (bright + 0.05) / (dark + 0.05);
}

struct Pair {
    const char* name;
    QColor Tokens::*front;
    QColor Tokens::*back;
};
constexpr Pair TextPairs[] = {
    {"text on background", &Tokens::text, &Tokens::background},
    {"text on panel", &Tokens::text, &Tokens::panel},
    {"text on bubbleIn", &Tokens::text, &Tokens::bubbleIn},
    {"text on bubbleOut", &Tokens::text, &Tokens::bubbleOut},
    {"text on selectedRow", &Tokens::text, &Tokens::selectedRow},
    {"text on hover", &Tokens::text, &Tokens::hover},
    {"text on selectedText", &Tokens::text, &Tokens::selectedText},
    {"textSecondary on background", &Tokens::textSecondary, &Tokens::background},
    {"textSecondary on panel", &Tokens::textSecondary, &Tokens::panel},
    {"textSecondary on bubbleIn", &Tokens::textSecondary, &Tokens::bubbleIn},
    {"textSecondary on bubbleOut", &Tokens::textSecondary, &Tokens::bubbleOut},
    {"textSecondary on selectedRow", &Tokens::textSecondary, &Tokens::selectedRow},
    {"textSecondary on hover", &Tokens::textSecondary, &Tokens::hover},
    {"link on background", &Tokens::link, &Tokens::background},
    {"link on bubbleIn", &Tokens::link, &Tokens::bubbleIn},
    {"link on bubbleOut", &Tokens::link, &Tokens::bubbleOut},
    {"accent on background", &Tokens::accent, &Tokens::background},
    {"accent on bubbleOut", &Tokens::accent, &Tokens::bubbleOut},
    {"onAccent on accent", &Tokens::onAccent, &Tokens::accent},
    {"danger on background", &Tokens::danger, &Tokens::background},
    {"danger on bubbleOut", &Tokens::danger, &Tokens::bubbleOut},
    {"ok on background", &Tokens::ok, &Tokens::background},
    {"ok on panel", &Tokens::ok, &Tokens::panel},
    {"warn on background", &Tokens::warn, &Tokens::background},
    {"warn on panel", &Tokens::warn, &Tokens::panel},
    {"text on chat", &Tokens::text, &Tokens::chat},
    {"text on chip", &Tokens::text, &Tokens::chip},
    {"textSecondary on chat", &Tokens::textSecondary, &Tokens::chat},
    {"textSecondary on chip", &Tokens::textSecondary, &Tokens::chip},
    {"accent on chat", &Tokens::accent, &Tokens::chat},
    {"accent on panel", &Tokens::accent, &Tokens::panel},
    {"danger on chat", &Tokens::danger, &Tokens::chat},
    {"danger on panel", &Tokens::danger, &Tokens::panel},
    {"danger on selectedRow", &Tokens::danger, &Tokens::selectedRow},
    {"danger on hover", &Tokens::danger, &Tokens::hover},
    {"background on badgeMuted", &Tokens::background, &Tokens::badgeMuted},
};

} // namespace

class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theIconInTheMenuIsTheMarkInTheWindow() {
        const Theme theme(Scheme::Light);
        QImage drawn(192, 192, QImage::Format_ARGB32_Premultiplied);
        QImage installed(drawn.size(), drawn.format());
        drawn.fill(Qt::white);
        installed.fill(Qt::white);
        QPainter one(&drawn);
        ui::drawMark(one, drawn.rect(), theme.tokens().accent, theme.tokens().bubbleOut);
        QPainter other(&installed);
        QSvgRenderer svg(QStringLiteral(KITH_SOURCE_DIR "/packaging/linux/kith.svg"));
        QVERIFY(svg.isValid());
        svg.render(&other, installed.rect());
        int different = 0;
        for (int y = 0; y < drawn.height(); ++y)
            for (int x = 0; x < drawn.width(); ++x)
                different += std::abs(qGray(drawn.pixel(x, y)) - qGray(installed.pixel(x, y))) > 40 ? 1 : 0;
        QVERIFY2(different < 200, qPrintable(QString::number(different))); // edges may be smoothed otherwise
    }

    void everyTextPairReachesAa_data() { schemes(); }
    void everyTextPairReachesAa() {
        QFETCH(Scheme, scheme);
        const Tokens& t = ui::tokens(scheme);
        for (const Pair& pair : TextPairs)
            QVERIFY2(contrast(t.*pair.front, t.*pair.back) >= 4.5, pair.name);
        for (const QColor& sender : t.senders) {
            QVERIFY2(contrast(sender, t.bubbleIn) >= 4.5, qPrintable(sender.name()));
            QVERIFY2(contrast(sender, t.chat) >= 4.5, qPrintable(sender.name())); // above a lone emoji
        }
    }

    void bordersAndFocusReachThreeToOne_data() { schemes(); }
    void bordersAndFocusReachThreeToOne() {
        QFETCH(Scheme, scheme);
        const Tokens& t = ui::tokens(scheme);
        for (const QColor& back : {t.background, t.panel, t.chat}) {
            QVERIFY(contrast(t.border, back) >= 3);
            QVERIFY(contrast(t.accent, back) >= 3); // the focus ring
        }
    }

    void everyAvatarCarriesWhiteLetters() {
        for (const Scheme scheme : {Scheme::Light, Scheme::Dark})
            for (const QColor& hue : ui::tokens(scheme).avatars)
                QVERIFY2(contrast(Qt::white, hue) >= 4.5, qPrintable(hue.name()));
    }

    void everyHueReadsOnTheGroundOfAQuote() {
        for (const ui::Scheme scheme : {ui::Scheme::Light, ui::Scheme::Dark})
            for (const bool isOwn : {false, true}) {
                const ui::Theme theme(scheme);
                const QColor ground = ui::QuotePart::groundOf(theme, isOwn);
                for (const QColor& sender : theme.tokens().senders)
                    QVERIFY2(contrast(sender, ground) >= 4.5, qPrintable(sender.name()));
                QVERIFY(contrast(theme.tokens().text, ground) >= 4.5);
                QVERIFY(contrast(theme.tokens().textSecondary, ground) >= 4.5);
            }
    }

    void aSmallCircleHasAsManyHuesAsPeople() {
        ui::Theme theme;
        std::vector<AccountId> people;
        SeededRandom random(seed());
        for (int i = 0; i < 20; ++i) {
            people.push_back(random.id<AccountId>());
            const auto before = theme.avatarColour(people.front()).rgb();
            theme.giveHues(people);
            if (i > 0)
                QCOMPARE(theme.avatarColour(people.front()).rgb(), before); // once given it stays
            std::map<QRgb, int> uses;
            for (const AccountId& account : people)
                ++uses[theme.avatarColour(account).rgb()];
            QCOMPARE(static_cast<int>(uses.size()), std::min(i + 1, 8));
            for (const auto& [hue, count] : uses)
                QVERIFY(count <= i / 8 + 1);
        }
    }

    void twoLettersStandForAName_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("initials");
        const auto row = [](const char* tag, const char16_t* name, const char16_t* initials) {
            QTest::newRow(tag) << QString::fromUtf16(name) << QString::fromUtf16(initials);
        };
        row("two words", u"Mara Lindqvist", u"ML");
        row("many words", u"  hut in  June ", u"HJ");
        row("one word", u"Grandma", u"GR");
        row("one letter", u"x", u"X");
        row("hebrew", u"\u05d9\u05e2\u05dc \u05db\u05d4\u05df", u"\u05d9\u05db");
        row("marks stay", u"e\u0301mile zola", u"E\u0301Z");
        row("beyond the first plane", u"\U00010400 \U00010401", u"\U00010400\U00010401");
        row("signs and isolates", u"\u2068(Tom)\u2069 \U0001F600", u"TO");
        row("emoji alone", u"\U0001F600", u"");
        row("nothing", u"", u"");
    }
    void twoLettersStandForAName() {
        QFETCH(QString, name);
        QTEST(ui::initialsOf(name), "initials");
        QVERIFY(ui::initialsOf(QStringLiteral("a") + QString(50'000, QChar(0x0301))).size() <= 32);
    }

    void theColoursAreThoseOfTheDesign_data() {
        QTest::addColumn<QColor>("colour");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, QColor Tokens::*token, const char* light, const char* dark) {
            QTest::addRow("%s, light", name) << ui::tokens(Scheme::Light).*token << QString::fromLatin1(light);
            QTest::addRow("%s, dark", name) << ui::tokens(Scheme::Dark).*token << QString::fromLatin1(dark);
        };
        row("panel", &Tokens::panel, "#f6f4ef", "#1c1a17");
        row("background", &Tokens::background, "#ffffff", "#1c1a17");
        row("chat", &Tokens::chat, "#efebe3", "#141210");
        row("bubbleIn", &Tokens::bubbleIn, "#ffffff", "#2a2723");
        row("bubbleOut", &Tokens::bubbleOut, "#d5ebe1", "#16433a");
        row("text", &Tokens::text, "#1b1a17", "#ece8e1");
        row("textSecondary", &Tokens::textSecondary, "#5f5b53", "#b0a99d");
        row("accent", &Tokens::accent, "#0b6b5b", "#74d6be");
        row("onAccent", &Tokens::onAccent, "#ffffff", "#06231c");
        row("selectedRow", &Tokens::selectedRow, "#ddebe4", "#243b34");
        row("hover", &Tokens::hover, "#ece8df", "#25221e");
        row("chip", &Tokens::chip, "#e4ded2", "#2b2823");
        row("danger", &Tokens::danger, "#b3261e", "#ff9c94");
        row("ok", &Tokens::ok, "#1b6e3c", "#7fd6a0");
        row("warn", &Tokens::warn, "#8a5300", "#f2be6b");
        row("border", &Tokens::border, "#857f74", "#7f786c");
        row("separator", &Tokens::separator, "#e2ddd2", "#35312b");
    }
    void theColoursAreThoseOfTheDesign() {
        QFETCH(QColor, colour);
        QFETCH(QString, expected);
        QCOMPARE(colour.name(), expected);
    }

    void wideWindowsGetAirAtTheSides() {
        using ui::Metrics;
        QCOMPARE(Metrics::columnEdge(320), Metrics::Gutter);
        QCOMPARE(Metrics::columnEdge(964), Metrics::Gutter);
        QCOMPARE(1'600 - 2 * Metrics::columnEdge(1'600), Metrics::ColumnMax);
    }

    void scaleIsKeptInItsRangeAndTold() {
        Theme theme;
        QSignalSpy changed(&theme, &Theme::changed);
        const int body = theme.font(ui::TextRole::Body).pixelSize();
        theme.setScale(2);
        QCOMPARE(theme.font(ui::TextRole::Body).pixelSize(), 2 * body);
        QCOMPARE(theme.metrics().maxTextWidth, 1040);
        theme.setScale(9);
        QCOMPARE(theme.scale(), Theme::ScaleMax);
        QCOMPARE(changed.count(), 1);
        theme.setScale(0);
        QCOMPARE(theme.scale(), Theme::ScaleMin);
        QCOMPARE(changed.count(), 2);
    }

    void schemeChangesColoursLive() {
        Theme theme;
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setScheme(Scheme::Dark);
        theme.setScheme(Scheme::Dark);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(theme.tokens().background, ui::tokens(Scheme::Dark).background);
        ui::applyTheme(*qobject_cast<QApplication*>(QCoreApplication::instance()), theme);
        QCOMPARE(QApplication::palette().color(QPalette::Base), theme.tokens().background);
    }

    void textIsSetInInter() {
        const Theme theme;
        QCOMPARE(QFontInfo(theme.font(ui::TextRole::Body)).family(), QStringLiteral("Inter"));
        QCOMPARE(QFontInfo(theme.font(ui::TextRole::Strong)).weight(), static_cast<int>(QFont::DemiBold));
    }

    void aSenderHasOneColour() {
        const Theme theme;
        AccountId account;
        account.data()[AccountId::size - 1] = 11;
        QCOMPARE(theme.senderColour(account), theme.tokens().senders[3]);
        QCOMPARE(theme.avatarColour(account), theme.tokens().avatars[3]);
    }

private:
    static void schemes() {
        QTest::addColumn<Scheme>("scheme");
        QTest::newRow("light") << Scheme::Light;
        QTest::newRow("dark") << Scheme::Dark;
    }
};

KITH_TEST(TestTheme)

} // namespace kith::test

#include "test_theme.moc"
