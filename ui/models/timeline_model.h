// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "ui/timeline/row_layout.h"

#include <QCache>
#include <QHash>
#include <QObject>

#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <variant>

namespace kith::ui {

class PeopleModel;

/// A window on one conversation: a stretch of its rows without holes, oldest first, and how many stand before and after
/// that. It grows at both ends by need(); goTo() and needAround() put another stretch in its place. Every loaded row's
/// RowInfo is held; its text only near what need() asked for. Pages and events are merged by row: what a page says of a
/// stretch of rows replaces what was known of them, and events that it does not know yet are applied again. So neither
/// the order in which answers arrive nor a lost event changes the result. Thread: GUI. Keeps references to the client
/// and the people.
class TimelineModel final : public QObject {
    Q_OBJECT
public:
    static constexpr int PageSize = 100;
    static constexpr int BodiesMax = 2'000;

    struct Setup {
        ConversationId conversation;
        int unread = 0; ///< of the conversation when it was opened
    };

    TimelineModel(client::Client& client, const PeopleModel& people, const Setup& setup, QObject* parent = nullptr);

    /// Asks for the newest rows, as many as are unread. reset() tells that they are there.
    void load();
    bool isLoaded() const { return m_loaded; }
    /// Rows that are not loaded: older than row 0, and newer than the last one. Right but for a few, 0 always.
    int rowsBefore() const { return m_before.rows; }
    int rowsAfter() const { return m_after.rows; }
    bool hasOlder() const { return m_before.rows > 0; }
    bool hasNewer() const { return m_after.rows > 0; }
    bool isGroup() const { return !contactOf(m_setup.conversation); }

    int size() const { return static_cast<int>(m_rows.size()); }
    const RowInfo& row(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    RowFrame frame(int row) const;
    QDate day(int row) const { return dateOf(this->row(row).day); }
    const AccountId& sender(int row) const { return m_senders[this->row(row).sender]; }
    const PeopleModel& people() const { return m_people; }
    /// Null while its text is elsewhere: need() fetches it, rowsChanged() tells. Valid until the next event.
    const client::TimelineRow* body(int row) const { return m_bodies.object(this->row(row).seq); }
    int indexOf(std::int64_t seq) const; ///< -1 when there is no such row

    /// The first row that was unread when the conversation was opened, or 0; stays until it is left.
    std::int64_t unreadSeq() const { return m_unreadSeq; }
    int unreadCount() const { return m_setup.unread; }

    /// What may be shown soon: fetches missing texts, and the next page when the first or the last row is among them.
    void need(int first, int last);
    /// What is shown is not loaded: the row that would be this one, counted from row 0 as all are. The next page is
    /// fetched if that holds it, or else the page around it, which then is all that is loaded: replaced() tells. Only
    /// the last wish counts; without a row none is left.
    void needAround(std::optional<int> row);

    struct Newest {
        friend bool operator==(const Newest&, const Newest&) = default;
    };
    using Message = std::pair<AccountId, MessageId>;
    /// A place of the conversation: its last row, the one that so many rows stand before, a message, or the first row
    /// of a day or after it.
    using Anchor = std::variant<Newest, int, Message, QDate>;
    /// found() tells where it is: at once when it is loaded, else once the stretch around it is. Only the last wish
    /// counts; without a place none is left.
    void goTo(const std::optional<Anchor>& anchor);

Q_SIGNALS:
    void reset();
    void leaving();           ///< replaced() follows; the rows are still there
    void replaced(int shift); ///< other rows are loaded: what was row r is, or would be, row r + shift
    void found(int row);      ///< what goTo() asked for; -1: it is not here
    void restChanged();       ///< rowsBefore() or rowsAfter() did, and no row
    void rowsInserted(int first, int count);
    void rowsRemoved(int first, int count);
    void rowsChanged(int first, int last);
    /// A message came that was not there when the conversation was opened; after rowsInserted(). Row -1: it stands
    /// below all that is loaded.
    void messageArrived(int row, const kith::client::TimelineRow& message);
    void loadFailed(const kith::Error& error);

private:
    static constexpr int FirstPageMax = 500; ///< API.md: limit <= 500
    static constexpr int SearchNear = 64;    ///< rows around the place where order would have one

    struct Request {
        enum class Kind { Newest, Before, After, Around };
        Kind kind = Kind::Newest;
        std::int64_t seq = 0; ///< of the row before or after which
        int limit = PageSize;
        bool again = false; ///< part of reading everything loaded once more
        std::optional<Anchor> anchor = {};
    };
    using Kind = Request::Kind;
    /// How many rows stand beyond an end of what is loaded, as of an event.
    struct Rest {
        int rows = 0;
        std::int64_t counted = 0;
    };

    void request(const Request& request);
    Request endingWith(int row) const;
    void askWanted();
    int rowOf(const Anchor& anchor) const;
    bool isLoaded(const Anchor& anchor) const;
    bool isGroundIn(const client::TimelinePage& page) const;
    void replace(const Request& request, const client::TimelinePage& page);
    void tellFound(int row);
    void onFinished(client::RequestId id, const Result<client::Reply>& result);
    void onEvents(const client::EventBatch& batch);
    void loadPage(const client::TimelinePage& page);
    void merge(const Request& request, const client::TimelinePage& page);
    int sharedStart(int end, const client::TimelinePage& page) const;
    int sharedEnd(int start, const client::TimelinePage& page) const;
    void removeUnlisted(int& at, int& end, int until, std::int64_t snapshot);
    void replay(std::int64_t snapshot);
    void apply(const client::Change& change, bool isNew);
    void add(const client::Change& change, bool isNew);
    void recheckGaps();
    bool update(int row, const client::TimelineRow& from);
    void findUnread();
    bool isAsked(int row) const;
    RowInfo infoOf(const client::TimelineRow& row);
    void keepBody(const client::TimelineRow& row);
    void refreshQuotes(const client::TimelineRow& original, const std::optional<client::Quote>& quote);
    void remove(const client::TimelineRow& row);

    client::Client& m_client;
    const PeopleModel& m_people;
    Setup m_setup;
    std::deque<RowInfo> m_rows;
    std::deque<RowInfo> m_opening; ///< until all of them are there that are shown at first
    Rest m_before;
    Rest m_after;
    std::optional<int> m_ground;    ///< the row of the whole conversation that needAround() asked for
    std::optional<Anchor> m_target; ///< of goTo(); goes first
    std::vector<AccountId> m_senders;
    QCache<std::int64_t, client::TimelineRow> m_bodies{BodiesMax};
    std::set<std::tuple<AccountId, MessageId, std::int64_t>> m_replies; ///< to whose message which loaded ones are
    std::map<client::RequestId, Request> m_requests;
    std::vector<client::EventBatch> m_journal;     ///< what came while answers are under way
    QHash<std::int64_t, std::int64_t> m_snapshots; ///< of rows from pages that are ahead of the events
    LocalDays m_days;
    std::int64_t m_known = 0; ///< the last event that was applied
    std::int64_t m_unreadSeq = 0;
    bool m_loaded = false;
};

} // namespace kith::ui
