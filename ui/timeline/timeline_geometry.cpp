// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_geometry.h"

#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/time_text.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kith::ui {
namespace {

constexpr int ExactAhead = 64; ///< rows this far beyond a movement are exact before it
constexpr int QuoteLines = 3;  ///< name and text of what is answered, with what stands around them

} // namespace

TimelineGeometry::TimelineGeometry(TimelineModel& model, const Theme& theme)
    : m_model(model)
    , m_theme(theme) {
    restyle();
}

// --- Heights ---------------------------------------------------------------------------------------------------------

bool TimelineGeometry::isLoaded(int row) const {
    return row >= 0 && row < m_model.size();
}

int TimelineGeometry::header(int row) const {
    return !isLoaded(row) ? 0 : m_model.frame(row).headerHeight(m_theme.metrics());
}

int TimelineGeometry::estimate(int row) const {
    const RowInfo& info = m_model.row(row);
    const double width = BubbleLayout::textWidth(m_theme, m_viewport.width());
    const double guess = info.textLength * m_charWidth / width * (m_realLines / m_guessedLines);
    const int lines = std::clamp(static_cast<int>(std::ceil(guess)), 1, TextPart::CollapseLines);
    const int quote = (info.flags & RowInfo::Reply) != 0 ? QuoteLines * m_lineHeight : 0;
    return header(row) + 2 * Metrics::BubblePaddingY + quote + lines * m_lineHeight;
}

std::vector<std::int32_t> TimelineGeometry::estimates(int first, int count) const {
    std::vector<std::int32_t> heights(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        heights[static_cast<std::size_t>(i)] = estimate(first + i);
    return heights;
}

void TimelineGeometry::estimateAll() {
    m_heights.assign(estimates(0, m_model.size()));
    average(m_heights.total());
}

/// Only when everything is guessed: if every page changed the height of all that are not loaded, the bar would jump.
void TimelineGeometry::average(std::int64_t total) {
    if (m_heights.size() > 0)
        m_average = static_cast<double>(total) / m_heights.size();
}

void TimelineGeometry::readRest() {
    m_before = m_model.rowsBefore();
    m_after = m_model.rowsAfter();
}

BubbleContent TimelineGeometry::contentOf(int row) const {
    const RowInfo& info = m_model.row(row);
    const client::TimelineRow& body = *m_model.body(row);
    BubbleContent content;
    content.text = info.isGap() ? gapText() : body.text;
    content.time = timeText(info.sent_ms);
    content.state = static_cast<client::DeliveryState>(info.state);
    content.frame = m_model.frame(row);
    content.own = info.isOwn();
    content.gap = info.isGap();
    content.wrongClock = (info.flags & RowInfo::WrongClock) != 0;
    content.late = (info.flags & RowInfo::Late) != 0;
    content.expanded = m_expanded.contains(info.seq);
    if (m_model.isGroup() && !content.own && !content.frame.joinsPrevious) {
        content.sender = m_model.people().nameOf(m_model.sender(row));
        content.senderColour = m_theme.senderColour(m_model.sender(row));
    }
    if (body.replyTo) {
        const AccountId& author = body.replyTo->first;
        content.quote = QuotePart::Content{m_model.people().youOrNameOf(author), m_theme.senderColour(author), {}};
        if (body.quote)
            content.quote->text = body.quote->text;
    }
    return content;
}

const BubbleLayout* TimelineGeometry::layout(int row) {
    const RowInfo& info = m_model.row(row);
    if (BubbleLayout* known = m_layouts.object(info.seq))
        return known;
    if (m_model.body(row) == nullptr)
        return nullptr;
    auto* made = new BubbleLayout(contentOf(row), m_theme, m_viewport.width(), m_mirrored);
    ++m_layoutsMade;
    if (const double guess = info.textLength * m_charWidth / BubbleLayout::textWidth(m_theme, m_viewport.width());
        guess > 1 && !made->text().isCollapsible()) {
        m_guessedLines += guess;
        m_realLines += made->text().lineCount() - 0.5; // the last line is half full in the mean
    }
    m_layouts.insert(info.seq, made);
    m_heights.set(row, header(row) + made->height());
    return made;
}

/// The row looks different now: its layout goes. Its height stays the best guess, with the separators of today.
void TimelineGeometry::forget(int row) {
    if (row < 0 || row >= m_model.size())
        return;
    const std::int64_t seq = m_model.row(row).seq;
    const BubbleLayout* known = m_layouts.object(seq);
    m_heights.set(row, known != nullptr ? header(row) + known->height() : estimate(row));
    m_layouts.remove(seq);
}

// --- Places ----------------------------------------------------------------------------------------------------------

/// From the upper edge of row 0.
std::int64_t TimelineGeometry::offset(int row) const {
    const int loaded = std::clamp(row, 0, m_heights.size());
    return m_heights.top(loaded) + std::llround((row - loaded) * m_average);
}

/// The inverse: a row of the whole history.
int TimelineGeometry::placeAt(std::int64_t offset) const {
    if (offset < 0)
        return std::max(static_cast<int>(std::floor(static_cast<double>(offset) / m_average)), -m_before);
    const std::int64_t beyond = offset - m_heights.total();
    if (beyond < 0 || m_after == 0)
        return m_heights.rowAt(offset);
    const int row = m_heights.size() + static_cast<int>(static_cast<double>(beyond) / m_average);
    return std::min(row, m_heights.size() + m_after - 1);
}

int TimelineGeometry::top(int row) const {
    return m_anchorY - header(m_anchor) + static_cast<int>(offset(row) - offset(m_anchor));
}

int TimelineGeometry::bubbleTop(int row) const {
    return row == m_anchor ? m_anchorY : top(row) + header(row);
}

int TimelineGeometry::rowAt(int y) const {
    return m_model.size() == 0 ? -1 : m_heights.rowAt(y - top(0));
}

std::int64_t TimelineGeometry::scrollValue() const {
    return m_model.size() == 0 ? 0 : std::clamp<std::int64_t>(above() - top(0), 0, scrollMaximum());
}

std::int64_t TimelineGeometry::scrollMaximum() const {
    return std::max<std::int64_t>(0, above() + m_heights.total() + below() - bottomEdge());
}

std::optional<int> TimelineGeometry::groundRow() const {
    if (m_model.size() == 0 || m_first >= 0 || m_viewport.isEmpty())
        return std::nullopt;
    return placeAt(m_viewport.height() / 2 - top(0));
}

bool TimelineGeometry::isLoadedAt(std::int64_t scrollValue) const {
    const std::int64_t first = scrollValue - above();
    return first >= 0 && (m_after == 0 || first + m_viewport.height() <= m_heights.total());
}

std::pair<int, int> TimelineGeometry::near(int screens) const {
    return {rowAt(-screens * m_viewport.height()), rowAt((screens + 1) * m_viewport.height())};
}

void TimelineGeometry::fillUp() {
    m_first = m_anchor;
    for (int y = top(m_anchor); m_first > 0 && y > 0; y -= m_heights.height(m_first))
        layout(--m_first);
}

void TimelineGeometry::fillDown() {
    m_last = m_anchor;
    layout(m_anchor);
    for (int y = top(m_anchor) + m_heights.height(m_anchor); m_last + 1 < m_model.size() && y < m_viewport.height();
         y += m_heights.height(m_last))
        layout(++m_last);
}

/// Where no loaded row is in the viewport only a place is kept, the row that would be at its upper edge.
bool TimelineGeometry::settleGround() {
    const int size = m_heights.size();
    if (m_before + m_after == 0)
        return false;
    if (!isLoaded(m_anchor)) { // within the first and the last row of all
        if (const std::int64_t bottom = top(size) + below(); bottom < bottomEdge())
            m_anchorY += static_cast<int>(bottomEdge() - bottom);
        if (const std::int64_t first = top(0) - above(); first > 0)
            m_anchorY -= static_cast<int>(first);
    }
    const bool isGround = (m_before > 0 && top(0) >= m_viewport.height()) || (m_after > 0 && top(size) <= 0);
    if (!isGround && isLoaded(m_anchor))
        return false;
    const int anchor = isGround ? placeAt(-top(0)) : m_anchor < 0 ? 0 : size - 1;
    const int y = bubbleTop(anchor);
    m_anchor = anchor;
    m_anchorY = y;
    return isGround;
}

/// Lays out what the viewport shows and keeps it within the first and the last row.
void TimelineGeometry::settle() {
    m_shown.clear();
    m_first = m_last = -1;
    if (m_model.size() == 0 || m_viewport.isEmpty()) {
        m_anchor = 0;
        return;
    }
    m_anchor = std::clamp(m_anchor, -m_before, m_model.size() - 1 + m_after);
    if (m_stuck) {
        m_anchor = m_model.size() - 1 + m_after;
        if (m_after == 0)
            layout(m_anchor);
        m_anchorY = bottomEdge() - static_cast<int>(offset(m_anchor + 1) - offset(m_anchor)) + header(m_anchor);
    }
    if (settleGround())
        return;
    fillDown();
    fillUp();
    if (const std::int64_t first = top(0) - above(); m_first == 0 && first > 0) {
        m_anchorY -= static_cast<int>(first);
        fillDown();
    }
    if (m_last + 1 == m_model.size()) {
        const int bottom = top(m_last) + m_heights.height(m_last) + static_cast<int>(below());
        if (bottom < bottomEdge()) { // short conversations stand at the bottom
            m_anchorY += bottomEdge() - bottom;
            fillUp();
        }
    }
    // The loops went on from the anchor; it may have left the viewport.
    while (m_first < m_last && top(m_first) + m_heights.height(m_first) <= 0)
        ++m_first;
    while (m_last > m_first && top(m_last) >= m_viewport.height())
        --m_last;
    chooseAnchor();
    for (int row = m_first; row <= m_last; ++row)
        m_shown.emplace_back(m_model.row(row).seq, bubbleTop(row));
}

/// The uppermost bubble whose beginning is seen; if there is none, the one that fills the viewport.
void TimelineGeometry::chooseAnchor() {
    int row = m_first;
    while (row < m_last && bubbleTop(row) < 0)
        ++row;
    if (bubbleTop(row) >= m_viewport.height() && row > m_first)
        --row;
    const int y = bubbleTop(row);
    m_anchor = row;
    m_anchorY = y;
}

// --- What happened ---------------------------------------------------------------------------------------------------

void TimelineGeometry::resize(QSize viewport, bool mirrored) {
    const bool relayout = viewport.width() != m_viewport.width() || mirrored != m_mirrored;
    m_viewport = viewport;
    m_mirrored = mirrored;
    if (relayout) {
        m_layouts.clear();
        estimateAll();
    }
    settle();
}

void TimelineGeometry::restyle() {
    const QFontMetricsF metrics(m_theme.font(TextRole::Body));
    m_charWidth = metrics.averageCharWidth();
    m_lineHeight = static_cast<int>(std::ceil(metrics.height())) + m_theme.metrics().lineGap;
    m_layouts.clear();
    estimateAll();
    settle();
}

void TimelineGeometry::reset() {
    m_layouts.clear();
    m_expanded.clear();
    readRest();
    estimateAll();
    m_anchor = m_model.unreadSeq() == 0 ? -1 : m_model.indexOf(m_model.unreadSeq());
    m_stuck = m_anchor < 0;
    m_anchorY = m_stuck ? 0 : header(m_anchor) + m_viewport.height() / 8;
    settle();
    // What was laid out has taught how good guesses are.
    const std::vector<std::int32_t> better = estimates(0, m_model.size());
    average(std::accumulate(better.begin(), better.end(), std::int64_t{0}));
    m_stuck = scrollMaximum() - scrollValue() <= StickWithin;
}

void TimelineGeometry::rowsInserted(int first, int count) {
    if (first == m_heights.size() && scrollMaximum() - scrollValue() <= StickWithin)
        m_stuck = true; // near enough to the bottom to follow
    // A page in front moves the numbers of all rows; one behind those of none.
    if (m_heights.size() > 0 && (first == 0 || (first <= m_anchor && first < m_heights.size())))
        m_anchor += count;
    readRest();
    m_heights.insert(first, estimates(first, count));
    forget(first - 1);
    forget(first + count);
    settle();
}

void TimelineGeometry::rowsRemoved(int first, int count) {
    m_heights.remove(first, count);
    readRest();
    if (m_anchor >= first + count) {
        m_anchor -= count;
    } else if (m_anchor >= first && m_model.size() > 0) {
        // The anchor is gone: the nearest row below it that was seen takes over, or the nearest above.
        m_anchor = std::min(first, m_model.size() - 1);
        const std::int64_t seq = m_model.row(m_anchor).seq;
        for (const auto& [shown, y] : m_shown)
            if (shown == seq)
                m_anchorY = y;
    }
    forget(first - 1);
    forget(first);
    settle();
}

void TimelineGeometry::rowsChanged(int first, int last) {
    for (int row = first; row <= last; ++row)
        m_layouts.remove(m_model.row(row).seq);
    settle();
}

void TimelineGeometry::replaced(int shift) {
    m_layouts.clear(); // rows have other neighbours
    m_heights.assign(estimates(0, m_model.size()));
    m_anchor += shift;
    readRest();
    settle();
}

void TimelineGeometry::restChanged() {
    readRest();
    settle();
}

int TimelineGeometry::scrollBy(int dy) {
    if (m_model.size() == 0 || dy == 0)
        return 0;
    const int reference = m_anchor;
    const int before = bubbleTop(reference);
    if (dy > 0 && m_first >= 0) {
        int row = m_first;
        for (int y = top(row); row > 0 && y > -(dy + ExactAhead); y -= m_heights.height(row))
            layout(--row);
        if (m_before > 0)
            dy = std::min(dy, std::max(0, -top(0)));
    } else if (m_first >= 0 && m_after > 0) {
        dy = std::max(dy, std::min(0, m_viewport.height() - top(m_heights.size())));
    }
    m_stuck = false;
    m_anchorY += dy;
    settle();
    m_stuck = dy < 0 && scrollMaximum() - scrollValue() <= StickWithin;
    return bubbleTop(reference) - before;
}

void TimelineGeometry::jumpTo(std::int64_t scrollValue) {
    if (m_model.size() == 0)
        return;
    m_stuck = scrollValue >= scrollMaximum();
    const std::int64_t first = scrollValue - above();
    m_anchor = placeAt(first);
    m_anchorY = static_cast<int>(offset(m_anchor) - first) + header(m_anchor);
    settle();
}

void TimelineGeometry::toBottom() {
    m_stuck = true;
    settle();
}

void TimelineGeometry::show(int row, std::optional<int> y) {
    layout(row);
    if (!y) {
        const int upper = top(row);
        const int lower = upper + m_heights.height(row);
        if (row >= m_first && row <= m_last && upper >= 0 && lower <= bottomEdge())
            return;
        const bool fits = lower - upper <= bottomEdge();
        const bool above = row < m_first || (row <= m_last && upper < 0);
        y = header(row) + (above || !fits ? 0 : bottomEdge() - (lower - upper));
    }
    m_stuck = false;
    m_anchor = row;
    m_anchorY = *y;
    settle();
    m_stuck = scrollMaximum() - scrollValue() <= StickWithin;
}

bool TimelineGeometry::isExpanded(int row) const {
    return m_expanded.contains(m_model.row(row).seq);
}

void TimelineGeometry::setExpanded(int row, bool expanded) {
    const std::int64_t seq = m_model.row(row).seq;
    if (expanded)
        m_expanded.insert(seq);
    else
        m_expanded.remove(seq);
    m_layouts.remove(seq);
    // Who opens a text wants to go on reading it, not to see its end.
    m_stuck = false;
    m_anchorY = bubbleTop(row);
    m_anchor = row;
    settle();
}

bool TimelineGeometry::prefetch() {
    if (m_first < 0)
        return false;
    const auto [first, last] = near(1);
    for (int distance = 1; distance < LayoutsMax / 2 && (m_first - distance >= first || m_last + distance <= last);
         ++distance)
        for (const int row : {m_first - distance, m_last + distance})
            if (row >= first && row <= last && m_model.body(row) != nullptr &&
                !m_layouts.contains(m_model.row(row).seq)) {
                layout(row);
                return true;
            }
    return false;
}

} // namespace kith::ui
