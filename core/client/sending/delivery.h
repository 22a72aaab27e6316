// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"
#include "core/client/core.h"
#include "core/link/drop_link.h"
#include "core/store/peers/peers.h"
#include "core/store/sending/outbox.h"

#include <atomic>

namespace kith::client {

/// One frozen outbox row on its way: to each home of the recipient in turn, always the same bytes, with proof of work
/// where a front door asks for it and the manifest where a home has not seen it, until one of them has the message or
/// none is left (PROTOCOL.md s6 "Send"). Ends in one call of `done`, from the event loop, which may destroy this;
/// destroyed before, it says nothing. Thread: the core thread.
class Delivery {
public:
    struct Outcome {
        enum class Kind {
            Accepted, ///< a home has it, durably
            Denied,   ///< every home says that there is no such drop
            Refused,  ///< no home will ever take these bytes
            Changed,  ///< `manifest` is newer than the one that the items were made for
            Later,    ///< nobody took it now
        };
        Kind kind = Kind::Later;
        Millis retryAfter{0};
        std::optional<crypto::SignedManifest> manifest;
        WaitingRow::Why why = WaitingRow::Why::NoAnswer; ///< Later
    };

    Delivery(Core& core, link::DropLink& drops, store::OutboxRow row, store::PeerDrop drop,
             std::vector<link::RelayAddress> homes, std::function<void(const Outcome&)> done);
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    void start();
    const store::OutboxRow& row() const { return m_row; }

private:
    void tryHome();
    void nextHome();
    void solvePow(const link::Greeting& greeting);
    void send();
    void onReply(const Result<link::Reply>& reply);
    void onDevicesChanged(const wire::pb::Error& error);
    void onPowRequired(std::uint32_t bits);
    void end(const Outcome& outcome);

    Core& m_core;
    link::DropLink& m_drops;
    store::OutboxRow m_row;
    store::PeerDrop m_drop;
    std::vector<link::RelayAddress> m_homes;
    std::function<void(const Outcome&)> m_done;

    std::size_t m_home = 0;
    std::size_t m_denials = 0;
    Millis m_retryAfter{0};
    WaitingRow::Why m_why = WaitingRow::Why::NoAnswer;
    bool m_attachManifest = false;
    std::uint32_t m_powBits = 0;
    std::optional<std::uint64_t> m_pow;
    std::shared_ptr<std::atomic<bool>> m_gone; ///< for what comes back after the end of this
};

} // namespace kith::client
