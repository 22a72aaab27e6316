// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/row_layout.h"

#include "ui/theme.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <cstdlib>

namespace kith::ui {
namespace {

constexpr std::int64_t CollapseWithin_ms = 3 * 60 * 1000;

bool join(const RowInfo& upper, const RowInfo& lower, const LocalDays& days) {
    return upper.sender == lower.sender && upper.isGap() == lower.isGap() &&
           std::abs(lower.sent_ms - upper.sent_ms) < CollapseWithin_ms &&
           days.of(upper.sent_ms) == days.of(lower.sent_ms);
}

} // namespace

QDate LocalDays::of(std::int64_t sent_ms) const {
    if (sent_ms < m_start_ms || sent_ms >= m_end_ms) {
        m_day = QDateTime::fromMSecsSinceEpoch(sent_ms).date();
        m_start_ms = m_day.startOfDay().toMSecsSinceEpoch();
        m_end_ms = m_day.addDays(1).startOfDay().toMSecsSinceEpoch();
    }
    return m_day;
}

int RowFrame::headerHeight(const Metrics& metrics) const {
    const int separators = (daySeparator ? metrics.dayRow : 0) + (unreadMarker ? metrics.dayRow : 0);
    // A separator brings its own distance to what is above it.
    return separators + (separators > 0 || joinsPrevious ? Metrics::GroupGap : Metrics::RowGap);
}

RowFrame frameOf(const RowInfo* previous, const RowInfo& row, const RowInfo* next, std::int64_t unreadSeq,
                 const LocalDays& days) {
    RowFrame frame;
    frame.daySeparator = previous == nullptr || days.of(previous->sent_ms) != days.of(row.sent_ms);
    frame.unreadMarker = unreadSeq != 0 && row.seq == unreadSeq;
    frame.joinsPrevious = previous != nullptr && !frame.unreadMarker && join(*previous, row, days);
    frame.joinsNext = next != nullptr && (unreadSeq == 0 || next->seq != unreadSeq) && join(row, *next, days);
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
