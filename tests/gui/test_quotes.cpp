// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timeline_fixture.h"
#include "tests/support/test_main.h"
#include "ui/timeline/bubble_layout.h"
#include "ui/timeline/timeline_overlay.h"

#include <QAccessible>

namespace kith::test {

using ui::BubbleContent;
using ui::BubbleLayout;
using ui::Hit;
using ui::QuotePart;

/// Above a reply stands what it answers.
class TestQuotes : public QObject {
    Q_OBJECT

    static constexpr int Width = 300;

    QuotePart quoted(const QString& text, qreal width = Width) {
        return QuotePart({QStringLiteral("Ana"), m_theme.senderColour({}), text}, m_theme, width);
    }
    static BubbleContent replying(const QString& quote) {
        BubbleContent content;
        content.text = QStringLiteral("Yes");
        content.time = QStringLiteral("14:05");
        content.quote = QuotePart::Content{QStringLiteral("Ana"), Qt::red, quote};
        return content;
    }
    /// A point in the quote of the bubble.
    static QPoint quoteAt(const BubbleLayout& layout) { return layout.bubble().topLeft() + QPoint(30, 20); }
    static QString shown(const TimelineFixture& t, std::int64_t seq) {
        const client::TimelineRow* body = t.model->body(t.model->indexOf(seq));
        return body->quote ? body->quote->text : QStringLiteral("nothing");
    }

private Q_SLOTS:
    void aQuoteIsTwoLinesAtMostAndTheRestIsDots_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("words") << QStringLiteral("word ").repeated(60);
        QTest::newRow("lines") << QStringLiteral("one\ntwo\nthree\nfour");
        QTest::newRow("one word") << QString(300, u'x');
        QTest::newRow("right to left") << QString(300, QChar(0x05d0));
        QTest::newRow("emoji") << QString::fromUtf16(u"\U0001F600 ").repeated(90);
        QTest::newRow("marks") << QStringLiteral("a") + QString(299, QChar(0x0301));
    }
    void aQuoteIsTwoLinesAtMostAndTheRestIsDots() {
        QFETCH(const QString, text);
        const QuotePart part = quoted(text);
        QVERIFY(part.lineCount() <= QuotePart::LinesMax);
        QVERIFY(part.width() <= Width);
        QVERIFY(part.lineCount() == 1 || part.text().endsWith(u'…'));
        const QuotePart two = quoted(QStringLiteral("one\ntwo"));
        QVERIFY(!two.text().contains(u'…'));
        QVERIFY(part.height() <= two.height());
    }

    void aMessageThatIsNotHereSaysSo() {
        const QuotePart part({QStringLiteral("Ana"), Qt::red, {}}, m_theme, Width);
        QCOMPARE(part.text(), QStringLiteral("This message is not here"));
    }

    void aQuoteIsInsideItsBubbleAndCanBePressed() {
        for (const qreal scale : {1.0, 2.0})
            for (const bool mirrored : {false, true}) {
                ui::Theme theme;
                theme.setScale(scale);
                const BubbleContent content = replying(QStringLiteral("word ").repeated(60));
                const BubbleLayout layout(content, theme, 360, mirrored);
                QVERIFY(layout.bubble().left() >= ui::Metrics::Gutter);
                QVERIFY(layout.bubble().right() <= 360 - ui::Metrics::Gutter);
                QVERIFY(layout.hitAt(quoteAt(layout)).kind == Hit::Kind::Quote);
                QVERIFY(layout.hitAt(quoteAt(layout)).canBePressed());
                const QPoint below(layout.bubble().left() + 20, layout.bubble().bottom() - 14);
                QVERIFY(layout.hitAt(below).kind == Hit::Kind::Text);
                QVERIFY(layout.hitAt(layout.bubble().topLeft() - QPoint(10, -20)).kind == Hit::Kind::Nothing);
            }
    }

    void aLoneEmojiThatAnswersHasABubble() {
        BubbleContent content = replying(QStringLiteral("Coming?"));
        content.text = QString::fromUtf16(u"\U0001F600");
        QVERIFY(BubbleLayout(content, m_theme, 800, false).hasBackground());
    }

    void aReplyShowsWhatItAnswersAndSaysItAloud() {
        TimelineFixture t(10);
        QVERIFY(t.open());
        const std::int64_t asked = t.client.receive(QStringLiteral("Are you there?"));
        const std::int64_t seq = t.client.reply(asked, QStringLiteral("Yes"), true);
        QCOMPARE(shown(t, seq), QStringLiteral("Are you there?"));
        QVERIFY(t.view.accessibleTextOf(t.model->indexOf(seq))
                    .startsWith(QStringLiteral("You, in reply to Ana, Are you there?, Yes, ")));
    }

    void aQuoteChangesWithItsOriginal() {
        TimelineFixture t(10);
        QVERIFY(t.open());
        const std::int64_t asked = t.client.receive(QStringLiteral("Are you their?"));
        const std::int64_t seq = t.client.reply(asked, QStringLiteral("Yes"), true);
        t.settle();
        const QImage before = t.picture();
        t.client.rewrite(asked, QStringLiteral("Are you there?"));
        QCOMPARE(shown(t, seq), QStringLiteral("Are you there?"));
        t.settle();
        const int top = t.geometry().top(t.model->indexOf(seq));
        QVERIFY(t.picture().copy(0, top, 800, 60) != before.copy(0, top, 800, 60));
    }

    void whatComesLaterIsQuotedThen() {
        TimelineFixture t(10);
        client::TimelineRow reply;
        reply.sender = t.client.self;
        reply.text = QStringLiteral("Yes");
        reply.sent = t.clock.wall();
        const client::TimelineRow& last = t.client.rows().back();
        reply.replyTo.emplace(last.sender, last.id);
        reply.replyTo->second.data()[15] = 12; // of the row after this one
        reply.replyTo->first = t.client.peer;
        const std::int64_t seq = t.client.put(reply);
        QVERIFY(t.open());
        QCOMPARE(shown(t, seq), QStringLiteral("nothing"));
        QVERIFY(t.view.accessibleTextOf(t.model->indexOf(seq)).contains(QStringLiteral("This message is not here")));
        t.client.receiveLate(t.client.rows().front().seq, QStringLiteral("Are you there?"));
        QCOMPARE(shown(t, seq), QStringLiteral("Are you there?"));
    }

    void aPressOnAQuoteLeadsToItsOriginalOverAnyDistanceAndBack() {
        for (const std::size_t asked : {std::size_t{2}, std::size_t{1'100}, std::size_t{2'290}}) {
            TimelineFixture t(2'300);
            QVERIFY(t.open());
            const std::int64_t original = t.client.rows()[asked].seq;
            const std::int64_t seq = t.client.reply(original, QStringLiteral("Yes"), true);
            t.settle();
            const int row = t.model->indexOf(seq);
            const int before = t.bubbleTopOf(seq);
            QVERIFY(!t.view.canGoBack());
            QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {}, t.view.bubbleRect(row).topLeft() + QPoint(30, 20));
            t.settle();
            QCOMPARE(t.model->row(t.view.currentRow()).seq, original);
            QVERIFY(t.geometry().firstVisible() <= t.view.currentRow());
            QVERIFY(t.geometry().lastVisible() >= t.view.currentRow());
            if (!t.view.isAtBottom()) {
                QVERIFY(t.view.canGoBack());
                t.view.goBack();
                t.settle();
                QCOMPARE(t.model->row(t.view.currentRow()).seq, seq);
                QCOMPARE(t.bubbleTopOf(seq), before);
            }
            QVERIFY(!t.view.canGoBack());
            QVERIFY(t.isTrue());
        }
    }

    void returnGoesToWhatTheCurrentMessageAnswers() {
        TimelineFixture t(500);
        QVERIFY(t.open());
        const std::int64_t original = t.client.rows()[10].seq;
        const std::int64_t seq = t.client.reply(original, QStringLiteral("Yes"));
        t.settle();
        t.view.setCurrentRow(t.model->indexOf(seq));
        t.pressKey(Qt::Key_Return);
        t.settle();
        QCOMPARE(t.model->row(t.view.currentRow()).seq, original);
    }

    void theButtonLeadsBackFirstAndThenToTheBottom() {
        TimelineFixture t(500);
        QVERIFY(t.open());
        const std::int64_t seq = t.client.reply(t.client.rows()[10].seq, QStringLiteral("Yes"));
        for (int i = 0; i < 60; ++i)
            t.client.receive(QStringLiteral("and on it goes"));
        t.settle();
        t.view.scrollToMessage(seq);
        t.view.goToQuoted(t.model->indexOf(seq));
        t.settle();
        const auto press = [&] {
            QTest::mouseClick(t.view.viewport(), Qt::LeftButton, {},
                              ui::overlay::bottomButton(t.theme, t.view.viewport()->size(), false).center());
            t.settle();
        };
        press();
        QCOMPARE(t.model->row(t.view.currentRow()).seq, seq);
        QVERIFY(!t.view.isAtBottom());
        press();
        QVERIFY(t.view.isAtBottom());
    }

    void whatIsNotHereLeadsNowhere() {
        TimelineFixture t(20);
        QVERIFY(t.open());
        const std::int64_t seq = t.client.reply(t.client.rows()[3].seq, QStringLiteral("Yes"));
        client::TimelineRow row = t.client.full(20);
        row.quote.reset();
        row.replyTo->second.data()[0] = 99;
        t.settle();
        t.client.hold(); // what was lost between is asked for: it would bring the quote back
        Q_EMIT t.client.eventsAppended(
            {900, 900, {{client::Change::Kind::MessageChanged, 900, row.conversation, row, {}}}});
        t.settle();
        t.view.setCurrentRow(t.model->indexOf(seq));
        t.pressKey(Qt::Key_Return);
        t.settle();
        QCOMPARE(t.view.currentRow(), t.model->indexOf(seq));
        QVERIFY(!t.view.canGoBack());
    }

    void theOriginalIsMarkedForAMomentAndNothingMoves() {
        TimelineFixture t(500);
        QVERIFY(t.open());
        const std::int64_t original = t.client.rows()[10].seq;
        const std::int64_t seq = t.client.reply(original, QStringLiteral("Yes"));
        t.settle();
        t.view.goToQuoted(t.model->indexOf(seq));
        t.settle();
        t.view.setCurrentRow(-1); // else it has the ring of the keys
        const int row = t.model->indexOf(original);
        const int top = t.bubbleTopOf(original);
        const auto edge = [&] {
            const QRect bubble = t.view.bubbleRect(row);
            return t.picture().pixelColor(bubble.left() - 1, bubble.center().y());
        };
        QCOMPARE(edge(), t.theme.tokens().accent);
        QTRY_COMPARE(edge(), t.theme.tokens().chat);
        QCOMPARE(t.bubbleTopOf(original), top);
    }

    void aReaderIsOfferedTheWay() {
        TimelineFixture t(500);
        QVERIFY(t.open());
        const std::int64_t original = t.client.rows()[10].seq;
        t.client.reply(original, QStringLiteral("Yes"));
        t.settle();
        auto* list = QAccessible::queryAccessibleInterface(&t.view);
        auto* item = list->child(list->childCount() - 1);
        QVERIFY(item->actionInterface()->actionNames().contains(QStringLiteral("goToQuoted")));
        item->actionInterface()->doAction(QStringLiteral("goToQuoted"));
        t.settle();
        QCOMPARE(t.model->row(t.view.currentRow()).seq, original);
    }

private:
    ui::Theme m_theme;
};

KITH_TEST(TestQuotes)

} // namespace kith::test

#include "test_quotes.moc"
