// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QPointer>

class QVBoxLayout;

namespace kith::ui {

class Button;
class TextLabel;
class Theme;

/// A sheet inside the window of its parent. What lies below is dimmed and takes neither clicks nor keys, the focus
/// stays inside and goes back to where it was, Escape and the cross close it. As high as its content; where the window
/// is too low it scrolls. Without a parent it is a window of its own, and ends with the window where it has one.
/// Thread: GUI.
class Dialog : public QDialog {
    Q_OBJECT
public:
    ~Dialog() override;
    /// True while a sheet lies over this window.
    static bool isOpenOver(const QWidget& window);

protected:
    Dialog(const Theme& theme, QWidget* parent);
    /// Below the heading, which shows the window title.
    QVBoxLayout* column() const { return m_column; }
    void setWidth(int pixels);    ///< with text of 100 %; less in a window that is narrower
    void setHeadless(int margin); ///< no heading, and this much room around

    void setVisible(bool visible) override;
    bool event(QEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    class Ground;
    void fit();
    void keepFocus(QWidget* now);

    const Theme& m_theme;
    Ground* m_ground = nullptr; ///< in the window, below the sheet; none for a window of its own
    QVBoxLayout* m_column;
    QWidget* m_heading;
    TextLabel* m_title;
    QPointer<QWidget> m_before; ///< what had the focus
    int m_width = 440;
};

} // namespace kith::ui
