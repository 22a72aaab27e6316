// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/actions/action_table.h"

#include <QObject>

#include <functional>
#include <map>

class QMenu;
class QPoint;
class QWidget;

namespace kith::ui {

/// The table of actions in one window: its keys, its menus, and what they do. Whoever can do something binds it once.
/// Thread: GUI.
class Actions final : public QObject {
    Q_OBJECT
public:
    /// How it is with an action at this moment.
    struct State {
        bool isThere = true; ///< else menus leave it out
        bool isEnabled = true;
        std::optional<bool> isChecked = {};
    };

    /// The keys are taken in the whole window. `isMet` says whether something can be done now.
    Actions(QWidget& window, std::function<bool(Needs)> isMet);

    void bind(Act act, std::function<void()> handler, std::function<State()> state = {});
    bool isBound(Act act) const { return m_bound.count(act) > 0; }
    void run(Act act); ///< unless it cannot be done now
    /// Nothing when there is nothing in it.
    void popUp(Menu menu, const QPoint& at);

private:
    struct Bound {
        std::function<void()> handler;
        std::function<State()> state;
    };
    State stateOf(const ActionRow& row) const;
    void fill(QMenu& menu, Menu which);
    void add(QMenu& menu, const ActionRow& row, const State& state);

    QWidget& m_window;
    std::function<bool(Needs)> m_isMet;
    std::map<Act, Bound> m_bound;
};

} // namespace kith::ui
