// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/error.h"
#include "core/crypto/hash.h"
#include "core/link/dial_policy.h"

#include <QByteArray>

#include <memory>

namespace kith::link {

/// The two kinds of socket (PROTOCOL.md s2): one receives and manages, the other sends and must not be linkable to it.
enum class Channel { Authenticated, Anonymous };

/// "/krp/v1/ws" or "/krp/v1/drop".
QString pathOf(Channel channel);

struct TransportEnd {
    Code code = Code::Unavailable; ///< Unavailable (TLS failures too), Timeout, Denied (policy), TooLarge or Invalid
    std::uint16_t closeCode = 0;   ///< the WebSocket close code the peer sent (wire::CloseCode), else 0
    QString detail;
};

/// What happens on a Transport. closed() comes exactly once after open() and is the last; opened() at most once, before
/// any message. A listener may call its transport and may destroy it from inside a callback.
class TransportListener {
public:
    /// `leafPin`: SHA-256 of the SPKI of the TLS leaf that was seen, not yet judged; all zero on a plain connection.
    virtual void transportOpened(const crypto::Hash32& leafPin) = 0;
    virtual void transportReceived(const QByteArray& message) = 0;
    virtual void transportClosed(const TransportEnd& end) = 0;

protected:
    ~TransportListener() = default;
};

/// One message-oriented connection to somebody not yet verified; used once. Hides sockets, TLS and the WebSocket.
/// Thread: the core thread. No callback comes from inside a call of the same object: always from a later turn of the
/// event loop. Destroying it drops the connection and ends all callbacks.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void open(const wire::Endpoint& endpoint, Channel channel, DialPolicy policy) = 0;
    /// Messages larger than this close the connection (TooLarge). limits::HandshakeFrameMax until it is raised.
    virtual void setMessageMax(std::size_t bytes) = 0;
    /// One binary message; dropped unless open.
    virtual void send(const QByteArray& message) = 0;
    /// Sends what is queued, then says goodbye; closed() follows. May be destroyed right after: the goodbye goes on.
    virtual void close() = 0;
    /// Bytes accepted by send() that the system has not taken yet.
    virtual std::size_t unsentBytes() const = 0;
};

class TransportFactory {
public:
    virtual ~TransportFactory() = default;
    virtual std::unique_ptr<Transport> create(TransportListener& listener) = 0;
};

} // namespace kith::link
