// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/relay_server.h"

#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/base/scheduler.h"
#include "core/relay/server/io_side.h"
#include "core/relay/server/public_address.h"
#include "core/relay/server/store_side.h"

#include <QDeadlineTimer>
#include <QThread>

#include <algorithm>
#include <cstdlib>

namespace kith::relay {
namespace {

constexpr Millis StopPatience{5000};

void join(QThread& thread) {
    if (thread.wait(QDeadlineTimer(StopPatience)))
        return;
    qCCritical(log::relay) << "a thread did not stop in time";
    std::_Exit(EXIT_FAILURE); // everything that was answered is durable
}

} // namespace

struct RelayServer::Threads {
    explicit Threads(RelayConfig given)
        : config(std::move(given)) {}
    /// Sockets first; what they asked the store for is committed before its thread ends. The two sides go when nobody
    /// can post to them any more.
    ~Threads() {
        ioThread.quit();
        join(ioThread);
        if (store && storeThread.isRunning())
            store->finish();
        join(storeThread);
    }

    RelayConfig config;
    std::vector<ListenAddress> bound;
    wire::Endpoint publicEndpoint;
    SystemClock clock;
    QtScheduler home; ///< the caller's thread
    QThread ioThread;
    QThread storeThread;
    std::unique_ptr<StoreSide> store; ///< works on storeThread
    std::unique_ptr<IoSide> io;       ///< works on ioThread
};

RelayServer::RelayServer() = default;
RelayServer::~RelayServer() = default;

Result<std::unique_ptr<RelayServer>> RelayServer::start(RelayConfig config) {
    const bool loopbackOnly = std::all_of(config.listen.begin(), config.listen.end(),
                                          [](const ListenAddress& each) { return each.address.isLoopback(); });
    const bool forTests = config.security == PortSecurity::PlainLoopback || config.rates == RateLimits::Off;
    if (forTests && !loopbackOnly)
        return fail(Code::Invalid,
                    QStringLiteral("without TLS or rate limits a relay listens on loopback addresses only"));
    platform::raiseDescriptorLimit(); // before the acceptor looks at it
    std::unique_ptr<RelayServer> server(new RelayServer);
    server->m_threads = std::make_unique<Threads>(std::move(config));
    Threads& threads = *server->m_threads;

    MailStore& store = *threads.config.folder.store; // ours until its thread starts
    threads.store = std::make_unique<StoreSide>(std::move(threads.config.folder.store));
    // Sockets are bound here, where a failure has a caller; they move to their thread before the first connection.
    threads.io = std::make_unique<IoSide>(*threads.store, threads.config.folder.identity,
                                          IoSide::Options{threads.config.security, threads.config.rates});
    TRY_ASSIGN(threads.bound, threads.io->listen(threads.config.listen));
    const auto& given = threads.config.publicEndpoint;
    threads.publicEndpoint = given ? *given : guessedEndpoint(threads.bound.front());
    TRY_ASSIGN(crypto::SignedDescriptor descriptor,
               currentDescriptor(store, threads.config.folder.identity, threads.publicEndpoint, SystemClock().wall()));
    TRY(threads.io->begin(std::move(descriptor)));
    threads.store->moveToThread(&threads.storeThread);
    threads.io->moveToThread(&threads.ioThread);
    QObject::connect(threads.io.get(), &IoSide::memberJoined, server.get(), &RelayServer::memberJoined);
    // Sockets and timers end on their own thread.
    QObject::connect(&threads.ioThread, &QThread::finished, threads.io.get(), &IoSide::shutDown, Qt::DirectConnection);
    threads.storeThread.setObjectName(QStringLiteral("kith-relay-store"));
    threads.ioThread.setObjectName(QStringLiteral("kith-relay-io"));
    threads.storeThread.start();
    threads.ioThread.start();
    return server;
}

const std::vector<ListenAddress>& RelayServer::listening() const {
    return m_threads->bound;
}

const RelayIdentity& RelayServer::identity() const {
    return m_threads->config.folder.identity;
}

const wire::Endpoint& RelayServer::publicEndpoint() const {
    return m_threads->publicEndpoint;
}

void RelayServer::postToStore(std::function<std::function<void()>(RelayAdmin&)> work) {
    Threads* threads = m_threads.get();
    threads->store->post([work = std::move(work), threads](MailStore& store) {
        RelayAdmin admin(store, threads->config.folder.identity.relay, threads->publicEndpoint, threads->clock);
        threads->home.post(work(admin));
    });
}

void RelayServer::liveStatus(std::function<void(const LiveStatus&)> done) {
    QtScheduler* home = &m_threads->home;
    IoSide* io = m_threads->io.get();
    QMetaObject::invokeMethod(
        io, [io, home, done = std::move(done)] { home->post([done, status = io->status()] { done(status); }); },
        Qt::QueuedConnection);
}

void RelayServer::drain(Millis within, std::function<void()> done) {
    QtScheduler* home = &m_threads->home;
    IoSide* io = m_threads->io.get();
    QMetaObject::invokeMethod(
        io, [io, within, home, done = std::move(done)] { io->drain(within, [home, done] { home->post(done); }); },
        Qt::QueuedConnection);
}

} // namespace kith::relay
