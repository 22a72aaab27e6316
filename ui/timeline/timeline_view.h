// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/timeline/timeline_geometry.h"
#include "ui/timeline/timeline_overlay.h"
#include "ui/timeline/timeline_selection.h"
#include "ui/timeline/timeline_target.h"

#include <QAbstractScrollArea>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <memory>

class QLabel;

namespace kith::ui {

class Theme;
class TimelineModel;

/// Shows one conversation. Bubbles are painted, not widgets: opening costs the same with ten messages and with a
/// million. Nothing on screen moves but by scrolling: see TimelineGeometry. The model, theme and clock are borrowed and
/// must outlive the view or be taken away with setModel(nullptr). Thread: GUI. The scroll bar stands for the whole
/// conversation; where it leads to rows that are not loaded there is ground until they are. Keys: arrows move the
/// current message, with Shift the selection; Home and End go to the first and the last message of all, Page Up and
/// Down scroll; Return opens a long message, goes to what it answers or sends a failed one again; Ctrl+C copies; Escape
/// lets go. Other keys go to the parent.
class TimelineView final : public QAbstractScrollArea {
    Q_OBJECT
public:
    /// Work since the beginning, for tests and benchmarks.
    struct Work {
        std::int64_t rowsPainted = 0;
        std::int64_t pixelsPainted = 0;
        std::int64_t layouts = 0;
    };

    TimelineView(const Theme& theme, const Clock& clock, QWidget* parent = nullptr);
    ~TimelineView() override;

    void setModel(TimelineModel* model);
    TimelineModel* model() const { return m_model; }

    void scrollToBottom();
    void scrollToMessage(std::int64_t seq); ///< and makes it current
    /// To the message that this one answers, over any distance, which is marked for a moment; says so when it is not
    /// here.
    void goToQuoted(int row);
    bool canGoBack() const { return !m_left.empty(); }
    void goBack(); ///< to where one was before the last goToQuoted(); the button at the bottom leads there first
    bool isAtBottom() const { return !m_geometry || m_geometry->isStuck(); }
    /// Messages of others below everything that was shown, as on the button.
    int unseenCount() const;

    int currentRow() const { return m_current; } ///< -1: none
    void setCurrentRow(int row);
    bool hasSelection() const { return !m_selection.isEmpty(); }
    /// The selected text: plain when it is of one message, `[time] name: text` for each when of several.
    QString selectedText() const;
    void copy() const; ///< the selection, or the current message
    void copyMessage(std::int64_t seq) const;
    void selectAll(); ///< the last TimelineSelection::RowsMax messages that are loaded
    void clearSelection();

    const TimelineGeometry* geometry() const { return m_geometry.get(); }
    QRect bubbleRect(int row) const; ///< in the viewport; empty without its text
    QString accessibleTextOf(int row) const;
    QString accessibleTextOf(const client::TimelineRow& message) const;
    void openContextMenu(int row);
    void activateRow(int row); ///< what Return does
    Work work() const;

Q_SIGNALS:
    void linkActivated(const QUrl& url);
    void linkHovered(const QUrl& url); ///< empty: no longer
    void contextMenuRequested(const kith::ui::TimelineTarget& target, const QPoint& globalPosition);
    void retryRequested(std::int64_t seq); ///< of a message of ours that failed
    /// Everything of others up to this row was on screen while the window was active. Grows only.
    void seenUpTo(std::int64_t seq);
    void atBottomChanged(bool atBottom);
    void currentRowChanged(int row);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    enum class Drag { None, Character, Word, Paragraph };
    enum class Goal { None, First, Last, Quoted, Back }; ///< what is done once the model has found it
    struct Place {
        std::pair<AccountId, MessageId> message;
        int y = 0; ///< of its bubble
    };

    void connectModel();
    void onReset();
    void forgetRows();
    void onReplaced(int shift);
    void onRestChanged();
    void onInserted(int first, int count);
    void onRemoved(int first, int count);
    void onChanged(int first, int last);
    void onArrived(int row, const client::TimelineRow& message);
    void onTheme();
    void onMidnight();

    /// Lets the geometry change and repaints what that changed on screen, at best nothing.
    void change(const std::function<void(TimelineGeometry&)>& what);
    void repaintAfter(const TimelineGeometry::Shown& before, std::size_t kept);
    void scrollByPixels(int dy);
    void moved(); ///< after anything that may show other rows
    void goToFirst();
    void goToLast();
    void onFound(int row);
    void mark(int row);
    void letGo(); ///< of a place that is not there yet
    int countUnseen(int first) const;
    void leaveUnseenBelow(int count);
    void syncScrollBar();
    void noteSeen();
    void prefetchSlice();

    void paintRow(QPainter& painter, int row, const QRect& clip);
    void paintRings(QPainter& painter);
    void paintEmpty(QPainter& painter);
    QRect rowRect(int row) const;
    void updateRows(int first, int last);
    QString floatingDay() const;
    QRect floatingDayRect() const;
    bool isButtonShown() const;
    QRegion overlayRegion() const;
    void updateOverlays(int dy = 0);

    void moveCurrent(int by);
    void moveHead(QKeyEvent* event);
    void page(int direction);
    void toggleExpanded(int row);
    Hit hitAt(int row, QPoint point) const;
    TextPlace placeAt(QPoint point) const;
    void extendSelection(QPoint point);
    void selectRun(TextPlace from, TextPlace to);
    void selectionChanged(const TimelineSelection& before);
    void hover(QPoint point);
    void point(std::int64_t seq, overlay::Action action); ///< at this message; 0: at none
    QRect actionsRect() const;                            ///< of the message pointed at
    void act(overlay::Action action, const QPoint& at);
    QString toolTipAt(QPoint point) const;
    QString textOf(int row, bool whole) const;
    void announce(const QString& text);

    const Theme& m_theme;
    const Clock& m_clock;
    QPointer<TimelineModel> m_model;
    std::unique_ptr<TimelineGeometry> m_geometry; ///< while there is a model
    TimelineSelection m_selection;
    int m_current = -1;
    int m_unseenRow = 0;   ///< all rows before it were on screen; may be one that is not loaded
    int m_unseenBelow = 0; ///< messages of others that nobody saw below what is loaded
    std::int64_t m_seenSeq = 0;
    bool m_wasAtBottom = true;

    Drag m_drag = Drag::None;
    TextPlace m_dragFirst;
    TextPlace m_dragLast;
    QPoint m_pressed;
    QPoint m_lastClick;
    QTimer m_dragScroll;
    QTimer m_tripleClick;
    QUrl m_hovered;
    std::int64_t m_pointed = 0; ///< the message under the mouse
    overlay::Action m_pointedAction = overlay::Action::None;
    bool m_isCopied = false; ///< the message pointed at
    bool m_buttonHovered = false;
    Goal m_goal = Goal::None;  ///< until something else is wanted
    Place m_leaving;           ///< from which m_goal leads away, or to which it leads back
    std::vector<Place> m_left; ///< until one is at the bottom again
    std::int64_t m_marked = 0; ///< the message that a jump led to
    QTimer m_mark;
    int m_wheelRest = 0;

    QRegion m_overlays; ///< where they were painted
    QTimer m_prefetch;
    QTimer m_floatingDate;
    QTimer m_midnight;
    QLabel* m_announcer;
    Work m_work;
};

} // namespace kith::ui
