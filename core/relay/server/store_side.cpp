// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/store_side.h"

#include "core/base/logging.h"

#include <QThread>

#include <iterator>

namespace kith::relay {
namespace {
constexpr std::size_t OperationsPerCommit = 256;
}

void StoreSide::submit(Batch batch, std::function<void(Batch, Result<void>)> done) {
    // Shared, because a queued function must be copyable and operations carry secrets that are not.
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(batch), std::move(done)});
    QMetaObject::invokeMethod(
        this,
        [this, waiting] {
            m_queue.push_back(std::move(*waiting));
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
            while (!m_queue.empty())
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
    if (m_queue.empty())
        return;
    std::vector<Waiting> turn;
    Batch all;
    while (!m_queue.empty() && (all.empty() || all.size() + m_queue.front().batch.size() <= OperationsPerCommit)) {
        Waiting& next = m_queue.front();
        std::move(next.batch.begin(), next.batch.end(), std::back_inserter(all));
        turn.push_back(std::move(next)); // its batch keeps its size, the operations come back below
        m_queue.pop_front();
    }
    const Result<void> done = m_store->execute(all);
    if (!done)
        qCWarning(log::relay) << "a commit failed:" << done.error().detail;
    auto from = all.begin();
    for (Waiting& each : turn) {
        for (Operation& operation : each.batch)
            operation = std::move(*from++);
        each.done(std::move(each.batch), done);
    }
    if (!m_queue.empty())
        schedule();
}

} // namespace kith::relay
