// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/relay_host.h"
#include "ui/widgets/form.h"

#include <QCheckBox>
#include <QSpinBox>

class QListView;
class QStringListModel;

namespace kith::ui {

class PeopleModel;

/// The relay of this computer: one switch, its address and state, and who has joined.
/// Thread: GUI.
class RelayDialog final : public Dialog {
    Q_OBJECT
public:
    RelayDialog(const Theme& theme, RelayHost& host, const PeopleModel& people, QWidget* parent = nullptr);

Q_SIGNALS:
    void inviteRequested();

private:
    void toggle(bool on);
    void start(int port);
    void refresh();
    void showMembers();

    const Theme& m_theme;
    RelayHost& m_host;
    const PeopleModel& m_people;
    NoticeBar* m_notice;
    QCheckBox* m_switch;
    QSpinBox* m_port;
    TextLabel* m_state;
    TextLabel* m_membersTitle;
    QStringListModel* m_members;
    QListView* m_memberList;
    Button* m_makeInvite;
};

} // namespace kith::ui
