// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/relay_host.h"
#include "ui/widgets/link_panel.h"

#include <QCheckBox>
#include <QDialog>
#include <QSpinBox>

class QListView;
class QStringListModel;

namespace kith::ui {

/// The relay of this computer: one switch, its address and state, who has joined, and invites for others.
/// Thread: GUI.
class RelayDialog final : public QDialog {
    Q_OBJECT
public:
    /// How a member is called here; empty for somebody who is no contact.
    using NameOf = std::function<QString(const AccountId&)>;
    RelayDialog(const Theme& theme, RelayHost& host, NameOf nameOf, QWidget* parent = nullptr);

private:
    void toggle(bool on);
    void refresh();
    void showMembers();
    void invite();

    RelayHost& m_host;
    NameOf m_nameOf;
    NoticeBar* m_notice;
    QCheckBox* m_switch;
    QSpinBox* m_port;
    TextLabel* m_state;
    TextLabel* m_membersTitle;
    QStringListModel* m_members;
    QListView* m_memberList;
    Button* m_makeInvite;
    LinkPanel* m_link;
};

} // namespace kith::ui
