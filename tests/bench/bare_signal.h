// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace kith::bench {

struct Rates {
    double encrypt = 0; ///< messages per CPU second of the calling thread
    double decrypt = 0;
};

/// libsignal called directly over maps in memory, with the same cryptography provider: what the library itself costs.
/// 256-byte messages in one direction of a session that both sides have answered.
Rates bareLibrary(int messages);

} // namespace kith::bench
