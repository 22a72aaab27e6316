// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "core/crypto/password_kdf.h"

#include <memory>

namespace kith::client {

struct LocalClientOptions {
    QString folder;      ///< of the profile
    QString programName; ///< who holds the lock, for people: "kith", "kith-cli"
    crypto::KdfParams kdf;
    bool dialLocal = false;     ///< dial private addresses that strangers name
    bool plainLoopback = false; ///< no TLS to loopback relays: load tests only
};

/// The Client over a profile on this machine. Hides three threads: the core (store, crypto, links), a reader (pages and
/// lists) and one for proofs of work. Thread: the caller's, which needs an event loop for the signals.
/// Destruction commits, closes links and joins the threads, 5 s at most.
class LocalClient final : public Client {
    Q_OBJECT
public:
    explicit LocalClient(LocalClientOptions options, QObject* parent = nullptr);
    ~LocalClient() override;

    RequestId run(api::Command command) override;

private:
    struct Threads;

    std::unique_ptr<Threads> m_threads;
    RequestId m_lastRequest = 0;
};

} // namespace kith::client
