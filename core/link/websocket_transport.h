// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/scheduler.h"
#include "core/link/transport.h"

namespace kith::link {

/// What to do with loopback endpoints: load tests of many thousand sockets on one machine go without TLS.
enum class LoopbackTls { Required, Off };

struct WebSocketOptions {
    Millis connectTimeout{3'000}; ///< look-up, TCP, TLS and upgrade together (PROTOCOL.md s9.1)
    LoopbackTls loopbackTls = LoopbackTls::Required;
};

/// Connections over QWebSocket, TLS 1.3 only. No certificate authority is asked and no name is checked: the relay key
/// signs the leaf's pin in HELLO_OK, which RelayConnection verifies (PROTOCOL.md s2). Sessions are never resumed,
/// proxies never looked up. A public name that resolves to a local address is refused under DialPolicy::PublicOnly.
/// Thread: the core thread, which needs a Qt event loop. Borrows the scheduler, which outlives all its transports.
class WebSocketTransportFactory final : public TransportFactory {
public:
    explicit WebSocketTransportFactory(Scheduler& scheduler, WebSocketOptions options = {});
    std::unique_ptr<Transport> create(TransportListener& listener) override;

private:
    Scheduler& m_scheduler;
    WebSocketOptions m_options;
};

} // namespace kith::link
