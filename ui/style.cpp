// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style.h"

#include "ui/icon.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QStyleFactory>
#include <QStyleOptionSlider>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr int BarWidth = 12;
constexpr int ThumbWidth = 6;
constexpr int ThumbWidthHovered = 8;
constexpr int ThumbMin = 32;
constexpr int Margin = 2;
constexpr int FieldMin = 36;
constexpr int FieldPadding = 6;
constexpr qreal FieldRing = 2;
constexpr int MenuMargin = 6;
constexpr int TipMargin = 6;

/// Where windows are composed the corners are transparent (see polish), else they are cut off.
bool isComposed(const QWidget* widget) {
    return widget != nullptr && widget->testAttribute(Qt::WA_TranslucentBackground);
}

int cutCorners(int radius, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) {
    auto* mask = qstyleoption_cast<QStyleHintReturnMask*>(data);
    if (option == nullptr || mask == nullptr || isComposed(widget))
        return 0;
    QPainterPath path;
    path.addRoundedRect(option->rect, radius, radius);
    mask->region = QRegion(path.toFillPolygon().toPolygon());
    return 1;
}

} // namespace

KithStyle::KithStyle()
    : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {
    setObjectName(QStringLiteral("kith"));
}

int KithStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    if (metric == PM_ScrollBarExtent)
        return BarWidth;
    if (metric == PM_ScrollBarSliderMin)
        return ThumbMin;
    if (metric == PM_IndicatorWidth || metric == PM_IndicatorHeight) // as high as the letters beside it
        return widget != nullptr ? std::max(16, widget->fontMetrics().height()) : 16;
    if (metric == PM_MenuHMargin || metric == PM_MenuVMargin)
        return MenuMargin;
    if (metric == PM_MenuPanelWidth)
        return 0;
    if (metric == PM_ToolTipLabelFrameWidth)
        return TipMargin;
    if (metric == PM_SubMenuOverlap)
        return -2;
    return QProxyStyle::pixelMetric(metric, option, widget);
}

int KithStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                         QStyleHintReturn* data) const {
    if (hint == SH_ScrollBar_LeftClickAbsolutePosition)
        return 1;
    if (hint == SH_Widget_Animation_Duration)
        return 0; // nothing moves by itself
    if (hint == SH_Menu_Mask || hint == SH_ToolTip_Mask)
        return cutCorners(hint == SH_Menu_Mask ? Metrics::MenuRadius : Metrics::TipRadius, option, widget, data);
    if (hint == SH_ToolTipLabel_Opacity)
        return 255;
    return QProxyStyle::styleHint(hint, option, widget, data);
}

QRect KithStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub,
                                const QWidget* widget) const {
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (control != CC_ScrollBar || bar == nullptr)
        return QProxyStyle::subControlRect(control, option, sub, widget);
    const bool upright = bar->orientation == Qt::Vertical;
    const int length = (upright ? bar->rect.height() : bar->rect.width()) - 2 * Margin;
    const std::int64_t range = std::int64_t{bar->maximum} - bar->minimum;
    const std::int64_t all = range + bar->pageStep;
    const int thumb = range <= 0 ? length
                                 : std::clamp(static_cast<int>(std::int64_t{length} * bar->pageStep / all),
                                              std::min(ThumbMin, length), length);
    const int start = Margin + sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb,
                                                       bar->upsideDown);
    const auto piece = [&](int from, int size) {
        return upright ? QRect(bar->rect.x(), bar->rect.y() + from, bar->rect.width(), size)
                       : QRect(bar->rect.x() + from, bar->rect.y(), size, bar->rect.height());
    };
    switch (sub) {
    case SC_ScrollBarSlider:
        return piece(start, thumb);
    case SC_ScrollBarGroove:
        return piece(Margin, length);
    case SC_ScrollBarSubPage:
        return piece(Margin, start - Margin);
    case SC_ScrollBarAddPage:
        return piece(start + thumb, Margin + length - start - thumb);
    default:
        return {};
    }
}

void KithStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                              const QWidget* widget) const {
    if (element == PE_IndicatorCheckBox)
        return drawCheckBox(option, painter);
    if (element == PE_FrameFocusRect && qobject_cast<const QCheckBox*>(widget) != nullptr) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(option->palette.color(QPalette::Highlight), FieldRing));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), 4, 4);
        painter->restore();
        return;
    }
    if (element == PE_PanelMenu || element == PE_PanelTipLabel)
        return drawPanel(option, painter, widget, element == PE_PanelMenu);
    if (element == PE_FrameMenu)
        return; // the panel has it
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    if (element != PE_PanelLineEdit || frame == nullptr)
        return QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (frame->lineWidth > 0) // else it lies in another control, which draws the field
        drawField(option, painter);
}

void KithStyle::drawField(const QStyleOption* option, QPainter* painter) {
    const bool isFocused = option->state.testFlag(State_HasFocus);
    const qreal width = isFocused ? FieldRing : 1;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(
        QPen(isFocused ? option->palette.color(QPalette::Highlight) : option->palette.color(QPalette::Dark), width));
    painter->setBrush(option->palette.brush(QPalette::Base));
    const qreal inset = width / 2;
    painter->drawRoundedRect(QRectF(option->rect).adjusted(inset, inset, -inset, -inset), Metrics::FieldRadius,
                             Metrics::FieldRadius);
    painter->restore();
}

void KithStyle::drawCheckBox(const QStyleOption* option, QPainter* painter) {
    const bool isOn = option->state.testFlag(State_On);
    const QColor colour = option->palette.color(isOn ? QPalette::Highlight : QPalette::Dark);
    const qreal side = std::min(option->rect.width(), option->rect.height()) - 1;
    QRectF box(0, 0, side, side);
    box.moveCenter(QRectF(option->rect).center());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colour, 1.5));
    painter->setBrush(isOn ? QBrush(colour) : option->palette.brush(QPalette::Base));
    painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3);
    if (isOn)
        drawIcon(*painter, Icon::Check, box.adjusted(2, 2, -2, -2), option->palette.color(QPalette::HighlightedText));
    painter->restore();
}

QSize KithStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                  const QWidget* widget) const {
    QSize fitting = QProxyStyle::sizeFromContents(type, option, size, widget);
    if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
        type == CT_MenuItem && item != nullptr)
        return menuItemSize(*item, size);
    if (type == CT_LineEdit)
        fitting.setHeight(std::max(fitting.height() + 8, FieldMin));
    return fitting;
}

QRect KithStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    const bool isField = element == SE_LineEditContents && frame != nullptr && frame->lineWidth > 0;
    return isField ? rect.adjusted(FieldPadding, 0, -FieldPadding, 0) : rect;
}

void KithStyle::polish(QWidget* widget) {
    QProxyStyle::polish(widget);
    // On Wayland all windows are composed, elsewhere nobody can tell.
    if (qobject_cast<QMenu*>(widget) != nullptr && QGuiApplication::platformName().startsWith(QLatin1String("wayland")))
        widget->setAttribute(Qt::WA_TranslucentBackground);
}

void KithStyle::drawPanel(const QStyleOption* option, QPainter* painter, const QWidget* widget, bool isMenu) {
    const QBrush ground = option->palette.brush(isMenu ? QPalette::Base : QPalette::ToolTipBase);
    const int radius = isMenu ? Metrics::MenuRadius : Metrics::TipRadius;
    painter->save();
    if (!isComposed(widget))
        painter->fillRect(option->rect, ground);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(isMenu ? QPen(option->palette.color(QPalette::Mid), 1) : QPen(Qt::NoPen));
    painter->setBrush(ground);
    painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter->restore();
}

void KithStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                            const QWidget* widget) const {
    if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
        element == CE_MenuItem && item != nullptr)
        return drawMenuItem(*item, painter);
    if (element == CE_MenuEmptyArea)
        return;
    QProxyStyle::drawControl(element, option, painter, widget);
}

void KithStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                   const QWidget* widget) const {
    if (control == CC_SpinBox)
        return drawField(option, painter); // ours have no buttons
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (control != CC_ScrollBar || bar == nullptr)
        return QProxyStyle::drawComplexControl(control, option, painter, widget);
    painter->fillRect(bar->rect, bar->palette.base());
    if (bar->maximum <= bar->minimum)
        return;
    const bool active = bar->state.testFlag(State_MouseOver) || bar->state.testFlag(State_Sunken);
    const int width = active ? ThumbWidthHovered : ThumbWidth;
    QRectF thumb = subControlRect(control, option, SC_ScrollBarSlider, widget);
    if (bar->orientation == Qt::Vertical)
        thumb.adjust((BarWidth - width) / 2.0, 0, -(BarWidth - width) / 2.0, 0);
    else
        thumb.adjust(0, (BarWidth - width) / 2.0, 0, -(BarWidth - width) / 2.0);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(active ? bar->palette.color(QPalette::PlaceholderText) : bar->palette.color(QPalette::Dark));
    painter->drawRoundedRect(thumb, width / 2.0, width / 2.0);
    painter->restore();
}

} // namespace kith::ui
