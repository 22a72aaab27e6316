// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/actions/action_table.h"
#include "ui/relay_host.h"
#include "ui/requests.h"
#include "ui/widgets/form.h"

#include <map>

class QListView;
class QSplitter;

namespace kith::ui {

class Actions;
class ChatPane;
class ConversationModel;
class PeopleModel;
class SelfButton;

/// The chats on one side, the open one on the other; in a narrow window one at a time. Above them what the connection
/// is doing, when it is not well. Thread: GUI.
class ChatPage final : public QWidget {
    Q_OBJECT
public:
    ChatPage(const Theme& theme, const Clock& clock, Requests& requests, PeopleModel& people, const RelayHost& host,
             QWidget* parent = nullptr);

    void begin(const client::ProfileInfo& info); ///< unlocked
    void end();                                  ///< locked: nothing of it stays
    const PeopleModel& people() const { return m_people; }
    ConversationModel& list() const { return *m_list; }
    ChatPane& pane() const { return *m_pane; }
    void openRow(int row);
    void openConversation(const ConversationId& id);
    void step(int by);       ///< the next or previous chat
    void stepUnread(int by); ///< the same of those with something new
    void closeChat();
    /// Where the person was: the chat that was open last. Not in a narrow window.
    void reopen();
    void cyclePanes();
    void openMenu(); ///< below its button
    void bindActions(Actions& actions);
    QByteArray splitterState() const;
    void restoreSplitter(const QByteArray& state);

Q_SIGNALS:
    void selfRequested(); ///< more about who one is here
    void switcherRequested();
    void addRequested();
    void inviteRequested(); ///< to the relay on this computer
    void menuRequested(kith::ui::Menu menu, const QPoint& at);
    void linkActivated(const QUrl& url);

protected:
    void focusInEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeSide();
    QWidget* makeEmpty();
    void openRowMenu(const QPoint& at);
    void arrange();
    void mark();
    void onConnection(const client::ConnectionRow& row);
    void tellConnection();
    void tellState();
    bool isLive() const; ///< at one home at least
    const client::ConnectionRow& nearestHome() const;
    bool isOwnAndOff(const client::ConnectionRow& home) const;
    QString whyOffline(const client::ConnectionRow& home) const;

    const Theme& m_theme;
    const Clock& m_clock;
    Requests& m_requests;
    PeopleModel& m_people;
    const RelayHost& m_host;
    ConversationModel* m_list;
    std::optional<ConversationId> m_lastOpen;
    std::optional<ConversationId> m_chosen;   ///< in the list, while it is made anew
    std::optional<ConversationId> m_menuChat; ///< which the menu of a chat is about
    bool m_isReopening = false;
    std::map<RelayId, client::ConnectionRow> m_homes;
    QTimer* m_connectionLate; ///< a short break is not worth a word
    NoticeBar* m_connection;
    SelfButton* m_me = nullptr;
    Button* m_more = nullptr;
    QListView* m_view = nullptr;
    TextLabel* m_emptyTitle = nullptr;
    TextLabel* m_emptyText = nullptr;
    Button* m_emptyAdd = nullptr;
    QWidget* m_side;
    QWidget* m_empty;
    ChatPane* m_pane;
    QSplitter* m_splitter;
};

} // namespace kith::ui
