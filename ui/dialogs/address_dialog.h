// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/question_dialog.h"

namespace kith::ui {

/// The last look at an address that a stranger may have written, before another program opens it: its host on a line of
/// its own, the whole of it as it is sent, and what is doubtful about it. One that hides its host is not opened.
/// Not open yet; it deletes itself when it is closed.
QuestionDialog* makeAddressDialog(const Theme& theme, const QUrl& address, QWidget* parent);

} // namespace kith::ui
