// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/local_client.h"

#include "core/base/logging.h"
#include "core/client/core_side.h"

#include <QDeadlineTimer>
#include <QThread>

#include <cstdlib>

namespace kith::client {
namespace {

constexpr Millis StopPatience{5000};

/// A thread with an event loop; functions posted to it run in order.
class ThreadWorker final : public Worker {
public:
    explicit ThreadWorker(const char* name) {
        m_thread.setObjectName(QLatin1String(name));
        m_context.moveToThread(&m_thread);
        m_thread.start();
    }
    /// Ends after everything posted so far.
    ~ThreadWorker() override {
        post([this] { m_thread.quit(); });
        join();
    }
    /// Waits for a thread that ends by itself. Everything told is durable already, so a thread that hangs loses
    /// nothing.
    void join() {
        if (m_thread.wait(QDeadlineTimer(StopPatience)))
            return;
        qCCritical(log::client) << "a thread did not stop in time";
        std::_Exit(EXIT_FAILURE);
    }
    void post(std::function<void()> work) override {
        QMetaObject::invokeMethod(&m_context, std::move(work), Qt::QueuedConnection);
    }
    void quit() { m_thread.quit(); }

private:
    QThread m_thread;
    QObject m_context;
};

} // namespace

struct LocalClient::Threads {
    Threads(LocalClient& owner, LocalClientOptions options)
        : heavy("kith-work")
        , reader("kith-reader")
        , core("kith-core") {
        Messenger::Listener listener;
        listener.eventsAppended = told(&owner, &LocalClient::eventsAppended);
        listener.connectionChanged = told(&owner, &LocalClient::connectionChanged);
        listener.waitingChanged = told(&owner, &LocalClient::waitingChanged);
        core.post([this, options = std::move(options), listener = std::move(listener)] {
            side = std::make_unique<CoreSide>(options, CoreSide::Workers{core, reader, heavy}, listener);
        });
    }
    /// The threads end once the profile is closed. What they still post home is dropped with it.
    ~Threads() {
        core.post([this] {
            side->close([this] {
                side.reset();
                core.quit();
            });
        });
        core.join();
    }
    /// Emits `signal` on the caller's thread.
    template <typename Value>
    std::function<void(const Value&)> told(LocalClient* owner, void (Client::*signal)(const Value&)) {
        return [this, owner, signal](const Value& value) {
            home.post([owner, signal, value] { (owner->*signal)(value); });
        };
    }

    QtScheduler home; ///< the caller's thread; destroyed last
    ThreadWorker heavy;
    ThreadWorker reader;
    std::unique_ptr<CoreSide> side; ///< used on the core thread only
    ThreadWorker core;
};

LocalClient::LocalClient(LocalClientOptions options, QObject* parent)
    : Client(parent)
    , m_threads(std::make_unique<Threads>(*this, std::move(options))) {
    qRegisterMetaType<EventBatch>();
    qRegisterMetaType<ConnectionRow>();
    qRegisterMetaType<WaitingRow>();
}

LocalClient::~LocalClient() = default;

RequestId LocalClient::run(api::Command command) {
    const RequestId request = ++m_lastRequest;
    Threads* threads = m_threads.get();
    // What nobody answers any more, because the profile was closed, is answered by its end.
    struct Once {
        explicit Once(std::function<void(Result<Reply>)> answer)
            : tell(std::move(answer)) {}
        ~Once() {
            if (tell)
                tell(fail(Code::Unavailable, QStringLiteral("the profile has been locked")));
        }
        Once(const Once&) = delete;
        Once& operator=(const Once&) = delete;
        std::function<void(Result<Reply>)> tell;
    };
    auto once = std::make_shared<Once>([this, threads, request](Result<Reply> result) {
        threads->home.post([this, request, result = std::move(result)] { Q_EMIT finished(request, result); });
    });
    threads->core.post([threads, command = std::make_shared<api::Command>(std::move(command)), once = std::move(once)] {
        threads->side->run(*command,
                           [once](Result<Reply> result) { std::exchange(once->tell, nullptr)(std::move(result)); });
    });
    return request;
}

} // namespace kith::client
