// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/icon.h"
#include "ui/theme.h"

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
            QVERIFY2(contrast(sender, t.background) >= 4.5, qPrintable(sender.name()));
        }
    }

    void bordersAndFocusReachThreeToOne_data() { schemes(); }
    void bordersAndFocusReachThreeToOne() {
        QFETCH(Scheme, scheme);
        const Tokens& t = ui::tokens(scheme);
        for (const QColor& back : {t.background, t.panel}) {
            QVERIFY(contrast(t.border, back) >= 3);
            QVERIFY(contrast(t.accent, back) >= 3); // the focus ring
        }
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
