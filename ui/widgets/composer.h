// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QPlainTextEdit>
#include <QTimer>

namespace kith::ui {

class Button;

/// Where a message is written: grows from 1 to 8 lines. Enter sends, Shift+Enter begins a line, but never while an
/// input method is composing. Pasting gives plain text. Thread: GUI.
class Composer final : public QWidget {
    Q_OBJECT
public:
    explicit Composer(const Theme& theme, QWidget* parent = nullptr);

    QString text() const;
    /// Replaces everything; no draft is told.
    void setText(const QString& text);
    void setRecipient(const QString& name);
    QPlainTextEdit* edit() const;

Q_SIGNALS:
    void submitted(const QString& text);
    /// Some time after the last change, 0.5 s, or at once when it becomes empty.
    void draftChanged(const QString& text);
    /// What was pasted or dropped is no text that can be sent.
    void refused(const QString& why);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    class Edit;
    void submit();
    void fit();
    int edge() const;
    int barSide() const;
    void onChanged();

    const Theme& m_theme;
    Edit* m_edit;
    Button* m_send;
    QTimer m_draft;
    bool m_isSetting = false;
};

} // namespace kith::ui
