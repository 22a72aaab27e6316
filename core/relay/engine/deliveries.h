// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/switchboard.h"

namespace kith::relay {

/// Pushes mail and events to the devices that are logged in, within window and socket (PROTOCOL.md s6 "Deliver").
/// An item that is durable and next in order goes out straight from the send; everything else is fetched. Results come
/// in the order in which the store worked, so nothing can be missed between the two. Private to core/relay/engine.
class Deliveries {
public:
    explicit Deliveries(Switchboard& board)
        : m_board(board) {}

    /// Registers the connection's session; an older one of the same device is told REPLACED and closed.
    void begin(Connection& connection);
    void end(Connection& connection);

    /// After the commit of a send.
    void offer(EnqueueItems& sent);
    void fetched(Connection* connection, FetchItems& op);
    /// The store failed: looked for again by resumeAll().
    void fetchFailed(Connection* connection);
    void acknowledge(Connection& connection, const pb::Ack& ack);
    /// Fetches where there is room: for a connection that has begun or whose socket has taken bytes, or for all.
    void resume(Connection& connection);
    void resumeAll();
    bool hasWaiting() const { return m_hasWaiting; }

    /// To all sessions of the account but `except`.
    void announce(AccountRef account, const pb::Event& event, const Connection* except = nullptr);
    void announceTo(MailboxId mailbox, const pb::Event& event);
    void quotaHit(AccountRef account, const DropId& drop, bool isCleared);
    void adopted(const Adoption& adoption, const Connection* by);
    void closeRemoved(const std::vector<MailboxId>& mailboxes, const pb::Signed* manifest);
    /// The other sessions of an account whose epochs were renewed have to log in again.
    void closeOthers(const Connection& connection);
    /// Once a day: a device that is connected is not idle.
    void touchAll();

    /// Sends what was collected. At the end of every turn.
    void flush();

private:
    Connection* at(MailboxId mailbox);
    bool hasRoom(const Connection& connection, std::uint64_t bytes) const;
    void collect(Connection& connection, pb::Envelope&& envelope);
    void flush(Connection& connection);
    void fetchMore(Connection& connection);

    Switchboard& m_board;
    std::unordered_map<MailboxId, Connection*> m_byMailbox;
    std::unordered_map<AccountRef, std::vector<Connection*>> m_byAccount;
    std::vector<Connection*> m_filling; ///< with something to flush
    bool m_hasWaiting = false;
};

} // namespace kith::relay
