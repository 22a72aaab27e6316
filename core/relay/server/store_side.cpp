// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/store_side.h"

#include <QThread>

namespace kith::relay {
namespace {
constexpr std::size_t OperationsPerCommit = 256;
}

void StoreSide::submit(Batch batch) {
    // Shared, because a queued function must be copyable and operations carry secrets that are not.
    auto waiting = std::make_shared<Batch>(std::move(batch));
    QMetaObject::invokeMethod(
        this,
        [this, waiting] {
            for (Operation& operation : *waiting) {
                const std::uint64_t connection = operation.connection;
                std::deque<Operation>& queue = m_queues[connection];
                if (queue.empty())
                    m_turns.push_back(connection);
                queue.push_back(std::move(operation));
            }
            schedule();
        },
        Qt::QueuedConnection);
}

void StoreSide::post(std::function<void(MailStore&)> work) {
    QMetaObject::invokeMethod(
        this, [this, work = std::move(work)] { work(*m_store); }, Qt::QueuedConnection);
}

void StoreSide::finish() {
    QMetaObject::invokeMethod(
        this,
        [this] {
            while (!m_turns.empty())
                runQueued();
            thread()->quit();
        },
        Qt::QueuedConnection);
}

void StoreSide::schedule() {
    if (m_scheduled)
        return;
    m_scheduled = true;
    // Behind everything that other threads have queued by now: all of it makes one commit.
    QMetaObject::invokeMethod(
        this, [this] { runQueued(); }, Qt::QueuedConnection);
}

void StoreSide::runQueued() {
    m_scheduled = false;
    if (m_turns.empty())
        return;
    Batch batch;
    while (!m_turns.empty() && batch.size() < OperationsPerCommit) {
        const auto next = m_queues.find(m_turns.front());
        m_turns.pop_front();
        batch.push_back(std::move(next->second.front()));
        next->second.pop_front();
        if (next->second.empty())
            m_queues.erase(next);
        else
            m_turns.push_back(next->first);
    }
    const Result<void> done = m_store->execute(batch);
    m_done(std::move(batch), done);
    if (!m_turns.empty())
        schedule();
}

} // namespace kith::relay
