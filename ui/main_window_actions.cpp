// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions of the window do. Their names, keys and places are rows of ui/actions/action_table.cpp.
#include "ui/actions/actions.h"
#include "ui/dialogs/dialog.h"
#include "ui/main_window.h"
#include "ui/models/timeline_model.h"
#include "ui/pages/begin_page.h"
#include "ui/pages/chat_page.h"
#include "ui/pages/chat_pane.h"
#include "ui/timeline/timeline_view.h"

#include <QStackedWidget>

namespace kith::ui {
namespace {

constexpr qreal ScaleStep = 0.1;

} // namespace

bool MainWindow::isMet(Needs needs) const {
    switch (needs) {
    case Needs::Nothing:
    case Needs::Timeline:
        return true;
    case Needs::Chats:
        return isUnlocked() && m_pages->currentWidget() == m_chats && !Dialog::isOpenOver(*this);
    }
    return true;
}

void MainWindow::bindActions() {
    const auto bind = [this](Act act, std::function<void()> handler) { m_actions->bind(act, std::move(handler)); };
    bind(Act::AddSomebody, [this] { openAdd(); });
    bind(Act::FindChat, [this] { openSwitcher(); });
    bind(Act::NextChat, [this] { m_chats->step(1); });
    bind(Act::PreviousChat, [this] { m_chats->step(-1); });
    bind(Act::NextNews, [this] { m_chats->stepUnread(1); });
    bind(Act::PreviousNews, [this] { m_chats->stepUnread(-1); });
    bind(Act::LatestMessage, [this] { m_chats->pane().timeline()->scrollToBottom(); });
    bind(Act::NextPane, [this] { m_chats->cyclePanes(); });
    bind(Act::Composer, [this] { m_chats->pane().focusComposer(); });
    for (int i = 0; i < 9; ++i)
        bind(static_cast<Act>(static_cast<int>(Act::FirstChat) + i), [this, i] { m_chats->openRow(i); });
    bind(Act::OpenLinks, [this] { openLinks(); });
    bind(Act::Relay, [this] { openRelay(); });
    bind(Act::JoinRelay, [this] { showPage(m_begin); });
    bind(Act::LargerText, [this] { setScale(m_env.theme.scale() + ScaleStep); });
    bind(Act::SmallerText, [this] { setScale(m_env.theme.scale() - ScaleStep); });
    bind(Act::NormalText, [this] { setScale(1); });
    bind(Act::Keys, [this] { openKeys(); });
    bind(Act::Menu, [this] { m_chats->openMenu(); });
    bind(Act::Lock, [this] { lock(); });
    bind(Act::Close, [this] { close(); });
    bind(Act::Quit, [this] { quit(); });
    bindChoices();
    m_chats->bindActions(*m_actions);
    m_chats->pane().bindActions(*m_actions);
}

/// What can be on or off, or one of several.
void MainWindow::bindChoices() {
    const auto bind = [this](Act act, std::function<void()> handler, std::function<bool()> isChecked) {
        m_actions->bind(act, std::move(handler),
                        [isChecked = std::move(isChecked)] { return Actions::State{.isChecked = isChecked()}; });
    };
    using Look = Preferences::Appearance;
    for (const auto& [act, look] : {std::pair{Act::LookAsDesktop, Look::System}, std::pair{Act::LookLight, Look::Light},
                                    std::pair{Act::LookDark, Look::Dark}})
        bind(
            act, [this, look = look] { setAppearance(look); },
            [this, look = look] { return m_env.preferences.appearance() == look; });
    using News = Preferences::Notifications;
    for (const auto& [act, news] :
         {std::pair{Act::NewsNameAndText, News::NameAndText}, std::pair{Act::NewsName, News::Name},
          std::pair{Act::NewsHidden, News::Hidden}, std::pair{Act::NewsOff, News::Off}})
        bind(
            act, [this, news = news] { m_env.preferences.setNotifications(news); },
            [this, news = news] { return m_env.preferences.notifications() == news; });
    bind(
        Act::ReduceMotion,
        [this] {
            m_env.preferences.setReducesMotion(!m_env.preferences.reducesMotion());
            followDesktop();
        },
        [this] { return m_env.preferences.reducesMotion(); });
}

} // namespace kith::ui
