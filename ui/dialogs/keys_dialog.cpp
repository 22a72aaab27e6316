// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/keys_dialog.h"

#include "ui/actions/action_table.h"
#include "ui/widgets/form.h"

namespace kith::ui {
namespace {

QString keysOf(const ActionRow& row) {
    QStringList all;
    for (const QKeySequence& keys : row.keys)
        all += keys.toString(QKeySequence::NativeText);
    return all.join(KeysDialog::tr(" or "));
}

} // namespace

KeysDialog::KeysDialog(const Theme& theme, QWidget* parent)
    : Dialog(theme, parent) {
    setWindowTitle(tr("Keys"));
    auto* table = new QWidget(this);
    auto* grid = new QGridLayout(table);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(8);
    int line = 0;
    for (const ActionRow& row : actionTable()) {
        if (row.keys.isEmpty())
            continue;
        auto* name = new TextLabel(theme, TextRole::Body, bareNameOf(row), table);
        auto* keys = new TextLabel(theme, TextRole::Body, keysOf(row), table);
        keys->setSecondary();
        grid->addWidget(name, line, 0, Qt::AlignTop);
        grid->addWidget(keys, line, 1, Qt::AlignTop);
        ++line;
    }
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    column()->addWidget(table);
    setWidth(560);
}

} // namespace kith::ui
