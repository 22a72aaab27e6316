// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_view.h"

#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_accessible.h"

#include <QAccessible>
#include <QDateTime>
#include <QElapsedTimer>
#include <QEvent>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QWheelEvent>

#include <algorithm>
#include <limits>

namespace kith::ui {
namespace {

constexpr int NearScreens = 2;      ///< texts and pages this far away are fetched
constexpr int PrefetchSlice_ms = 4; ///< of laying out ahead, between two events
constexpr int FloatingDate_ms = 1'000;
constexpr int Mark_ms = 1'500;
constexpr int UnseenMax = 1'000;
constexpr int UnseenBelowMax = 200; ///< rows below the viewport that are asked whether they are older events

} // namespace

TimelineView::TimelineView(const Theme& theme, const Clock& clock, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_theme(theme)
    , m_clock(clock)
    , m_announcer(new QLabel(this)) {
    TimelineAccessible::install(); // before anything asks for an interface, which is then kept
    setObjectName(QStringLiteral("timeline"));
    setAccessibleName(tr("Messages"));
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // a bar that comes and goes would change the width
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setMouseTracking(true);
    m_announcer->setGeometry(0, 0, 1, 1);
    m_announcer->lower(); // pixels beneath another widget are not scrolled but painted again
    m_prefetch.setInterval(0);
    m_floatingDate.setInterval(FloatingDate_ms);
    m_floatingDate.setSingleShot(true);
    m_midnight.setSingleShot(true);
    m_tripleClick.setSingleShot(true);
    m_dragScroll.setInterval(30);
    m_mark.setInterval(Mark_ms);
    m_mark.setSingleShot(true);
    connect(&m_mark, &QTimer::timeout, this, [this] {
        const int row = m_model != nullptr ? m_model->indexOf(std::exchange(m_marked, 0)) : -1;
        updateRows(row, row);
    });
    connect(&m_prefetch, &QTimer::timeout, this, &TimelineView::prefetchSlice);
    connect(&m_floatingDate, &QTimer::timeout, this, [this] { updateOverlays(); });
    connect(&m_dragScroll, &QTimer::timeout, this, [this] {
        const QPoint at = viewport()->mapFromGlobal(QCursor::pos());
        const int beyond = at.y() < 0 ? at.y() : std::max(0, at.y() - viewport()->height());
        scrollByPixels(-beyond / 2);
        extendSelection(at);
    });
    connect(verticalScrollBar(), &QScrollBar::sliderReleased, this, &TimelineView::syncScrollBar);
    connect(&m_midnight, &QTimer::timeout, this, &TimelineView::onMidnight);
    connect(&m_theme, &Theme::changed, this, &TimelineView::onTheme);
    onTheme();
}

TimelineView::~TimelineView() = default;

void TimelineView::setModel(TimelineModel* model) {
    if (m_model != nullptr)
        m_model->disconnect(this);
    m_model = model;
    m_geometry.reset();
    forgetRows();
    m_seenSeq = 0;
    m_left.clear();
    m_announcer->setAccessibleName({}); // after a lock no text stays
    if (m_model != nullptr) {
        m_geometry = std::make_unique<TimelineGeometry>(*m_model, m_theme);
        m_geometry->resize(viewport()->size(), isRightToLeft());
        connectModel();
        if (m_model->isLoaded())
            onReset();
    }
    syncScrollBar();
    viewport()->update();
}

void TimelineView::connectModel() {
    connect(m_model, &TimelineModel::reset, this, &TimelineView::onReset);
    connect(m_model, &TimelineModel::leaving, this, [this] { m_unseenBelow = unseenCount(); });
    connect(m_model, &TimelineModel::replaced, this, &TimelineView::onReplaced);
    connect(m_model, &TimelineModel::found, this, &TimelineView::onFound);
    connect(m_model, &TimelineModel::restChanged, this, &TimelineView::onRestChanged);
    connect(m_model, &TimelineModel::rowsInserted, this, &TimelineView::onInserted);
    connect(m_model, &TimelineModel::rowsRemoved, this, &TimelineView::onRemoved);
    connect(m_model, &TimelineModel::rowsChanged, this, &TimelineView::onChanged);
    connect(m_model, &TimelineModel::messageArrived, this, &TimelineView::onArrived);
}

// --- What the model tells --------------------------------------------------------------------------------------------

void TimelineView::onReset() {
    m_goal = Goal::None;
    forgetRows();
    const int marker = m_model->unreadSeq() == 0 ? -1 : m_model->indexOf(m_model->unreadSeq());
    m_unseenRow = marker < 0 ? m_model->size() : marker;
    m_unseenBelow = 0;
    m_geometry->reset();
    viewport()->update();
    moved();
}

/// Of what was selected nothing is there any more to be copied.
void TimelineView::forgetRows() {
    m_selection.clear();
    m_drag = Drag::None;
    m_dragScroll.stop();
    m_current = -1;
}

void TimelineView::onReplaced(int shift) {
    forgetRows();
    m_unseenRow += shift;
    leaveUnseenBelow(m_unseenBelow - countUnseen(m_unseenRow));
    m_geometry->replaced(shift);
    viewport()->update();
    if (m_goal == Goal::None) // else it is found next
        moved();
}

void TimelineView::onRestChanged() {
    leaveUnseenBelow(m_unseenBelow);
    change([](TimelineGeometry& geometry) { geometry.restChanged(); });
}

void TimelineView::onInserted(int first, int count) {
    m_selection.rowsInserted(first, count);
    if (m_current >= first)
        m_current += count;
    if (first + count == m_model->size())
        leaveUnseenBelow(m_unseenBelow - countUnseen(std::max(first, m_unseenRow)));
    else if (first == 0 || m_unseenRow > first)
        m_unseenRow += count;
    change([=](TimelineGeometry& geometry) { geometry.rowsInserted(first, count); });
    updateRows(first - 1, first + count); // corners and separators of the neighbours
}

void TimelineView::onRemoved(int first, int count) {
    m_selection.rowsRemoved(first, count);
    if (m_current >= first + count)
        m_current -= count;
    else if (m_current >= first)
        m_current = std::min(first, m_model->size() - 1);
    if (m_unseenRow > first)
        m_unseenRow = std::max(first, m_unseenRow - count);
    change([=](TimelineGeometry& geometry) { geometry.rowsRemoved(first, count); });
    updateRows(first - 1, first);
}

void TimelineView::onChanged(int first, int last) {
    change([=](TimelineGeometry& geometry) { geometry.rowsChanged(first, last); });
    updateRows(first, last);
    if (QAccessible::isActive() && m_current >= first && m_current <= last)
        TimelineAccessible::nameChanged(*this, m_current);
}

void TimelineView::onArrived(int row, const client::TimelineRow& message) {
    if (m_model->people().isSelf(message.sender)) {
        scrollToBottom(); // who sends wants to see it
    } else {
        if (row < 0)
            leaveUnseenBelow(m_unseenBelow + 1);
        announce(accessibleTextOf(message));
    }
    updateOverlays();
}

void TimelineView::onTheme() {
    QPalette palette; // its scroll bar stands on the ground of the chat
    palette.setColor(QPalette::Base, m_theme.tokens().chat);
    verticalScrollBar()->setPalette(palette);
    if (m_geometry)
        m_geometry->restyle();
    viewport()->update();
    if (m_geometry)
        moved();
}

void TimelineView::onMidnight() {
    viewport()->update(); // what was "Today" is "Yesterday"
    const QDateTime now = QDateTime::fromMSecsSinceEpoch(toMs(m_clock.wall()));
    m_midnight.start(std::chrono::milliseconds(now.msecsTo(now.date().addDays(1).startOfDay()) + 1));
}

void TimelineView::announce(const QString& text) {
    if (!QAccessible::isActive())
        return;
    // 6.4 has no announcement event; readers speak a changed name of a label.
    m_announcer->setAccessibleName(text);
    QAccessibleEvent event(m_announcer, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&event);
}

// --- Moving ----------------------------------------------------------------------------------------------------------

void TimelineView::scrollByPixels(int dy) {
    if (!m_geometry || dy == 0)
        return;
    const bool hadGround = m_geometry->firstVisible() < 0;
    const int shift = m_geometry->scrollBy(dy);
    if (std::abs(shift) >= viewport()->height() || hadGround || m_geometry->firstVisible() < 0)
        viewport()->update();
    else if (shift != 0)
        viewport()->scroll(0, shift);
    if (shift != 0)
        m_floatingDate.start();
    updateOverlays(shift);
    moved();
}

void TimelineView::moved() {
    syncScrollBar();
    noteSeen();
    m_model->needAround(m_geometry->groundRow());
    if (m_geometry->firstVisible() >= 0) {
        const auto [first, last] = m_geometry->near(NearScreens);
        m_model->need(first, last);
        m_prefetch.start();
    }
    if (m_geometry->isStuck())
        m_left.clear(); // whoever is at the bottom has gone on
    if (m_wasAtBottom != m_geometry->isStuck()) {
        m_wasAtBottom = m_geometry->isStuck();
        updateOverlays();
        Q_EMIT atBottomChanged(m_wasAtBottom);
    }
}

void TimelineView::syncScrollBar() {
    QScrollBar* bar = verticalScrollBar();
    const QSignalBlocker blocker(bar); // derived from the geometry, never the other way round
    const auto clamped = [](std::int64_t value) {
        return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
    };
    bar->setRange(0, m_geometry ? clamped(m_geometry->scrollMaximum()) : 0);
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(3 * viewport()->fontMetrics().height());
    if (!bar->isSliderDown())
        bar->setValue(m_geometry ? clamped(m_geometry->scrollValue()) : 0);
}

void TimelineView::scrollContentsBy(int, int) {
    if (!m_geometry)
        return;
    letGo();
    const std::int64_t target = verticalScrollBar()->value();
    const std::int64_t way = m_geometry->scrollValue() - target;
    if (std::abs(way) < 2 * viewport()->height() && target < verticalScrollBar()->maximum() &&
        m_geometry->isLoadedAt(target))
        return scrollByPixels(static_cast<int>(way));
    m_geometry->jumpTo(target);
    m_floatingDate.start();
    viewport()->update();
    moved();
}

void TimelineView::wheelEvent(QWheelEvent* event) {
    letGo();
    if (event->modifiers().testFlag(Qt::ControlModifier))
        return event->ignore(); // the font size is the window's business
    int dy = event->pixelDelta().y();
    if (dy == 0) {
        const int step = m_wheelRest + event->angleDelta().y() * verticalScrollBar()->singleStep();
        dy = step / 120;
        m_wheelRest = step % 120;
    }
    scrollByPixels(dy);
    event->accept();
}

void TimelineView::noteSeen() {
    if (!m_geometry || m_geometry->firstVisible() < 0 || !isVisible() || !isActiveWindow())
        return;
    const int first = m_geometry->firstVisible();
    int last = m_geometry->lastVisible();
    // One that has only begun to show is not seen, unless it fills the viewport.
    while (last >= first && m_geometry->top(last) + m_geometry->height(last) > viewport()->height() &&
           m_geometry->bubbleTop(last) > 0)
        --last;
    std::int64_t seen = 0;
    for (int row = first; row <= last; ++row)
        if (!m_model->row(row).isOwn())
            seen = std::max(seen, m_model->row(row).seq);
    // A message that came late stands above earlier events; those below it may be unseen.
    for (int row = last + 1; row < std::min(m_model->size(), last + 1 + UnseenBelowMax); ++row)
        if (row >= m_unseenRow && !m_model->row(row).isOwn())
            seen = std::min(seen, m_model->row(row).seq - 1);
    if (last + 1 > m_unseenRow) {
        m_unseenRow = last + 1;
        updateOverlays();
    }
    if (seen > m_seenSeq) {
        m_seenSeq = seen;
        Q_EMIT seenUpTo(seen);
    }
}

int TimelineView::unseenCount() const {
    return m_model != nullptr ? countUnseen(m_unseenRow) + m_unseenBelow : 0;
}

/// Among the loaded rows from that one on.
int TimelineView::countUnseen(int first) const {
    int count = 0;
    for (int row = std::max(first, 0); row < m_model->size() && count < UnseenMax; ++row)
        count += m_model->row(row).isOwn() ? 0 : 1;
    return count;
}

void TimelineView::leaveUnseenBelow(int count) {
    m_unseenBelow = std::clamp(count, 0, std::min(m_model->rowsAfter(), UnseenMax));
}

void TimelineView::prefetchSlice() {
    QElapsedTimer timer;
    timer.start();
    bool more = m_geometry != nullptr;
    while (more && timer.elapsed() < PrefetchSlice_ms)
        more = m_geometry->prefetch();
    if (!more)
        m_prefetch.stop();
    syncScrollBar();
}

// --- Events of the widget --------------------------------------------------------------------------------------------

void TimelineView::resizeEvent(QResizeEvent* event) {
    if (m_geometry) {
        m_geometry->resize(event->size(), isRightToLeft());
        moved();
    }
    viewport()->update();
}

void TimelineView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LayoutDirectionChange && m_geometry)
        m_geometry->resize(viewport()->size(), isRightToLeft());
    viewport()->update();
    QAbstractScrollArea::changeEvent(event);
}

bool TimelineView::event(QEvent* event) {
    if (event->type() == QEvent::WindowActivate) // ActivationChange goes to the window alone, this to all in it
        noteSeen();
    return QAbstractScrollArea::event(event);
}

void TimelineView::showEvent(QShowEvent* event) {
    QAbstractScrollArea::showEvent(event);
    onMidnight();
    noteSeen();
}

void TimelineView::focusInEvent(QFocusEvent* event) {
    const bool isByKey = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    if (isByKey && m_current < 0 && m_geometry && m_geometry->lastVisible() >= 0)
        setCurrentRow(m_geometry->lastVisible()); // one sees where the keys are
    updateRows(m_current, m_current);
    QAbstractScrollArea::focusInEvent(event);
}

void TimelineView::focusOutEvent(QFocusEvent* event) {
    updateRows(m_current, m_current);
    QAbstractScrollArea::focusOutEvent(event);
}

TimelineView::Work TimelineView::work() const {
    Work work = m_work;
    work.layouts = m_geometry ? m_geometry->layoutsMade() : 0;
    return work;
}

} // namespace kith::ui
