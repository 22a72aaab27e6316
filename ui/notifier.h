// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"
#include "ui/preferences.h"

#include <QIcon>
#include <QObject>

#include <map>
#include <optional>
#include <vector>

class QSystemTrayIcon;

namespace kith::ui {

/// The tray icon and the notifications of the desktop (org.freedesktop.Notifications; without such a service the tray
/// shows them). One notification for each conversation: a later message replaces it, reading or locking withdraws it.
/// What it shows of a message is the person's choice. Thread: GUI.
class Notifier final : public QObject {
    Q_OBJECT
public:
    Notifier(const Theme& theme, const Preferences& preferences, QObject* parent = nullptr);
    ~Notifier() override;

    bool hasTray() const;
    /// What stands above the text: who it is from, and how many there are.
    static QString titleOf(const QString& name, int unread);
    /// `unread` of this conversation; texts are shown as plain text.
    void notify(const ConversationId& conversation, const QString& name, const QString& text, int unread);
    void withdraw(const ConversationId& conversation);
    void withdrawAll();
    std::vector<ConversationId> shown() const;
    void setHasNews(bool news); ///< a dot on the icon

Q_SIGNALS:
    void opened();                                            ///< the tray was pressed
    void activated(const kith::ConversationId& conversation); ///< a notification was pressed
    void lockRequested();
    void quitRequested();

private Q_SLOTS:
    void onAction(uint id, const QString& action);
    void onClosed(uint id, uint reason);

private:
    struct Shown {
        uint id = 0; ///< 0: the service has not answered yet
        bool isWithdrawn = false;
    };
    void makeTray();
    void askForMarkup();
    void send(const ConversationId& conversation, const QString& title, const QString& body);
    void close(uint id);
    std::map<ConversationId, Shown>::iterator find(uint id);

    const Theme& m_theme;
    const Preferences& m_preferences;
    QSystemTrayIcon* m_tray = nullptr;
    std::map<ConversationId, Shown> m_shown;
    std::optional<ConversationId> m_trayMessage; ///< whose words the tray shows
    bool m_readsMarkup = true;                   ///< the service; whoever does not say is taken to
    bool m_hasNews = false;
};

/// The program's icon in the colours of the theme, with a dot for news.
QIcon markIcon(const Tokens& tokens, bool hasNews);

} // namespace kith::ui
