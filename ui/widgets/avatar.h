// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QWidget>

namespace kith::ui {

/// Two letters that stand for a name: of its first and its last word, or the first two of a single word. Empty for a
/// name without letters and digits.
QString initialsOf(const QString& name);

/// A disc with the initials of the name, in the colour of the account.
void drawAvatar(QPainter& painter, const Theme& theme, const QRectF& place, const AccountId& account,
                const QString& name);

/// One avatar on a page. Thread: GUI.
class AvatarView final : public QWidget {
    Q_OBJECT
public:
    AvatarView(const Theme& theme, int side, QWidget* parent = nullptr);
    void show(const AccountId& account, const QString& name);
    void clear();
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    int m_side;
    AccountId m_account;
    QString m_name;
};

} // namespace kith::ui
