// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/timeline/bubble_layout.h"
#include "ui/timeline/height_index.h"

#include <QCache>
#include <QSet>
#include <QSize>

namespace kith::ui {

class Theme;
class TimelineModel;

/// Where the rows of a timeline are. The state is one anchor, a row and the y of its bubble in the viewport, or "stuck
/// to the bottom"; everything else is derived from it, the scroll bar too. Whatever happens above or below the anchor
/// (pages, removals, other widths and fonts, guesses that turn out wrong), its bubble stays where it is.
/// Heights of rows that were never laid out are guesses; rows in the viewport are always laid out. Rows that are not
/// loaded have numbers too, below 0 and from the model's size on, and all of them one height, so that the scroll bar
/// stands for the whole history. They are never shown: where they would be is ground.
class TimelineGeometry {
public:
    static constexpr int LayoutsMax = 400;
    static constexpr int StickWithin = 15;
    static constexpr int BottomMargin = 12;

    TimelineGeometry(TimelineModel& model, const Theme& theme);

    // What happened. Each leaves the viewport filled with exact rows.
    void resize(QSize viewport, bool mirrored);
    void restyle(); ///< theme or font
    void reset();   ///< opens at the unread marker, or at the bottom
    void rowsInserted(int first, int count);
    void rowsRemoved(int first, int count);
    void rowsChanged(int first, int last);
    void replaced(int shift);
    void restChanged();

    /// Moves the rows by dy, as far as they go, and returns how far they went. Ground comes into view by a jump only.
    int scrollBy(int dy);
    void jumpTo(std::int64_t scrollValue);
    void toBottom();
    /// Brings the row into view: the bubble at `y`, or, without one, with the shortest way.
    void show(int row, std::optional<int> y = std::nullopt);
    void setExpanded(int row, bool expanded);
    bool isExpanded(int row) const;
    /// Lays out a row near the viewport that is not yet; false when there is none.
    bool prefetch();

    bool isStuck() const { return m_stuck; }
    std::int64_t scrollValue() const;
    std::int64_t scrollMaximum() const;
    int firstVisible() const { return m_first; } ///< -1 when no row is
    int lastVisible() const { return m_last; }
    /// Seq and bubble top of the rows in the viewport, top down.
    using Shown = std::vector<std::pair<std::int64_t, int>>;
    const Shown& shown() const { return m_shown; }
    /// The row that would be in the middle of the viewport when that is all ground.
    std::optional<int> groundRow() const;
    /// There is no ground in the viewport at that place of the bar.
    bool isLoadedAt(std::int64_t scrollValue) const;
    int anchorRow() const { return m_anchor; }
    int top(int row) const;       ///< of the row in the viewport
    int bubbleTop(int row) const; ///< below its separators
    int height(int row) const { return m_heights.height(row); }
    int rowAt(int y) const; ///< the nearest loaded one, by its y in the viewport; -1 without rows
    /// Rows whose top is at most that many viewports away from the viewport.
    std::pair<int, int> near(int screens) const;
    /// Null while the text of the row is not there. Valid until the next call that is not const.
    const BubbleLayout* layout(int row);

    std::int64_t layoutsMade() const { return m_layoutsMade; }

private:
    bool isLoaded(int row) const;
    std::int64_t offset(int row) const;
    std::int64_t above() const { return -offset(-m_before); }
    std::int64_t below() const { return offset(m_heights.size() + m_after) - m_heights.total(); }
    int placeAt(std::int64_t offset) const;
    int header(int row) const;
    int estimate(int row) const;
    void readRest();
    void average(std::int64_t total);
    std::vector<std::int32_t> estimates(int first, int count) const;
    void estimateAll();
    void settle();
    bool settleGround();
    void fillUp();
    void fillDown();
    void chooseAnchor();
    void forget(int row);
    BubbleContent contentOf(int row) const;
    int bottomEdge() const { return m_viewport.height() - BottomMargin; }

    TimelineModel& m_model;
    const Theme& m_theme;
    HeightIndex m_heights;
    QCache<std::int64_t, BubbleLayout> m_layouts{LayoutsMax};
    QSet<std::int64_t> m_expanded;
    Shown m_shown;
    QSize m_viewport;
    bool m_mirrored = false;
    bool m_stuck = true;
    int m_before = 0; ///< rows that are not loaded
    int m_after = 0;
    double m_average = 1; ///< the height of a row that is not loaded
    int m_anchor = 0;
    int m_anchorY = 0;
    int m_first = -1;
    int m_last = -1;
    double m_charWidth = 1; ///< of the mean character
    int m_lineHeight = 0;
    double m_guessedLines = 1; ///< with m_realLines the ratio that corrects guesses
    double m_realLines = 1;
    std::int64_t m_layoutsMade = 0;
};

} // namespace kith::ui
