// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/wire/frame.h"

#include <deque>
#include <optional>

namespace kith::link::detail {

/// Which envelopes of one lease were delivered, committed and acknowledged. Turns single commits into
/// ACK{up_to_seq, also[]}. A value without I/O.
class AckBatch {
public:
    void begin(std::uint32_t epoch);
    /// False unless `seq` is above all delivered before, as PROTOCOL.md s7 promises.
    bool delivered(std::uint64_t seq);
    /// False when that seq was not delivered in this epoch and lease, or is committed already.
    bool committed(std::uint32_t epoch, std::uint64_t seq);
    /// Commits that no ACK told yet.
    std::size_t due() const { return m_due; }
    /// Delivered, and not in an ACK yet.
    std::size_t inFlight() const { return m_inFlight; }
    /// The next ACK; nothing when none is due.
    std::optional<wire::pb::Ack> take();

private:
    enum class Stage : std::uint8_t { Delivered, Committed, Told };
    struct Entry {
        std::uint64_t seq;
        Stage stage;
    };

    std::uint32_t m_epoch = 0;
    std::uint64_t m_upTo = 0;
    std::uint64_t m_highest = 0;
    std::size_t m_due = 0;
    std::size_t m_inFlight = 0;
    std::deque<Entry> m_entries; ///< ascending; begins at the first not yet covered by up_to
};

} // namespace kith::link::detail
