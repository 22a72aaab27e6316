// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAccessibleWidget>
#include <QHash>

namespace kith::ui {

class TimelineView;

/// A timeline for screen readers: a list whose items are messages, "sender, text, time, state". Items are made when
/// they are asked for, and only those near the viewport are counted: a reader that walks all of a long history would
/// wait for minutes. Thread: GUI.
class TimelineAccessible final : public QAccessibleWidget {
public:
    static constexpr int ItemsMax = 400;

    static void install(); ///< once, before the first view is asked about
    static void focused(TimelineView& view, int row);
    static void nameChanged(TimelineView& view, int row);

    explicit TimelineAccessible(TimelineView* view);
    ~TimelineAccessible() override;

    int childCount() const override;
    QAccessibleInterface* child(int index) const override;
    QAccessibleInterface* childAt(int x, int y) const override;
    int indexOfChild(const QAccessibleInterface* child) const override;
    QAccessibleInterface* focusChild() const override;

    TimelineView& view() const;
    int firstRow() const; ///< of the children

private:
    mutable QHash<std::int64_t, QAccessible::Id> m_items; ///< by seq
};

} // namespace kith::ui
