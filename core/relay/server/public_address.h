// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/server/acceptor.h"
#include "core/wire/link.h"

namespace kith::relay {

/// How others reach a relay that listens on `bound` when the operator has not said so: the address it listens on, or
/// for "all addresses" the one of the default route, else 127.0.0.1. Sends nothing.
wire::Endpoint guessedEndpoint(const ListenAddress& bound);

} // namespace kith::relay
