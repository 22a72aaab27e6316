// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>

class QTimer;
class QWidget;

namespace kith::ui {

/// Takes away what is typed and clicked on a widget in its first second: something that nobody asked for has come under
/// the hands of somebody who is busy with something else. Thread: GUI.
class FirstMoment final : public QObject {
    Q_OBJECT
public:
    explicit FirstMoment(QWidget* of);
    void begin(); ///< also when its window is the active one for the first time after this

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool isOfIt(const QObject* object) const;

    QWidget* m_of;
    QTimer* m_end;
    bool m_wasActive = false;
};

} // namespace kith::ui
