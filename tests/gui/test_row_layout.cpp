// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/theme.h"
#include "ui/timeline/row_layout.h"

#include <QDateTime>
#include <QLocale>
#include <QTest>

namespace kith::test {

using ui::frameOf;
using ui::RowFrame;
using ui::RowInfo;

namespace {

constexpr std::int64_t Minute_ms = 60'000;

RowInfo row(std::int64_t seq, int sender, const QDateTime& sent) {
    RowInfo info;
    info.seq = seq;
    info.sender = static_cast<std::uint16_t>(sender);
    info.sent_ms = sent.toMSecsSinceEpoch();
    info.day = ui::LocalDays().of(info.sent_ms);
    return info;
}
RowInfo later(RowInfo info, std::int64_t by_ms) {
    ++info.seq;
    info.sent_ms += by_ms;
    info.day = ui::LocalDays().of(info.sent_ms);
    return info;
}

} // namespace

class TestRowLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneAuthorWithinThreeMinutesIsAGroup() {
        const RowInfo next = later(m_row, 3 * Minute_ms - 1);
        QVERIFY(frameOf(&m_row, next, nullptr, 0).joinsPrevious);
        QVERIFY(frameOf(nullptr, m_row, &next, 0).joinsNext);
    }

    void threeMinutesEndAGroup() {
        const RowInfo next = later(m_row, 3 * Minute_ms);
        QVERIFY(!frameOf(&m_row, next, nullptr, 0).joinsPrevious);
        QVERIFY(!frameOf(nullptr, m_row, &next, 0).joinsNext);
    }

    void anotherAuthorEndsAGroup() {
        RowInfo next = later(m_row, 1);
        next.sender = 2;
        QVERIFY(!frameOf(&m_row, next, nullptr, 0).joinsPrevious);
    }

    void midnightEndsAGroupAndSeparatesDays() {
        const RowInfo evening = row(1, 1, QDateTime(QDate(2026, 3, 12), QTime(23, 59, 30)));
        const RowInfo night = later(evening, Minute_ms);
        const RowFrame frame = frameOf(&evening, night, nullptr, 0);
        QVERIFY(frame.daySeparator);
        QVERIFY(!frame.joinsPrevious);
        QVERIFY(!frameOf(nullptr, evening, &night, 0).joinsNext);
    }

    void aGroupNeverCrossesTheUnreadMarker() {
        const RowInfo next = later(m_row, 1);
        const RowFrame frame = frameOf(&m_row, next, nullptr, next.seq);
        QVERIFY(frame.unreadMarker);
        QVERIFY(!frame.joinsPrevious);
        QVERIFY(!frameOf(nullptr, m_row, &next, next.seq).joinsNext);
    }

    void withinOneMinuteOfOnePersonTheLastShowsTheTime() {
        const RowInfo same = later(m_row, Minute_ms - 1);
        QVERIFY(frameOf(nullptr, m_row, &same, 0).timeIsBelow);
        QVERIFY(!frameOf(&m_row, same, nullptr, 0).timeIsBelow);
        const RowInfo next = later(m_row, Minute_ms);
        QVERIFY(!frameOf(nullptr, m_row, &next, 0).timeIsBelow);
        RowInfo other = same;
        other.sender = 2;
        QVERIFY(!frameOf(nullptr, m_row, &other, 0).timeIsBelow);
        QVERIFY(!frameOf(nullptr, m_row, &same, same.seq).timeIsBelow); // the marker stands between them
        const RowInfo before1970 = later(m_row, -m_row.sent_ms - 1);
        const RowInfo after1970 = later(before1970, 2);
        QVERIFY(!frameOf(nullptr, before1970, &after1970, 0).timeIsBelow);
    }

    void theOldestRowHasItsDay() { QVERIFY(frameOf(nullptr, m_row, nullptr, 0).daySeparator); }

    void aMissingMessageJoinsNoMessage() {
        RowInfo gap = later(m_row, 1);
        gap.flags = RowInfo::Gap;
        QVERIFY(!frameOf(&m_row, gap, nullptr, 0).joinsPrevious);
    }

    void headersHaveTheHeightOfTheDesign() {
        const ui::Metrics metrics;
        QCOMPARE((RowFrame{false, false, true, false}.headerHeight(metrics)), 2);
        QCOMPARE((RowFrame{false, false, false, false}.headerHeight(metrics)), 10);
        QCOMPARE((RowFrame{true, false, false, false}.headerHeight(metrics)), 38);
        QCOMPARE((RowFrame{true, true, false, false}.headerHeight(metrics)), 74);
    }

    void daysAreToldInWords() {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
        const QDate today(2026, 3, 14);
        QCOMPARE(ui::dayText(today, today), QStringLiteral("Today"));
        QCOMPARE(ui::dayText(QDate(2026, 3, 13), today), QStringLiteral("Yesterday"));
        QCOMPARE(ui::dayText(QDate(2026, 3, 12), today), QStringLiteral("12 March"));
        QCOMPARE(ui::dayText(QDate(2025, 3, 12), today), QStringLiteral("12 March 2025"));
    }

    void wrongClocksHaveADayToo() {
        ui::LocalDays days;
        for (const std::int64_t sent_ms : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX})
            QVERIFY(ui::dateOf(days.of(sent_ms)).isValid());
        QCOMPARE(ui::dateOf(days.of(m_row.sent_ms)), QDate(2026, 3, 12));
    }

    void aRowTakesTwentyFourBytes() { QCOMPARE(sizeof(RowInfo), std::size_t{24}); }

private:
    RowInfo m_row = row(1, 1, QDateTime(QDate(2026, 3, 12), QTime(12, 0)));
};

KITH_TEST(TestRowLayout)

} // namespace kith::test

#include "test_row_layout.moc"
