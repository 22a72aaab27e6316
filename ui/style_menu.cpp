// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of menus.
#include "ui/icon.h"
#include "ui/style.h"
#include "ui/theme.h"

#include <QPainter>
#include <QStyleOption>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr int RowMin = 34;
constexpr int RowPadding = 14; ///< of the height, above and below the letters
constexpr int Side = 12;       ///< left and right of what is in a row
constexpr int IconSide = 18;
constexpr int IconGap = 14;
constexpr int KeyGap = 32; ///< between a label and its key
constexpr int SeparatorHeight = 13;
constexpr int RowRadius = 10;

int iconSideOf(const QStyleOptionMenuItem& item) {
    return std::max(IconSide, item.fontMetrics.height());
}

/// Icons and marks stand in one column, which menus without either do not have.
int startOf(const QStyleOptionMenuItem& item) {
    const bool hasColumn = item.maxIconWidth > 0 || item.menuHasCheckableItems;
    return Side + (hasColumn ? iconSideOf(item) + IconGap : 0);
}

} // namespace

QSize KithStyle::menuItemSize(const QStyleOptionMenuItem& item, const QSize& text) {
    if (item.menuItemType == QStyleOptionMenuItem::Separator)
        return {text.width(), SeparatorHeight};
    const bool hasKeys = item.text.contains(u'\t') || item.reservedShortcutWidth > 0;
    const bool isWay = item.menuItemType == QStyleOptionMenuItem::SubMenu;
    const int width = startOf(item) + text.width() + (hasKeys || isWay ? KeyGap : 0) + (isWay ? IconSide : 0) + Side;
    return {width, std::max(RowMin, item.fontMetrics.height() + RowPadding)};
}

void KithStyle::drawMenuItem(const QStyleOptionMenuItem& item, QPainter* painter) {
    const QPalette& palette = item.palette;
    painter->save();
    if (item.menuItemType == QStyleOptionMenuItem::Separator) {
        painter->fillRect(item.rect.adjusted(Side, SeparatorHeight / 2, -Side, -SeparatorHeight / 2),
                          palette.color(QPalette::Mid));
        painter->restore();
        return;
    }
    const bool isEnabled = item.state.testFlag(State_Enabled);
    painter->setRenderHint(QPainter::Antialiasing);
    if (item.state.testFlag(State_Selected)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(palette.brush(QPalette::Midlight));
        painter->drawRoundedRect(item.rect, RowRadius, RowRadius);
    }
    const QColor ink = palette.color(isEnabled ? QPalette::Active : QPalette::Disabled, QPalette::Text);
    const auto placed = [&](const QRect& rect) { return visualRect(item.direction, item.rect, rect); };
    const int side = iconSideOf(item);
    const QRect icon = placed({item.rect.left() + Side, item.rect.center().y() - side / 2, side, side});
    painter->setPen(ink);
    if (item.checkType != QStyleOptionMenuItem::NotCheckable && item.checked)
        drawIcon(*painter, Icon::Check, icon, palette.color(QPalette::Highlight));
    else if (!item.icon.isNull())
        item.icon.paint(painter, icon);
    const qsizetype tab = item.text.indexOf(u'\t');
    const int start = item.rect.left() + startOf(item);
    const int end = item.rect.right() + 1 - Side;
    constexpr int Flags = Qt::AlignVCenter | Qt::TextHideMnemonic | Qt::TextSingleLine;
    painter->setFont(item.font);
    painter->drawText(placed({start, item.rect.top(), end - start, item.rect.height()}), Flags | Qt::AlignLeft,
                      tab < 0 ? item.text : item.text.left(tab));
    painter->setPen(palette.color(QPalette::PlaceholderText));
    if (tab >= 0)
        painter->drawText(placed({start, item.rect.top(), end - start, item.rect.height()}), Flags | Qt::AlignRight,
                          item.text.mid(tab + 1));
    if (item.menuItemType == QStyleOptionMenuItem::SubMenu) {
        const bool isMirrored = item.direction == Qt::RightToLeft;
        drawIcon(*painter, isMirrored ? Icon::Back : Icon::Forward,
                 placed({end - IconSide + 4, item.rect.center().y() - IconSide / 2, IconSide, IconSide}),
                 palette.color(QPalette::PlaceholderText));
    }
    painter->restore();
}

} // namespace kith::ui
