// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/transport.h"

namespace kith::link {

QString pathOf(Channel channel) {
    switch (channel) {
    case Channel::Authenticated:
        return QStringLiteral("/krp/v1/ws");
    case Channel::Anonymous:
        return QStringLiteral("/krp/v1/drop");
    }
    return {};
}

} // namespace kith::link
