// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/actions/action_table.h"
#include "ui/theme.h"

#include <QAbstractButton>

namespace kith::ui {

/// What both have: reached by Tab, pressed by Return too, drawn anew with the theme.
class SideButton : public QAbstractButton {
    Q_OBJECT
protected:
    SideButton(const Theme& theme, QWidget* parent);
    void keyPressEvent(QKeyEvent* event) override;
    const Theme& theme() const { return m_theme; }

private:
    const Theme& m_theme;
};

/// Who one is here: avatar, name, and how things are in a few words. Pressed, it tells more. Thread: GUI.
class SelfButton final : public SideButton {
    Q_OBJECT
public:
    explicit SelfButton(const Theme& theme, QWidget* parent = nullptr);
    void show(const AccountId& account, const QString& name);
    void setState(const QString& state, bool isWell);
    void clear();
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    AccountId m_account;
    QString m_state;
    bool m_isWell = false;
};

/// Looks like a field to search in, and leads to one: has the name and the key of that action. Thread: GUI.
class SearchButton final : public SideButton {
    Q_OBJECT
public:
    SearchButton(const Theme& theme, Act act, QWidget* parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_keys;
};

} // namespace kith::ui
