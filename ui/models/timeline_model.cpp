// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/timeline_model.h"

#include "ui/models/people_model.h"

#include <QSet>

#include <algorithm>

namespace kith::ui {
namespace {

using client::Change;
using client::TimelineRow;

constexpr int FirstPageMax = 500; // API.md: limit <= 500
constexpr int BeforeUnread = 50;  // rows to show above the marker
constexpr int SearchNear = 64;
constexpr int QuoteMax = 300; // as much as a page brings of what a message answers

/// Rows are ordered by (place, author, n, id). A gap stands where it was noticed: behind everything.
bool comesBefore(const RowInfo& a, const RowInfo& b) {
    return !a.isGap() && a.sent_ms < b.sent_ms;
}

QSet<std::int64_t> seqsOf(const client::TimelinePage& page) {
    QSet<std::int64_t> seqs;
    for (const TimelineRow& row : page.rows)
        seqs.insert(row.seq);
    return seqs;
}

} // namespace

TimelineModel::TimelineModel(client::Client& client, const PeopleModel& people, const Setup& setup, QObject* parent)
    : QObject(parent)
    , m_client(client)
    , m_people(people)
    , m_setup(setup) {
    connect(&m_client, &client::Client::finished, this, &TimelineModel::onFinished);
    connect(&m_client, &client::Client::eventsAppended, this, &TimelineModel::onEvents);
    connect(&m_people, &PeopleModel::changed, this, [this] {
        if (m_loaded && !m_rows.empty())
            Q_EMIT rowsChanged(0, size() - 1); // names and hues
    });
}

void TimelineModel::load() {
    request({Kind::Newest, 0, std::clamp(m_setup.unread + BeforeUnread, PageSize, FirstPageMax)});
}

RowFrame TimelineModel::frame(int row) const {
    const RowInfo* previous = row > 0 ? &this->row(row - 1) : nullptr;
    const RowInfo* next = row + 1 < size() ? &this->row(row + 1) : nullptr;
    return frameOf(previous, this->row(row), next, m_unreadSeq);
}

int TimelineModel::indexOf(std::int64_t seq) const {
    // Rows are almost in the order of their events, so look near where order would have it.
    const auto bySeq = [](const RowInfo& row, std::int64_t value) { return row.seq < value; };
    const auto guess = static_cast<int>(std::lower_bound(m_rows.begin(), m_rows.end(), seq, bySeq) - m_rows.begin());
    for (int row = std::max(0, guess - SearchNear); row < std::min(size(), guess + SearchNear); ++row)
        if (this->row(row).seq == seq)
            return row;
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [seq](const RowInfo& row) { return row.seq == seq; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

void TimelineModel::request(const Request& request) {
    client::api::History page;
    page.conversation = m_setup.conversation;
    page.limit = request.limit;
    switch (request.kind) {
    case Kind::Newest:
        break;
    case Kind::Before:
        page.before = request.seq;
        break;
    case Kind::After:
        page.after = request.seq;
        break;
    case Kind::Around:
        const int total = rowsBefore() + size() + rowsAfter();
        page.from = std::clamp(*m_wanted - request.limit / 2, 0, std::max(0, total - request.limit));
        break;
    }
    m_requests.emplace(m_client.run(page), request);
}

/// What brings the row and those before it.
TimelineModel::Request TimelineModel::endingWith(int row) const {
    if (row + 1 < size())
        return {Kind::Before, this->row(row + 1).seq};
    if (m_rows.empty() || !hasNewer())
        return {Kind::Newest};
    return {Kind::After, this->row(std::max(row - 1, 0)).seq}; // no row is known behind it: it begins the page
}

bool TimelineModel::isAsked(int row) const {
    return std::any_of(m_requests.begin(), m_requests.end(), [this, row](const auto& entry) {
        const Request& request = entry.second;
        if (request.kind == Kind::Around)
            return false;
        if (request.kind == Kind::After) {
            const int last = indexOf(request.seq);
            return row > last && row <= last + request.limit;
        }
        const int end = request.kind == Kind::Newest ? size() : indexOf(request.seq);
        return row < end && row >= end - request.limit;
    });
}

void TimelineModel::need(int first, int last) {
    if (!m_loaded || m_rows.empty())
        return;
    first = std::max(first, 0);
    last = std::min(last, size() - 1);
    for (int row = last; row >= first; --row)
        if (body(row) == nullptr && !isAsked(row))
            request(endingWith(row));
    const auto ask = [this](Kind kind, std::int64_t seq) {
        const bool asked = std::any_of(m_requests.begin(), m_requests.end(), [kind, seq](const auto& entry) {
            return entry.second.kind == kind && entry.second.seq == seq;
        });
        if (!asked)
            request({kind, seq});
    };
    if (first == 0 && hasOlder())
        ask(Kind::Before, this->row(0).seq);
    if (last == size() - 1 && hasNewer())
        ask(Kind::After, this->row(last).seq);
}

void TimelineModel::needAround(std::optional<int> row) {
    m_wanted.reset();
    if (!row || !m_loaded || m_rows.empty())
        return;
    if (*row >= -PageSize && *row < size() + PageSize)
        return *row < 0 ? need(0, 0) : need(size() - 1, size() - 1);
    m_wanted = rowsBefore() + *row;
    askWanted();
}

/// One page at a time: whoever drags through years wants the place where the hand rests.
void TimelineModel::askWanted() {
    const auto isAround = [](const auto& entry) { return entry.second.kind == Kind::Around; };
    if (std::none_of(m_requests.begin(), m_requests.end(), isAround))
        request({Kind::Around});
}

void TimelineModel::onFinished(client::RequestId id, const Result<client::Reply>& result) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    const Request request = found->second;
    m_requests.erase(found);
    const auto page = client::replyOf<client::api::History>(result);
    if (page && m_loaded && request.kind == Kind::Around)
        replace(*page);
    else if (page && m_loaded)
        merge(request, *page);
    else if (page)
        loadPage(*page);
    else if (!m_loaded)
        Q_EMIT loadFailed(page.error());
    if (m_requests.empty())
        m_journal.clear();
}

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

/// Another place of the conversation takes the place of what is loaded.
void TimelineModel::replace(const client::TimelinePage& page) {
    const int before = page.rowsBefore.value_or(0);
    const int after = page.rowsAfter.value_or(0);
    const int end = before + static_cast<int>(page.rows.size());
    if (!m_wanted || page.rows.empty())
        return;
    const int wanted = std::min(*m_wanted, end + after - 1);
    if (wanted < before || wanted >= end)
        return askWanted(); // something else is wanted by now
    m_wanted.reset();
    Q_EMIT leaving();
    const int shift = rowsBefore() - before;
    m_rows.clear();
    for (const TimelineRow& row : page.rows) {
        if (page.snapshot > m_known)
            m_snapshots.insert(row.seq, page.snapshot);
        m_rows.push_back(infoOf(row));
        keepBody(row);
    }
    m_before = {before, page.snapshot};
    m_after = {after, page.snapshot};
    Q_EMIT replaced(shift);
    replay(page.snapshot);
}

void TimelineModel::onEvents(const client::EventBatch& batch) {
    if (!m_requests.empty())
        m_journal.push_back(batch);
    if (!m_loaded)
        return;
    // Events were lost: what they changed is anywhere, so everything loaded is read again, newest first.
    if (batch.firstSeq > m_known + 1) {
        Request last = endingWith(size() - 1);
        last.again = true;
        request(last);
        const auto stale =
            std::erase_if(m_requests, [](const auto& entry) { return entry.second.kind == Kind::Around; });
        if (stale > 0 && m_wanted)
            askWanted();
    }
    for (const Change& change : batch.changes)
        if (change.seq > m_known && change.conversation == m_setup.conversation)
            apply(change, true);
    m_known = std::max(m_known, batch.lastSeq);
    m_snapshots.removeIf([this](const auto& entry) { return entry.value() <= m_known; });
}

void TimelineModel::replay(std::int64_t snapshot) {
    const std::vector<client::EventBatch> journal = m_journal; // apply() may ask and so write to it
    for (const client::EventBatch& batch : journal)
        for (const Change& change : batch.changes)
            if (change.seq > snapshot && change.conversation == m_setup.conversation)
                apply(change, false);
}

void TimelineModel::apply(const Change& change, bool isNew) {
    switch (change.kind) {
    case Change::Kind::MessageAdded:
    case Change::Kind::MessageChanged: {
        if (!change.row)
            return recheckGaps();
        if (change.seq <= m_snapshots.value(change.row->seq, 0))
            return;
        refreshQuotes(*change.row);
        const int row = indexOf(change.row->seq);
        if (row < 0)
            return add(change, isNew);
        if (update(row, *change.row))
            Q_EMIT rowsChanged(row, row);
        return;
    }
    case Change::Kind::ContactChanged:
    case Change::Kind::RequestReceived:
    case Change::Kind::Unreadable:
    case Change::Kind::Read:
        return;
    case Change::Kind::MessageRemoved:
    case Change::Kind::Reordered:
        m_requests.clear(); // the newest page takes the place of all
        m_wanted.reset();
        m_opening.clear();
        m_loaded = false;
        return load();
    }
}

void TimelineModel::add(const Change& change, bool isNew) {
    const TimelineRow& row = *change.row;
    const RowInfo info = infoOf(row);
    int at = size();
    while (at > 0 && comesBefore(info, this->row(at - 1)))
        --at;
    const bool isAbove = at == 0 && hasOlder();
    const bool isBelow = at == size() && hasNewer();
    if (isAbove || isBelow) { // it belongs to a page that is not loaded
        Rest& rest = isAbove ? m_before : m_after;
        if (change.kind != Change::Kind::MessageAdded)
            return;
        if (change.seq > rest.counted) {
            ++rest.rows;
            rest.counted = change.seq;
            Q_EMIT restChanged();
        }
        if (isBelow && isNew)
            Q_EMIT messageArrived(-1, row);
        return;
    }
    keepBody(row);
    m_rows.insert(m_rows.begin() + at, info);
    Q_EMIT rowsInserted(at, 1);
    if (isNew)
        Q_EMIT messageArrived(at, row);
}

void TimelineModel::recheckGaps() {
    // The change does not say which gap was closed; a page of one row before its successor does.
    for (int row = 0; row < size(); ++row)
        if (this->row(row).isGap() && !isAsked(row)) {
            Request one = endingWith(row);
            if (one.kind != Kind::After)
                one.limit = 1;
            request(one);
        }
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

bool TimelineModel::update(int row, const TimelineRow& from) {
    const bool isSame = body(row) != nullptr && *body(row) == from;
    m_rows[static_cast<std::size_t>(row)] = infoOf(from);
    if (!isSame)
        keepBody(from);
    return !isSame;
}

RowInfo TimelineModel::infoOf(const TimelineRow& row) {
    auto sender = std::find(m_senders.begin(), m_senders.end(), row.sender);
    if (sender == m_senders.end())
        sender = m_senders.insert(m_senders.end(), row.sender);
    RowInfo info;
    info.seq = row.seq;
    info.sent_ms = toMs(row.sent);
    info.textLength = static_cast<std::uint16_t>(std::min<qsizetype>(row.text.size(), 0xffff));
    info.day = m_days.of(info.sent_ms);
    info.sender = static_cast<std::uint16_t>(sender - m_senders.begin());
    info.state = static_cast<std::uint16_t>(row.state);
    info.flags = static_cast<std::uint16_t>((m_people.isSelf(row.sender) ? RowInfo::Own : 0) |
                                            (row.kind == client::RowKind::Gap ? RowInfo::Gap : 0) |
                                            (row.wrongClock ? RowInfo::WrongClock : 0) |
                                            (row.late ? RowInfo::Late : 0) | (row.replyTo ? RowInfo::Reply : 0));
    return info;
}

void TimelineModel::keepBody(const TimelineRow& row) {
    m_bodies.insert(row.seq, new TimelineRow(row));
    if (row.replyTo)
        m_replies.emplace(row.replyTo->first, row.replyTo->second, row.seq);
}

/// What answers this message shows what it says now.
void TimelineModel::refreshQuotes(const TimelineRow& original) {
    if (original.kind == client::RowKind::Gap)
        return;
    for (auto reply = m_replies.lower_bound({original.sender, original.id, 0}); reply != m_replies.end(); ++reply) {
        const auto& [author, id, seq] = *reply;
        if (author != original.sender || id != original.id)
            return;
        TimelineRow* body = m_bodies.object(seq);
        client::Quote quote{original.seq, original.text.left(QuoteMax)};
        if (body == nullptr || body->quote == quote)
            continue;
        body->quote = std::move(quote);
        if (const int row = indexOf(seq); row >= 0)
            Q_EMIT rowsChanged(row, row);
    }
}

} // namespace kith::ui
