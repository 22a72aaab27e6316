// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/timeline_model.h"

#include <QSet>

#include <algorithm>

namespace kith::ui {
namespace {

using client::Change;
using client::TimelineRow;

constexpr int FirstPageMax = 500; // API.md: limit <= 500
constexpr int BeforeUnread = 50;  // rows to show above the marker
constexpr int SearchNear = 64;

/// Rows are ordered by (place, author, n, id). A gap stands where it was noticed: behind everything.
bool comesBefore(const RowInfo& a, const RowInfo& b) {
    return !a.isGap() && a.sent_ms < b.sent_ms;
}

} // namespace

TimelineModel::TimelineModel(client::Client& client, Setup setup, QObject* parent)
    : QObject(parent)
    , m_client(client)
    , m_setup(std::move(setup)) {
    connect(&m_client, &client::Client::finished, this, &TimelineModel::onFinished);
    connect(&m_client, &client::Client::eventsAppended, this, &TimelineModel::onEvents);
}

void TimelineModel::load() {
    request({0, std::clamp(m_setup.unread + BeforeUnread, PageSize, FirstPageMax), false});
}

RowFrame TimelineModel::frame(int row) const {
    const RowInfo* previous = row > 0 ? &this->row(row - 1) : nullptr;
    const RowInfo* next = row + 1 < size() ? &this->row(row + 1) : nullptr;
    return frameOf(previous, this->row(row), next, m_unreadSeq);
}

QString TimelineModel::senderName(int row) const {
    return m_setup.nameOf ? m_setup.nameOf(sender(row)) : QString();
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
    const std::optional<std::int64_t> before = request.before == 0 ? std::nullopt : std::optional(request.before);
    m_requests.emplace(m_client.timelinePage(m_setup.conversation, before, request.limit), request);
}

bool TimelineModel::isAsked(int row) const {
    return std::any_of(m_requests.begin(), m_requests.end(), [this, row](const auto& entry) {
        const Request& request = entry.second;
        const int end = request.before == 0 ? size() : indexOf(request.before);
        return row < end && row >= end - request.limit;
    });
}

void TimelineModel::need(int first, int last) {
    if (!m_loaded || m_rows.empty())
        return;
    first = std::max(first, 0);
    for (int row = std::min(last, size() - 1); row >= first; --row)
        if (body(row) == nullptr && !isAsked(row))
            request({row + 1 < size() ? this->row(row + 1).seq : 0, PageSize, false});
    const std::int64_t oldest = this->row(0).seq;
    const bool asked = std::any_of(m_requests.begin(), m_requests.end(),
                                   [oldest](const auto& entry) { return entry.second.before == oldest; });
    if (first == 0 && m_hasOlder && !asked)
        request({oldest, PageSize, false});
}

void TimelineModel::onFinished(client::RequestId id, const Result<client::Reply>& result) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    const Request request = found->second;
    m_requests.erase(found);
    if (result) {
        const auto* page = std::get_if<client::TimelinePage>(&*result);
        INVARIANT(page != nullptr);
        if (m_loaded)
            merge(request, *page);
        else
            loadPage(*page);
    } else if (!m_loaded) {
        Q_EMIT
        loadFailed(result.error());
    }
    if (m_requests.empty())
        m_journal.clear();
}

void TimelineModel::loadPage(const client::TimelinePage& page) {
    // Nobody knows of these rows yet: only reset() tells.
    for (auto row = page.rows.rbegin(); row != page.rows.rend(); ++row) {
        m_rows.push_front(infoOf(*row));
        keepBody(*row);
    }
    m_hasOlder = page.more;
    m_known = m_known == 0 ? page.snapshot : std::min(m_known, page.snapshot);
    findUnread();
    if (m_unreadSeq == 0 && m_setup.unread > 0 && m_hasOlder)
        return request({m_rows.front().seq, FirstPageMax, false});
    m_loaded = true;
    Q_EMIT
    reset();
    const std::vector<client::EventBatch> waiting = std::move(m_journal);
    m_journal.clear();
    for (const client::EventBatch& batch : waiting)
        onEvents(batch);
}

void TimelineModel::findUnread() {
    int left = m_setup.unread;
    for (int row = size() - 1; row >= 0 && left > 0; --row)
        if (!this->row(row).isOwn() && !this->row(row).isGap() && --left == 0)
            m_unreadSeq = this->row(row).seq;
}

void TimelineModel::onEvents(const client::EventBatch& batch) {
    if (!m_requests.empty())
        m_journal.push_back(batch);
    if (!m_loaded)
        return;
    // Events were lost: what they changed is anywhere, so everything loaded is read again, newest first.
    if (batch.firstSeq > m_known + 1)
        request({0, PageSize, true});
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
        const int row = indexOf(change.row->seq);
        if (row < 0)
            return add(*change.row, isNew);
        if (update(row, *change.row))
            Q_EMIT
        rowsChanged(row, row);
        return;
    }
    case Change::Kind::ContactChanged:
    case Change::Kind::RequestReceived:
    case Change::Kind::Unreadable:
    case Change::Kind::Read:
        return;
    case Change::Kind::Reordered:
        m_loaded = false; // the newest page takes the place of all
        return load();
    }
}

void TimelineModel::add(const TimelineRow& row, bool isNew) {
    const RowInfo info = infoOf(row);
    int at = size();
    while (at > 0 && comesBefore(info, this->row(at - 1)))
        --at;
    if (at == 0 && m_hasOlder)
        return; // it belongs to a page that was not read yet
    keepBody(row);
    m_rows.insert(m_rows.begin() + at, info);
    Q_EMIT
    rowsInserted(at, 1);
    if (isNew)
        Q_EMIT
    messageArrived(at);
}

void TimelineModel::recheckGaps() {
    // The change does not say which gap was closed; a page of one row before its successor does.
    for (int row = 0; row < size(); ++row)
        if (this->row(row).isGap() && !isAsked(row))
            request({row + 1 < size() ? this->row(row + 1).seq : 0, 1, false});
}

int TimelineModel::sharedStart(int end, const client::TimelinePage& page) const {
    if (!page.more)
        return 0;
    QSet<std::int64_t> listed;
    for (const TimelineRow& row : page.rows)
        listed.insert(row.seq);
    int start = -1;
    const int lowest = std::max(0, end - 2 * static_cast<int>(page.rows.size()) - SearchNear);
    for (int row = end - 1; row >= lowest; --row)
        if (listed.contains(this->row(row).seq))
            start = row;
    return start;
}

void TimelineModel::merge(const Request& request, const client::TimelinePage& page) {
    int end = request.before == 0 ? size() : indexOf(request.before);
    if (end < 0)
        return; // the row it was asked from is gone: whoever still needs the page asks again
    const bool reachesStart = end == 0;
    int at = sharedStart(end, page);
    if (at < 0 && request.limit == 1) // the one row in question is not there any more
        at = end - 1;
    if (at < 0 && end > 0) { // nothing in common: there are unknown rows between ours and these
        m_rows.erase(m_rows.begin(), m_rows.begin() + end);
        Q_EMIT
        rowsRemoved(0, end);
        m_hasOlder = page.more;
        at = end = 0;
    }
    at = std::max(at, 0);
    if (reachesStart || !page.more)
        m_hasOlder = page.more;

    std::vector<RowInfo> fresh;
    const auto insertFresh = [&] {
        if (fresh.empty())
            return;
        const int count = static_cast<int>(fresh.size());
        m_rows.insert(m_rows.begin() + at, fresh.begin(), fresh.end());
        fresh.clear();
        at += count;
        end += count;
        Q_EMIT
        rowsInserted(at - count, count);
    };
    int changedFrom = -1;
    const auto tellChanged = [&] {
        if (changedFrom >= 0)
            Q_EMIT
        rowsChanged(changedFrom, at - 1);
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
    replay(page.snapshot);
    if (request.again && !page.rows.empty() && indexOf(page.rows.front().seq) > 0)
        this->request({page.rows.front().seq, PageSize, true});
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
        Q_EMIT
        rowsRemoved(at, count);
    }
}

bool TimelineModel::update(int row, const TimelineRow& from) {
    const bool hadBody = body(row) != nullptr;
    const RowInfo info = infoOf(from);
    RowInfo& old = m_rows[static_cast<std::size_t>(row)];
    const bool same = old.state == info.state && old.flags == info.flags && old.textLength == info.textLength &&
                      hadBody && body(row)->text == from.text;
    old = info;
    keepBody(from);
    return !same;
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
    info.state = static_cast<std::uint8_t>(row.state);
    info.flags = static_cast<std::uint8_t>((row.sender == m_setup.self ? RowInfo::Own : 0) |
                                           (row.kind == client::RowKind::Gap ? RowInfo::Gap : 0) |
                                           (row.wrongClock ? RowInfo::WrongClock : 0) | (row.late ? RowInfo::Late : 0));
    return info;
}

void TimelineModel::keepBody(const TimelineRow& row) {
    m_bodies.insert(row.seq, new TimelineRow(row));
}

} // namespace kith::ui
