// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/mail_store.h"

#include <QObject>

#include <deque>
#include <functional>
#include <memory>

namespace kith::relay {

/// The store and its thread's queue. Everything that arrives while a commit is under way is part of the next one, up to
/// 256 operations (group commit): the more load, the fewer commits an operation costs.
/// Thread: its own, after moveToThread; submit() and post() from any.
class StoreSide : public QObject {
    Q_OBJECT
public:
    using Batch = std::vector<Operation>;
    explicit StoreSide(std::unique_ptr<MailStore> store)
        : m_store(std::move(store)) {}

    /// `done` runs on the store's thread with the same operations; an error means nothing of the batch happened.
    void submit(Batch batch, std::function<void(Batch, Result<void>)> done);
    /// Commits what is queued, then ends the thread.
    void finish();
    /// Runs between two batches.
    void post(std::function<void(MailStore&)> work);

private:
    struct Waiting {
        Batch batch;
        std::function<void(Batch, Result<void>)> done;
    };
    void schedule();
    void runQueued();

    std::unique_ptr<MailStore> m_store;
    std::deque<Waiting> m_queue;
    bool m_scheduled = false;
};

} // namespace kith::relay
