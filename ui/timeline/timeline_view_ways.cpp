// SPDX-License-Identifier: GPL-3.0-or-later
// Ways from one place of the conversation to another, loaded or not.
#include "ui/models/timeline_model.h"
#include "ui/timeline/time_text.h"
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

void TimelineView::goToQuoted(int row) {
    const client::TimelineRow* body = row < 0 ? nullptr : m_model->body(row);
    if (body == nullptr || !body->replyTo)
        return;
    if (!body->quote)
        return announce(missingQuoteText());
    m_goal = Goal::Quoted;
    m_leaving = {{body->sender, body->id}, m_geometry->bubbleTop(row)};
    m_model->goTo(*body->replyTo);
}

void TimelineView::goBack() {
    if (m_left.empty())
        return;
    m_leaving = m_left.back();
    m_left.pop_back();
    m_goal = Goal::Back;
    m_model->goTo(m_leaving.message);
}

void TimelineView::onFound(int row) {
    const Goal goal = std::exchange(m_goal, Goal::None);
    if (goal == Goal::Quoted && row < 0)
        announce(missingQuoteText());
    if (goal == Goal::None || row < 0)
        return moved();
    std::optional<int> y;
    if (goal == Goal::Quoted)
        y = viewport()->height() / 3;
    else if (goal == Goal::Back)
        y = m_leaving.y;
    change([row, y](TimelineGeometry& geometry) { geometry.show(row, y); });
    setCurrentRow(row);
    if (goal == Goal::Last)
        scrollToBottom();
    if (goal != Goal::Quoted)
        return;
    m_left.push_back(m_leaving);
    mark(row);
    updateOverlays();
}

/// With a ring around its bubble, for a moment; nothing moves.
void TimelineView::mark(int row) {
    m_marked = m_model->row(row).seq;
    updateRows(row, row);
    m_mark.start();
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
