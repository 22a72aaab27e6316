// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <QMetaType>
#include <QString>

#include <optional>
#include <variant>
#include <vector>

/// The values that cross between a Client and what shows it. Plain data: API.md says what each field means.
namespace kith::client {

/// Names one command until its finished().
using RequestId = std::uint64_t;

enum class DeliveryState { None, Queued, Failed, Accepted, Delivered, Read };
enum class RowKind { Text, Gap };
enum class ContactState { RequestSent, RequestReceived, Connected, Declined };

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
};

struct TimelinePage {
    std::int64_t snapshot = 0;
    std::vector<TimelineRow> rows; ///< oldest first
    std::optional<int> rowsBefore; ///< how many older ones there are; empty: that was not asked
    std::optional<int> rowsAfter;  ///< and newer ones
};

struct ContactRow {
    AccountId account;
    QString name;
    ContactState state = ContactState::Connected;
    bool verified = false;
    QString requestText;
    WallTime since;
};

struct ConversationRow {
    ConversationId id;
    QString title;
    bool verified = false;
    int unread = 0;
    std::optional<TimelineRow> last;
    QString draft;
};

/// How one home is doing; the words of cli.md's "connection" event.
struct ConnectionRow {
    RelayId relay;
    QString endpoint;
    QString state;  ///< "connecting", "live", "offline", "stopped"
    QString reason; ///< empty while all is well
    std::optional<WallTime> nextTry;
    bool isJoining = false; ///< not a home yet
};

/// A contact link of ours that can still be used.
struct LinkRow {
    DropId id;
    bool isReusable = false;
    WallTime expires;
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

struct ProfileCreated {
    AccountId account;
    QString safety;
    QString recoveryCode;
};
struct ProfileInfo {
    AccountId account;
    QString name;
    DeviceId device{};
    QString safety;
    std::vector<ConnectionRow> homes;
    std::int64_t queued = 0;                ///< outgoing items not yet accepted
    std::optional<ConversationId> lastOpen; ///< what setLastOpen() was told
};
struct Joined {
    std::optional<Error> notAsked; ///< the relay took us, but the contact in its invite could not be asked
};
struct ContactLinkText {
    QString link;
};
struct MessageSent {
    MessageId id;
    DeliveryState state = DeliveryState::Queued;
};
struct ContactAdded {
    AccountId account;
    QString name;
};
struct SafetyNumber {
    AccountId account;
    QString digits; ///< 60
    bool verified = false;
};
struct SyncReport {
    int received = 0;
    int sent = 0;
    std::int64_t queued = 0;
};

using Reply = std::variant<std::monostate, ProfileCreated, ProfileInfo, Joined, ContactLinkText, MessageSent,
                           ContactAdded, SafetyNumber, SyncReport, TimelinePage, std::vector<ContactRow>,
                           std::vector<ConversationRow>, std::vector<LinkRow>>;

/// What an event did to what is shown.
struct Change {
    enum class Kind {
        MessageAdded,   ///< row
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

Q_DECLARE_METATYPE(kith::client::ConnectionRow)
Q_DECLARE_METATYPE(kith::client::EventBatch)
Q_DECLARE_METATYPE(kith::client::WaitingRow)
