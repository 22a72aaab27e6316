// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDate>

#include <cstdint>

namespace kith::ui {

struct Metrics;

/// What is known of every loaded row of a conversation, with its text or without: enough to guess its height. 24 bytes.
struct RowInfo {
    enum Flag : std::uint16_t { Own = 1, Gap = 2, WrongClock = 4, Late = 8, Reply = 16 };

    std::int64_t seq = 0; ///< of the event that made it: its name
    std::int64_t sent_ms = 0;
    std::uint16_t textLength = 0; ///< a message has at most 56 KiB
    std::uint16_t sender = 0;     ///< index into the model's senders
    std::uint16_t day = 0;        ///< since 1970, local
    std::uint16_t state : 4 = 0;  ///< client::DeliveryState
    std::uint16_t flags : 12 = 0;

    bool isOwn() const { return (flags & Own) != 0; }
    bool isGap() const { return (flags & Gap) != 0; }
};

/// The local day of a time, for RowInfo. Mostly that of the last call, which is kept: asking the time zone is slow.
class LocalDays {
public:
    std::uint16_t of(std::int64_t sent_ms);

private:
    std::uint16_t m_day = 0;
    std::int64_t m_start = 0; ///< milliseconds
    std::int64_t m_end = 0;
};
QDate dateOf(std::uint16_t day);

/// What stands around the bubble of a row; depends on its neighbours only.
struct RowFrame {
    bool daySeparator = false; ///< above the row
    bool unreadMarker = false; ///< above the row, below the day
    bool joinsPrevious = false;
    bool joinsNext = false;
    bool timeIsBelow = false; ///< the next row joins it and shows the same minute

    /// From the row's upper edge to its bubble's.
    int headerHeight(const Metrics& metrics) const;
    friend bool operator==(const RowFrame&, const RowFrame&) = default;
};

/// Rows join when they are of one author and one day, less than three minutes apart, and nothing stands between them.
/// `previous` and `next` may be null. `unreadSeq` is the row with the unread marker, or 0.
RowFrame frameOf(const RowInfo* previous, const RowInfo& row, const RowInfo* next, std::int64_t unreadSeq);

/// "Today", "Yesterday", "12 March", and the year when it is another one.
QString dayText(QDate day, QDate today);

} // namespace kith::ui
