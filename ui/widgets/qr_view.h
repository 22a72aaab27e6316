// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QBitArray>
#include <QWidget>

namespace kith::ui {

/// A QR code of a short text, black on white in every theme so that cameras can read it. Empty text: nothing.
class QrView final : public QWidget {
    Q_OBJECT
public:
    explicit QrView(QWidget* parent = nullptr);
    void setText(const QString& text);
    int modules() const { return m_side; } ///< along one side; 0 = none
    QSize sizeHint() const override { return {200, 200}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QBitArray m_dark;
    int m_side = 0;
};

} // namespace kith::ui
