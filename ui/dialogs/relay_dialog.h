// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/relay_host.h"
#include "ui/widgets/link_panel.h"

#include <QCheckBox>
#include <QDialog>
#include <QSpinBox>

namespace kith::ui {

/// The relay of this computer: one switch, its address and state, and invites for others. Thread: GUI.
class RelayDialog final : public QDialog {
    Q_OBJECT
public:
    RelayDialog(const Theme& theme, RelayHost& host, QWidget* parent = nullptr);

private:
    void toggle(bool on);
    void refresh();
    void invite();

    RelayHost& m_host;
    NoticeBar* m_notice;
    QCheckBox* m_switch;
    QSpinBox* m_port;
    TextLabel* m_state;
    Button* m_makeInvite;
    LinkPanel* m_link;
};

} // namespace kith::ui
