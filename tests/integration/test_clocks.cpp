// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/places.h"
#include "tests/integration/scenes.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;

/// One wrong clock is a mark on its own messages and nothing else, also once it is right (PROTOCOL.md s7).
class TestClocks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMessageOfTheFutureIsMarkedAndMovesNothing_data() {
        QTest::addColumn<int>("hours");
        QTest::newRow("ten minutes") << 0;
        QTest::newRow("a day") << 23;
        QTest::newRow("three years") << 24 * 365 * 3;
    }
    void aMessageOfTheFutureIsMarkedAndMovesNothing() {
        QFETCH(const int, hours);
        Friends world;
        say(world.bob, world.ann, world, QStringLiteral("before"));
        world.ann.clock().setSkew(std::chrono::hours(hours) + 10min);
        say(world.ann, world.bob, world, QStringLiteral("from the future"));
        world.ann.clock().setSkew(0s);
        say(world.bob, world.ann, world, QStringLiteral("answer"));
        say(world.ann, world.bob, world, QStringLiteral("right again"));
        say(world.bob, world.ann, world, QStringLiteral("good"));
        const QStringList expected{QStringLiteral("before"), QStringLiteral("from the future"),
                                   QStringLiteral("answer"), QStringLiteral("right again"), QStringLiteral("good")};
        for (SimPerson* person : {&world.ann, &world.bob}) {
            SimPerson& other = person == &world.ann ? world.bob : world.ann;
            const auto rows = person->history(other);
            QCOMPARE(textsOf(rows), expected);
            for (const store::TimelineRow& row : rows) {
                const bool isWrong = row.text == QStringLiteral("from the future");
                QCOMPARE((row.flags & store::WrongClock) != 0, isWrong);
                QVERIFY2(row.at <= world.clock.wall() + wire::limits::ClockAhead, qPrintable(row.text));
            }
            VERIFY_OK((*person)->store().rebuild());
        }
    }

    /// While the own clock is wrong others' messages are right; afterwards all stand where they were said.
    void theOwnWrongClockIsForgottenOnceItIsRight() {
        Friends world;
        world.ann.clock().setSkew(std::chrono::hours(24 * 365 * 3));
        say(world.ann, world.bob, world, QStringLiteral("1"));
        say(world.bob, world.ann, world, QStringLiteral("2"));
        say(world.ann, world.bob, world, QStringLiteral("3"));
        world.ann.clock().setSkew(0s);
        world.ann.quit();
        world.ann.open(); // an opened profile puts it right
        const QStringList expected{QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")};
        QVERIFY(world.runUntil([&] { return textsOf(world.ann.history(world.bob)) == expected; }));
        QCOMPARE(textsOf(world.bob.history(world.ann)), expected);
        for (const store::TimelineRow& row : world.ann.history(world.bob)) {
            QVERIFY(row.at <= world.clock.wall() + wire::limits::ClockAhead);
            QCOMPARE((row.flags & store::WrongClock) != 0, row.author == world.ann.account());
        }
        VERIFY_OK(world.ann->store().rebuild());
    }

    void nobodyWritesIntoOldHistoryInSilence() {
        Friends world;
        say(world.ann, world.bob, world, QStringLiteral("first"));
        world.run(72h);
        say(world.bob, world.ann, world, QStringLiteral("second"));
        claims(world, world.clock.wall() - 71h, QStringLiteral("I told you so"));
        const auto rows = world.bob.history(world.ann);
        QVERIFY(textsOf(rows).indexOf(QStringLiteral("I told you so")) >
                textsOf(rows).indexOf(QStringLiteral("second")));
    }

    void whatStandsAboveTheNewestIsMarked() {
        Friends world;
        say(world.ann, world.bob, world, QStringLiteral("first"));
        world.run(2h);
        say(world.bob, world.ann, world, QStringLiteral("second"));
        claims(world, world.clock.wall() - 1h, QStringLiteral("written on the train"));
        const auto rows = world.bob.history(world.ann);
        QCOMPARE(rows[1].text, QStringLiteral("written on the train"));
        QVERIFY((rows[1].flags & store::Late) != 0);
        QVERIFY((rows[0].flags & store::Late) == 0);
    }

    /// Clocks of every kind, changed all the time: each author's texts keep their order on both sides, nothing stands
    /// in the future once the clocks are right, and what was said under right clocks carries no mark.
    void clocksOfEveryKindKeepTheOrderOfEachAuthor() {
        for (int run = 0; run < 12; ++run) {
            Friends world;
            SeededRandom random(seed() + static_cast<std::uint64_t>(run));
            QStringList said[2];
            SimPerson* people[2] = {&world.ann, &world.bob};
            static constexpr std::int64_t Minutes[] = {
                0, 0, 0, 1, -1, 4, 30, -30, 60 * 23, -60 * 23, 60 * 24 * 1'000, -60 * 24 * 1'000};
            for (int step = 0; step < 40; ++step) {
                const std::size_t who = random.below(2);
                if (random.below(4) == 0)
                    people[who]->clock().setSkew(std::chrono::minutes(Minutes[random.below(std::size(Minutes))]));
                const QString text = QString::number(step);
                people[who]->send(*people[1 - who], text);
                said[who].push_back(text);
                world.run(Millis(static_cast<std::int64_t>(random.below(90'000))));
            }
            for (SimPerson* person : people) {
                person->clock().setSkew(0s);
                person->quit();
                person->open();
            }
            const auto ofAuthor = [](SimPerson& reader, SimPerson& other, const AccountId& author) {
                QStringList texts;
                for (const store::TimelineRow& row : reader.history(other))
                    if (row.author == author && row.kind == store::RowKind::Text)
                        texts.push_back(row.text);
                return texts;
            };
            for (std::size_t reader = 0; reader < 2; ++reader)
                for (std::size_t author = 0; author < 2; ++author)
                    QVERIFY2(
                        world.runUntil(
                            [&] {
                                return ofAuthor(*people[reader], *people[1 - reader], people[author]->account()) ==
                                       said[author];
                            },
                            6h),
                        qPrintable(QStringLiteral("run %1: %2")
                                       .arg(run)
                                       .arg(ofAuthor(*people[reader], *people[1 - reader], people[author]->account())
                                                .join(QLatin1Char(' ')))));
            for (SimPerson* person : people) {
                for (const store::TimelineRow& row : person->history(person == &world.ann ? world.bob : world.ann))
                    QVERIFY(row.at <= world.clock.wall() + wire::limits::ClockAhead);
                VERIFY_OK((*person)->store().rebuild());
            }
        }
    }

private:
    static void say(SimPerson& from, SimPerson& to, Friends& world, const QString& text) {
        from.send(to, text);
        QVERIFY(world.runUntil([&] { return to.texts(from).contains(text); }));
        world.run(90s);
    }
    /// Ann's second text to Bob, said to be of that time.
    static void claims(Friends& world, WallTime at, const QString& text) {
        wire::pb::Content content;
        content.set_n(2);
        content.set_hlc(static_cast<std::uint64_t>(toMs(at)));
        content.mutable_text()->set_body(text.toStdString());
        world.push(content, wire::pb::Content::kText);
        QVERIFY(world.runUntil([&] { return world.shown().contains(text); }));
    }
    static QStringList textsOf(const std::vector<store::TimelineRow>& rows) {
        QStringList texts;
        for (const store::TimelineRow& row : rows)
            texts.push_back(row.text);
        return texts;
    }
};

KITH_TEST(TestClocks)

} // namespace kith::test

#include "test_clocks.moc"
