// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/conversation_delegate.h"

#include "ui/models/conversation_model.h"
#include "ui/timeline/time_text.h"
#include "ui/widgets/avatar.h"
#include "ui/widgets/form.h"

#include <QDateTime>
#include <QLocale>
#include <QPainter>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr int AvatarSide = 44;
constexpr int Margin = 16;
constexpr int RowMin = 66;

/// Today the time, this week the day, else the date.
QString shortTime(WallTime at) {
    const QDateTime when = QDateTime::fromMSecsSinceEpoch(toMs(at));
    const QDate today = QDate::currentDate();
    const QLocale locale;
    if (when.date() == today)
        return timeText(toMs(at));
    if (when.date() > today.addDays(-7) && when.date() < today)
        return locale.standaloneDayName(when.date().dayOfWeek(), QLocale::ShortFormat);
    return locale.toString(when.date(), QLocale::ShortFormat);
}

} // namespace

ConversationDelegate::ConversationDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme) {}

QSize ConversationDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    const int text = QFontMetrics(m_theme.font(TextRole::Strong)).height() +
                     QFontMetrics(m_theme.font(TextRole::Secondary)).height() + 4;
    return {200, std::max({RowMin, text + 2 * 10, m_theme.grown(AvatarSide) + 20})};
}

void ConversationDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    const auto* row = index.data(ConversationModel::RowRole).value<const ConversationModel::Row*>();
    if (row == nullptr)
        return;
    const Tokens& t = m_theme.tokens();
    const QString name = index.data().toString();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect box = option.rect.adjusted(8, 0, -8, 0);
    if (option.state.testFlag(QStyle::State_Selected) || option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(option.state.testFlag(QStyle::State_Selected) ? t.selectedRow : t.hover);
        painter->drawRoundedRect(box, Metrics::RowRadius, Metrics::RowRadius);
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(t.accent, Metrics::FocusRing));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), Metrics::RowRadius - 1, Metrics::RowRadius - 1);
    }
    const auto placed = [&](QRect rect) { return QStyle::visualRect(option.direction, option.rect, rect); };
    const int left = option.rect.left() + Margin;
    const int avatar = m_theme.grown(AvatarSide);
    drawAvatar(*painter, m_theme, placed({left, option.rect.center().y() - avatar / 2, avatar, avatar}), row->account,
               name);

    const QFont strong = m_theme.font(TextRole::Strong);
    const QFont secondary = m_theme.font(TextRole::Secondary);
    const QFont meta = m_theme.font(TextRole::Meta);
    const int x = left + avatar + 12;
    const int right = option.rect.right() - Margin;
    const int upper = QFontMetrics(strong).height();
    const int lower = QFontMetrics(secondary).height();
    const int y = option.rect.top() + (option.rect.height() - upper - lower - 4) / 2;
    const QString time = row->time ? shortTime(*row->time) : QString();
    const int timeWidth = time.isEmpty() ? 0 : QFontMetrics(meta).horizontalAdvance(time) + 8;
    // The painter mirrors alignments by itself.
    const Qt::Alignment side = Qt::AlignLeft | Qt::AlignVCenter;

    painter->setFont(strong);
    painter->setPen(t.text);
    const int nameWidth = right - x - timeWidth;
    painter->drawText(placed({x, y, nameWidth, upper}), static_cast<int>(side),
                      QFontMetrics(strong).elidedText(isolated(name), Qt::ElideRight, nameWidth));
    painter->setFont(meta);
    painter->setPen(t.textSecondary);
    painter->drawText(placed({right - timeWidth, y, timeWidth, upper}),
                      static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), time);

    int badgeWidth = 0;
    const bool asks = row->kind == ConversationModel::Kind::RequestReceived;
    if (row->unread > 0 || asks) {
        const QString count = asks                ? QStringLiteral("!")
                              : row->unread > 999 ? QStringLiteral("999+")
                                                  : QLocale().toString(row->unread);
        QFont bold = meta;
        bold.setWeight(QFont::DemiBold);
        const int height = QFontMetrics(bold).height() + 4;
        const int width = std::max(height, QFontMetrics(bold).horizontalAdvance(count) + 12);
        badgeWidth = width + 8;
        const QRect badge = placed({right - width, y + upper + 4 + (lower - height) / 2, width, height});
        painter->setPen(Qt::NoPen);
        painter->setBrush(t.accent);
        painter->drawRoundedRect(badge, height / 2.0, height / 2.0);
        painter->setFont(bold);
        painter->setPen(t.onAccent);
        painter->drawText(badge, Qt::AlignCenter, count);
    }
    QString line = isolated(row->preview);
    painter->setPen(t.textSecondary);
    if (!row->draft.isEmpty() && !option.state.testFlag(QStyle::State_Selected)) { // what is open shows it itself
        painter->setPen(t.danger);
        line = ConversationModel::tr("Draft: %1").arg(isolated(oneLine(row->draft)));
    } else if (row->isOwnPreview && !row->preview.isEmpty()) {
        line = ConversationModel::tr("You: %1").arg(line);
    }
    painter->setFont(secondary);
    const int lineWidth = right - x - badgeWidth;
    painter->drawText(placed({x, y + upper + 4, lineWidth, lower}), static_cast<int>(side),
                      QFontMetrics(secondary).elidedText(line, Qt::ElideRight, lineWidth));
    painter->restore();
}

} // namespace kith::ui
