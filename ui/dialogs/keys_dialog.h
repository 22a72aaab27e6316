// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/theme.h"

namespace kith::ui {

/// What can be done with the keyboard: the names of all actions that have keys, beside these. Thread: GUI.
class KeysDialog final : public Dialog {
    Q_OBJECT
public:
    explicit KeysDialog(const Theme& theme, QWidget* parent = nullptr);
};

} // namespace kith::ui
