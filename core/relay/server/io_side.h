// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/relay/engine/relay_engine.h"
#include "core/relay/server/relay_server.h"
#include "core/relay/server/store_side.h"

#include <QTimer>

#include <unordered_set>

class QWebSocket;

namespace kith::relay {

/// The sockets of a relay and the engine between them and the store. All frames read in one turn of the event loop make
/// one batch for the store. Thread: the I/O thread; made and bound before it is moved there.
class IoSide : public QObject {
    Q_OBJECT
public:
    struct Options {
        PortSecurity security = PortSecurity::Tls;
        RateLimits rates = RateLimits::Enforced;
    };
    IoSide(StoreSide& store, const RelayIdentity& identity, Options options);
    ~IoSide() override;

    Result<std::vector<ListenAddress>> listen(const std::vector<ListenAddress>& addresses);
    Result<void> begin(crypto::SignedDescriptor descriptor);
    LiveStatus status() const;
    /// Goodbyes, then what is under way in the store, then closes. `done` when every socket is closed, at the latest
    /// after `within`.
    void drain(Millis within, std::function<void()> done);

public Q_SLOTS:
    /// Drops all sockets and timers, on their own thread.
    void shutDown();

Q_SIGNALS:
    void memberJoined();

private:
    struct Customer {
        QWebSocket* socket = nullptr;
        SocketWatch* watch = nullptr; ///< a child of the socket
        SteadyTime lastHeard;
        SocketKind kind = SocketKind::Anonymous;
        std::size_t unread = 0; ///< its part of m_unread
    };

    void onOpened(QWebSocket* socket, SocketWatch* watch, SocketKind kind, const QByteArray& addressKey);
    void onArrived(ConnectionId id);
    void noteUnread(Customer& customer, std::size_t bytes);
    void onMessage(ConnectionId id, const QByteArray& message);
    void onGone(ConnectionId id);
    void heard(ConnectionId id);
    /// Says why, and does not wait long for a peer that does not want to hear it.
    static void close(QWebSocket& socket, wire::CloseCode code);
    HttpAnswer get(const QByteArray& path) const;

    Now now() const { return {m_clock.wall(), m_clock.steady()}; }
    /// Carries out what the engine said.
    void apply();
    void scheduleTurnEnd();
    void endTurn();
    void submit();
    void onStored(StoreSide::Batch batch, const Result<void>& done);
    void onTick();
    void onPing();
    void checkDrained();

    StoreSide& m_store;
    const RelayIdentity& m_identity;
    Options m_options;
    SystemClock m_clock;
    SystemRandom m_random;
    std::unique_ptr<Acceptor> m_acceptor;
    std::unique_ptr<RelayEngine> m_engine;
    Effects m_effects;
    std::unordered_map<ConnectionId, Customer> m_customers;
    std::size_t m_unread = 0;                   ///< that anonymous sockets have begun to send
    std::unordered_set<ConnectionId> m_written; ///< told the engine at the end of the turn
    std::uint64_t m_lastConnection = 0;
    bool m_turnEndPosted = false;
    bool m_someHaveGone = false; ///< since memory was last given back
    bool m_storeWorks = true;
    SteadyTime m_started;
    std::unique_ptr<QTimer> m_tick;
    std::unique_ptr<QTimer> m_ping;
    std::function<void()> m_drained;
    bool m_closingAll = false;
};

} // namespace kith::relay
