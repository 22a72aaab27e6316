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

} // namespace kith::ui
