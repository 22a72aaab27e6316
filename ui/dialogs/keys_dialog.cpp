// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/keys_dialog.h"

#include "ui/widgets/form.h"

#include <QAction>

namespace kith::ui {
namespace {

QString keysOf(const QAction& action) {
    QStringList all;
    for (const QKeySequence& keys : action.shortcuts())
        all += keys.toString(QKeySequence::NativeText);
    return all.join(KeysDialog::tr(" or "));
}

} // namespace

KeysDialog::KeysDialog(const Theme& theme, const QList<QAction*>& actions, QWidget* parent)
    : Dialog(theme, parent) {
    setWindowTitle(tr("Keys"));
    auto* table = new QWidget(this);
    auto* grid = new QGridLayout(table);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(8);
    int row = 0;
    for (const QAction* action : actions) {
        auto* name = new TextLabel(theme, TextRole::Body, action->text(), table);
        auto* keys = new TextLabel(theme, TextRole::Body, keysOf(*action), table);
        keys->setSecondary();
        grid->addWidget(name, row, 0, Qt::AlignTop);
        grid->addWidget(keys, row, 1, Qt::AlignTop);
        ++row;
    }
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    column()->addWidget(table);
    setWidth(560);
}

} // namespace kith::ui
