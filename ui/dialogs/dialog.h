// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

namespace kith::ui {

/// The object name of the action that locks; its key works in dialogs too, which would keep it from the window.
inline constexpr auto LockAction = "lock";

/// What all dialogs share. Thread: GUI.
class Dialog : public QDialog {
    Q_OBJECT
protected:
    explicit Dialog(QWidget* parent);
    void showEvent(QShowEvent* event) override; ///< as high as its texts need at its width
};

} // namespace kith::ui
