// SPDX-License-Identifier: GPL-3.0-or-later
// Ways from one place of the conversation to another, loaded or not.
#include "ui/models/timeline_model.h"
#include "ui/timeline/timeline_view.h"

namespace kith::ui {

/// Until it is there one sees ground at its place.
void TimelineView::goToFirst() {
    m_goal = Goal::First;
    m_model->goTo(TimelineModel::Anchor(0));
    if (m_goal == Goal::First)
        change([](TimelineGeometry& geometry) { geometry.jumpTo(0); });
}

void TimelineView::goToLast() {
    m_goal = Goal::Last;
    m_model->goTo(TimelineModel::Newest());
    if (m_goal == Goal::Last)
        change([](TimelineGeometry& geometry) { geometry.toBottom(); });
}

void TimelineView::onFound(int row) {
    const Goal goal = std::exchange(m_goal, Goal::None);
    if (goal != Goal::None && row >= 0) {
        change([row](TimelineGeometry& geometry) { geometry.show(row); });
        setCurrentRow(row);
    }
    if (goal == Goal::Last)
        scrollToBottom();
    moved();
}

void TimelineView::letGo() {
    m_goal = Goal::None;
    if (m_model != nullptr)
        m_model->goTo({});
}

void TimelineView::scrollToBottom() {
    letGo();
    if (m_geometry)
        change([](TimelineGeometry& geometry) { geometry.toBottom(); });
}

void TimelineView::scrollToMessage(std::int64_t seq) {
    const int row = m_model != nullptr ? m_model->indexOf(seq) : -1;
    if (row < 0)
        return;
    change([&](TimelineGeometry& geometry) { geometry.show(row, viewport()->height() / 3); });
    setCurrentRow(row);
}

} // namespace kith::ui
