// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace kith {

/// What a caller can do about a failure. Closed on purpose: a new cause picks one of these, its story goes to `detail`.
enum class Code {
    Unavailable, ///< in use, or not reachable now: try again later
    Timeout,     ///< no answer in the agreed time
    NotFound,    ///< no such thing
    Duplicate,   ///< it is there already
    Denied,      ///< wrong passphrase, or refused by the other side
    Untrusted,   ///< a key, pin or signature is not the expected one
    Invalid,     ///< malformed input, foreign file, newer schema
    TooLarge,    ///< over a documented limit
    Quota,       ///< the other side has no room for us
    Corrupt,     ///< a stored thing fails its own check
    Full,        ///< this disk is full
    Internal,    ///< our own bug
};

/// Why this computer refused, where a person can do something about it. Beside the code, which says what a program can
/// do. Closed on purpose.
enum class Cause {
    None,
    Permission,   ///< a file or folder belongs to somebody else, or its mode keeps us out
    ReadOnly,     ///< it lies on something that cannot be written to
    Exposed,      ///< others may change it, so it is not used
    PortInUse,    ///< another program listens there
    PortReserved, ///< the port is not for everybody
    NoSuchAddress ///< the address is none of this computer's
};

/// The name of a cause as it stands in JSON; empty for None.
QString causeName(Cause cause);

/// The name of a code as it stands in JSON and logs, for example "Denied".
QString codeName(Code code);

/// A failure as a value. `detail` is English, for logs and the command line: no user data, no key bytes.
struct Error {
    Code code = Code::Internal;
    QString detail;
    Cause cause = Cause::None;
    /// The disk under our own database failed, whatever was asked of it. Set by core/sqlite alone; everything else is
    /// about what was asked, so that a bad input can never pass for a bad disk.
    bool isStorage = false;
};

/// Stops the process with a message. For broken invariants of our own code only, never for input.
[[noreturn]] void invariantFailed(const char* condition, const char* file, int line);

} // namespace kith

/// Checked in every build, release too. Never for disk, network or user input.
#define INVARIANT(condition)                                                                                           \
    do {                                                                                                               \
        if (!(condition)) [[unlikely]]                                                                                 \
            ::kith::invariantFailed(#condition, __FILE__, __LINE__);                                                   \
    } while (false)
