// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/redaction.h"
#include "tests/unit/store/events.h"
#include "tests/unit/store/test_profile.h"

#include <algorithm>
#include <map>

namespace kith::test {

/// Random but valid events between this account and four contacts, and a plain model of what the projections must say
/// of them. A value: a copy is the state to go back to when a unit is undone.
class RandomHistory {
public:
    RandomHistory(SeededRandom& random, FakeClock& clock)
        : m_random(&random)
        , m_clock(&clock) {
        for (int i = 0; i < 4; ++i)
            m_contacts.push_back(random.id<AccountId>());
    }

    /// Appends one event.
    Result<void> step(store::Unit& unit) {
        m_clock->advance(Millis(m_random->below(3)));
        const AccountId contact = m_contacts[m_random->below(m_contacts.size())];
        const auto conversation = conversationWith(contact);
        switch (m_random->below(13)) {
        case 0:
            return contactEvent(unit, contact);
        case 1:
        case 2:
        case 3:
            return addMessage(unit, conversation, m_self);
        case 4:
        case 5:
        case 6:
            return addMessage(unit, conversation, contact);
        case 7:
            return addGap(unit, conversation, contact);
        case 8:
            return closeGap(unit, conversation, contact);
        case 9:
            return markRead(unit, conversation);
        case 10:
            return remove(unit);
        default:
            return raise(unit, conversation);
        }
    }

    /// What differs between the model and the projections, or nothing.
    Result<QString> difference(sqlite::Database& db) const {
        TRY_ASSIGN(const auto conversations, store::queries::conversations(db));
        if (conversations.size() != m_conversations.size())
            return QStringLiteral("%1 conversations").arg(conversations.size());
        for (const auto& row : conversations) {
            const Conversation model = conversation(row.id);
            if (row.unread != unread(row.id))
                return QStringLiteral("unread is %1, not %2").arg(row.unread).arg(unread(row.id));
            TRY_ASSIGN(const auto page, store::queries::timeline(db, row.id, std::nullopt, 500));
            const auto expected = timeline(row.id);
            if (page.rows.size() != expected.size() || page.rowsBefore != 0)
                return QStringLiteral("%1 rows, not %2").arg(page.rows.size()).arg(expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i)
                if (!same(page.rows[i], expected[i]))
                    return QStringLiteral("row %1 of %2 differs (seq %3, expected %4)")
                        .arg(i)
                        .arg(expected.size())
                        .arg(page.rows[i].seq)
                        .arg(expected[i].seq);
            TRY_ASSIGN(const auto counted, db.integer("SELECT rows FROM conversation WHERE id = ?", row.id));
            if (counted != static_cast<std::int64_t>(expected.size()))
                return QStringLiteral("%1 rows are counted, not %2").arg(counted).arg(expected.size());
            TRY_ASSIGN(const auto next, store::queries::nextHlc(db, row.id, WallTime()));
            if (next != model.lastHlc + 1)
                return QStringLiteral("the next hlc is %1, not %2").arg(next).arg(model.lastHlc + 1);
        }
        TRY_ASSIGN(const auto last, store::queries::lastEvent(db));
        return last == m_lastSeq ? QString() : QStringLiteral("the last event is %1, not %2").arg(last).arg(m_lastSeq);
    }
    std::int64_t lastSeq() const { return m_lastSeq; }

private:
    struct Row {
        std::int64_t seq;
        ConversationId conversation;
        std::int64_t hlc;
        AccountId author;
        MessageId id;
        store::RowKind kind;
        store::MessageState state;
        bool wrongClock;
    };
    struct Conversation {
        std::int64_t lastHlc = 0;
        std::int64_t readSeq = 0;
    };

    static bool same(const store::TimelineRow& row, const Row& model) {
        return row.seq == model.seq && row.id == model.id && row.author == model.author && toMs(row.at) == model.hlc &&
               row.kind == model.kind && row.state == model.state &&
               row.flags == (model.wrongClock ? store::WrongClock : 0);
    }
    std::vector<Row> timeline(const ConversationId& conversation) const {
        std::vector<Row> rows;
        for (const Row& row : m_rows)
            if (row.conversation == conversation && row.kind < store::RowKind::ClosedGap)
                rows.push_back(row);
        std::ranges::sort(rows, [](const Row& a, const Row& b) {
            return std::tie(a.hlc, a.author, a.id) < std::tie(b.hlc, b.author, b.id);
        });
        return rows;
    }
    int unread(const ConversationId& id) const {
        return static_cast<int>(std::ranges::count_if(m_rows, [&](const Row& row) {
            return row.conversation == id && row.author != m_self && row.kind == store::RowKind::Text &&
                   row.seq > conversation(id).readSeq;
        }));
    }
    Conversation conversation(const ConversationId& id) const {
        const auto found = m_conversations.find(id);
        return found == m_conversations.end() ? Conversation{} : found->second;
    }

    Result<std::int64_t> append(store::Unit& unit, const store::pb::Event& event) {
        TRY_ASSIGN(m_lastSeq, unit.append(event));
        return m_lastSeq;
    }

    Result<void> contactEvent(store::Unit& unit, const AccountId& contact) {
        switch (m_random->below(4)) {
        case 0:
            TRY(append(unit, requestReceived(contact, QStringLiteral("name"), QStringLiteral("hi"))));
            return {};
        case 1:
            TRY(append(unit, contactVerified(contact, m_random->below(2) == 0)));
            return {};
        case 2:
            TRY(append(unit, contactRecovered(contact)));
            return {};
        default:
            TRY(append(unit, requestAccepted(contact)));
            m_conversations.try_emplace(conversationWith(contact));
            return {};
        }
    }

    /// Clocks differ, so hlc jumps back and forth; one in ten is more than a day ahead.
    Result<void> addMessage(store::Unit& unit, const ConversationId& conversation, const AccountId& author) {
        const bool mine = author == m_self;
        const bool wrongClock = !mine && m_random->below(10) == 0;
        const std::int64_t hlc = toMs(m_clock->wall()) - 50 + static_cast<std::int64_t>(m_random->below(100)) +
                                 (wrongClock ? 1'000'000'000 : 0);
        const auto id = m_random->id<MessageId>();
        auto event = mine ? composed(conversation, author, id, hlc) : received(conversation, author, id, hlc);
        if (wrongClock)
            event.mutable_message_received()->set_wrong_clock(true);
        TRY_ASSIGN(const std::int64_t seq, append(unit, event));
        auto& model = m_conversations[conversation];
        if (!wrongClock)
            model.lastHlc = std::max(model.lastHlc, hlc);
        m_rows.push_back({seq, conversation, hlc, author, id, store::RowKind::Text,
                          mine ? store::MessageState::Queued : store::MessageState::None, wrongClock});
        return {};
    }

    Result<void> addGap(store::Unit& unit, const ConversationId& conversation, const AccountId& author) {
        const auto marker = m_random->id<MessageId>();
        TRY_ASSIGN(const std::int64_t seq,
                   append(unit, gapNoticed(conversation, author, 1 + m_random->below(50), marker)));
        const auto& model = m_conversations[conversation];
        const std::int64_t hlc = model.lastHlc != 0 ? model.lastHlc : toMs(unit.now());
        m_rows.push_back(
            {seq, conversation, hlc, author, marker, store::RowKind::Gap, store::MessageState::None, false});
        return {};
    }

    Result<void> closeGap(store::Unit& unit, const ConversationId& conversation, const AccountId& author) {
        for (Row& row : m_rows)
            if (row.conversation == conversation && row.kind == store::RowKind::Gap && m_random->below(2) == 0) {
                TRY(append(unit, gapClosed(conversation, author, row.id)));
                row.kind = store::RowKind::ClosedGap;
                return {};
            }
        TRY(append(unit, gapClosed(conversation, author, m_random->id<MessageId>()))); // of a marker nobody knows
        return {};
    }

    Result<void> remove(store::Unit& unit) {
        if (m_rows.empty())
            return {};
        Row& row = m_rows[m_random->below(m_rows.size())];
        const auto done = store::redact(unit, row.author, row.id);
        if ((row.kind == store::RowKind::Text) != done.has_value())
            return fail(Code::Internal, QStringLiteral("of texts, and nothing else, the text can go"));
        if (!done)
            return {};
        row.kind = store::RowKind::Deleted;
        TRY_ASSIGN(m_lastSeq, store::queries::lastEvent(unit.db()));
        return {};
    }

    Result<void> markRead(store::Unit& unit, const ConversationId& conversation) {
        const auto seq = static_cast<std::int64_t>(m_random->below(static_cast<std::uint64_t>(m_lastSeq) + 20));
        TRY_ASSIGN(const std::int64_t own, append(unit, readUpTo(conversation, seq)));
        if (const auto found = m_conversations.find(conversation); found != m_conversations.end())
            found->second.readSeq = std::max(found->second.readSeq, std::min(seq, own));
        return {};
    }

    /// Acceptance, failure and receipts in any order and number, also for messages of others and of other
    /// conversations.
    Result<void> raise(store::Unit& unit, const ConversationId& conversation) {
        std::vector<MessageId> ids{m_random->id<MessageId>()};
        for (std::uint64_t i = m_random->below(4); i > 0 && !m_rows.empty(); --i)
            ids.push_back(m_rows[m_random->below(m_rows.size())].id);
        store::pb::Event event;
        store::MessageState state{};
        switch (m_random->below(4)) {
        case 0:
            event = accepted(conversation, m_self, ids.back());
            state = store::MessageState::Accepted;
            ids = {ids.back()};
            break;
        case 1:
            event = failed(conversation, m_self, ids.back());
            state = store::MessageState::Failed;
            ids = {ids.back()};
            break;
        case 2:
            event = receipt(conversation, m_self, store::pb::DELIVERED, ids);
            state = store::MessageState::Delivered;
            break;
        default:
            event = receipt(conversation, m_self, store::pb::READ, ids);
            state = store::MessageState::Read;
            break;
        }
        TRY(append(unit, event));
        for (Row& row : m_rows)
            if (row.author == m_self && row.conversation == conversation && std::ranges::count(ids, row.id) > 0)
                row.state = std::max(row.state, state);
        return {};
    }

    SeededRandom* m_random;
    FakeClock* m_clock;
    AccountId m_self;
    std::vector<AccountId> m_contacts;
    std::map<ConversationId, Conversation> m_conversations;
    std::vector<Row> m_rows;
    std::int64_t m_lastSeq = 0;
};

} // namespace kith::test
