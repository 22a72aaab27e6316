// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/admin/relay_admin.h"
#include "core/relay/server/acceptor.h"
#include "core/relay/server/live_status.h"

#include <QObject>

#include <functional>
#include <memory>

namespace kith::relay {

enum class PortSecurity { Tls, PlainLoopback };

/// Off for load tests: one machine then plays many customers. Refused unless every address is loopback.
enum class RateLimits { Enforced, Off };

struct RelayConfig {
    RelayFolder folder;
    std::vector<ListenAddress> listen;
    std::optional<wire::Endpoint> publicEndpoint; ///< for links and the descriptor; else guessed
    PortSecurity security = PortSecurity::Tls;    ///< PlainLoopback is refused unless every address is loopback
    RateLimits rates = RateLimits::Enforced; ///< token buckets of sockets and addresses; the folder has those of drops
};

/// A running relay: one I/O thread with the engine and all sockets, one store thread. Hides both.
/// Thread: the caller's; done-functions are called there. What a done-function is told is durable.
/// Destruction closes sockets, commits what is queued and joins the threads, 5 s at most.
class RelayServer : public QObject {
    Q_OBJECT
public:
    /// Listens before it returns. Unavailable: a port is in use; Denied: it may not be bound; Invalid: plain on a
    /// public address.
    static Result<std::unique_ptr<RelayServer>> start(RelayConfig config);
    ~RelayServer() override;

    const std::vector<ListenAddress>& listening() const;
    const RelayIdentity& identity() const;
    const wire::Endpoint& publicEndpoint() const;

    /// Runs an order on the store thread, between two batches; `done` takes what it returned.
    template <typename Order, typename Done>
    void order(Order order, Done done) {
        postToStore([order = std::move(order), done = std::move(done)](RelayAdmin& admin) -> std::function<void()> {
            return [done, answer = order(admin)] { done(answer); };
        });
    }
    void liveStatus(std::function<void(const LiveStatus&)> done);
    /// Says GOAWAY DRAIN, finishes commits, closes. `done` when no socket is left or `within` has passed.
    void drain(Millis within, std::function<void()> done);

Q_SIGNALS:
    void memberJoined();

private:
    struct Threads;
    RelayServer();
    void postToStore(std::function<std::function<void()>(RelayAdmin&)> work);

    std::unique_ptr<Threads> m_threads;
};

} // namespace kith::relay
