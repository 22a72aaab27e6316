// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/actions/action_table.h"
#include "ui/models/conversation_model.h"
#include "ui/timeline/timeline_target.h"
#include "ui/widgets/form.h"

#include <map>

namespace kith::ui {

class Actions;
class AvatarView;
class Composer;
class PeopleModel;
class TimelineModel;
class TimelineView;

/// One conversation: who it is, the timeline, and where to write. For a request: its words, and yes or no; for one of
/// ours, that it waits.
/// Thread: GUI.
class ChatPane final : public QWidget {
    Q_OBJECT
public:
    ChatPane(const Theme& theme, const Clock& clock, Requests& requests, const PeopleModel& people,
             ConversationModel& list, QWidget* parent = nullptr);
    ~ChatPane() override;

    void open(const ConversationId& id);
    void close();
    bool isOpen() const { return m_id.has_value(); }
    const std::optional<ConversationId>& current() const { return m_id; }
    /// The own relay cannot be reached, which is said elsewhere and explains what waits.
    void setOffline(bool offline);
    void lock();                 ///< closes, and forgets what it knew about others
    void setNarrow(bool narrow); ///< shows the way back to the list
    void focusComposer();
    void takeTyping(QWidget* from); ///< what is typed there is meant for the composer
    void openSafety(const AccountId& account);
    void bindActions(Actions& actions);
    TimelineView* timeline() const { return m_view; }
    Composer* composer() const { return m_composer; }

Q_SIGNALS:
    void backRequested();
    void menuRequested(kith::ui::Menu menu, const QPoint& at);
    void linkActivated(const QUrl& url);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    class Header;
    QWidget* makeRequestPanel(const Theme& theme);
    void showRow();
    void showRequest(const ConversationModel::Row& row);
    void send(const QString& text);
    void onSendFailed(const ConversationId& id, const QString& text, const Error& error);
    bool isTyped(QEvent* event);
    void answerRequest(const AccountId& account, bool accept);
    void askToDecline();
    void openMenu(const TimelineTarget& target, const QPoint& at);
    const client::TimelineRow* targetBody() const;
    void retry(std::int64_t seq);
    void askToDelete(std::int64_t seq);
    void showWaiting();
    const ConversationModel::Row* row() const;

    const Theme& m_theme;
    const Clock& m_clock;
    Requests& m_requests;
    const PeopleModel& m_people;
    ConversationModel& m_list;
    std::optional<ConversationId> m_id;
    std::unique_ptr<TimelineModel> m_model;
    Header* m_header;
    NoticeBar* m_notice;
    NoticeBar* m_waitingNotice;
    TimelineTarget m_target; ///< which the menu of a message is about
    std::map<ConversationId, client::WaitingRow> m_waiting;
    bool m_isOffline = false;
    bool m_isAboutText = false; ///< the notice is about what is being written
    AvatarView* m_requestAvatar = nullptr;
    TextLabel* m_requestTitle = nullptr;
    TextLabel* m_requestText = nullptr;
    TextLabel* m_requestHint = nullptr;
    Button* m_accept = nullptr;
    Button* m_decline = nullptr;
    QWidget* m_request;
    TimelineView* m_view;
    Composer* m_composer;
};

} // namespace kith::ui
