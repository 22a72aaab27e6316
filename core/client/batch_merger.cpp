// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/batch_merger.h"

namespace kith::client {

BatchMerger::BatchMerger(Scheduler& scheduler, std::function<void(EventBatch)> deliver)
    : m_deliver(std::move(deliver))
    , m_alarm(scheduler.alarm([this] { endWindow(); })) {}

void BatchMerger::add(const EventBatch& batch) {
    if (m_merged.lastSeq == 0)
        m_merged.firstSeq = batch.firstSeq;
    m_merged.lastSeq = batch.lastSeq;
    m_merged.changes.insert(m_merged.changes.end(), batch.changes.begin(), batch.changes.end());
    if (!m_alarm->isSet())
        m_alarm->set(Window);
    if (m_delivered < AtOnce || m_merged.changes.size() >= ChangesMax)
        flush();
}

void BatchMerger::flush() {
    ++m_delivered;
    m_deliver(std::exchange(m_merged, {}));
}

void BatchMerger::endWindow() {
    m_delivered = 0;
    if (m_merged.lastSeq == 0)
        return;
    flush();
    m_alarm->set(Window);
}

} // namespace kith::client
