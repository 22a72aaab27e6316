// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"

#include <QColor>
#include <QRectF>

class QPainter;

namespace kith::ui {

struct StateColours {
    QColor line;   ///< clock and ticks
    QColor read;   ///< the disc of a read message
    QColor failed; ///< the disc of a failed one
    QColor cutOut; ///< the sign on a disc
};

/// Draws how far a message came: a clock, one tick, two ticks, a filled disc with a tick, a filled disc with "!". Each
/// has a shape of its own, so that nobody has to tell colours apart. Paths, because no font has all of them.
void drawState(QPainter& painter, client::DeliveryState state, const QRectF& box, const StateColours& colours);

/// The same in words; empty for messages of others.
QString stateText(client::DeliveryState state);

} // namespace kith::ui
