// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/events.h"
#include "tests/unit/store/test_profile.h"

#include <set>

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

struct History : TestProfile {
    /// `count` messages of both sides, with clocks that disagree.
    Result<void> fill(int count) {
        std::vector<pb::Event> events;
        for (int i = 0; i < count; ++i) {
            const auto hlc = 1000 + i * 10 - static_cast<std::int64_t>(random.below(100));
            events.push_back(i % 3 == 0 ? composed(conversation, self, random.id<MessageId>(), hlc)
                                        : received(conversation, contact, random.id<MessageId>(), hlc));
        }
        return append(events);
    }

    SeededRandom random{seed()};
    AccountId self = random.id<AccountId>();
    AccountId contact = random.id<AccountId>();
    ConversationId conversation = conversationWith(contact);
};

} // namespace

/// What a view may rely on when it reads pages while the writer goes on.
class QueriesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pagesVisitEachRowOnceWhileTheWriterAppends() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(200));
        history.store->commitNow();
        auto reader = ProfileStore::openReader(history.paths, history.master);
        VERIFY_OK(reader);

        std::vector<TimelineRow> seen;
        std::optional<std::int64_t> before;
        for (bool more = true; more;) {
            const auto limit = 1 + static_cast<int>(history.random.below(17));
            const auto page = queries::timeline(*reader, history.conversation, before, limit);
            VERIFY_OK(page);
            QVERIFY(!page->rows.empty() && page->rows.size() <= static_cast<std::size_t>(limit));
            QVERIFY(page->snapshot >= 200);
            seen.insert(seen.begin(), page->rows.begin(), page->rows.end());
            before = page->rows.front().seq;
            more = page->rowsBefore != 0;
            // New rows at the end and, from a slow clock, in the middle.
            VERIFY_OK(history.append({received(history.conversation, history.contact, history.random.id<MessageId>(),
                                               5000 + static_cast<std::int64_t>(seen.size())),
                                      received(history.conversation, history.contact, history.random.id<MessageId>(),
                                               seen.front().at.time_since_epoch().count() + 1)}));
            history.store->commitNow();
        }
        QVERIFY(std::ranges::is_sorted(seen, [](const TimelineRow& a, const TimelineRow& b) {
            return std::tie(a.at, a.author, a.id) < std::tie(b.at, b.author, b.id);
        }));
        std::set<std::int64_t> seqs;
        for (const TimelineRow& row : seen)
            QVERIFY(seqs.insert(row.seq).second);
        for (std::int64_t seq = 1; seq <= 200; ++seq)
            QVERIFY(seqs.contains(seq));
    }

    void lastPageSaysThatItIs() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(10));
        auto& db = history.store->db();
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, 9)->rowsBefore, 1);
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, 10)->rowsBefore, 0);
        const auto all = queries::timeline(db, history.conversation, std::nullopt, 10);
        const auto beforeTheFirst = queries::timeline(db, history.conversation, all->rows.front().seq, 10);
        VERIFY_OK(beforeTheFirst);
        QVERIFY(beforeTheFirst->rows.empty() && beforeTheFirst->rowsBefore == 0);
        // An impossible limit becomes a possible one.
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, -5)->rows.size(), std::size_t(1));
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, 1 << 30)->rows.size(), std::size_t(10));
        QVERIFY(queries::timeline(db, conversationWith(history.self), std::nullopt, 10)->rows.empty());
    }

    void aPageOfAnyPlaceHoldsTheRowsOfThatPlace() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(200));
        auto& db = history.store->db();
        const auto all = queries::timeline(db, history.conversation, std::nullopt, 500);
        VERIFY_OK(all);
        const auto isStretch = [&](const Result<TimelinePage>& page, std::size_t start, std::size_t count) {
            if (!page || page->rows.size() != count || page->rowsBefore.value_or(start) != static_cast<int>(start) ||
                page->rowsAfter.value_or(200 - start - count) != static_cast<int>(200 - start - count))
                return false;
            for (std::size_t i = 0; i < count; ++i)
                if (page->rows[i].seq != all->rows[start + i].seq)
                    return false;
            return true;
        };
        for (int i = 0; i < 100; ++i) {
            const std::size_t start = history.random.below(200);
            const std::size_t limit = 1 + history.random.below(40);
            const std::int64_t seq = all->rows[start].seq;
            const std::size_t count = std::min(limit, 200 - start);
            QVERIFY(isStretch(
                queries::timelineAt(db, history.conversation, static_cast<int>(start), static_cast<int>(limit)), start,
                count));
            if (start + 1 < 200)
                QVERIFY(isStretch(queries::timelineAfter(db, history.conversation, seq, static_cast<int>(limit)),
                                  start + 1, std::min(limit, 200 - start - 1)));
            const TimelineRow& row = all->rows[start];
            const std::size_t older = std::min(start, limit / 2);
            const std::size_t newer = std::min(limit - limit / 2, 200 - start);
            for (const auto& author : {std::optional(row.author), std::optional<AccountId>()})
                QVERIFY(isStretch(
                    queries::timelineAround(db, history.conversation, author, row.id, static_cast<int>(limit)),
                    start - older, older + newer));
            std::size_t since = start;
            while (since > 0 && all->rows[since - 1].at == row.at)
                --since;
            QVERIFY(isStretch(queries::timelineSince(db, history.conversation, row.at, static_cast<int>(limit)), since,
                              std::min(limit, 200 - since)));
            const std::size_t from = start - std::min(start, limit);
            if (start > 0)
                QVERIFY(isStretch(queries::timeline(db, history.conversation, seq, static_cast<int>(limit)), from,
                                  start - from));
        }
        // A place that is none becomes the nearest.
        QVERIFY(isStretch(queries::timelineAt(db, history.conversation, 200, 10), 190, 10));
        QVERIFY(isStretch(queries::timelineAt(db, history.conversation, -5, 10), 0, 10));
        const auto afterTheLast = queries::timelineAfter(db, history.conversation, all->rows.back().seq, 10);
        VERIFY_OK(afterTheLast);
        QVERIFY(afterTheLast->rows.empty() && afterTheLast->rowsAfter == 0);
        VERIFY_CODE(queries::timelineAfter(db, history.conversation, 4711, 10), Code::NotFound);
        VERIFY_CODE(queries::timelineAfter(db, conversationWith(history.self), 11, 10), Code::NotFound);
        QVERIFY(queries::timelineAt(db, conversationWith(history.self), 0, 10)->rows.empty());
        QVERIFY(
            isStretch(queries::timelineSince(db, history.conversation, all->rows.back().at + Millis(1), 10), 190, 10));
        VERIFY_CODE(queries::timelineAround(db, history.conversation, {}, history.random.id<MessageId>(), 10),
                    Code::NotFound);
        VERIFY_CODE(
            queries::timelineAround(db, history.conversation, history.contact, history.random.id<MessageId>(), 10),
            Code::NotFound);
        VERIFY_CODE(queries::timelineAround(db, conversationWith(history.self), {}, all->rows.front().id, 10),
                    Code::NotFound);
    }

    /// In one read, however many they are; and never out of another conversation, whatever an answer claims.
    void aReplyBringsTheBeginningOfWhatItAnswers() {
        History history;
        VERIFY_OK(history.createAndOpen());
        const auto other = history.random.id<AccountId>();
        const auto asked = history.random.id<MessageId>();
        const auto late = history.random.id<MessageId>();
        const auto secret = history.random.id<MessageId>();
        const auto answer = [&](std::int64_t hlc, const AccountId& author, const MessageId& id) {
            auto event = received(history.conversation, history.contact, history.random.id<MessageId>(), hlc);
            event.mutable_message_received()->set_reply_author(author.str());
            event.mutable_message_received()->set_reply_id(id.str());
            return event;
        };
        VERIFY_OK(history.append({composed(history.conversation, history.self, asked, 10, QString(5'000, u'x')),
                                  received(conversationWith(other), other, secret, 11, QStringLiteral("secret")),
                                  answer(20, history.self, asked), answer(30, history.contact, asked),
                                  answer(40, other, secret), answer(50, history.contact, late)}));
        auto& db = history.store->db();
        const auto quotes = [&] {
            std::vector<std::int64_t> seqs;
            const auto page = queries::timeline(db, history.conversation, std::nullopt, 10);
            for (const TimelineRow& row : page->rows)
                if (row.replyTo)
                    seqs.push_back(row.quote ? row.quote->seq : 0);
            return seqs;
        };
        QCOMPARE(quotes(), (std::vector<std::int64_t>{1, 0, 0, 0}));
        const auto page = queries::timeline(db, history.conversation, std::nullopt, 10);
        QCOMPARE(page->rows[1].quote->text, QString(300, u'x'));
        QVERIFY(!page->rows[0].quote);
        VERIFY_OK(history.append({received(history.conversation, history.contact, late, 5)}));
        QCOMPARE(quotes(), (std::vector<std::int64_t>{1, 0, 0, 7}));
        const auto row = queries::message(db, history.contact, page->rows.back().id);
        QCOMPARE(row->value().quote->seq, 7);
    }

    void closedGapsDoNotPassForMoreRows() {
        History history;
        VERIFY_OK(history.createAndOpen());
        const auto first = history.random.id<MessageId>();
        const auto last = history.random.id<MessageId>();
        VERIFY_OK(history.append({gapNoticed(history.conversation, history.contact, 1, first)}));
        VERIFY_OK(history.fill(10));
        VERIFY_OK(history.append({gapNoticed(history.conversation, history.contact, 4, last),
                                  gapClosed(history.conversation, history.contact, first),
                                  gapClosed(history.conversation, history.contact, last)}));
        auto& db = history.store->db();
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, 10)->rowsBefore, 0);
        const auto page = queries::timelineAt(db, history.conversation, 3, 500);
        VERIFY_OK(page);
        QCOMPARE(page->rowsAfter, 0);
        QCOMPARE(queries::timelineAfter(db, history.conversation, page->rows.front().seq, 500)->rowsAfter, 0);
    }

    void pageFromAClosedGapGoesOn() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(10));
        const auto marker = history.random.id<MessageId>();
        VERIFY_OK(history.append({gapNoticed(history.conversation, history.contact, 4, marker)}));
        auto& db = history.store->db();
        const auto gap = queries::message(db, history.contact, marker);
        QCOMPARE(gap->value().kind, RowKind::Gap);
        const auto before = queries::timeline(db, history.conversation, gap->value().seq, 100);
        VERIFY_OK(history.append({gapClosed(history.conversation, history.contact, marker)}));
        const auto after = queries::timeline(db, history.conversation, gap->value().seq, 100);
        VERIFY_OK(after);
        QVERIFY(after->rows.size() >= 9);
        QCOMPARE(after->rows.size(), before->rows.size());
        QCOMPARE(queries::timeline(db, history.conversation, std::nullopt, 100)->rows.size(), std::size_t(10));
        QCOMPARE(queries::conversations(db)->front().last->kind, RowKind::Text);
    }

    void unknownAnchorIsNotTheEndOfTheHistory() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(10));
        const auto other = history.random.id<AccountId>();
        VERIFY_OK(history.append({received(conversationWith(other), other, history.random.id<MessageId>(), 1)}));
        auto& db = history.store->db();
        VERIFY_CODE(queries::timeline(db, history.conversation, 4711, 10), Code::NotFound);
        VERIFY_CODE(queries::timeline(db, history.conversation, 11, 10), Code::NotFound);
    }

    void pageNeverClaimsToKnowMoreThanItShows() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.fill(5));
        history.store->commitNow();
        auto reader = ProfileStore::openReader(history.paths, history.master);
        VERIFY_OK(reader);
        VERIFY_OK(history.fill(5)); // not committed
        QCOMPARE(queries::timeline(*reader, history.conversation, std::nullopt, 100)->snapshot, 5);
        QCOMPARE(queries::lastEvent(history.store->db()).value_or(0), 10);
        history.store->commitNow();
        const auto page = queries::timeline(*reader, history.conversation, std::nullopt, 100);
        QCOMPARE(page->snapshot, 10);
        QCOMPARE(page->rows.size(), std::size_t(10));
    }

    void conversationsComeWithTheNewestFirst() {
        History history;
        VERIFY_OK(history.createAndOpen());
        const auto other = history.random.id<AccountId>();
        VERIFY_OK(
            history.append({requestReceived(history.contact, QStringLiteral("Ana")), requestAccepted(history.contact),
                            requestReceived(other, QStringLiteral("Bo")), requestAccepted(other)}));
        auto& db = history.store->db();
        const auto titles = [&] {
            QStringList names;
            const auto rows = queries::conversations(db);
            for (const ConversationRow& row : *rows)
                names += row.title;
            return names;
        };
        QCOMPARE(titles(), QStringList({QStringLiteral("Bo"), QStringLiteral("Ana")}));
        VERIFY_OK(history.fill(1));
        QCOMPARE(titles(), QStringList({QStringLiteral("Ana"), QStringLiteral("Bo")}));
        QVERIFY(queries::conversations(db)->front().last.has_value());
    }

    void aDraftStaysUntilItIsEmptied() {
        History history;
        VERIFY_OK(history.createAndOpen());
        VERIFY_OK(history.append(
            {requestReceived(history.contact, QStringLiteral("Ana")), requestAccepted(history.contact)}));
        auto& db = history.store->db();
        const auto draft = [&] { return queries::conversations(db)->front().draft; };
        const auto set = [&](const QString& text) {
            return history.store->unit(
                [&](Unit& unit) { return queries::setDraft(unit.db(), history.conversation, text, unit.now()); });
        };
        QCOMPARE(draft(), QString());
        VERIFY_OK(set(QStringLiteral("half a thought")));
        VERIFY_OK(set(QStringLiteral("a whole thought")));
        VERIFY_CODE(set(QString(1024 * 1024 + 1, u'x')), Code::TooLarge);
        QCOMPARE(draft(), QStringLiteral("a whole thought"));
        VERIFY_OK(history.store->rebuild()); // no event, and no projection either
        QCOMPARE(draft(), QStringLiteral("a whole thought"));
        VERIFY_OK(set({}));
        QCOMPARE(draft(), QString());
    }
};

KITH_TEST(QueriesTest)
#include "test_queries.moc"
