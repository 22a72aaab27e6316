// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/icon.h"

#include <QKeySequence>
#include <QList>

#include <optional>
#include <vector>

class QKeyEvent;

namespace kith::ui {

/// What a menu or a key can do. A new one is a name here, a row in action_table.cpp and a handler (Actions::bind);
/// menus, keys, tooltips and the list of keys are made from the row.
enum class Act {
    AddSomebody,
    FindChat,
    GoTo,
    NextChat,
    PreviousChat,
    NextNews,
    PreviousNews,
    LatestMessage,
    Back,
    NextPane,
    Composer,
    FirstChat, ///< and the eight that follow
    LastChat = FirstChat + 8,
    OpenLinks,
    Relay,
    JoinRelay,
    Appearance,
    LookAsDesktop,
    LookLight,
    LookDark,
    LargerText,
    SmallerText,
    NormalText,
    ReduceMotion,
    Notifications,
    NewsNameAndText,
    NewsName,
    NewsHidden,
    NewsOff,
    Keys,
    Menu,
    Lock,
    Close,
    Quit,
    MarkRead,
    Safety,
    CopyLink,
    Copy,
    SelectAll,
    Retry,
    Delete,
    GoToQuoted,
};

/// The menus. Chat and Message are about one chat of the list and one message.
enum class Menu { None, Main, GoTo, Appearance, Notifications, Chat, Message };

/// What must be so that it can be chosen.
enum class Needs {
    Nothing,
    Chats,    ///< the chats are shown, and no sheet above them
    Timeline, ///< the focus is in the messages; their view takes the key by itself
};

struct ActionRow {
    Act act;
    const char* name;       ///< for people, in the context "Actions"
    Menu menu = Menu::None; ///< where it stands, in the order of the table
    std::optional<Icon> icon = {};
    QList<QKeySequence> keys = {}; ///< the first one is shown in menus
    Needs needs = Needs::Nothing;
    Menu opens = Menu::None; ///< it is the way to that menu, and needs no handler
    bool isChoice = false;   ///< one of those in a row that are chosen instead of each other
    bool beginsGroup = false;
    int number = 0; ///< for %1 in the name
};

const std::vector<ActionRow>& actionTable();
const ActionRow& rowOf(Act act);
QString nameOf(const ActionRow& row);
QString bareNameOf(const ActionRow& row); ///< without the dots that tell of a sheet
/// Name and first key, for a button that does the same.
QString tipOf(Act act);
bool isKeyOf(Act act, const QKeyEvent& event);

} // namespace kith::ui
