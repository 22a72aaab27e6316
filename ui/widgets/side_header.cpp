// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/side_header.h"

#include "ui/icon.h"
#include "ui/widgets/avatar.h"
#include "ui/widgets/form.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyle>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr int AvatarSide = 36;
constexpr int Gap = 10;
constexpr int FieldHeight = 36;
constexpr int IconSide = 18;
constexpr int Alignment = Qt::AlignLeft | Qt::AlignVCenter; // the painter mirrors it

} // namespace

SideButton::SideButton(const Theme& theme, QWidget* parent)
    : QAbstractButton(parent)
    , m_theme(theme) {
    setFocusPolicy(Qt::TabFocus); // pressed by mouse, it leaves the keys where they were
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void SideButton::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

SelfButton::SelfButton(const Theme& theme, QWidget* parent)
    : SideButton(theme, parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SelfButton::show(const AccountId& account, const QString& name) {
    m_account = account;
    setText(name);
    setState({}, false);
}

void SelfButton::setState(const QString& state, bool isWell) {
    setToolTip(state); // it may be cut
    m_state = state;
    m_isWell = isWell;
    setAccessibleName(text().isEmpty() ? QString() : tr("You, %1").arg(text()));
    setAccessibleDescription(state);
    update();
}

void SelfButton::clear() {
    show({}, {});
}

QSize SelfButton::sizeHint() const {
    const int text =
        QFontMetrics(theme().font(TextRole::ChatTitle)).height() + QFontMetrics(theme().font(TextRole::Meta)).height();
    return {180, std::max(theme().grown(AvatarSide), text) + 8};
}

QSize SelfButton::minimumSizeHint() const {
    return {100, sizeHint().height()};
}

void SelfButton::paintEvent(QPaintEvent*) {
    const Tokens& t = theme().tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    if (underMouse() || isDown()) {
        painter.setBrush(t.hover);
        painter.drawRoundedRect(rect(), Metrics::RowRadius, Metrics::RowRadius);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(t.accent, Metrics::FocusRing));
        painter.drawRoundedRect(rect().adjusted(1, 1, -1, -1), Metrics::RowRadius - 1, Metrics::RowRadius - 1);
    }
    if (text().isEmpty())
        return;
    const auto placed = [&](QRect at) { return QStyle::visualRect(layoutDirection(), rect(), at); };
    const int avatar = theme().grown(AvatarSide);
    drawAvatar(painter, theme(), placed({4, (height() - avatar) / 2, avatar, avatar}), m_account, text());
    const int x = 4 + avatar + Gap;
    const int width = this->width() - x - 4;
    const QFontMetrics name(theme().font(TextRole::ChatTitle));
    const QFontMetrics below(theme().font(TextRole::Meta));
    const int lower = m_state.isEmpty() ? 0 : below.height();
    const int top = (height() - name.height() - lower) / 2;
    painter.setFont(theme().font(TextRole::ChatTitle));
    painter.setPen(t.text);
    painter.drawText(placed({x, top, width, name.height()}), Alignment,
                     name.elidedText(isolated(text()), Qt::ElideRight, width));
    painter.setFont(theme().font(TextRole::Meta));
    painter.setPen(m_isWell ? t.ok : t.textSecondary);
    painter.drawText(placed({x, top + name.height(), width, lower}), Alignment,
                     below.elidedText(m_state, Qt::ElideRight, width));
}

SearchButton::SearchButton(const Theme& theme, Act act, QWidget* parent)
    : SideButton(theme, parent)
    , m_keys(rowOf(act).keys.front().toString(QKeySequence::NativeText)) {
    setText(bareNameOf(rowOf(act)));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize SearchButton::sizeHint() const {
    return {160, std::max(FieldHeight, QFontMetrics(theme().font(TextRole::Body)).height() + 14)};
}

void SearchButton::paintEvent(QPaintEvent*) {
    const Tokens& t = theme().tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hasFocus() ? QPen(t.accent, Metrics::FocusRing) : QPen(t.separator, 1));
    painter.setBrush(underMouse() ? t.hover : t.background);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Metrics::FieldRadius, Metrics::FieldRadius);
    const auto placed = [&](QRect at) { return QStyle::visualRect(layoutDirection(), rect(), at); };
    const int side = theme().grown(IconSide);
    drawIcon(painter, Icon::Search, placed({12, (height() - side) / 2, side, side}), t.textSecondary);
    const int x = 12 + side + Gap;
    const QFontMetrics keys(theme().font(TextRole::Meta));
    const int right = keys.horizontalAdvance(m_keys) + 12;
    const int width = this->width() - x - right - Gap;
    painter.setPen(t.textSecondary);
    painter.setFont(theme().font(TextRole::Body));
    painter.drawText(placed({x, 0, width, height()}), Alignment,
                     QFontMetrics(painter.font()).elidedText(text(), Qt::ElideRight, width));
    painter.setFont(theme().font(TextRole::Meta));
    painter.drawText(placed({this->width() - right, 0, right - 12, height()}), Alignment, m_keys);
}

} // namespace kith::ui
