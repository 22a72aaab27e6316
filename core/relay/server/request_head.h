// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>

namespace kith::relay {

inline constexpr qsizetype RequestHeadMax = 8 * 1024;

/// What the first bytes of a connection ask for.
struct RequestHead {
    enum class Kind {
        Incomplete, ///< read on
        Get,
        Upgrade, ///< to a WebSocket that offers krp.v1
        Refused, ///< not what this port serves; `status` says why
    };
    Kind kind = Kind::Incomplete;
    int status = 0;  ///< HTTP status of a refusal
    QByteArray path; ///< without the query
};

/// Judges the head of an HTTP/1.1 request; consumes nothing. Refused: longer than 8 KiB (431), malformed or with a body
/// (400), another method (405), from a page in a browser (an Origin header, 403).
RequestHead readHead(const QByteArray& bytes);

} // namespace kith::relay
