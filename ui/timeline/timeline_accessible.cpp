// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_accessible.h"

#include "ui/actions/action_table.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/timeline/state_glyph.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_view.h"

#include <algorithm>

namespace kith::ui {
namespace {

constexpr QLatin1String GoToQuoted("goToQuoted");

/// One message. It knows its row by the event number, so that it stays right when rows come and go.
class MessageItem final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    MessageItem(TimelineAccessible& list, std::int64_t seq)
        : m_list(list)
        , m_view(&list.view())
        , m_seq(seq) {}

    std::int64_t seq() const { return m_seq; }
    int row() const {
        const TimelineModel* model = m_view != nullptr ? m_view->model() : nullptr;
        return model != nullptr ? model->indexOf(m_seq) : -1;
    }

    bool isValid() const override { return row() >= 0; }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_list.window(); }
    QAccessibleInterface* parent() const override { return &m_list; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    void setText(QAccessible::Text, const QString&) override {}

    QString text(QAccessible::Text type) const override {
        return type == QAccessible::Name && isValid() ? m_view->accessibleTextOf(row()) : QString();
    }
    QRect rect() const override {
        const int at = row();
        const TimelineGeometry* geometry = m_view != nullptr ? m_view->geometry() : nullptr;
        if (at < 0 || geometry == nullptr)
            return {};
        const QPoint corner = m_view->viewport()->mapToGlobal(QPoint(0, geometry->top(at)));
        return {corner, QSize(m_view->viewport()->width(), geometry->height(at))};
    }
    QAccessible::State state() const override {
        QAccessible::State state;
        const int at = row();
        state.invalid = at < 0;
        if (at < 0)
            return state;
        state.focusable = state.selectable = state.readOnly = true;
        state.focused = m_view->hasFocus() && m_view->currentRow() == at;
        const TimelineGeometry* geometry = m_view->geometry();
        state.offscreen = at < geometry->firstVisible() || at > geometry->lastVisible();
        state.expandable = geometry->isExpanded(at);
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
    }
    QStringList actionNames() const override {
        QStringList names{setFocusAction(), pressAction(), showMenuAction()};
        const client::TimelineRow* body = isValid() ? m_view->model()->body(row()) : nullptr;
        if (body != nullptr && body->replyTo)
            names += GoToQuoted;
        return names;
    }
    QString localizedActionName(const QString& name) const override {
        return name == GoToQuoted ? nameOf(rowOf(Act::GoToQuoted))
                                  : QAccessibleActionInterface::localizedActionName(name);
    }
    void doAction(const QString& name) override {
        const int at = row();
        if (at < 0)
            return;
        if (name == setFocusAction()) {
            m_view->setFocus();
            m_view->setCurrentRow(at);
        } else if (name == pressAction()) {
            m_view->activateRow(at);
        } else if (name == showMenuAction()) {
            m_view->openContextMenu(at);
        } else if (name == GoToQuoted) {
            m_view->goToQuoted(at);
        }
    }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    TimelineAccessible& m_list;
    QPointer<TimelineView> m_view;
    std::int64_t m_seq;
};

QAccessibleInterface* makeTimeline(const QString& className, QObject* object) {
    if (className != QLatin1String(TimelineView::staticMetaObject.className()))
        return nullptr;
    auto* view = qobject_cast<TimelineView*>(object);
    return view != nullptr ? new TimelineAccessible(view) : nullptr;
}

void tell(TimelineView& view, int row, QAccessible::Event type) {
    auto* list = static_cast<TimelineAccessible*>(QAccessible::queryAccessibleInterface(&view));
    if (list == nullptr || row < list->firstRow() || row >= list->firstRow() + list->childCount())
        return;
    QAccessibleEvent event(list->child(row - list->firstRow()), type);
    QAccessible::updateAccessibility(&event);
}

} // namespace

void TimelineAccessible::install() {
    static const bool installed = [] {
        QAccessible::installFactory(makeTimeline);
        return true;
    }();
    Q_UNUSED(installed)
}

void TimelineAccessible::focused(TimelineView& view, int row) {
    if (QAccessible::isActive())
        tell(view, row, QAccessible::Focus);
}

void TimelineAccessible::nameChanged(TimelineView& view, int row) {
    tell(view, row, QAccessible::NameChanged);
}

TimelineAccessible::TimelineAccessible(TimelineView* view)
    : QAccessibleWidget(view, QAccessible::List) {}

TimelineAccessible::~TimelineAccessible() {
    for (const QAccessible::Id item : std::as_const(m_items))
        QAccessible::deleteAccessibleInterface(item);
}

TimelineView& TimelineAccessible::view() const {
    return *static_cast<TimelineView*>(widget());
}

int TimelineAccessible::firstRow() const {
    const TimelineGeometry* geometry = view().geometry();
    if (geometry == nullptr || geometry->firstVisible() < 0)
        return 0;
    const int middle = (geometry->firstVisible() + geometry->lastVisible()) / 2;
    return std::clamp(middle - ItemsMax / 2, 0, std::max(0, view().model()->size() - ItemsMax));
}

int TimelineAccessible::childCount() const {
    const TimelineModel* model = view().model();
    return model == nullptr ? 0 : std::min(ItemsMax, model->size());
}

QAccessibleInterface* TimelineAccessible::child(int index) const {
    if (index < 0 || index >= childCount())
        return nullptr;
    const TimelineModel& model = *view().model();
    const std::int64_t seq = model.row(firstRow() + index).seq;
    if (const QAccessible::Id known = m_items.value(seq, 0))
        return QAccessible::accessibleInterface(known);
    // Readers forget what they asked for long ago; so do we, but never what may still be on screen.
    if (m_items.size() >= 4 * ItemsMax)
        m_items.removeIf([&](const auto& entry) {
            const int row = model.indexOf(entry.key());
            const bool far = row < firstRow() || row >= firstRow() + ItemsMax;
            if (far)
                QAccessible::deleteAccessibleInterface(entry.value());
            return far;
        });
    auto* item = new MessageItem(const_cast<TimelineAccessible&>(*this), seq);
    m_items.insert(seq, QAccessible::registerAccessibleInterface(item));
    return item;
}

QAccessibleInterface* TimelineAccessible::childAt(int x, int y) const {
    const TimelineGeometry* geometry = view().geometry();
    const QPoint point = view().viewport()->mapFromGlobal(QPoint(x, y));
    if (geometry == nullptr || !view().viewport()->rect().contains(point))
        return nullptr;
    const int row = geometry->rowAt(point.y());
    const bool isOnIt =
        row >= 0 && point.y() >= geometry->top(row) && point.y() < geometry->top(row) + geometry->height(row);
    return isOnIt ? child(row - firstRow()) : nullptr;
}

int TimelineAccessible::indexOfChild(const QAccessibleInterface* child) const {
    const auto* item = dynamic_cast<const MessageItem*>(child);
    const int row = item != nullptr ? item->row() : -1;
    return row < 0 ? -1 : row - firstRow();
}

QAccessibleInterface* TimelineAccessible::focusChild() const {
    return view().hasFocus() && view().currentRow() >= 0 ? child(view().currentRow() - firstRow()) : nullptr;
}

QString TimelineView::accessibleTextOf(int row) const {
    if (const client::TimelineRow* body = m_model->body(row))
        return accessibleTextOf(*body);
    const RowInfo& info = m_model->row(row);
    client::TimelineRow message; // its text is on the way
    message.sender = m_model->sender(row);
    message.kind = info.isGap() ? client::RowKind::Gap : client::RowKind::Text;
    message.sent = fromMs(info.sent_ms);
    message.state = static_cast<client::DeliveryState>(info.state);
    return accessibleTextOf(message);
}

QString TimelineView::accessibleTextOf(const client::TimelineRow& message) const {
    if (message.kind == client::RowKind::Gap)
        return gapText();
    QString sender = m_model->people().youOrNameOf(message.sender);
    if (message.replyTo) // "Ana, in reply to Ben, Are you there?"
        sender = tr("%1, in reply to %2").arg(sender, m_model->people().youOrNameOf(message.replyTo->first));
    const QString quote = message.quote ? message.quote->text : message.replyTo ? missingQuoteText() : QString();
    QStringList parts{sender, quote, message.text, timeText(toMs(message.sent)), stateText(message.state)};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
}

} // namespace kith::ui
