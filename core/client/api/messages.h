// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/client/api/command.h"

#include <QDate>
#include <QString>

#include <vector>

namespace kith::client {

enum class DeliveryState { None, Queued, Failed, Accepted, Delivered, Read };
enum class RowKind { Text, Gap };

/// What a message answers, as far as it is here.
struct Quote {
    std::int64_t seq = 0; ///< of its row
    QString text;         ///< its beginning
    friend bool operator==(const Quote&, const Quote&) = default;
};

struct TimelineRow {
    std::int64_t seq = 0;
    ConversationId conversation;
    AccountId sender;
    MessageId id;
    RowKind kind = RowKind::Text;
    QString text;
    WallTime sent;
    DeliveryState state = DeliveryState::None; ///< None for messages of others
    bool wrongClock = false;
    bool late = false; ///< something newer was there when it came
    std::optional<std::pair<AccountId, MessageId>> replyTo;
    std::optional<Quote> quote; ///< with replyTo; empty: that message is not here
    friend bool operator==(const TimelineRow&, const TimelineRow&) = default;
};

struct TimelinePage {
    std::int64_t snapshot = 0;
    std::vector<TimelineRow> rows; ///< oldest first
    std::optional<int> rowsBefore; ///< how many older ones there are; empty: that was not asked
    std::optional<int> rowsAfter;  ///< and newer ones
};

struct ConversationRow {
    ConversationId id;
    QString title;
    bool verified = false;
    int unread = 0;
    std::optional<TimelineRow> last;
    QString draft;
};

/// Why what was written in a conversation has not left yet.
struct WaitingRow {
    enum class Why {
        NoAnswer, ///< none of their relays can be reached
        NoRoom,   ///< their mailbox is full
        Busy,     ///< their relay answers, and takes nothing now: it slows us down, restarts, or its disk is full
    };
    ConversationId conversation;
    Why why = Why::NoAnswer;
    std::optional<WallTime> nextTry; ///< empty: nothing waits any more
};

struct MessageSent {
    MessageId id;
    DeliveryState state = DeliveryState::Queued;
};

namespace api {

/// How far a sent message must have come before its command is finished.
enum class WaitFor { Queued, Accepted, Delivered, Read };
template <>
struct Spelling<WaitFor> {
    static constexpr const char* words[] = {"queued", "accepted", "delivered", "read"};
};

/// What becomes of the draft of a conversation when a text is sent there.
enum class DraftThen { Kept, Removed };

struct Conversations {
    using Reply = std::vector<ConversationRow>; ///< newest first
    static constexpr Words words{"conversations", Needs::Profile, "all conversations, newest first"};
};
/// The newest rows, or those at one anchor. Invalid: more than one. NotFound: there is no such row.
struct History {
    using Reply = TimelinePage;
    static constexpr Words words{"history", Needs::Profile,
                                 "messages, oldest first: the newest, or those at one place"};
    ConversationId conversation;
    int limit = 50;
    std::optional<std::int64_t> before; ///< rows older than that one
    std::optional<std::int64_t> after;  ///< rows newer than that one
    std::optional<int> from;            ///< the rows from the one that has so many before it; else the newest
    std::optional<MessageId> around;    ///< this message, in the middle of its neighbours
    std::optional<AccountId> author;    ///< of that; without: anybody
    std::optional<QDate> date;          ///< the rows from the beginning of that day here; else the newest
    static constexpr auto fields() {
        return std::tuple(argument("conversation", &History::conversation), number("limit", &History::limit, 1, 500),
                          option("before", &History::before), option("after", &History::after),
                          option("around", &History::around), option("date", &History::date));
    }
};
struct SendText {
    using Reply = MessageSent;
    static constexpr Words words{"send", Needs::Network,
                                 "send a message; --wait queued, accepted (default), delivered or read"};
    ConversationId conversation;
    QString text;
    std::optional<MessageId> replyTo; ///< in this conversation, whoever wrote it; NotFound: there is none
    WaitFor wait = WaitFor::Accepted;
    DraftThen draft = DraftThen::Kept; ///< Removed: in the same commit; it stays when the text is refused
    std::optional<MessageId> id;       ///< the row appears under it with eventsAppended; drawn where it is not given
    static constexpr auto fields() {
        return std::tuple(argument("conversation", &SendText::conversation), argument("text", &SendText::text),
                          option("reply-to", &SendText::replyTo), option("wait", &SendText::wait));
    }
};
/// A message of ours that failed is sent again. NotFound: there is no such failed message.
struct Retry {
    using Reply = void;
    static constexpr Words words{"retry", Needs::Network, "send a message that failed again"};
    ConversationId conversation;
    MessageId id;
    static constexpr auto fields() {
        return std::tuple(argument("conversation", &Retry::conversation), argument("id", &Retry::id));
    }
};
/// Here only: others keep it. What still waits to be sent is not sent. NotFound; Duplicate: two people have such a one.
struct DeleteMessage {
    using Reply = void;
    static constexpr Words words{"delete", Needs::Profile, "delete a message on this device; --author says whose"};
    MessageId id;
    std::optional<AccountId> author;
    static constexpr auto fields() {
        return std::tuple(argument("id", &DeleteMessage::id), option("author", &DeleteMessage::author));
    }
};
struct MarkRead {
    using Reply = void;
    static constexpr Words words{"mark-read", Needs::Profile, "everything in it counts as read"};
    ConversationId conversation;
    std::int64_t seq = std::numeric_limits<std::int64_t>::max(); ///< up to this row
    static constexpr auto fields() { return std::tuple(argument("conversation", &MarkRead::conversation)); }
};
/// What is being written there; empty removes it. TooLarge over 1 MiB: the earlier one stays.
struct SetDraft {
    using Reply = void;
    static constexpr Words words{nullptr};
    ConversationId conversation;
    QString text;
};

using MessageCommands = List<Conversations, History, SendText, Retry, DeleteMessage, MarkRead, SetDraft>;

} // namespace api
} // namespace kith::client
