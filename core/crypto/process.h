// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace kith::crypto {

/// Call first in main(), before anything uses OpenSSL: it then stays usable until the process is gone. Its own exit
/// handler would free what threads that are just ending still need: a joined QThread has left its event loop, but its
/// thread-local OpenSSL state is cleaned up a moment later, and a program that ended in this moment crashed.
void prepareProcess();

} // namespace kith::crypto
