// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QFrame>

class QPagedPaintDevice;

namespace kith::ui {

class TextLabel;

/// A recovery code to be copied by hand: large, in groups, some on each line. Thread: GUI.
class CodePanel final : public QFrame {
    Q_OBJECT
public:
    explicit CodePanel(const Theme& theme, QWidget* parent = nullptr);
    void setCode(const QString& code);
    const QString& code() const { return m_code; } ///< as it was given
    void clear();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    TextLabel* m_label;
    QString m_code;
};

/// The groups of a code, four on each line.
QString groupedCode(const QString& code);

/// One page for the drawer: whose code it is, the code, and what it is for.
void drawCodePage(QPagedPaintDevice& page, const QString& name, const QString& code);

} // namespace kith::ui
