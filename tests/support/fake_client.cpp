// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_client.h"

#include "tests/support/sample_text.h"

#include <QTimer>

#include <algorithm>
#include <random>

namespace kith::test {

using client::Change;
using client::DeliveryState;
using client::TimelineRow;

namespace {

template <typename Id>
Id idOf(std::uint64_t n, std::uint8_t first) {
    Id id;
    for (std::size_t i = 0; i < 8; ++i)
        id.data()[Id::size - 1 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    id.data()[0] = first;
    return id;
}

} // namespace

FakeClient::FakeClient(bool group)
    : self(idOf<AccountId>(1, 7))
    , peer(idOf<AccountId>(2, 9)) {
    conversation = conversationWith(peer);
    if (group)
        conversation.data()[0] = 2;
}

void FakeClient::fill(int count, WallTime newest) {
    std::minstd_rand random(1);
    std::vector<std::int64_t> ages(static_cast<std::size_t>(count));
    std::int64_t age = 0;
    for (auto one = ages.rbegin(); one != ages.rend(); ++one)
        *one = age += random() % 4 == 0 ? 1'000 * (1 + random() % 20'000) : 1'000 * (1 + random() % 90);
    for (const std::int64_t one : ages) {
        TimelineRow row;
        row.seq = ++m_lastSeq;
        row.conversation = conversation;
        row.id = idOf<MessageId>(static_cast<std::uint64_t>(row.seq), 0);
        const bool own = random() % 5 < 2;
        row.sender = own ? self : peer;
        row.state = own ? DeliveryState::Read : DeliveryState::None;
        row.sent = newest - Millis(one);
        m_rows.push_back(row);
    }
}

std::int64_t FakeClient::put(TimelineRow row) {
    row.seq = ++m_lastSeq;
    row.conversation = conversation;
    row.id = idOf<MessageId>(static_cast<std::uint64_t>(row.seq), 0);
    m_rows.push_back(row);
    return row.seq;
}

TimelineRow FakeClient::full(std::size_t index) const {
    TimelineRow row = m_rows[index];
    if (row.text.isNull() && row.kind == client::RowKind::Text)
        row.text = sampleText(row.seq);
    return row;
}

std::size_t FakeClient::find(std::int64_t seq) const {
    const auto is = [seq](const auto& row) { return row.seq == seq; };
    // Made-up rows are in the order of their numbers; few come between.
    const auto guess = std::min(static_cast<std::size_t>(std::max<std::int64_t>(seq - 1, 0)), m_rows.size());
    const auto start = m_rows.begin() + static_cast<std::ptrdiff_t>(guess - std::min<std::size_t>(guess, 50));
    auto found = std::find_if(start, m_rows.end(), is);
    if (found == m_rows.end())
        found = std::find_if(m_rows.begin(), m_rows.end(), is);
    return static_cast<std::size_t>(found - m_rows.begin());
}

TimelineRow& FakeClient::make(std::size_t at, const QString& text, bool own) {
    TimelineRow row;
    row.seq = ++m_lastSeq;
    row.conversation = conversation;
    row.id = idOf<MessageId>(static_cast<std::uint64_t>(row.seq), 0);
    row.sender = own ? self : peer;
    row.state = own ? DeliveryState::Queued : DeliveryState::None;
    row.text = text;
    row.sent =
        at == 0 ? WallTime(Millis(1'770'000'000'000)) : m_rows[at - 1].sent + Millis(at < m_rows.size() ? 0 : 1'000);
    return *m_rows.insert(m_rows.begin() + static_cast<std::ptrdiff_t>(at), row);
}

void FakeClient::tell(Change::Kind kind, const TimelineRow* row) {
    if (m_deaf)
        return;
    Change change{kind, m_lastSeq, conversation, {}, {}};
    if (row != nullptr)
        change.row = full(find(row->seq));
    Q_EMIT
    eventsAppended({m_lastSeq, m_lastSeq, {change}});
}

std::int64_t FakeClient::receive(const QString& text, bool own) {
    const TimelineRow row = make(m_rows.size(), text, own);
    tell(Change::Kind::MessageAdded, &row);
    return row.seq;
}

std::int64_t FakeClient::receiveLate(std::int64_t afterSeq, const QString& text) {
    const TimelineRow row = make(find(afterSeq) + 1, text, false);
    tell(Change::Kind::MessageAdded, &row);
    return row.seq;
}

std::int64_t FakeClient::noticeGap(std::int64_t afterSeq) {
    TimelineRow& made = make(find(afterSeq) + 1, {}, false);
    made.kind = client::RowKind::Gap;
    const TimelineRow row = made;
    tell(Change::Kind::MessageAdded, &row);
    return row.seq;
}

void FakeClient::setState(std::int64_t seq, DeliveryState state) {
    ++m_lastSeq;
    TimelineRow& row = m_rows[find(seq)];
    row.state = state;
    tell(Change::Kind::MessageChanged, &row);
}

void FakeClient::closeGap(std::int64_t seq) {
    ++m_lastSeq;
    m_rows.erase(m_rows.begin() + static_cast<std::ptrdiff_t>(find(seq)));
    tell(Change::Kind::MessageChanged, nullptr);
}

void FakeClient::reorder() {
    ++m_lastSeq;
    m_rows.insert(m_rows.begin(), m_rows.back());
    m_rows.pop_back();
    tell(Change::Kind::Reordered, nullptr);
}

client::RequestId FakeClient::page(std::size_t start, std::size_t end, bool countsBefore, bool countsAfter) {
    client::TimelinePage page;
    page.snapshot = m_lastSeq;
    if (countsBefore)
        page.rowsBefore = static_cast<int>(start);
    if (countsAfter)
        page.rowsAfter = static_cast<int>(m_rows.size() - end);
    for (std::size_t i = start; i < end; ++i)
        page.rows.push_back(full(i));
    return answer(client::Reply(std::move(page)));
}

client::RequestId FakeClient::timelinePage(const ConversationId& of, std::optional<std::int64_t> before, int limit) {
    ++pagesAsked;
    const std::size_t end = before ? find(*before) : m_rows.size();
    if (of != conversation || (before && end == m_rows.size()))
        return answer(fail(Code::NotFound, QStringLiteral("no such row")));
    return page(end - std::min(end, static_cast<std::size_t>(limit)), end, true, !before);
}

client::RequestId FakeClient::timelineAfter(const ConversationId& of, std::int64_t after, int limit) {
    ++pagesAsked;
    const std::size_t start = find(after) + 1;
    if (of != conversation || start > m_rows.size())
        return answer(fail(Code::NotFound, QStringLiteral("no such row")));
    return page(start, std::min(m_rows.size(), start + static_cast<std::size_t>(limit)), false, true);
}

client::RequestId FakeClient::timelineAt(const ConversationId& of, int index, int limit) {
    if (of != conversation || static_cast<std::size_t>(index) >= m_rows.size())
        return timelinePage(of, std::nullopt, limit);
    ++pagesAsked;
    const auto start = static_cast<std::size_t>(index);
    return page(start, std::min(m_rows.size(), start + static_cast<std::size_t>(limit)), true, true);
}

client::RequestId FakeClient::unlock(SecretBytes) {
    return refusesUnlock ? refuse() : whoami();
}

client::RequestId FakeClient::whoami() {
    client::ProfileInfo info;
    info.account = self;
    info.name = QStringLiteral("Me");
    info.lastOpen = lastOpen;
    if (hasHome)
        info.homes.push_back({RelayId(), QStringLiteral("relay.example:8443"), QStringLiteral("live"), {}, {}, false});
    return answer(client::Reply(info));
}

client::RequestId FakeClient::retry(const ConversationId& of, const MessageId& id) {
    const auto row = std::find_if(m_rows.begin(), m_rows.end(), [&](const auto& each) { return each.id == id; });
    if (of != conversation || row == m_rows.end() || row->state != client::DeliveryState::Failed)
        return answer(fail(Code::NotFound, QStringLiteral("there is no such message that failed")));
    setState(row->seq, client::DeliveryState::Queued);
    return answer(client::Reply());
}

client::RequestId FakeClient::markRead(const ConversationId& of, std::int64_t seq) {
    if (of == conversation)
        readUpTo = std::max(readUpTo, seq);
    return answer(client::Reply());
}

client::RequestId FakeClient::sendText(const ConversationId& to, const QString& text, client::WaitFor,
                                       std::optional<MessageId>, client::DraftThen draft, MessageId* id) {
    if (refusesTexts)
        return answer(*refusesTexts);
    sent.emplace_back(to, text);
    if (draft == client::DraftThen::Removed)
        drafts.erase(to);
    client::MessageSent done;
    if (to == conversation)
        done.id = m_rows[find(receive(text, true))].id;
    if (id != nullptr)
        *id = done.id;
    return answer(client::Reply(done));
}

client::RequestId FakeClient::join(const QString& link) {
    joinsAsked += link;
    if (isJoinWaiting)
        return m_waitingJoin = ++m_lastRequest;
    return joined ? answer(client::Reply(*joined)) : refuse();
}

client::RequestId FakeClient::cancelJoin() {
    if (m_waitingJoin != 0)
        Q_EMIT
    finished(std::exchange(m_waitingJoin, 0), fail(Code::Unavailable, QStringLiteral("joining was cancelled")));
    return answer(client::Reply());
}

client::RequestId FakeClient::createContactLink(client::LinkUse use) {
    if (refusesLinks)
        return answer(*refusesLinks);
    linkRows.push_back(
        {idOf<DropId>(linkRows.size() + 1, 3), use == client::LinkUse::Reusable, WallTime(Millis(1'774'500'000'000))});
    return answer(client::Reply(client::ContactLinkText{QStringLiteral("kith://c/relay.example/example#link")}));
}

client::RequestId FakeClient::revokeLink(const DropId& id) {
    const auto known = std::erase_if(linkRows, [&](const client::LinkRow& row) { return row.id == id; });
    return known > 0 ? answer(client::Reply()) : answer(fail(Code::NotFound, QStringLiteral("no such link")));
}

client::RequestId FakeClient::refuse() {
    return answer(fail(Code::Denied, QStringLiteral("the fake does not do that")));
}

client::RequestId FakeClient::answer(Result<client::Reply> result) {
    const client::RequestId id = ++m_lastRequest;
    m_answers.push_back([this, id, result = std::move(result)] {
        Q_EMIT
        finished(id, result);
    });
    if (!m_held)
        QTimer::singleShot(0, this, [this] { release(); });
    return id;
}

void FakeClient::release() {
    m_held = false;
    const auto answers = std::move(m_answers);
    m_answers.clear();
    for (const auto& one : answers)
        one();
}

} // namespace kith::test
