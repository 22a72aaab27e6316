// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>

class QKeyEvent;

namespace kith::ui {

/// The key of a US keyboard at the place of the one that was pressed, where the letters or digits of a command cannot
/// be typed there: letters on a keyboard of another alphabet, digits where they need Shift. 0: it is as it is.
int keyByPosition(const QKeyEvent& event);

/// Commands with Ctrl on keyboards without a to z or with digits behind Shift, by the place of the key: a press that is
/// no command as it is becomes the one of a US keyboard. For the whole program while it lives. Thread: GUI.
class PositionKeys final : public QObject {
    Q_OBJECT
public:
    PositionKeys();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace kith::ui
