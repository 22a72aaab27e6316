// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/theme.h"
#include "ui/timeline/bubble_layout.h"

#include <QPainter>
#include <QTest>

namespace kith::test {

using ui::BubbleContent;
using ui::BubbleLayout;
using ui::Metrics;

namespace {

constexpr int ViewWidth = 800;

BubbleContent content(const QString& text) {
    BubbleContent c;
    c.text = text;
    c.time = QStringLiteral("14:05");
    return c;
}
QString words(int count) {
    return QStringLiteral("word ").repeated(count).trimmed();
}

} // namespace

class TestBubbleLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLinkEndsWithItsLine() {
        const BubbleLayout two(content(QStringLiteral("https://a.example/a\nnext line")), m_theme, ViewWidth, false);
        QCOMPARE(two.text().links().size(), std::size_t{1});
        QCOMPARE(two.text().links()[0].length, 19);
    }

    void aLinkThatIsCutOffLeadsWhereTheWholeOneLeads() {
        const QString address = QStringLiteral("https://a.example/") + QString(5'000, u'x');
        const BubbleLayout cut(content(QString(3'000, u'y') + u' ' + address), m_theme, ViewWidth, false);
        QVERIFY(cut.text().isCollapsed());
        QCOMPARE(cut.text().links().size(), std::size_t{1});
        QCOMPARE(cut.text().links()[0].url.toString(), address);
    }

    /// "https://evil.example" and then U+202E "gnp.exe" would read as another address with another end.
    void noTextTurnsWhatFollowsAround() {
        const BubbleLayout layout(content(QStringLiteral("https://evil.example\u202egnp.exe")), m_theme, ViewWidth,
                                  false);
        const int middle = layout.bubble().top() + Metrics::BubblePaddingY + 8;
        int last = 0;
        for (int x = layout.bubble().left(); x < layout.bubble().right(); ++x) {
            const int position = layout.text().positionAt(QPoint(x, middle));
            QVERIFY2(position >= last, qPrintable(QStringLiteral("%1 after %2").arg(position).arg(last)));
            last = position;
        }
    }

    void aBubbleHugsItsText() {
        const BubbleLayout a(content(QStringLiteral("Hi")), m_theme, ViewWidth, false);
        const BubbleLayout b(content(QStringLiteral("Hi, are you there?")), m_theme, ViewWidth, false);
        QVERIFY(a.bubble().width() < b.bubble().width());
        QVERIFY(b.bubble().width() < 240);
    }

    void textIsNeverWiderThanTheDesignSays() {
        const BubbleLayout wide(content(words(200)), m_theme, 4000, false);
        QVERIFY(wide.bubble().width() <= 520 + 2 * Metrics::BubblePaddingX);
        QVERIFY(wide.bubble().width() > 480);
        const BubbleLayout narrow(content(words(200)), m_theme, 320, false);
        QVERIFY(narrow.bubble().right() <= 320 - Metrics::Gutter);
        const BubbleLayout unbroken(content(QString(900, u'x')), m_theme, 320, false);
        QVERIFY(unbroken.bubble().right() <= 320 - Metrics::Gutter);
    }

    void wideWindowsKeepOneColumnInTheMiddle() {
        constexpr int Wide = 2'000;
        BubbleContent own = content(QStringLiteral("Hi"));
        own.own = true;
        const QRect theirs = BubbleLayout(content(QStringLiteral("Hi")), m_theme, Wide, false).bubble();
        const QRect ours = BubbleLayout(own, m_theme, Wide, false).bubble();
        QCOMPARE(theirs.left(), Wide - 1 - ours.right());
        QCOMPARE(ours.right() + 1 - theirs.left(), Metrics::ColumnMax);
    }

    void aTimeThatIsBelowTakesNoRoom() {
        BubbleContent c = content(QStringLiteral("Hi"));
        const int with = BubbleLayout(c, m_theme, ViewWidth, false).bubble().width();
        c.frame.joinsNext = c.frame.timeIsBelow = true;
        const BubbleLayout without(c, m_theme, ViewWidth, false);
        QVERIFY(without.bubble().width() < with - 20);
        c.own = true;
        c.state = client::DeliveryState::Failed; // says so all the same, and can be pressed
        QVERIFY(BubbleLayout(c, m_theme, ViewWidth, false).bubble().width() > with);
    }

    void ownBubblesAreOnTheOtherSide() {
        BubbleContent own = content(QStringLiteral("Hi"));
        own.own = true;
        QCOMPARE(BubbleLayout(own, m_theme, ViewWidth, false).bubble().right() + 1, ViewWidth - Metrics::Gutter);
        QCOMPARE(BubbleLayout(own, m_theme, ViewWidth, true).bubble().left(), Metrics::Gutter);
    }

    void theTimeIsInTheLastLineIfItFits() {
        const BubbleLayout one(content(QStringLiteral("Hi")), m_theme, ViewWidth, false);
        const int line = one.height();
        bool grew = false;
        // Some number of words leaves no room in their last line.
        for (int count = 1; count < 40; ++count) {
            const BubbleLayout layout(content(words(count)), m_theme, ViewWidth, false);
            const int extra = layout.height() - layout.text().lineCount() * 20 - 2 * Metrics::BubblePaddingY;
            QVERIFY(extra == 0 || extra > 8);
            grew = grew || extra > 8;
        }
        QVERIFY(grew);
        QCOMPARE(line, 20 + 2 * Metrics::BubblePaddingY);
    }

    void moreThanTwentyLinesAreCollapsed() {
        const QString text = QStringLiteral("line\n").repeated(21).trimmed();
        BubbleContent c = content(text);
        const BubbleLayout collapsed(c, m_theme, ViewWidth, false);
        QVERIFY(collapsed.text().isCollapsed());
        QCOMPARE(collapsed.text().lineCount(), 20);
        c.expanded = true;
        const BubbleLayout expanded(c, m_theme, ViewWidth, false);
        QVERIFY(!expanded.text().isCollapsed());
        QCOMPARE(expanded.text().lineCount(), 21);
        QCOMPARE(expanded.text().shownLength(), static_cast<int>(text.size()));
        QVERIFY(!BubbleLayout(content(QStringLiteral("line\n").repeated(20).trimmed()), m_theme, ViewWidth, false)
                     .text()
                     .isCollapsed());
    }

    void theLongestTextsCostTwentyLines_data() {
        QTest::addColumn<QString>("text");
        constexpr int Units = 56 * 1024;
        QTest::newRow("one word") << QString(Units, u'x');
        QTest::newRow("marks") << QStringLiteral("a") + QString(Units, QChar(0x0301));
        QTest::newRow("marks on letters") << (QStringLiteral("a") + QString(30, QChar(0x0336))).repeated(Units / 31);
        QTest::newRow("lines") << QString(Units, u'\n');
        QTest::newRow("emoji") << QString::fromUtf16(u"\U0001F468\u200d").repeated(Units / 3);
        QTest::newRow("right to left") << QString(Units, QChar(0x05d0));
        QTest::newRow("links") << QStringLiteral("http://a.example ").repeated(Units / 17);
        QTest::newRow("directions") << QString::fromUtf16(u"\u2067a\u2069\u05d0").repeated(Units / 4);
    }
    void theLongestTextsCostTwentyLines() {
        QFETCH(QString, text);
        const BubbleLayout layout(content(text), m_theme, ViewWidth, false);
        QVERIFY(layout.text().lineCount() <= ui::TextPart::CollapseLines);
        QVERIFY(layout.text().shownLength() <= 4'000);
        QVERIFY(layout.text().isCollapsed());
        QVERIFY(layout.height() < 1200);
    }

    void anEmptyTextIsAnOrdinaryBubble() {
        const BubbleLayout layout(content(QString()), m_theme, ViewWidth, false);
        QCOMPARE(layout.height(), 20 + 2 * Metrics::BubblePaddingY);
        QCOMPARE(layout.text().positionAt(layout.bubble().center()), 0);
        QVERIFY(!layout.text().isCollapsed());
    }

    void rightToLeftTextHasItsTimeOnTheLeft() {
        const QString hebrew = QString::fromUtf16(u"\u05e9\u05dc\u05d5\u05dd \u05dc\u05da");
        const BubbleLayout layout(content(hebrew), m_theme, ViewWidth, false);
        const QRect b = layout.bubble();
        QCOMPARE(layout.text().positionAt(QPoint(b.right() - 13, b.center().y())), 0);
        QCOMPARE(layout.text().positionAt(QPoint(b.left() + 13, b.center().y())), static_cast<int>(hebrew.size()));
    }

    void loneEmojiHaveNoBubbleAndAreBig() {
        const BubbleLayout one(content(QString::fromUtf16(u"\U0001F600")), m_theme, ViewWidth, false);
        QVERIFY(!one.hasBackground());
        QVERIFY(one.height() >= 32);
        const BubbleLayout text(content(QString::fromUtf16(u"ok \U0001F600")), m_theme, ViewWidth, false);
        QVERIFY(text.hasBackground());
        QCOMPARE(text.height(), 20 + 2 * Metrics::BubblePaddingY); // the emoji does not part the lines
    }

    void linksAreFoundWhereTheyAreDrawn() {
        const BubbleLayout layout(content(QStringLiteral("https://a.example")), m_theme, ViewWidth, false);
        const QPoint inside = layout.bubble().topLeft() + QPoint(20, 16);
        QVERIFY(layout.hitAt(inside).kind == ui::Hit::Kind::Link);
        QCOMPARE(layout.hitAt(inside).url, QUrl(QStringLiteral("https://a.example")));
        QVERIFY(layout.hitAt(layout.bubble().bottomRight() - QPoint(4, 4)).kind != ui::Hit::Kind::Link);
    }

    void wordsAndParagraphsAreWhatClicksSelect() {
        const BubbleLayout layout(content(QStringLiteral("one two\nthree")), m_theme, ViewWidth, false);
        QCOMPARE(layout.text().wordAt(5), (ui::TextRun{4, 3}));
        QCOMPARE(layout.text().paragraphAt(5), (ui::TextRun{0, 7}));
        QCOMPARE(layout.text().paragraphAt(9), (ui::TextRun{8, 5}));
    }

    void aLargerFontMakesEverythingFit() {
        ui::Theme large;
        large.setScale(2);
        BubbleContent c = content(words(30));
        c.sender = QStringLiteral("A very long name that nobody can read in one line of any window at all").repeated(4);
        c.own = true;
        c.state = client::DeliveryState::Failed;
        const BubbleLayout layout(c, large, 400, false);
        QVERIFY(layout.bubble().left() >= Metrics::Gutter);
        QVERIFY(layout.bubble().right() < 400);
    }

private:
    ui::Theme m_theme;
};

KITH_TEST(TestBubbleLayout)

} // namespace kith::test

#include "test_bubble_layout.moc"
