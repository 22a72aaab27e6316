// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/error_text.h"
#include "ui/relay_host.h"
#include "ui/requests.h"
#include "ui/widgets/link_panel.h"

namespace kith::ui {

/// Two people find each other: one hands on a link, the other pastes it. Where the relay of this computer runs, the
/// link is an invite to it as well: one link for somebody who has nothing yet. Thread: GUI.
class AddDialog final : public Dialog {
    Q_OBJECT
public:
    AddDialog(const Theme& theme, Requests& requests, RelayHost& host, QWidget* parent = nullptr);
    void setLink(const QString& link); ///< from a click on a link elsewhere

    void makeLink();

private:
    void onLink(const Result<QString>& link);
    void onSent(Occasion occasion, const Result<client::Reply>& result);
    void send();

    Requests& m_requests;
    RelayHost& m_host;
    NoticeBar* m_notice;
    QLineEdit* m_theirs;
    QLineEdit* m_text;
    Button* m_send;
    LinkPanel* m_own;
    Button* m_make;
};

} // namespace kith::ui
