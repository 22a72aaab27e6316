// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/row_layout.h"

#include "ui/theme.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace kith::ui {
namespace {

constexpr std::int64_t Minute_ms = 60 * 1000;
constexpr std::int64_t CollapseWithin_ms = 3 * Minute_ms;

constexpr qint64 Epoch = 2'440'588; // 1970-01-01 as a Julian day

bool join(const RowInfo& upper, const RowInfo& lower) {
    return upper.sender == lower.sender && upper.day == lower.day && upper.isGap() == lower.isGap() &&
           std::abs(lower.sent_ms - upper.sent_ms) < CollapseWithin_ms;
}

/// As clocks show them: all time zones are whole minutes apart.
bool isSameMinute(const RowInfo& a, const RowInfo& b) {
    const auto minuteOf = [](std::int64_t ms) { return ms / Minute_ms - (ms % Minute_ms < 0 ? 1 : 0); };
    return minuteOf(a.sent_ms) == minuteOf(b.sent_ms);
}

} // namespace

std::uint16_t LocalDays::of(std::int64_t sent_ms) {
    // A wrong clock may say anything; what no calendar has is shown as the nearest day that it has.
    constexpr std::int64_t Last_ms = std::int64_t{std::numeric_limits<std::uint16_t>::max()} * 86'400'000;
    sent_ms = std::clamp(sent_ms, std::int64_t{86'400'000}, Last_ms);
    if (sent_ms < m_start || sent_ms >= m_end) {
        const QDate day = QDateTime::fromMSecsSinceEpoch(sent_ms).date();
        m_start = day.startOfDay().toMSecsSinceEpoch();
        m_end = day.addDays(1).startOfDay().toMSecsSinceEpoch();
        m_day = static_cast<std::uint16_t>(day.toJulianDay() - Epoch);
    }
    return m_day;
}

QDate dateOf(std::uint16_t day) {
    return QDate::fromJulianDay(Epoch + day);
}

int RowFrame::headerHeight(const Metrics& metrics) const {
    const int separators = (daySeparator ? metrics.dayRow : 0) + (unreadMarker ? metrics.dayRow : 0);
    // A separator brings its own distance to what is above it.
    return separators + (separators > 0 || joinsPrevious ? Metrics::GroupGap : Metrics::RowGap);
}

RowFrame frameOf(const RowInfo* previous, const RowInfo& row, const RowInfo* next, std::int64_t unreadSeq) {
    RowFrame frame;
    frame.daySeparator = previous == nullptr || previous->day != row.day;
    frame.unreadMarker = unreadSeq != 0 && row.seq == unreadSeq;
    frame.joinsPrevious = previous != nullptr && !frame.unreadMarker && join(*previous, row);
    frame.joinsNext = next != nullptr && (unreadSeq == 0 || next->seq != unreadSeq) && join(row, *next);
    // Whatever may change later, as the state does, is not asked: the text would be broken anew.
    frame.timeIsBelow = frame.joinsNext && !next->isGap() && isSameMinute(row, *next);
    return frame;
}

QString dayText(QDate day, QDate today) {
    if (day == today)
        return QCoreApplication::translate("Timeline", "Today");
    if (day.addDays(1) == today)
        return QCoreApplication::translate("Timeline", "Yesterday");
    const QString format = day.year() == today.year() ? QCoreApplication::translate("Timeline", "d MMMM")
                                                      : QCoreApplication::translate("Timeline", "d MMMM yyyy");
    return QLocale().toString(day, format);
}

} // namespace kith::ui
