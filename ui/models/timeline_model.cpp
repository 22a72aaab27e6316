// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/timeline_model.h"

#include "ui/models/people_model.h"

#include <algorithm>

namespace kith::ui {
namespace {

using client::Change;
using client::TimelineRow;

constexpr int BeforeUnread = 50; // rows to show above the marker
constexpr int QuoteMax = 300;    // as much as a page brings of what a message answers

/// Rows are ordered by (place, author, n, id). A gap stands where it was noticed: behind everything.
bool comesBefore(const RowInfo& a, const RowInfo& b) {
    return !a.isGap() && a.sent_ms < b.sent_ms;
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
        if (const int* row = std::get_if<int>(&*request.anchor)) {
            const int total = rowsBefore() + size() + rowsAfter();
            page.from = std::clamp(*row - request.limit / 2, 0, std::max(0, total - request.limit));
        } else if (const Message* message = std::get_if<Message>(&*request.anchor)) {
            page.author = message->first;
            page.around = message->second;
        } else if (const QDate* date = std::get_if<QDate>(&*request.anchor)) {
            page.date = *date;
        }
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
    m_ground.reset();
    if (!row || !m_loaded || m_rows.empty())
        return;
    if (*row >= -PageSize && *row < size() + PageSize)
        return *row < 0 ? need(0, 0) : need(size() - 1, size() - 1);
    m_ground = rowsBefore() + *row;
    askWanted();
}

void TimelineModel::goTo(const std::optional<Anchor>& anchor) {
    m_target.reset();
    if (!anchor || !m_loaded)
        return;
    m_target = anchor;
    if (isLoaded(*anchor))
        tellFound(rowOf(*anchor));
    else
        askWanted();
}

/// The nearest one that is loaded; -1: there is none. A message without its text is found once that is here.
int TimelineModel::rowOf(const Anchor& anchor) const {
    if (const int* row = std::get_if<int>(&anchor))
        return std::clamp(*row - rowsBefore(), 0, size() - 1);
    if (const QDate* date = std::get_if<QDate>(&anchor)) {
        const auto isEarlier = [date](const RowInfo& row) { return dateOf(row.day) < *date; };
        const auto first = std::find_if_not(m_rows.begin(), m_rows.end(), isEarlier);
        return std::min(static_cast<int>(first - m_rows.begin()), size() - 1);
    }
    const Message* message = std::get_if<Message>(&anchor);
    int row = size() - 1;
    while (message != nullptr && row >= 0 &&
           (sender(row) != message->first || body(row) == nullptr || body(row)->id != message->second))
        --row;
    return row;
}

/// What is loaded says for sure which row that is.
bool TimelineModel::isLoaded(const Anchor& anchor) const {
    const int row = rowOf(anchor);
    if (const int* wanted = std::get_if<int>(&anchor))
        return row + rowsBefore() == *wanted;
    if (const QDate* date = std::get_if<QDate>(&anchor))
        return row >= 0 && (row > 0 || !hasOlder()) && (day(row) >= *date || !hasNewer());
    return row >= 0 && (std::holds_alternative<Message>(anchor) || !hasNewer());
}

/// One page at a time: whoever drags through years wants the place where the hand rests.
void TimelineModel::askWanted() {
    const auto isAround = [](const auto& entry) { return entry.second.kind == Kind::Around; };
    if (std::any_of(m_requests.begin(), m_requests.end(), isAround) || (!m_target && !m_ground))
        return;
    Request around{Kind::Around};
    around.anchor = m_target ? m_target : std::optional<Anchor>(*m_ground);
    request(around);
}

void TimelineModel::onFinished(client::RequestId id, const Result<client::Reply>& result) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    const Request request = found->second;
    m_requests.erase(found);
    const auto page = client::replyOf<client::api::History>(result);
    if (page && m_loaded && request.kind == Kind::Around)
        replace(request, *page);
    else if (page && m_loaded)
        merge(request, *page);
    else if (page)
        loadPage(*page);
    else if (!m_loaded)
        Q_EMIT loadFailed(page.error());
    else if (m_target && request.anchor == m_target)
        tellFound(-1);
    if (m_requests.empty())
        m_journal.clear();
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
        if (stale > 0)
            askWanted();
    }
    for (const Change& change : batch.changes)
        if (change.seq > m_known && change.conversation == m_setup.conversation)
            apply(change, true);
    m_known = std::max(m_known, batch.lastSeq);
    m_snapshots.removeIf([this](const auto& entry) { return entry.value() <= m_known; });
}

void TimelineModel::apply(const Change& change, bool isNew) {
    switch (change.kind) {
    case Change::Kind::MessageAdded:
    case Change::Kind::MessageChanged: {
        if (!change.row)
            return recheckGaps();
        if (change.seq <= m_snapshots.value(change.row->seq, 0))
            return;
        if (change.row->kind != client::RowKind::Gap)
            refreshQuotes(*change.row, client::Quote{change.row->seq, change.row->text.left(QuoteMax)});
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
        return change.row ? remove(*change.row) : void();
    case Change::Kind::Reordered:
        m_requests.clear(); // the newest page takes the place of all
        m_ground.reset();
        m_target.reset();
        m_replies.clear();
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

void TimelineModel::remove(const TimelineRow& row) {
    refreshQuotes(row, {});
    const int at = indexOf(row.seq);
    if (at < 0)
        return; // the rest counts it until it is read
    m_rows.erase(m_rows.begin() + at);
    Q_EMIT rowsRemoved(at, 1);
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
void TimelineModel::refreshQuotes(const TimelineRow& original, const std::optional<client::Quote>& quote) {
    for (auto reply = m_replies.lower_bound({original.sender, original.id, 0}); reply != m_replies.end(); ++reply) {
        const auto& [author, id, seq] = *reply;
        if (author != original.sender || id != original.id)
            return;
        TimelineRow* body = m_bodies.object(seq);
        if (body == nullptr || body->quote == quote)
            continue;
        body->quote = quote;
        if (const int row = indexOf(seq); row >= 0)
            Q_EMIT rowsChanged(row, row);
    }
}

} // namespace kith::ui
