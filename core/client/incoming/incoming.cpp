// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/incoming/incoming.h"

#include <algorithm>

namespace kith::client {

Result<void> IncomingHandlers::handle(store::Unit& unit, const Incoming& incoming) const {
    const auto handler = m_handlers.find(incoming.content.kind_case());
    INVARIANT(handler != m_handlers.end());
    return handler->second(unit, incoming);
}

bool IncomingHandlers::isComplete() const {
    const auto kinds = wire::contentKinds();
    return std::all_of(kinds.begin(), kinds.end(),
                       [this](const wire::ContentKind& each) { return m_handlers.contains(each.kind); });
}

} // namespace kith::client
