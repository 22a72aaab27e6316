// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

namespace kith::ui {

class Theme;

/// The program's mark in the colours of the theme.
class Mark final : public QWidget {
    Q_OBJECT
public:
    explicit Mark(const Theme& theme, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {72, 72}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
};

} // namespace kith::ui
