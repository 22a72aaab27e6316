// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/scheduler.h"
#include "core/client/api/changes.h"

namespace kith::client {

/// Keeps bursts of events away from a window: a few batches go on at once, so that a lively chat is not held up; what
/// comes beyond them within 16 ms goes on together at its end, or when 256 changes are waiting. Nothing is reordered or
/// dropped. 0 % CPU while nothing comes. Thread: its scheduler's.
class BatchMerger {
public:
    static constexpr Millis Window{16};
    static constexpr int AtOnce = 4;
    static constexpr std::size_t ChangesMax = 256;

    BatchMerger(Scheduler& scheduler, std::function<void(EventBatch)> deliver);
    void add(const EventBatch& batch);

private:
    void flush();
    void endWindow();

    std::function<void(EventBatch)> m_deliver;
    EventBatch m_merged;
    int m_delivered = 0; ///< batches in this window
    std::unique_ptr<Alarm> m_alarm;
};

} // namespace kith::client
