// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/widgets/form.h"

#include <functional>

class QVBoxLayout;

namespace kith::ui {

/// A question before something that cannot be taken back. Escape and the last button, which it has by itself, do
/// nothing. Plain text. Thread: GUI.
class QuestionDialog final : public Dialog {
    Q_OBJECT
public:
    QuestionDialog(const Theme& theme, const QString& question, const QString& text, QWidget* parent);
    /// More to say, below what was said so far.
    void say(TextRole role, const QString& text);
    void warn(const QString& text);
    /// In the order in which they stand; the first one has the focus.
    void addAnswer(ButtonKind kind, const QString& text, std::function<void()> act);

private:
    const Theme& m_theme;
    QVBoxLayout* m_said;
    QVBoxLayout* m_answers;
};

} // namespace kith::ui
