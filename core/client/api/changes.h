// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/messages.h"
#include "core/client/api/people.h"

namespace kith::client {

/// What an event did to what is shown.
struct Change {
    enum class Kind {
        MessageAdded,   ///< row
        MessageRemoved, ///< row says which; it has no text any more
        MessageChanged, ///< row's state, or that it is gone (a closed gap): then row is empty
        ContactChanged,
        RequestReceived,
        Unreadable, ///< something arrived that nobody can read; it was asked for again where that helps
        Read,
        Reordered, ///< rows stand elsewhere now: the own clock had been wrong, or one is sent again
    };
    Kind kind = Kind::MessageAdded;
    std::int64_t seq = 0;
    ConversationId conversation;
    std::optional<TimelineRow> row;
    std::optional<ContactRow> contact;
};

/// A run of events. A view drops changes with seq <= its snapshot and asks again when firstSeq > known + 1.
struct EventBatch {
    std::int64_t firstSeq = 0;
    std::int64_t lastSeq = 0;
    std::vector<Change> changes;
};

} // namespace kith::client
