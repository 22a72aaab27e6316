// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/timeline/text_runs.h"

#include <QTest>

namespace kith::test {

using ui::findEmoji;
using ui::TextRun;

namespace {

QStringList emojiOf(const QString& text) {
    QStringList found;
    for (const TextRun& run : findEmoji(text))
        found.append(text.mid(run.start, run.length));
    return found;
}

} // namespace

class TestTextRuns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emojiAreRunsOfTheirOwn_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("emoji");
        const auto row = [](const char* name, const char16_t* text, const QList<const char16_t*>& emoji) {
            QStringList list;
            for (const char16_t* one : emoji)
                list.append(QString::fromUtf16(one));
            QTest::newRow(name) << QString::fromUtf16(text) << list;
        };
        row("face", u"hi \U0001F600!", {u"\U0001F600"});
        row("neighbours", u"\U0001F600\U0001F601", {u"\U0001F600\U0001F601"});
        row("heart needs a style", u"\u2764 \u2764\ufe0f", {u"\u2764\ufe0f"});
        row("text style", u"\u231a\ufe0e", {});
        row("copyright stays text", u"\u00a9 2026", {});
        row("keycap stays text", u"1\ufe0f\u20e3", {});
        row("skin tone", u"\U0001F44D\U0001F3FD", {u"\U0001F44D\U0001F3FD"});
        row("family", u"a\U0001F468\u200d\U0001F469\u200d\U0001F467b", {u"\U0001F468\u200d\U0001F469\u200d\U0001F467"});
        row("runner", u"\U0001F3C3\u200d\u2642\ufe0f.", {u"\U0001F3C3\u200d\u2642\ufe0f"});
        row("flag", u"\U0001F1E9\U0001F1EA", {u"\U0001F1E9\U0001F1EA"});
        row("half a flag", u"\U0001F1E9", {});
        row("lone joiner", u"\u200d\u200d", {});
    }
    void emojiAreRunsOfTheirOwn() {
        QFETCH(QString, text);
        QFETCH(QStringList, emoji);
        QCOMPARE(emojiOf(text), emoji);
    }

    void oneToThreeEmojiStandAlone() {
        QCOMPARE(ui::loneEmoji(QString::fromUtf16(u"\U0001F600")), 1);
        QCOMPARE(ui::loneEmoji(QString::fromUtf16(u"\U0001F600 \u2764\ufe0f\U0001F1E9\U0001F1EA")), 3);
        QCOMPARE(ui::loneEmoji(QString::fromUtf16(u"\U0001F600\U0001F600\U0001F600\U0001F600")), 0);
        QCOMPARE(ui::loneEmoji(QString::fromUtf16(u"\U0001F600 yes")), 0);
        QCOMPARE(ui::loneEmoji(QStringLiteral(" ")), 0);
        QCOMPARE(ui::loneEmoji(QString()), 0);
    }

    void longChainsOfJoinersEndInOnePass() {
        QString chain;
        for (int i = 0; i < 20'000; ++i)
            chain += QString::fromUtf16(u"\U0001F468\u200d");
        QCOMPARE(findEmoji(chain).size(), std::size_t{1});
    }

    void directionIsThatOfTheFirstStrongCharacter() {
        QCOMPARE(ui::directionOf(QString::fromUtf16(u"12. \u05e9\u05dc\u05d5\u05dd abc")), Qt::RightToLeft);
        QCOMPARE(ui::directionOf(QString::fromUtf16(u"abc \u05e9\u05dc\u05d5\u05dd")), Qt::LeftToRight);
        QCOMPARE(ui::directionOf(QStringLiteral("12:30")), Qt::LeftToRight);
    }
};

KITH_TEST(TestTextRuns)

} // namespace kith::test

#include "test_text_runs.moc"
