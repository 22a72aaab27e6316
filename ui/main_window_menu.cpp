// SPDX-License-Identifier: GPL-3.0-or-later
// What the keys and the menu of the window offer.
#include "ui/dialogs/dialog.h"
#include "ui/icon.h"
#include "ui/main_window.h"
#include "ui/models/timeline_model.h"
#include "ui/pages/begin_page.h"
#include "ui/pages/chat_page.h"
#include "ui/pages/chat_pane.h"
#include "ui/timeline/timeline_view.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>
#include <QStackedWidget>

namespace kith::ui {
namespace {

constexpr qreal ScaleStep = 0.1;

} // namespace

/// Ctrl+/ lists them all by their names.
void MainWindow::makeShortcuts() {
    const auto add = [this](const QString& name, const QList<QKeySequence>& keys, auto act, bool unlockedOnly = true) {
        auto* action = new QAction(name, this);
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, [this, act, unlockedOnly] {
            const bool isAtChats = isUnlocked() && m_pages->currentWidget() == m_chats && !Dialog::isOpenOver(*this);
            if (!unlockedOnly || isAtChats)
                act();
        });
        addAction(action);
    };
    constexpr bool Always = false;
    add(tr("Add somebody"), {Qt::CTRL | Qt::Key_N}, [this] { openAdd(); });
    add(tr("Go to a chat by its name"), {Qt::CTRL | Qt::Key_K}, [this] { openSwitcher(); });
    const qsizetype first = actions().size();
    add(tr("Next chat"), {Qt::ALT | Qt::Key_Down, Qt::CTRL | Qt::Key_PageDown, Qt::CTRL | Qt::Key_Tab},
        [this] { m_chats->step(1); });
    add(tr("Previous chat"), {Qt::ALT | Qt::Key_Up, Qt::CTRL | Qt::Key_PageUp, Qt::CTRL | Qt::SHIFT | Qt::Key_Tab},
        [this] { m_chats->step(-1); });
    add(tr("Next chat with something new"), {Qt::ALT | Qt::SHIFT | Qt::Key_Down}, [this] { m_chats->stepUnread(1); });
    add(tr("Previous chat with something new"), {Qt::ALT | Qt::SHIFT | Qt::Key_Up},
        [this] { m_chats->stepUnread(-1); });
    add(tr("Latest message"), {Qt::CTRL | Qt::Key_J}, [this] { m_chats->pane().timeline()->scrollToBottom(); });
    add(tr("List, messages, field for writing"), {Qt::Key_F6}, [this] { m_chats->cyclePanes(); });
    add(tr("Field for writing"), {Qt::CTRL | Qt::SHIFT | Qt::Key_T}, [this] { m_chats->pane().focusComposer(); });
    m_ways = actions().mid(first);
    add(tr("Relay on this computer"), {Qt::CTRL | Qt::SHIFT | Qt::Key_R}, [this] { openRelay(); });
    add(
        tr("Larger text"), {Qt::CTRL | Qt::Key_Plus, Qt::CTRL | Qt::Key_Equal},
        [this] { setScale(m_env.theme.scale() + ScaleStep); }, Always);
    add(
        tr("Smaller text"), {Qt::CTRL | Qt::Key_Minus}, [this] { setScale(m_env.theme.scale() - ScaleStep); }, Always);
    add(
        tr("Normal text"), {Qt::CTRL | Qt::Key_0}, [this] { setScale(1); }, Always);
    add(
        tr("Keys"), {Qt::CTRL | Qt::Key_Slash}, [this] { openKeys(); }, Always);
    add(
        tr("Lock"), {Qt::CTRL | Qt::Key_L}, [this] { lock(); }, Always);
    add(tr("Menu"), {Qt::Key_F10}, [this] { m_chats->openMenu(); });
    add(
        tr("Close the window"), {Qt::CTRL | Qt::Key_W}, [this] { close(); }, Always);
    add(
        tr("Quit"), {Qt::CTRL | Qt::Key_Q}, [this] { quit(); }, Always);
    const qsizetype chats = actions().size();
    for (int i = 0; i < 9; ++i)
        add(tr("Chat number %1").arg(i + 1), {Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)},
            [this, i] { m_chats->openRow(i); });
    m_ways += actions().mid(chats);
}

void MainWindow::openMenu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto shown = [](QAction* action, const QKeySequence& keys) { showKeys(*action, keys); };
    shown(menu->addAction(menuIcon(Icon::Plus), tr("Add somebody…"), this, [this] { openAdd(); }),
          Qt::CTRL | Qt::Key_N);
    shown(menu->addAction(menuIcon(Icon::Search), tr("Go to a chat…"), this, &MainWindow::openSwitcher),
          Qt::CTRL | Qt::Key_K);
    QMenu* go = menu->addMenu(menuIcon(Icon::Forward), tr("Go to"));
    for (QAction* way : m_ways)
        shown(go->addAction(way->text(), way, &QAction::trigger), way->shortcut());
    menu->addAction(menuIcon(Icon::Link), tr("Open links…"), this, &MainWindow::openLinks);
    shown(menu->addAction(menuIcon(Icon::Server), tr("Relay on this computer…"), this, &MainWindow::openRelay),
          Qt::CTRL | Qt::SHIFT | Qt::Key_R);
    menu->addAction(menuIcon(Icon::Server), tr("Join another relay…"), this, [this] { showPage(m_begin); });
    QMenu* look = menu->addMenu(menuIcon(Icon::Look), tr("Appearance"));
    auto* group = new QActionGroup(look);
    for (const auto& [appearance, name] : {std::pair{Preferences::Appearance::System, tr("As the desktop")},
                                           std::pair{Preferences::Appearance::Light, tr("Light")},
                                           std::pair{Preferences::Appearance::Dark, tr("Dark")}}) {
        QAction* action = look->addAction(name, this, [this, appearance = appearance] { setAppearance(appearance); });
        action->setCheckable(true);
        action->setChecked(m_env.preferences.appearance() == appearance);
        group->addAction(action);
    }
    look->addSeparator();
    shown(look->addAction(tr("Larger text"), this, [this] { setScale(m_env.theme.scale() + ScaleStep); }),
          Qt::CTRL | Qt::Key_Plus);
    shown(look->addAction(tr("Smaller text"), this, [this] { setScale(m_env.theme.scale() - ScaleStep); }),
          Qt::CTRL | Qt::Key_Minus);
    shown(look->addAction(tr("Normal text"), this, [this] { setScale(1); }), Qt::CTRL | Qt::Key_0);
    QAction* still = look->addAction(tr("Reduce motion"));
    still->setCheckable(true);
    still->setChecked(m_env.preferences.reducesMotion());
    connect(still, &QAction::toggled, this, [this](bool on) {
        m_env.preferences.setReducesMotion(on);
        followDesktop();
    });
    QMenu* news = menu->addMenu(menuIcon(Icon::Bell), tr("Notifications"));
    auto* details = new QActionGroup(news);
    using Detail = Preferences::Notifications;
    for (const auto& [detail, name] :
         {std::pair{Detail::NameAndText, tr("Name and text")}, std::pair{Detail::Name, tr("Name only")},
          std::pair{Detail::Hidden, tr("Neither name nor text")}, std::pair{Detail::Off, tr("Off")}}) {
        QAction* action =
            news->addAction(name, this, [this, detail = detail] { m_env.preferences.setNotifications(detail); });
        action->setCheckable(true);
        action->setChecked(m_env.preferences.notifications() == detail);
        details->addAction(action);
    }
    shown(menu->addAction(menuIcon(Icon::Keyboard), tr("Keys…"), this, &MainWindow::openKeys),
          Qt::CTRL | Qt::Key_Slash);
    menu->addSeparator();
    shown(menu->addAction(menuIcon(Icon::Lock), tr("Lock"), this, &MainWindow::lock), Qt::CTRL | Qt::Key_L);
    shown(menu->addAction(menuIcon(Icon::Close), tr("Close the window"), this, [this] { close(); }),
          Qt::CTRL | Qt::Key_W);
    shown(menu->addAction(menuIcon(Icon::Leave), tr("Quit"), this, [this] { quit(); }), Qt::CTRL | Qt::Key_Q);
    menu->popup(at);
}

} // namespace kith::ui
