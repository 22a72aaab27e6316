// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"
#include "ui/dialogs/dialog.h"

namespace kith::ui {

/// Who one is here: the name that others see, the relays that keep the mail, and where the profile lies. Thread: GUI.
class SelfDialog final : public Dialog {
    Q_OBJECT
public:
    SelfDialog(const Theme& theme, const client::ProfileInfo& info, const QString& folder, QWidget* parent);

Q_SIGNALS:
    void linksRequested();
    void lockRequested();
};

} // namespace kith::ui
