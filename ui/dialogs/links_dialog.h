// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/requests.h"
#include "ui/widgets/form.h"

namespace kith::ui {

/// The own contact links that can still be used, each with a way to withdraw it. Thread: GUI.
class LinksDialog final : public Dialog {
    Q_OBJECT
public:
    LinksDialog(const Theme& theme, Requests& requests, QWidget* parent = nullptr);

private:
    void load();
    void showLinks(const std::vector<client::LinkRow>& links);
    void withdraw(const DropId& id);

    const Theme& m_theme;
    Requests& m_requests;
    NoticeBar* m_notice;
    TextLabel* m_text;
    QVBoxLayout* m_rows;
};

} // namespace kith::ui
