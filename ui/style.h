// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QProxyStyle>

class QStyleOptionMenuItem;

namespace kith::ui {

/// Fusion, but for scroll bars (a slim thumb in the palette's Dark colour without arrows) and for fields (36 px high,
/// round corners, a ring of the accent while they have the focus), check boxes, menus (rows of 34 px with icon, label
/// and key) and tool tips. Style sheets would cost each widget a polish. Owned by the application.
class KithStyle final : public QProxyStyle {
    Q_OBJECT
public:
    KithStyle();

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* data) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub,
                         const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
    void polish(QWidget* widget) override;
    using QProxyStyle::polish;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;

private:
    static void drawField(const QStyleOption* option, QPainter* painter);
    static void drawCheckBox(const QStyleOption* option, QPainter* painter);
    static void drawPanel(const QStyleOption* option, QPainter* painter, const QWidget* widget, bool isMenu);
    static void drawMenuItem(const QStyleOptionMenuItem& item, QPainter* painter);
    static QSize menuItemSize(const QStyleOptionMenuItem& item, const QSize& text);
};

} // namespace kith::ui
