// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QTimer>

namespace kith::ui {

/// Lets the text cursor stand still some seconds after the last key or click: its blinking would be all that wakes an
/// idle program, twice a second. Thread: GUI.
class CursorRest final : public QObject {
    Q_OBJECT
public:
    explicit CursorRest(QObject* parent = nullptr);
    void setStill(bool still); ///< for good: where motion is reduced
    /// Nobody has typed for a while; the timer's work, public for tests.
    void rest();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void wake();
    QTimer m_quiet;
    bool m_isStill = false;
};

} // namespace kith::ui
