// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/actions/action_table.h"
#include "ui/address.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/state_glyph.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_accessible.h"
#include "ui/timeline/timeline_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QStyleHints>
#include <QToolTip>

#include <algorithm>

namespace kith::ui {

// --- Keyboard --------------------------------------------------------------------------------------------------------

void TimelineView::keyPressEvent(QKeyEvent* event) {
    if (!m_geometry || m_model->size() == 0)
        return event->ignore();
    letGo();
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const bool control = event->modifiers().testFlag(Qt::ControlModifier);
    if (isKeyOf(Act::Copy, *event))
        return copy();
    if (isKeyOf(Act::SelectAll, *event))
        return selectAll();
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (control && event->key() == Qt::Key_Down)
            return scrollToBottom();
        if (control)
            break;
        return shift ? moveHead(event) : moveCurrent(event->key() == Qt::Key_Up ? -1 : 1);
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (!shift)
            break;
        return moveHead(event);
    case Qt::Key_PageUp:
        return page(-1);
    case Qt::Key_PageDown:
        return page(1);
    case Qt::Key_Home:
        return goToFirst();
    case Qt::Key_End:
        return goToLast();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current < 0)
            break;
        return activateRow(m_current);
    case Qt::Key_Escape:
        if (hasSelection())
            return clearSelection();
        if (m_current < 0)
            break;
        return setCurrentRow(-1);
    default:
        break;
    }
    event->ignore();
}

void TimelineView::setCurrentRow(int row) {
    if (!m_geometry)
        return;
    row = std::clamp(row, -1, m_model->size() - 1);
    if (row == m_current)
        return;
    updateRows(m_current, m_current);
    m_current = row;
    if (row >= 0) {
        change([row](TimelineGeometry& geometry) { geometry.show(row); });
        updateRows(row, row);
        TimelineAccessible::focused(*this, row);
    }
    Q_EMIT currentRowChanged(row);
}

void TimelineView::moveCurrent(int by) {
    if (m_current < 0)
        return setCurrentRow(by < 0 ? m_geometry->lastVisible() : m_geometry->firstVisible());
    setCurrentRow(std::clamp(m_current + by, 0, m_model->size() - 1));
}

void TimelineView::page(int direction) {
    const int line = viewport()->fontMetrics().height();
    scrollByPixels(-direction * (viewport()->height() - 2 * line));
    if (m_current >= 0)
        setCurrentRow(direction < 0 ? m_geometry->firstVisible() : m_geometry->lastVisible());
}

/// Up and down take in whole messages, left and right single characters.
void TimelineView::moveHead(QKeyEvent* event) {
    const bool forward = event->key() == Qt::Key_Down || event->key() == Qt::Key_Right;
    const bool byRow = event->key() == Qt::Key_Down || event->key() == Qt::Key_Up;
    const TimelineSelection before = m_selection;
    const int start = m_current >= 0 ? m_current : m_geometry->lastVisible();
    if (start < 0)
        return;
    const TextPlace edge{start, forward ? 0 : TextPlace::End};
    if (m_selection.isEmpty())
        m_selection.start(edge);
    TextPlace head = m_selection.head();
    if (byRow) {
        if (!before.isEmpty())
            head.row = std::clamp(head.row + (forward ? 1 : -1), 0, m_model->size() - 1);
        head.position = forward ? TextPlace::End : 0;
    } else if (const BubbleLayout* layout = m_geometry->layout(head.row)) {
        const int length = layout->text().shownLength();
        const int position = std::min(head.position, length);
        if (forward && position == length && head.row + 1 < m_model->size())
            head = {head.row + 1, 0};
        else if (!forward && position == 0 && head.row > 0)
            head = {head.row - 1, TextPlace::End};
        else
            head.position = layout->text().nextPosition(position, forward);
    }
    m_selection.extendTo(head);
    setCurrentRow(m_selection.head().row);
    selectionChanged(before);
}

void TimelineView::activateRow(int row) {
    const BubbleLayout* layout = m_geometry->layout(row);
    if (layout == nullptr)
        return;
    if (layout->hasFailed()) {
        Q_EMIT retryRequested(m_model->row(row).seq);
    } else if (layout->hasQuote() && !layout->text().isCollapsed()) { // what is long is read first
        goToQuoted(row);
    } else if (layout->text().isCollapsible()) {
        toggleExpanded(row);
    } else if (layout->text().links().size() == 1) {
        Q_EMIT linkActivated(layout->text().links().front().url);
    }
}

void TimelineView::toggleExpanded(int row) {
    change([row](TimelineGeometry& geometry) { geometry.setExpanded(row, !geometry.isExpanded(row)); });
    viewport()->update();
}

// --- Mouse -----------------------------------------------------------------------------------------------------------

void TimelineView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_geometry)
        return;
    const QPoint point = event->position().toPoint();
    m_pressed = point;
    letGo();
    if (isButtonShown() && overlay::bottomButton(m_theme, viewport()->size(), isRightToLeft()).contains(point))
        return canGoBack() ? goBack() : scrollToBottom();
    if (m_geometry->firstVisible() < 0)
        return;
    if (const overlay::Action action = overlay::messageActionAt(actionsRect(), point); action != overlay::Action::None)
        return act(action, event->globalPosition().toPoint());
    const TextPlace place = placeAt(point);
    const bool nearLast = (point - m_lastClick).manhattanLength() < QApplication::startDragDistance();
    if (m_tripleClick.isActive() && nearLast) {
        m_drag = Drag::Paragraph;
        if (const BubbleLayout* layout = m_geometry->layout(place.row)) {
            const TextRun run = layout->text().paragraphAt(std::min(place.position, layout->text().shownLength()));
            selectRun({place.row, run.start}, {place.row, run.end()});
        }
        return;
    }
    m_drag = Drag::Character;
    if (event->modifiers().testFlag(Qt::ShiftModifier) && hasSelection()) {
        m_dragFirst = m_dragLast = m_selection.anchor();
        return extendSelection(point);
    }
    selectRun(place, place);
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_geometry || m_geometry->firstVisible() < 0)
        return;
    const QPoint point = event->position().toPoint();
    const TextPlace place = placeAt(point);
    if (!bubbleRect(place.row).contains(point))
        return;
    m_drag = Drag::Word;
    m_lastClick = point;
    m_tripleClick.start(QApplication::doubleClickInterval());
    const BubbleLayout* layout = m_geometry->layout(place.row);
    const TextRun run = layout->text().wordAt(std::min(place.position, layout->text().shownLength()));
    selectRun({place.row, run.start}, {place.row, run.end()});
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
    const QPoint point = event->position().toPoint();
    if (!event->buttons().testFlag(Qt::LeftButton) || m_drag == Drag::None)
        return hover(point);
    if (m_selection.isEmpty() && (point - m_pressed).manhattanLength() < QApplication::startDragDistance())
        return;
    extendSelection(point);
    if (viewport()->rect().contains(point))
        m_dragScroll.stop();
    else if (!m_dragScroll.isActive())
        m_dragScroll.start();
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_drag == Drag::None)
        return;
    m_drag = Drag::None;
    m_dragScroll.stop();
    if (hasSelection())
        return selectionChanged(m_selection);
    const QPoint point = event->position().toPoint();
    const int row = m_geometry ? m_geometry->rowAt(point.y()) : -1;
    if (row < 0)
        return;
    const Hit hit = hitAt(row, point);
    switch (hit.kind) {
    case Hit::Kind::Retry:
        Q_EMIT retryRequested(m_model->row(row).seq);
        break;
    case Hit::Kind::ReadMore:
        toggleExpanded(row);
        break;
    case Hit::Kind::Link:
        Q_EMIT linkActivated(hit.url);
        break;
    case Hit::Kind::Quote:
        goToQuoted(row);
        break;
    case Hit::Kind::Nothing:
    case Hit::Kind::Text:
    case Hit::Kind::Meta:
        break;
    }
}

Hit TimelineView::hitAt(int row, QPoint point) const {
    const BubbleLayout* layout = m_geometry->layout(row);
    return layout != nullptr ? layout->hitAt(point - QPoint(0, m_geometry->bubbleTop(row))) : Hit();
}

void TimelineView::hover(QPoint point) {
    const bool onButton =
        isButtonShown() && overlay::bottomButton(m_theme, viewport()->size(), isRightToLeft()).contains(point);
    if (onButton != m_buttonHovered) {
        m_buttonHovered = onButton;
        updateOverlays();
    }
    QUrl link;
    Qt::CursorShape shape = onButton ? Qt::PointingHandCursor : Qt::ArrowCursor;
    const overlay::Action action = overlay::messageActionAt(actionsRect(), point);
    const bool isInside = m_geometry && !onButton && viewport()->rect().contains(point);
    const int row = isInside && action == overlay::Action::None ? m_geometry->rowAt(point.y()) : -1;
    if (action != overlay::Action::None) { // what is pointed at stays so
        shape = Qt::PointingHandCursor;
        this->point(m_pointed, action);
    } else {
        this->point(row >= 0 && !m_model->row(row).isGap() ? m_model->row(row).seq : 0, action);
    }
    if (row >= 0) {
        const Hit hit = hitAt(row, point);
        link = hit.url;
        if (hit.canBePressed())
            shape = Qt::PointingHandCursor;
        else if (hit.kind == Hit::Kind::Text)
            shape = Qt::IBeamCursor;
    }
    viewport()->setCursor(shape);
    if (link != m_hovered) {
        m_hovered = link;
        Q_EMIT linkHovered(link);
    }
}

void TimelineView::point(std::int64_t seq, overlay::Action action) {
    if (seq == m_pointed && action == m_pointedAction)
        return;
    m_isCopied = m_isCopied && seq == m_pointed;
    m_pointed = seq;
    m_pointedAction = action;
    updateOverlays();
}

void TimelineView::act(overlay::Action action, const QPoint& at) {
    if (action == overlay::Action::More) {
        Q_EMIT contextMenuRequested({m_pointed, {}, hasSelection()}, at);
        return;
    }
    copyMessage(m_pointed);
    m_isCopied = true;
    updateOverlays();
    announce(tr("Copied"));
}

QString TimelineView::toolTipAt(QPoint point) const {
    if (isButtonShown() && overlay::bottomButton(m_theme, viewport()->size(), isRightToLeft()).contains(point))
        return tipOf(canGoBack() ? Act::Back : Act::LatestMessage);
    switch (overlay::messageActionAt(actionsRect(), point)) {
    case overlay::Action::Copy:
        return tr("Copy message");
    case overlay::Action::More:
        return tr("More");
    case overlay::Action::None:
        break;
    }
    const int row = m_geometry ? m_geometry->rowAt(point.y()) : -1;
    const Hit hit = row < 0 ? Hit() : hitAt(row, point);
    if (hit.kind == Hit::Kind::Link) {
        const AddressFacts facts = factsOf(hit.url);
        constexpr qsizetype Enough = 200;
        const QString whole = facts.whole.size() > Enough ? facts.whole.left(Enough) + u'…' : facts.whole;
        return facts.host + u'\n' + whole;
    }
    if (hit.kind != Hit::Kind::Meta && hit.kind != Hit::Kind::Retry)
        return {};
    const RowInfo& info = m_model->row(row);
    const QString state = stateText(static_cast<client::DeliveryState>(info.state));
    const QString time = fullTimeText(info.sent_ms);
    return state.isEmpty() ? time : time + QStringLiteral("\n") + state;
}

bool TimelineView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString text = toolTipAt(help->pos());
        // As plain text: a link is a stranger's, and may look like markup.
        QToolTip::showText(help->globalPos(), text.toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")), viewport());
        return true;
    }
    if (event->type() == QEvent::Leave)
        hover({-1, -1});
    return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::contextMenuEvent(QContextMenuEvent* event) {
    if (!m_geometry || m_geometry->firstVisible() < 0)
        return;
    if (event->reason() == QContextMenuEvent::Keyboard)
        return openContextMenu(m_current >= 0 ? m_current : m_geometry->lastVisible());
    const int row = m_geometry->rowAt(event->pos().y());
    Q_EMIT contextMenuRequested({m_model->row(row).seq, hitAt(row, event->pos()).url, hasSelection()},
                                event->globalPos());
}

void TimelineView::openContextMenu(int row) {
    change([row](TimelineGeometry& geometry) { geometry.show(row); });
    TimelineTarget target{m_model->row(row).seq, {}, hasSelection()};
    if (const BubbleLayout* layout = m_geometry->layout(row); layout != nullptr && layout->text().links().size() == 1)
        target.link = layout->text().links().front().url;
    Q_EMIT contextMenuRequested(target, viewport()->mapToGlobal(bubbleRect(row).center()));
}

} // namespace kith::ui
