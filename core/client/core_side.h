// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/batch_merger.h"
#include "core/client/handlers/handlers.h"
#include "core/client/local_client.h"
#include "core/client/messenger.h"
#include "core/link/websocket_transport.h"

#include <tuple>

namespace kith::client {

/// The profile of a LocalClient, open or not, and the handlers of its commands. Thread: the core thread, where it is
/// made and destroyed; `reader` and `heavy` are the two others.
class CoreSide {
public:
    struct Workers {
        Worker& core;
        Worker& reader;
        Worker& heavy;
    };
    CoreSide(LocalClientOptions options, Workers workers, Messenger::Listener listener);
    ~CoreSide();
    CoreSide(const CoreSide&) = delete;
    CoreSide& operator=(const CoreSide&) = delete;

    /// `tell` is called once, now or later; never when the profile is closed before.
    void run(api::Command& command, std::function<void(Result<Reply>)> tell);

    // For the handlers
    Messenger& messenger() { return *m_messenger; } ///< of an unlocked profile
    Result<ProfileCreated> create(const QString& name, ByteView passphrase);
    Result<ProfileInfo> open(ByteView passphrase);
    /// Links closed, pump idle, store closed, keys wiped; then `done`.
    void close(std::function<void()> done);
    /// Runs `query` on the reader thread, after everything told so far is committed.
    template <typename T>
    void read(std::function<void(Result<T>)> answer, std::function<Result<T>(sqlite::Database&)> query) {
        m_messenger->store().commitNow(); // what was told before this query must be seen by it
        m_workers.reader.post(
            [query = std::move(query), answer = std::move(answer), db = m_readerDb] { answer(query(**db)); });
    }

private:
    Messenger::Environment environment();
    void drop();
    template <typename Command>
    Handles<Command>& handlerOf();

    LocalClientOptions m_options;
    store::ProfilePaths m_paths;
    Workers m_workers;
    Messenger::Listener m_listener;
    SystemClock m_clock;
    SystemRandom m_random;
    QtScheduler m_scheduler;
    link::WebSocketTransportFactory m_transports;
    BatchMerger m_merger;
    std::unique_ptr<Messenger> m_messenger;                      ///< null while the profile is locked
    std::unique_ptr<Messenger> m_closing;                        ///< says goodbye
    std::shared_ptr<std::optional<sqlite::Database>> m_readerDb; ///< used on the reader thread only
    std::unique_ptr<Alarm> m_goodbye;
    std::vector<std::function<void()>> m_whenClosed;
    std::tuple<std::unique_ptr<ProfileHandlers>, std::unique_ptr<RelayHandlers>, std::unique_ptr<PeopleHandlers>,
               std::unique_ptr<MessageHandlers>>
        m_handlers;
};

} // namespace kith::client
