// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/theme.h"

class QAction;

namespace kith::ui {

/// What can be done with the keyboard: the names of these actions beside their keys. Thread: GUI.
class KeysDialog final : public Dialog {
    Q_OBJECT
public:
    KeysDialog(const Theme& theme, const QList<QAction*>& actions, QWidget* parent = nullptr);
};

} // namespace kith::ui
