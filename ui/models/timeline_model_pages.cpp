// SPDX-License-Identifier: GPL-3.0-or-later
// How pages become rows, and join those that are there.
#include "ui/models/timeline_model.h"

#include <QSet>

#include <algorithm>

namespace kith::ui {
namespace {

using client::Change;
using client::TimelineRow;

QSet<std::int64_t> seqsOf(const client::TimelinePage& page) {
    QSet<std::int64_t> seqs;
    for (const TimelineRow& row : page.rows)
        seqs.insert(row.seq);
    return seqs;
}

} // namespace

void TimelineModel::loadPage(const client::TimelinePage& page) {
    // Nobody knows of these rows yet: only reset() tells.
    for (auto row = page.rows.rbegin(); row != page.rows.rend(); ++row) {
        m_opening.push_front(infoOf(*row));
        keepBody(*row);
    }
    m_known = m_known == 0 ? page.snapshot : std::min(m_known, page.snapshot);
    findUnread();
    if (m_unreadSeq == 0 && m_setup.unread > 0 && page.rowsBefore.value_or(0) > 0)
        return request({Kind::Before, m_opening.front().seq, FirstPageMax});
    m_rows = std::exchange(m_opening, {});
    m_before = {page.rowsBefore.value_or(0), page.snapshot};
    m_after = {};
    m_loaded = true;
    Q_EMIT reset();
    const std::vector<client::EventBatch> waiting = std::move(m_journal);
    m_journal.clear();
    for (const client::EventBatch& batch : waiting)
        onEvents(batch);
}

void TimelineModel::findUnread() {
    int left = m_setup.unread;
    for (auto row = m_opening.rbegin(); row != m_opening.rend() && left > 0; ++row)
        if (!row->isOwn() && !row->isGap() && --left == 0)
            m_unreadSeq = row->seq;
}

/// What needAround() asked for is in it, and nothing else is wished by now.
bool TimelineModel::isGroundIn(const client::TimelinePage& page) const {
    if (m_target || !m_ground || page.rows.empty())
        return false;
    const int before = page.rowsBefore.value_or(0);
    const int end = before + static_cast<int>(page.rows.size());
    const int row = std::min(*m_ground, end + page.rowsAfter.value_or(0) - 1);
    return row >= before && row < end;
}

/// Another place of the conversation takes the place of what is loaded.
void TimelineModel::replace(const Request& request, const client::TimelinePage& page) {
    const bool isTarget = m_target && request.anchor == m_target;
    if (!isTarget && !isGroundIn(page))
        return askWanted();
    if (page.rows.empty())
        return tellFound(-1);
    m_ground.reset();
    Q_EMIT leaving();
    const int before = page.rowsBefore.value_or(0);
    const int shift = rowsBefore() - before;
    m_rows.clear();
    m_replies.clear();
    for (const TimelineRow& row : page.rows) {
        if (page.snapshot > m_known)
            m_snapshots.insert(row.seq, page.snapshot);
        m_rows.push_back(infoOf(row));
        keepBody(row);
    }
    m_before = {before, page.snapshot};
    m_after = {page.rowsAfter.value_or(0), page.snapshot};
    const int row = isTarget ? rowOf(*m_target) : -1;
    const std::int64_t seq = row < 0 ? 0 : this->row(row).seq;
    m_target.reset();
    Q_EMIT replaced(shift);
    replay(page.snapshot);
    if (isTarget)
        Q_EMIT found(seq == 0 ? -1 : indexOf(seq));
}

void TimelineModel::tellFound(int row) {
    m_target.reset();
    Q_EMIT found(row);
}

void TimelineModel::replay(std::int64_t snapshot) {
    const std::vector<client::EventBatch> journal = m_journal; // apply() may ask and so write to it
    for (const client::EventBatch& batch : journal)
        for (const Change& change : batch.changes)
            if (change.seq > snapshot && change.conversation == m_setup.conversation)
                apply(change, false);
}

/// The first row before `end` from which the page knows all of them; -1: it knows none.
int TimelineModel::sharedStart(int end, const client::TimelinePage& page) const {
    if (page.rowsBefore == 0)
        return 0;
    const QSet<std::int64_t> listed = seqsOf(page);
    int start = -1;
    const int lowest = std::max(0, end - 2 * static_cast<int>(page.rows.size()) - SearchNear);
    for (int row = end - 1; row >= lowest; --row)
        if (listed.contains(this->row(row).seq))
            start = row;
    return start;
}

/// The end of the rows from `start` on of which the page knows all; -1: it knows none.
int TimelineModel::sharedEnd(int start, const client::TimelinePage& page) const {
    if (page.rowsAfter == 0)
        return size();
    const QSet<std::int64_t> listed = seqsOf(page);
    int end = -1;
    const int highest = std::min(size(), start + 2 * static_cast<int>(page.rows.size()) + SearchNear);
    for (int row = start; row < highest; ++row)
        if (listed.contains(this->row(row).seq))
            end = row + 1;
    return end;
}

void TimelineModel::merge(const Request& request, const client::TimelinePage& page) {
    if (request.kind == Kind::Newest && hasNewer() && !m_rows.empty())
        return; // another place is loaded by now
    const bool isAfter = request.kind == Kind::After;
    const int from = request.kind == Kind::Newest ? size() : indexOf(request.seq);
    if (from < 0)
        return; // the row it was asked from is gone: whoever still needs the page asks again
    // The page takes the place of the rows from `at` until `end`.
    int at = isAfter ? from + 1 : sharedStart(from, page);
    int end = isAfter ? sharedEnd(at, page) : from;
    if (at < 0 && request.limit == 1) // the one row in question is not there any more
        at = end - 1;
    if (at < 0) { // nothing in common: there may be unknown rows between ours and these
        m_before.rows += end;
        m_rows.erase(m_rows.begin(), m_rows.begin() + end);
        if (end > 0)
            Q_EMIT rowsRemoved(0, end);
        at = end = 0;
    } else if (end < 0) {
        const int count = size() - at;
        m_after.rows += count;
        m_rows.erase(m_rows.begin() + at, m_rows.end());
        if (count > 0)
            Q_EMIT rowsRemoved(at, count);
        end = at;
    }
    const Rest before = m_before;
    const Rest after = m_after;
    const bool isFirst = at == 0 && request.limit > 1;
    const bool isLast = end == size() && request.limit > 1;
    const auto count = [&] {
        if (isFirst && page.rowsBefore)
            m_before = {*page.rowsBefore, page.snapshot};
        if (isLast && at == size() && page.rowsAfter)
            m_after = {*page.rowsAfter, page.snapshot};
    };

    std::vector<RowInfo> fresh;
    const auto insertFresh = [&] {
        if (fresh.empty())
            return;
        const int added = static_cast<int>(fresh.size());
        count(); // what is told of the rows is told of the rest as well
        m_rows.insert(m_rows.begin() + at, fresh.begin(), fresh.end());
        fresh.clear();
        at += added;
        end += added;
        Q_EMIT rowsInserted(at - added, added);
    };
    int changedFrom = -1;
    const auto tellChanged = [&] {
        if (changedFrom >= 0)
            Q_EMIT rowsChanged(changedFrom, at - 1);
        changedFrom = -1;
    };
    for (const TimelineRow& row : page.rows) {
        if (page.snapshot > m_known)
            m_snapshots.insert(row.seq, page.snapshot);
        int known = at;
        while (known < end && this->row(known).seq != row.seq)
            ++known;
        if (known == end) {
            if (request.limit > 1) { // one row alone says nothing about where it stands
                tellChanged();
                keepBody(row);
                fresh.push_back(infoOf(row));
            }
            continue;
        }
        const int unlisted = known - at;
        if (unlisted > 0)
            tellChanged();
        insertFresh();
        removeUnlisted(at, end, at + unlisted, page.snapshot);
        if (!update(at, row))
            tellChanged();
        else if (changedFrom < 0)
            changedFrom = at;
        ++at;
    }
    tellChanged();
    insertFresh();
    removeUnlisted(at, end, end, page.snapshot);
    count();
    if (m_before.rows != before.rows || m_after.rows != after.rows)
        Q_EMIT restChanged();
    replay(page.snapshot);
    if (request.again && !page.rows.empty() && indexOf(page.rows.front().seq) > 0)
        this->request({Kind::Before, page.rows.front().seq, PageSize, true});
}

/// Removes the rows from `at` until `until` that the page knew and did not list; what is newer than the page stays.
void TimelineModel::removeUnlisted(int& at, int& end, int until, std::int64_t snapshot) {
    while (at < until) {
        if (row(at).seq > snapshot) {
            ++at;
            continue;
        }
        int count = 1;
        while (at + count < until && row(at + count).seq <= snapshot)
            ++count;
        m_rows.erase(m_rows.begin() + at, m_rows.begin() + at + count);
        until -= count;
        end -= count;
        Q_EMIT rowsRemoved(at, count);
    }
}

} // namespace kith::ui
