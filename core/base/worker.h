// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>

namespace kith {

/// A thread that somebody else owns, seen as a place to run functions, in order. Whoever creates threads
/// (app/composition, client/local_client, relay/server) hands it out; everybody else only posts.
class Worker {
public:
    virtual ~Worker() = default;
    virtual void post(std::function<void()> work) = 0;
};

/// Runs at once on the caller's thread: for tests and for command-line tools that have nothing else to do.
class InlineWorker final : public Worker {
public:
    void post(std::function<void()> work) override { work(); }
};

} // namespace kith
