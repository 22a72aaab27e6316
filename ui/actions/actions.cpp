// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/actions/actions.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>

namespace kith::ui {

Actions::Actions(QWidget& window, std::function<bool(Needs)> isMet)
    : QObject(&window)
    , m_window(window)
    , m_isMet(std::move(isMet)) {
    for (const ActionRow& row : actionTable()) {
        if (row.keys.isEmpty() || row.needs == Needs::Timeline)
            continue;
        auto* action = new QAction(nameOf(row), this);
        action->setShortcuts(row.keys);
        connect(action, &QAction::triggered, this, [this, act = row.act] { run(act); });
        window.addAction(action);
    }
}

void Actions::bind(Act act, std::function<void()> handler, std::function<State()> state) {
    m_bound[act] = {std::move(handler), std::move(state)};
}

void Actions::run(Act act) {
    const auto bound = m_bound.find(act);
    if (bound != m_bound.end() && m_isMet(rowOf(act).needs))
        bound->second.handler();
}

Actions::State Actions::stateOf(const ActionRow& row) const {
    if (row.opens != Menu::None)
        return {};
    const auto bound = m_bound.find(row.act);
    if (bound == m_bound.end())
        return {.isThere = false};
    return bound->second.state ? bound->second.state() : State();
}

void Actions::popUp(Menu menu, const QPoint& at) {
    auto* shown = new QMenu(&m_window);
    shown->setAttribute(Qt::WA_DeleteOnClose);
    fill(*shown, menu);
    if (shown->isEmpty())
        shown->deleteLater();
    else
        shown->popup(at);
}

void Actions::fill(QMenu& menu, Menu which) {
    for (const ActionRow& row : actionTable())
        if (const State state = row.menu == which ? stateOf(row) : State{.isThere = false}; state.isThere)
            add(menu, row, state);
}

void Actions::add(QMenu& menu, const ActionRow& row, const State& state) {
    if (row.beginsGroup)
        menu.addSeparator();
    QAction* action = nullptr;
    if (row.opens != Menu::None) {
        QMenu* inner = menu.addMenu(nameOf(row));
        fill(*inner, row.opens);
        action = inner->menuAction();
    } else {
        action = menu.addAction(nameOf(row), this, [this, act = row.act] { m_bound[act].handler(); });
    }
    if (row.icon)
        action->setIcon(menuIcon(*row.icon));
    if (!row.keys.isEmpty())
        showKeys(*action, row.keys.front());
    action->setEnabled(state.isEnabled);
    action->setCheckable(state.isChecked.has_value());
    action->setChecked(state.isChecked.value_or(false));
    if (row.isChoice) {
        auto* group = menu.findChild<QActionGroup*>({}, Qt::FindDirectChildrenOnly);
        (group != nullptr ? group : new QActionGroup(&menu))->addAction(action);
    }
}

} // namespace kith::ui
