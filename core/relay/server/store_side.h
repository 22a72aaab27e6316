// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/mail_store.h"

#include <QObject>

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace kith::relay {

/// The store and its thread's queue. Everything that arrives while a commit is under way is part of the next one, up to
/// 256 operations (group commit): the more load, the fewer commits an operation costs. Connections take turns: those of
/// one keep their order, and one that asks for much waits for its own, not everybody for it.
/// Thread: its own, after moveToThread; submit() and post() from any.
class StoreSide : public QObject {
    Q_OBJECT
public:
    using Batch = std::vector<Operation>;
    /// What was done, in the order in which it was done; an error means that nothing of it happened. On the store's
    /// thread.
    using Done = std::function<void(Batch, const Result<void>&)>;
    explicit StoreSide(std::unique_ptr<MailStore> store)
        : m_store(std::move(store)) {}

    /// Before the first submit().
    void setListener(Done done) { m_done = std::move(done); }
    void submit(Batch batch);
    /// Commits what is queued, then ends the thread.
    void finish();
    /// Runs between two batches.
    void post(std::function<void(MailStore&)> work);

private:
    void schedule();
    void runQueued();

    std::unique_ptr<MailStore> m_store;
    Done m_done;
    std::unordered_map<std::uint64_t, std::deque<Operation>> m_queues; ///< by connection; none is empty
    std::deque<std::uint64_t> m_turns;                                 ///< whose turn it is; each of m_queues once
    bool m_scheduled = false;
};

} // namespace kith::relay
