// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "ui/timeline/row_layout.h"

#include <QCache>
#include <QHash>
#include <QObject>

#include <deque>
#include <functional>
#include <map>

namespace kith::ui {

/// One conversation as rows, oldest first: from its oldest loaded row to its newest, without holes. Every loaded row's
/// RowInfo is held; its text only near what need() asked for. Pages and events are merged by row: what a page says of a
/// stretch of rows replaces what was known of them, and events that it does not know yet are applied again. So neither
/// the order in which answers arrive nor a lost event changes the result. Thread: GUI. Keeps a reference to the client.
class TimelineModel final : public QObject {
    Q_OBJECT
public:
    static constexpr int PageSize = 100;
    static constexpr int BodiesMax = 2'000;

    struct Setup {
        ConversationId conversation;
        AccountId self;
        int unread = 0; ///< of the conversation when it was opened
        std::function<QString(const AccountId&)> nameOf;
    };

    TimelineModel(client::Client& client, Setup setup, QObject* parent = nullptr);

    /// Asks for the newest rows, as many as are unread. reset() tells that they are there.
    void load();
    bool isLoaded() const { return m_loaded; }
    /// There are older rows than row 0.
    bool hasOlder() const { return m_hasOlder; }
    bool isGroup() const { return !contactOf(m_setup.conversation); }

    int size() const { return static_cast<int>(m_rows.size()); }
    const RowInfo& row(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    RowFrame frame(int row) const;
    QDate day(int row) const { return dateOf(this->row(row).day); }
    const AccountId& sender(int row) const { return m_senders[this->row(row).sender]; }
    QString senderName(int row) const;
    /// Null while its text is elsewhere: need() fetches it, rowsChanged() tells. Valid until the next event.
    const client::TimelineRow* body(int row) const { return m_bodies.object(this->row(row).seq); }
    int indexOf(std::int64_t seq) const; ///< -1 when there is no such row

    /// The first row that was unread when the conversation was opened, or 0; stays until it is left.
    std::int64_t unreadSeq() const { return m_unreadSeq; }
    int unreadCount() const { return m_setup.unread; }

    /// What may be shown soon: fetches missing texts, and an older page when row 0 is among them.
    void need(int first, int last);

Q_SIGNALS:
    void reset();
    void rowsInserted(int first, int count);
    void rowsRemoved(int first, int count);
    void rowsChanged(int first, int last);
    /// A message came that was not there when the conversation was opened; after rowsInserted().
    void messageArrived(int row);
    void loadFailed(const kith::Error& error);

private:
    struct Request {
        std::int64_t before = 0; ///< 0: the newest rows
        int limit = PageSize;
        bool again = false; ///< part of reading everything loaded once more
    };

    void request(const Request& request);
    void onFinished(client::RequestId id, const Result<client::Reply>& result);
    void onEvents(const client::EventBatch& batch);
    void loadPage(const client::TimelinePage& page);
    void merge(const Request& request, const client::TimelinePage& page);
    int sharedStart(int end, const client::TimelinePage& page) const;
    void removeUnlisted(int& at, int& end, int until, std::int64_t snapshot);
    void replay(std::int64_t snapshot);
    void apply(const client::Change& change, bool isNew);
    void add(const client::TimelineRow& row, bool isNew);
    void recheckGaps();
    bool update(int row, const client::TimelineRow& from);
    void findUnread();
    bool isAsked(int row) const;
    RowInfo infoOf(const client::TimelineRow& row);
    void keepBody(const client::TimelineRow& row);

    client::Client& m_client;
    Setup m_setup;
    std::deque<RowInfo> m_rows;
    std::vector<AccountId> m_senders;
    QCache<std::int64_t, client::TimelineRow> m_bodies{BodiesMax};
    std::map<client::RequestId, Request> m_requests;
    std::vector<client::EventBatch> m_journal;     ///< what came while answers are under way
    QHash<std::int64_t, std::int64_t> m_snapshots; ///< of rows from pages that are ahead of the events
    LocalDays m_days;
    std::int64_t m_known = 0; ///< the last event that was applied
    std::int64_t m_unreadSeq = 0;
    bool m_loaded = false;
    bool m_hasOlder = false;
};

} // namespace kith::ui
