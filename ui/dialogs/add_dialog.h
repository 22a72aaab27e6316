// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"
#include "ui/widgets/link_panel.h"

#include <QDialog>

namespace kith::ui {

/// Two people find each other: one hands on a contact link, the other pastes it. Thread: GUI.
class AddDialog final : public QDialog {
    Q_OBJECT
public:
    AddDialog(const Theme& theme, Requests& requests, QWidget* parent = nullptr);
    void setLink(const QString& link); ///< from a click on a link elsewhere

private:
    void makeLink();
    void send();

    Requests& m_requests;
    NoticeBar* m_notice;
    QLineEdit* m_theirs;
    QLineEdit* m_text;
    Button* m_send;
    LinkPanel* m_own;
    Button* m_make;
};

} // namespace kith::ui
