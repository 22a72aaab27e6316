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
namespace api = client::api;

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

client::ContactRow& FakeClient::know(const AccountId& account, const QString& name, client::ContactState state,
                                     WallTime since) {
    return contactRows.emplace_back(client::ContactRow{account, name, state, false, {}, since});
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
    if (row.replyTo)
        for (std::size_t i = 0; i < m_rows.size() && !row.quote; ++i)
            if (m_rows[i].id == row.replyTo->second && m_rows[i].sender == row.replyTo->first)
                row.quote = client::Quote{m_rows[i].seq, full(i).text.left(300)};
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
    Q_EMIT eventsAppended({m_lastSeq, m_lastSeq, {change}});
}

std::int64_t FakeClient::receive(const QString& text, bool own) {
    const TimelineRow row = make(m_rows.size(), text, own);
    tell(Change::Kind::MessageAdded, &row);
    return row.seq;
}

std::int64_t FakeClient::reply(std::int64_t toSeq, const QString& text, bool own) {
    const TimelineRow original = m_rows[find(toSeq)];
    TimelineRow& made = make(m_rows.size(), text, own);
    made.replyTo.emplace(original.sender, original.id);
    const TimelineRow row = made;
    tell(Change::Kind::MessageAdded, &row);
    return row.seq;
}

void FakeClient::rewrite(std::int64_t seq, const QString& text) {
    ++m_lastSeq;
    TimelineRow& row = m_rows[find(seq)];
    row.text = text;
    tell(Change::Kind::MessageChanged, &row);
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

client::RequestId FakeClient::run(client::api::Command command) {
    const client::RequestId request = ++m_lastRequest;
    const auto stored = [](auto&& result) -> Result<client::Reply> {
        if (!result)
            return result.error();
        if constexpr (requires { *result; })
            return client::Reply(std::move(*result));
        else
            return client::Reply();
    };
    std::visit(
        [&](auto& one) {
            auto result = handle(one);
            if constexpr (std::is_same_v<decltype(result), Answered<client::Joined>>) {
                if (result)
                    answer(request, stored(*result));
                else
                    m_waitingJoin = request;
            } else {
                answer(request, stored(result));
            }
        },
        command);
    return request;
}

Error FakeClient::refusal() {
    return fail(Code::Denied, QStringLiteral("the fake does not do that"));
}

Result<client::ProfileCreated> FakeClient::handle(api::Init&) {
    ++profilesAsked;
    return created ? Result<client::ProfileCreated>(*created) : refusal();
}

Result<client::ProfileInfo> FakeClient::handle(api::Unlock&) {
    api::Whoami whoami;
    return refusesUnlock ? refusal() : handle(whoami);
}

Result<client::ProfileInfo> FakeClient::handle(api::Whoami&) {
    client::ProfileInfo info;
    info.account = self;
    info.name = QStringLiteral("Me");
    info.lastOpen = lastOpen;
    if (hasHome)
        info.homes.push_back({RelayId(), QStringLiteral("relay.example:8443"), QStringLiteral("live"), {}, {}, false});
    return info;
}

Result<void> FakeClient::handle(api::SetLastOpen& command) {
    lastOpen = command.conversation;
    return {};
}

Result<void> FakeClient::handle(api::GoOnline&) {
    ++timesOnline;
    return {};
}

FakeClient::Answered<client::Joined> FakeClient::handle(api::Join& command) {
    joinsAsked += command.link;
    if (isJoinWaiting)
        return std::nullopt;
    return joined ? Result<client::Joined>(*joined) : refusal();
}

Result<void> FakeClient::handle(api::CancelJoin&) {
    if (m_waitingJoin != 0)
        Q_EMIT finished(std::exchange(m_waitingJoin, 0),
                        fail(Code::Unavailable, QStringLiteral("joining was cancelled")));
    return {};
}

Result<client::ContactLinkText> FakeClient::handle(api::CreateContactLink& command) {
    if (refusesLinks)
        return *refusesLinks;
    linkRows.push_back({idOf<DropId>(linkRows.size() + 1, 3), command.reusable, WallTime(Millis(1'774'500'000'000))});
    return client::ContactLinkText{QStringLiteral("kith://c/relay.example/example#link")};
}

Result<void> FakeClient::handle(api::RevokeLink& command) {
    const auto known = std::erase_if(linkRows, [&](const client::LinkRow& row) { return row.id == command.id; });
    return known > 0 ? Result<void>() : fail(Code::NotFound, QStringLiteral("no such link"));
}

Result<client::ContactAdded> FakeClient::handle(api::AddContact&) {
    ++contactsAsked;
    return refusal();
}

Result<std::vector<client::ContactRow>> FakeClient::handle(api::Contacts&) {
    return isLocked ? Result<std::vector<client::ContactRow>>(refusal()) : contactRows;
}

Result<void> FakeClient::handle(api::AcceptRequest&) {
    ++requestsAnswered;
    return {};
}

Result<void> FakeClient::handle(api::DeclineRequest& command) {
    declined = command.account;
    ++requestsAnswered;
    return {};
}

Result<client::SafetyNumber> FakeClient::handle(api::ReadSafetyNumber& command) {
    return client::SafetyNumber{command.account, QStringLiteral("1234567890").repeated(6), isVerified};
}

Result<void> FakeClient::handle(api::Verify&) {
    isVerified = true;
    return {};
}

Result<void> FakeClient::handle(api::Unverify&) {
    isVerified = false;
    return {};
}

Result<std::vector<client::ConversationRow>> FakeClient::handle(api::Conversations&) {
    return isLocked ? Result<std::vector<client::ConversationRow>>(refusal()) : conversationRows;
}

client::TimelinePage FakeClient::page(std::size_t start, std::size_t end, bool countsBefore, bool countsAfter) {
    client::TimelinePage page;
    page.snapshot = m_lastSeq;
    if (countsBefore)
        page.rowsBefore = static_cast<int>(start);
    if (countsAfter)
        page.rowsAfter = static_cast<int>(m_rows.size() - end);
    for (std::size_t i = start; i < end; ++i)
        page.rows.push_back(full(i));
    return page;
}

Result<client::TimelinePage> FakeClient::handle(api::History& asked) {
    ++pagesAsked;
    const auto limit = static_cast<std::size_t>(asked.limit);
    const Error missing = fail(Code::NotFound, QStringLiteral("no such row"));
    if (asked.conversation != conversation)
        return missing;
    if (asked.after) {
        const std::size_t start = find(*asked.after) + 1;
        if (start > m_rows.size())
            return missing;
        return page(start, std::min(m_rows.size(), start + limit), false, true);
    }
    if (asked.around) {
        std::size_t at = 0;
        while (at < m_rows.size() &&
               (m_rows[at].id != *asked.around || (asked.author && m_rows[at].sender != *asked.author)))
            ++at;
        if (at == m_rows.size())
            return missing;
        return page(at - std::min(at, limit / 2), std::min(m_rows.size(), at + limit - limit / 2), true, true);
    }
    if (asked.date) {
        const WallTime from = fromMs(asked.date->startOfDay().toMSecsSinceEpoch());
        const auto first =
            std::find_if(m_rows.begin(), m_rows.end(), [from](const TimelineRow& row) { return row.sent >= from; });
        const auto start = static_cast<std::size_t>(first - m_rows.begin());
        if (start < m_rows.size())
            return page(start, std::min(m_rows.size(), start + limit), true, true);
    }
    if (asked.from && static_cast<std::size_t>(*asked.from) < m_rows.size()) {
        const auto start = static_cast<std::size_t>(*asked.from);
        return page(start, std::min(m_rows.size(), start + limit), true, true);
    }
    const std::size_t end = asked.before ? find(*asked.before) : m_rows.size();
    if (asked.before && end == m_rows.size())
        return missing;
    return page(end - std::min(end, limit), end, true, !asked.before);
}

Result<client::MessageSent> FakeClient::handle(api::SendText& command) {
    if (refusesTexts)
        return *refusesTexts;
    sent.emplace_back(command.conversation, command.text);
    if (command.draft == api::DraftThen::Removed)
        drafts.erase(command.conversation);
    client::MessageSent done;
    if (command.conversation == conversation)
        done.id = m_rows[find(receive(command.text, true))].id;
    return done;
}

Result<void> FakeClient::handle(api::Retry& command) {
    const auto row =
        std::find_if(m_rows.begin(), m_rows.end(), [&](const auto& each) { return each.id == command.id; });
    if (command.conversation != conversation || row == m_rows.end() || row->state != client::DeliveryState::Failed)
        return fail(Code::NotFound, QStringLiteral("there is no such message that failed"));
    setState(row->seq, client::DeliveryState::Queued);
    return {};
}

Result<void> FakeClient::handle(api::DeleteMessage& command) {
    const auto row =
        std::find_if(m_rows.begin(), m_rows.end(), [&](const auto& each) { return each.id == command.id; });
    if (row == m_rows.end())
        return fail(Code::NotFound, QStringLiteral("there is no such message"));
    TimelineRow removed = *row;
    removed.text.clear();
    m_rows.erase(row);
    ++m_lastSeq;
    Q_EMIT eventsAppended(
        {m_lastSeq, m_lastSeq, {{Change::Kind::MessageRemoved, m_lastSeq, conversation, std::move(removed), {}}}});
    return {};
}

Result<void> FakeClient::handle(api::MarkRead& command) {
    if (command.conversation == conversation)
        readUpTo = std::max(readUpTo, command.seq);
    return {};
}

Result<void> FakeClient::handle(api::SetDraft& command) {
    drafts[command.conversation] = command.text;
    return {};
}

void FakeClient::answer(client::RequestId request, Result<client::Reply> result) {
    m_answers.push_back([this, request, result = std::move(result)] { Q_EMIT finished(request, result); });
    if (!m_held)
        QTimer::singleShot(0, this, [this] { release(); });
}

void FakeClient::release() {
    m_held = false;
    const auto answers = std::move(m_answers);
    m_answers.clear();
    for (const auto& one : answers)
        one();
}

} // namespace kith::test
