// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/actions/action_table.h"

#include <QCoreApplication>
#include <QKeyEvent>

#include <algorithm>

namespace kith::ui {
namespace {

#define NAME(text) QT_TRANSLATE_NOOP("Actions", text)

// clang-format off
std::vector<ActionRow> makeTable() {
    std::vector<ActionRow> table{
        {.act = Act::AddSomebody, .name = NAME("Add somebody…"), .menu = Menu::Main, .icon = Icon::Plus,
         .keys = {Qt::CTRL | Qt::Key_N}, .needs = Needs::Chats},
        {.act = Act::FindChat, .name = NAME("Go to a chat…"), .menu = Menu::Main, .icon = Icon::Search,
         .keys = {Qt::CTRL | Qt::Key_K}, .needs = Needs::Chats},
        {.act = Act::GoTo, .name = NAME("Go to"), .menu = Menu::Main, .icon = Icon::Forward, .opens = Menu::GoTo},
        {.act = Act::OpenLinks, .name = NAME("Open links…"), .menu = Menu::Main, .icon = Icon::Link,
         .needs = Needs::Chats},
        {.act = Act::Relay, .name = NAME("Relay on this computer…"), .menu = Menu::Main, .icon = Icon::Server,
         .keys = {Qt::CTRL | Qt::SHIFT | Qt::Key_R}, .needs = Needs::Chats},
        {.act = Act::JoinRelay, .name = NAME("Join another relay…"), .menu = Menu::Main, .icon = Icon::Server,
         .needs = Needs::Chats},
        {.act = Act::Appearance, .name = NAME("Appearance"), .menu = Menu::Main, .icon = Icon::Look,
         .opens = Menu::Appearance},
        {.act = Act::Notifications, .name = NAME("Notifications"), .menu = Menu::Main, .icon = Icon::Bell,
         .opens = Menu::Notifications},
        {.act = Act::Keys, .name = NAME("Keys…"), .menu = Menu::Main, .icon = Icon::Keyboard,
         .keys = {Qt::CTRL | Qt::Key_Slash}},
        {.act = Act::Menu, .name = NAME("Menu"), .keys = {Qt::Key_F10}, .needs = Needs::Chats},
        {.act = Act::Lock, .name = NAME("Lock"), .menu = Menu::Main, .icon = Icon::Lock,
         .keys = {Qt::CTRL | Qt::Key_L}, .beginsGroup = true},
        {.act = Act::Close, .name = NAME("Close the window"), .menu = Menu::Main, .icon = Icon::Close,
         .keys = {Qt::CTRL | Qt::Key_W}},
        {.act = Act::Quit, .name = NAME("Quit"), .menu = Menu::Main, .icon = Icon::Leave,
         .keys = {Qt::CTRL | Qt::Key_Q}},

        {.act = Act::NextChat, .name = NAME("Next chat"), .menu = Menu::GoTo,
         .keys = {Qt::ALT | Qt::Key_Down, Qt::CTRL | Qt::Key_PageDown, Qt::CTRL | Qt::Key_Tab}, .needs = Needs::Chats},
        {.act = Act::PreviousChat, .name = NAME("Previous chat"), .menu = Menu::GoTo,
         .keys = {Qt::ALT | Qt::Key_Up, Qt::CTRL | Qt::Key_PageUp, Qt::CTRL | Qt::SHIFT | Qt::Key_Tab},
         .needs = Needs::Chats},
        {.act = Act::NextNews, .name = NAME("Next chat with something new"), .menu = Menu::GoTo,
         .keys = {Qt::ALT | Qt::SHIFT | Qt::Key_Down}, .needs = Needs::Chats},
        {.act = Act::PreviousNews, .name = NAME("Previous chat with something new"), .menu = Menu::GoTo,
         .keys = {Qt::ALT | Qt::SHIFT | Qt::Key_Up}, .needs = Needs::Chats},
        {.act = Act::LatestMessage, .name = NAME("Latest message"), .menu = Menu::GoTo,
         .keys = {Qt::CTRL | Qt::Key_J}, .needs = Needs::Chats},
        {.act = Act::Back, .name = NAME("Back to where you were"), .menu = Menu::GoTo,
         .keys = {Qt::ALT | Qt::Key_Left}, .needs = Needs::Chats},
        {.act = Act::NextPane, .name = NAME("List, messages, field for writing"), .menu = Menu::GoTo,
         .keys = {Qt::Key_F6}, .needs = Needs::Chats},
        {.act = Act::Composer, .name = NAME("Field for writing"), .menu = Menu::GoTo,
         .keys = {Qt::CTRL | Qt::SHIFT | Qt::Key_T}, .needs = Needs::Chats},

        {.act = Act::LookAsDesktop, .name = NAME("As the desktop"), .menu = Menu::Appearance, .isChoice = true},
        {.act = Act::LookLight, .name = NAME("Light"), .menu = Menu::Appearance, .isChoice = true},
        {.act = Act::LookDark, .name = NAME("Dark"), .menu = Menu::Appearance, .isChoice = true},
        {.act = Act::LargerText, .name = NAME("Larger text"), .menu = Menu::Appearance,
         .keys = {Qt::CTRL | Qt::Key_Plus, Qt::CTRL | Qt::Key_Equal}, .beginsGroup = true},
        {.act = Act::SmallerText, .name = NAME("Smaller text"), .menu = Menu::Appearance,
         .keys = {Qt::CTRL | Qt::Key_Minus}},
        {.act = Act::NormalText, .name = NAME("Normal text"), .menu = Menu::Appearance,
         .keys = {Qt::CTRL | Qt::Key_0}},
        {.act = Act::ReduceMotion, .name = NAME("Reduce motion"), .menu = Menu::Appearance},

        {.act = Act::NewsNameAndText, .name = NAME("Name and text"), .menu = Menu::Notifications, .isChoice = true},
        {.act = Act::NewsName, .name = NAME("Name only"), .menu = Menu::Notifications, .isChoice = true},
        {.act = Act::NewsHidden, .name = NAME("Neither name nor text"), .menu = Menu::Notifications,
         .isChoice = true},
        {.act = Act::NewsOff, .name = NAME("Off"), .menu = Menu::Notifications, .isChoice = true},

        {.act = Act::MarkRead, .name = NAME("Mark as read"), .menu = Menu::Chat, .icon = Icon::Check},
        {.act = Act::Safety, .name = NAME("Safety number…"), .menu = Menu::Chat, .icon = Icon::Shield},

        {.act = Act::CopyLink, .name = NAME("Copy link"), .menu = Menu::Message, .icon = Icon::Link},
        {.act = Act::Copy, .name = NAME("Copy"), .menu = Menu::Message, .icon = Icon::Copy,
         .keys = {Qt::CTRL | Qt::Key_C, Qt::CTRL | Qt::Key_Insert}, .needs = Needs::Timeline},
        {.act = Act::SelectAll, .name = NAME("Select all"), .menu = Menu::Message,
         .keys = {Qt::CTRL | Qt::Key_A}, .needs = Needs::Timeline},
        {.act = Act::GoToQuoted, .name = NAME("Go to the message it answers"), .menu = Menu::Message,
         .icon = Icon::Back},
        {.act = Act::Retry, .name = NAME("Retry"), .menu = Menu::Message, .icon = Icon::Again},
        {.act = Act::Delete, .name = NAME("Delete…"), .menu = Menu::Message, .icon = Icon::Bin, .beginsGroup = true},
    };
    for (int i = 0; i < 9; ++i)
        table.push_back({.act = static_cast<Act>(static_cast<int>(Act::FirstChat) + i),
                         .name = NAME("Chat number %1"), .menu = Menu::GoTo,
                         .keys = {Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)}, .needs = Needs::Chats,
                         .number = i + 1});
    return table;
}
// clang-format on

#undef NAME

} // namespace

const std::vector<ActionRow>& actionTable() {
    static const std::vector<ActionRow> table = makeTable();
    return table;
}

const ActionRow& rowOf(Act act) {
    const std::vector<ActionRow>& table = actionTable();
    const auto row = std::find_if(table.begin(), table.end(), [act](const ActionRow& each) { return each.act == act; });
    Q_ASSERT(row != table.end());
    return *row;
}

QString nameOf(const ActionRow& row) {
    const QString name = QCoreApplication::translate("Actions", row.name);
    return row.number > 0 ? name.arg(row.number) : name;
}

QString bareNameOf(const ActionRow& row) {
    return nameOf(row).remove(u'…');
}

QString tipOf(Act act) {
    const ActionRow& row = rowOf(act);
    const QString name = bareNameOf(row);
    return row.keys.isEmpty() ? name
                              : name + QStringLiteral(" (%1)").arg(row.keys.front().toString(QKeySequence::NativeText));
}

bool isKeyOf(Act act, const QKeyEvent& event) {
    const int held = static_cast<int>(event.modifiers() & ~Qt::KeypadModifier);
    return rowOf(act).keys.contains(QKeySequence(held | event.key()));
}

} // namespace kith::ui
