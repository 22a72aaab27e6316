// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/actions/action_table.h"
#include "ui/cursor_rest.h"
#include "ui/desktop.h"
#include "ui/models/people_model.h"
#include "ui/notifier.h"
#include "ui/position_keys.h"
#include "ui/relay_host.h"
#include "ui/requests.h"
#include "ui/theme.h"

#include <QMainWindow>

class QStackedWidget;

namespace kith::ui {

class Actions;
class AddDialog;
class BeginPage;
class ChatPage;
class UnlockPage;
class WelcomePage;

/// The window: one page at a time (welcome, unlock, begin, chats), the shortcuts, the tray and the notifications.
/// Everything is borrowed and must outlive it. Thread: GUI.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    struct Environment {
        client::Client& client;
        RelayHost& relay;
        Theme& theme;
        Preferences& preferences;
        const Clock& clock;
        Desktop& desktop;
        QString folder; ///< of the profile, for people
        bool hasProfile = false;
    };

    explicit MainWindow(const Environment& environment, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// A kith:// link from outside, or nothing: comes to the front.
    void handOver(const QString& link);

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void bindActions();
    void bindChoices();
    bool isMet(Needs needs) const;
    void showPage(QWidget* page);
    void onUnlocked(const client::ProfileInfo& info);
    void goOn();
    void lock();
    AddDialog& openAdd();
    void openRelay();
    void invite();
    void openSwitcher();
    void openSelf();
    void openLinks();
    void openKeys();
    void openLink(const QUrl& url);
    void useLink(const QString& link);
    void quit();
    void askToLeaveCode();
    void askToStopHosting();
    void setScale(qreal scale);
    void setAppearance(Preferences::Appearance appearance);
    void followDesktop();
    void notify(const ConversationId& conversation, const AccountId& from, const QString& text);
    void showUnread();
    bool isUnlocked() const { return m_isUnlocked; }

    Environment m_env;
    Requests m_requests;
    PeopleModel m_people;
    Notifier m_notifier;
    CursorRest m_cursor;
    Actions* m_actions;
    QStackedWidget* m_pages;
    WelcomePage* m_welcome = nullptr;
    UnlockPage* m_unlock;
    BeginPage* m_begin;
    ChatPage* m_chats;
    PositionKeys m_positionKeys;
    QString m_pendingLink; ///< came while it was locked
    bool m_isUnlocked = false;
    bool m_wasHosting = false;
    bool m_isSure = false; ///< that the relay ends too
    bool m_isEnding = false;
};

} // namespace kith::ui
