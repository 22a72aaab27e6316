// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/dialog.h"

#include <QAction>

namespace kith::ui {

Dialog::Dialog(QWidget* parent)
    : QDialog(parent) {
    if (parent == nullptr)
        return;
    for (QAction* action : parent->window()->actions())
        if (action->objectName() == QLatin1String(LockAction))
            addAction(action);
}

void Dialog::showEvent(QShowEvent* event) {
    const int needed = heightForWidth(width());
    if (needed > height())
        resize(width(), needed);
    QDialog::showEvent(event);
}

} // namespace kith::ui
