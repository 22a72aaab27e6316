// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/detail/ack_batch.h"

#include "core/wire/limits.h"

#include <algorithm>

namespace kith::link::detail {

void AckBatch::begin(std::uint32_t epoch) {
    *this = AckBatch();
    m_epoch = epoch;
}

bool AckBatch::delivered(std::uint64_t seq) {
    if (seq <= m_highest)
        return false;
    m_highest = seq;
    m_entries.push_back({seq, Stage::Delivered});
    ++m_inFlight;
    return true;
}

bool AckBatch::committed(std::uint32_t epoch, std::uint64_t seq) {
    if (epoch != m_epoch)
        return false;
    const auto found = std::lower_bound(m_entries.begin(), m_entries.end(), seq,
                                        [](const Entry& entry, std::uint64_t wanted) { return entry.seq < wanted; });
    if (found == m_entries.end() || found->seq != seq || found->stage != Stage::Delivered)
        return false;
    found->stage = Stage::Committed;
    ++m_due;
    return true;
}

std::optional<wire::pb::Ack> AckBatch::take() {
    if (m_due == 0)
        return std::nullopt;
    while (!m_entries.empty() && m_entries.front().stage != Stage::Delivered) {
        const Entry& first = m_entries.front();
        m_upTo = first.seq;
        if (first.stage == Stage::Committed) {
            --m_due;
            --m_inFlight;
        }
        m_entries.pop_front();
    }
    wire::pb::Ack ack;
    ack.set_epoch(m_epoch);
    ack.set_up_to_seq(m_upTo);
    for (Entry& entry : m_entries) {
        if (m_due == 0 || ack.also_size() == wire::limits::AckAlsoMax)
            break;
        if (entry.stage != Stage::Committed)
            continue;
        entry.stage = Stage::Told;
        ack.add_also(entry.seq);
        --m_due;
        --m_inFlight;
    }
    return ack;
}

} // namespace kith::link::detail
