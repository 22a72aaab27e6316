// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/random_history.h"

#include "core/store/projections/projector.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

#include <set>

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

struct Chat : TestProfile {
    Result<MessageState> state(const MessageId& id) {
        TRY_ASSIGN(const auto row, queries::message(store->db(), self, id));
        return row ? Result<MessageState>(row->state) : fail(Code::NotFound, QStringLiteral("no such message"));
    }
    Result<int> unread() {
        TRY_ASSIGN(const auto all, queries::conversations(store->db()));
        return all.empty() ? -1 : all.front().unread;
    }

    SeededRandom random{seed()};
    AccountId self = random.id<AccountId>();
    AccountId contact = random.id<AccountId>();
    ConversationId conversation = conversationWith(contact);
};

/// What a crash leaves: the database and its log, copied while the store is open.
Result<void> openCopy(const TestProfile& from, TestProfile& to) {
    TRY(platform::makePrivateFolder(to.paths.folder));
    for (const QString& suffix : {QString(), QStringLiteral("-wal")})
        overwriteFile(to.paths.database() + suffix, readFile(from.paths.database() + suffix));
    to.master = from.master.clone();
    return to.open();
}

} // namespace

/// The tables that people see are a function of the event log, whatever the order in which things arrive.
class ProjectionsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void orderIsTheSameWhateverTheOrderOfArrival() {
        SeededRandom random(seed());
        const auto self = random.id<AccountId>();
        const auto contact = random.id<AccountId>();
        const auto conversation = conversationWith(contact);
        std::vector<pb::Event> events;
        for (int i = 0; i < 40; ++i) { // many share an hlc: author and id decide
            const auto hlc = static_cast<std::int64_t>(random.below(8));
            events.push_back(random.below(2) == 0 ? composed(conversation, self, random.id<MessageId>(), hlc)
                                                  : received(conversation, contact, random.id<MessageId>(), hlc));
        }
        std::vector<MessageId> first;
        for (int round = 0; round < 4; ++round) {
            TestProfile profile;
            VERIFY_OK(profile.createAndOpen());
            for (std::size_t i = events.size(); i > 1; --i)
                std::swap(events[i - 1], events[random.below(i)]);
            VERIFY_OK(profile.append(events));
            const auto page = queries::timeline(profile.store->db(), conversation, std::nullopt, 500);
            VERIFY_OK(page);
            std::vector<MessageId> order;
            for (const TimelineRow& row : page->rows)
                order.push_back(row.id);
            QCOMPARE(order.size(), events.size());
            QVERIFY(std::ranges::is_sorted(page->rows, [](const TimelineRow& a, const TimelineRow& b) {
                return std::tie(a.at, a.author, a.id) < std::tie(b.at, b.author, b.id);
            }));
            if (round == 0)
                first = order;
            QVERIFY(order == first);
        }
    }

    void stateOnlyRisesWhateverTheOrderOfReceipts() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        std::vector<std::pair<MessageState, std::function<pb::Event(const MessageId&)>>> news{
            {MessageState::Failed, [&](const auto& id) { return failed(chat.conversation, chat.self, id); }},
            {MessageState::Accepted, [&](const auto& id) { return accepted(chat.conversation, chat.self, id); }},
            {MessageState::Delivered,
             [&](const auto& id) { return receipt(chat.conversation, chat.self, pb::DELIVERED, {id}); }},
            {MessageState::Read, [&](const auto& id) { return receipt(chat.conversation, chat.self, pb::READ, {id}); }},
        };
        for (int round = 0; round < 24; ++round) {
            const auto id = chat.random.id<MessageId>();
            VERIFY_OK(chat.append({composed(chat.conversation, chat.self, id, 1000)}));
            QCOMPARE(*chat.state(id), MessageState::Queued);
            for (std::size_t i = news.size(); i > 1; --i)
                std::swap(news[i - 1], news[chat.random.below(i)]);
            auto highest = MessageState::Queued;
            std::vector<pb::Event> events;
            for (const auto& [state, make] : news) {
                highest = std::max(highest, state);
                events = {make(id), make(id)};
                VERIFY_OK(chat.append(events));
                QCOMPARE(*chat.state(id), highest);
            }
        }
    }

    void receiptsMoveNothingThatIsNotTheirs() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        const auto mine = chat.random.id<MessageId>();
        const auto theirs = chat.random.id<MessageId>();
        const auto other = conversationWith(chat.random.id<AccountId>());
        VERIFY_OK(chat.append({composed(chat.conversation, chat.self, mine, 1000),
                               received(chat.conversation, chat.contact, theirs, 1001)}));
        VERIFY_OK(chat.append({receipt(other, chat.self, pb::READ, {mine}), accepted(other, chat.self, mine),
                               failed(other, chat.self, mine),
                               receipt(chat.conversation, chat.contact, pb::READ, {mine, theirs}),
                               receipt(chat.conversation, chat.self, pb::RECEIPT_KIND_UNSPECIFIED, {mine}),
                               receipt(chat.conversation, chat.self, pb::READ, {theirs})}));
        QCOMPARE(*chat.state(mine), MessageState::Queued);
        QCOMPARE(queries::message(chat.store->db(), chat.contact, theirs)->value().state, MessageState::None);
    }

    /// To several at once: as far as it has come with the last of those whom it can reach.
    void messageToSeveralIsAsFarAsTheLastOfThem() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        const auto group = chat.random.id<ConversationId>();
        const AccountId people[] = {chat.random.id<AccountId>(), chat.random.id<AccountId>(),
                                    chat.random.id<AccountId>()};
        const auto id = chat.random.id<MessageId>();
        pb::Event event = composed(group, chat.self, id, 1000);
        event.mutable_message_composed()->set_recipients(3);
        VERIFY_OK(chat.append({event}));
        const auto take = [&](pb::Event news, int who) {
            if (news.has_message_accepted())
                news.mutable_message_accepted()->set_account(people[who].str());
            else if (news.has_message_failed())
                news.mutable_message_failed()->set_account(people[who].str());
            else
                news.mutable_receipt_received()->set_account(people[who].str());
            return chat.append({news}) ? *chat.state(id) : MessageState::None;
        };
        const auto got = accepted(group, chat.self, id);
        const auto readIt = receipt(group, chat.self, pb::READ, {id});
        QCOMPARE(take(readIt, 0), MessageState::Queued);
        QCOMPARE(take(got, 1), MessageState::Queued);
        QCOMPARE(take(failed(group, chat.self, id), 2), MessageState::Accepted); // the third is out of reach
        QCOMPARE(take(readIt, 1), MessageState::Read);
        QCOMPARE(take(receipt(group, chat.self, pb::DELIVERED, {id}), 2), MessageState::Delivered);
        QCOMPARE(take(readIt, 2), MessageState::Read);
        VERIFY_CODE(chat.append({got}), Code::Invalid); // of a group, and does not say with whom
        VERIFY_OK(chat.store->rebuild());
    }

    void equalIdsOfTwoAuthorsAreTwoMessages() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        const auto id = chat.random.id<MessageId>();
        VERIFY_OK(chat.append({composed(chat.conversation, chat.self, id, 1000, QStringLiteral("mine")),
                               received(chat.conversation, chat.contact, id, 1001, QStringLiteral("theirs"))}));
        QCOMPARE(queries::message(chat.store->db(), chat.self, id)->value().text, QStringLiteral("mine"));
        QCOMPARE(queries::message(chat.store->db(), chat.contact, id)->value().text, QStringLiteral("theirs"));
        VERIFY_CODE(chat.append({received(chat.conversation, chat.contact, id, 1002)}), Code::Duplicate);
    }

    void wrongClockMovesNoClock() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        auto farAhead = received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 9'000'000'000'000);
        farAhead.mutable_message_received()->set_wrong_clock(true);
        VERIFY_OK(
            chat.append({received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 2000), farAhead}));
        auto& db = chat.store->db();
        QCOMPARE(queries::nextHlc(db, chat.conversation, fromMs(1000)).value_or(0), 2001);
        QCOMPARE(queries::nextHlc(db, chat.conversation, fromMs(5000)).value_or(0), 5000);
        QCOMPARE(queries::conversations(db)->front().last->flags, int(WrongClock));
        QCOMPARE(queries::nextHlc(db, conversationWith(chat.self), fromMs(5000)).value_or(0), 5000);
    }

    void unreadCountsWhatCameAfterTheReadMark() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        const auto receive = [&] {
            return received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 1000);
        };
        VERIFY_OK(chat.append({receive(), receive(), receive(),
                               composed(chat.conversation, chat.self, chat.random.id<MessageId>(), 1000)}));
        QCOMPARE(*chat.unread(), 3); // one's own are never unread
        VERIFY_OK(chat.append({readUpTo(chat.conversation, 2)}));
        QCOMPARE(*chat.unread(), 1);
        VERIFY_OK(chat.append({readUpTo(chat.conversation, 1)})); // a late mark of another device
        QCOMPARE(*chat.unread(), 1);
        VERIFY_OK(chat.append({readUpTo(chat.conversation, 1'000'000)}));
        QCOMPARE(*chat.unread(), 0);
        VERIFY_OK(chat.append({receive(), gapNoticed(chat.conversation, chat.contact, 3, MessageId())}));
        QCOMPARE(*chat.unread(), 1); // it came after the mark, however high that was
        VERIFY_OK(chat.append({readUpTo(chat.conversation, 8)}));
        QCOMPARE(*chat.unread(), 0);
    }

    void contactGoesFromRequestToConversation() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        auto& db = chat.store->db();
        const auto row = [&] { return queries::contact(db, chat.contact)->value(); };
        VERIFY_OK(chat.append({requestReceived(chat.contact, QStringLiteral("Ana"), QStringLiteral("it is me"))}));
        QCOMPARE(row().state, ContactState::RequestReceived);
        QCOMPARE(row().requestText, QStringLiteral("it is me"));
        QCOMPARE(toMs(row().since), toMs(chat.clock.wall()));
        QVERIFY(queries::conversations(db)->empty());
        VERIFY_OK(chat.append({requestAccepted(chat.contact), contactVerified(chat.contact, true)}));
        QCOMPARE(row().state, ContactState::Connected);
        QCOMPARE(row().requestText, QString());
        const auto conversations = queries::conversations(db);
        QCOMPARE(conversations->size(), std::size_t(1));
        QCOMPARE(conversations->front().title, QStringLiteral("Ana"));
        QVERIFY(conversations->front().verified && !conversations->front().last);
        VERIFY_OK(chat.append({contactRecovered(chat.contact)}));
        QVERIFY(!row().verified); // a thief of the recovery file looks the same
        pb::Event declined;
        declined.mutable_request_declined()->set_account(chat.contact.str());
        VERIFY_OK(chat.append({declined}));
        QCOMPARE(row().state, ContactState::Declined);
        QVERIFY(!queries::contact(db, chat.self)->has_value());
        QCOMPARE(queries::contacts(db)->size(), std::size_t(1));
    }

    void textSurvivesAsItIs() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        const QString odd = QStringLiteral("a") + QChar(0) + QStringLiteral("b \U0001F600 'q' \n\r\t");
        const auto id = chat.random.id<MessageId>();
        auto event = composed(chat.conversation, chat.self, id, 1000, odd);
        event.mutable_message_composed()->set_reply_author(chat.contact.str());
        event.mutable_message_composed()->set_reply_id(id.str());
        VERIFY_OK(chat.append({event}));
        const auto row = queries::message(chat.store->db(), chat.self, id);
        QCOMPARE(row->value().text, odd);
        QVERIFY(row->value().replyTo == std::pair(chat.contact, id));
        VERIFY_OK(chat.store->rebuild());
    }

    void projectionsFollowAnyHistoryAndRebuildEqual() {
        SeededRandom random(seed());
        for (int round = 0; round < 3; ++round) {
            TestProfile profile;
            VERIFY_OK(profile.createAndOpen());
            RandomHistory history(random, profile.clock);
            for (int units = 0; units < 120; ++units) {
                const RandomHistory before = history;
                const bool undone = random.below(4) == 0;
                const auto done = profile.store->unit([&](Unit& unit) -> Result<void> {
                    for (std::uint64_t steps = 1 + random.below(6); steps > 0; --steps)
                        TRY(history.step(unit));
                    return undone ? Result<void>(fail(Code::Denied, {})) : Result<void>();
                });
                if (undone)
                    history = before;
                else
                    VERIFY_OK(done);
                if (random.below(20) == 0)
                    profile.scheduler.run();
                if (units % 10 == 0) {
                    const auto difference = history.difference(profile.store->db());
                    VERIFY_OK(difference);
                    QCOMPARE(*difference, QString());
                }
            }
            VERIFY_OK(profile.store->rebuild());
            QCOMPARE(*history.difference(profile.store->db()), QString());
        }
    }

    void rebuildReportsAndRepairsTampering_data() {
        QTest::addColumn<QByteArray>("tampering");
        QTest::newRow("text") << QByteArray("UPDATE message SET text = 'I owe you 100' WHERE seq = 3");
        QTest::newRow("state") << QByteArray("UPDATE message SET state = 5 WHERE state = 1");
        QTest::newRow("author") << QByteArray("UPDATE message SET author = zeroblob(20) WHERE seq = 3");
        QTest::newRow("removed row") << QByteArray("DELETE FROM message WHERE seq = 3");
        QTest::newRow("added row") << QByteArray(
            "INSERT INTO message SELECT 999, conversation, hlc, author, zeroblob(16), kind, text, at_ms, state, flags, "
            "NULL, NULL, claim_ms, device, n, 0 FROM message WHERE seq = 3");
        QTest::newRow("delivery") << QByteArray(
            "INSERT INTO delivery SELECT seq, author, 5 FROM message WHERE seq = 4");
        QTest::newRow("verified") << QByteArray("UPDATE contact SET verified = 1");
        QTest::newRow("unread") << QByteArray("UPDATE conversation SET unread = unread + 1");
        QTest::newRow("moved conversation") << QByteArray("UPDATE conversation SET last_hlc = last_hlc + 1");
    }
    void rebuildReportsAndRepairsTampering() {
        QFETCH(const QByteArray, tampering);
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        VERIFY_OK(chat.append({requestReceived(chat.contact, QStringLiteral("Ana")), requestAccepted(chat.contact),
                               received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 1000),
                               composed(chat.conversation, chat.self, chat.random.id<MessageId>(), 1001)}));
        const auto before = Projector(chat.store->db()).fingerprint();
        VERIFY_OK(chat.store->db().exec(tampering));
        QVERIFY(chat.store->db().changes() > 0);
        VERIFY_CODE(chat.store->rebuild(), Code::Corrupt);
        QCOMPARE(*Projector(chat.store->db()).fingerprint(), *before);
        VERIFY_OK(chat.open());
        QCOMPARE(*Projector(chat.store->db()).fingerprint(), *before);
        VERIFY_OK(chat.store->rebuild());
    }

    /// A column that the fingerprint leaves out would differ after a rebuild, and nobody would hear of it.
    void theFingerprintReadsEveryColumn() {
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        std::size_t columns = 0;
        for (const ProjectedTable* table : projectedTables()) {
            const QString clear = QString::fromUtf8(table->clear.text().data(), qsizetype(table->clear.text().size()));
            const QString rows = QString::fromUtf8(table->rows.text().data(), qsizetype(table->rows.text().size()));
            const QString name = clear.section(u' ', -1);
            auto found = profile.store->db().prepare("SELECT name FROM pragma_table_info(?)");
            VERIFY_OK(found);
            found->bind(name);
            while (*found->step()) {
                const QRegularExpression word(QStringLiteral("\\b%1\\b").arg(found->text(0)));
                QVERIFY2(rows.section(QStringLiteral(" FROM "), 0, 0).contains(word),
                         qPrintable(name + u' ' + found->text(0)));
                ++columns;
            }
        }
        QVERIFY(columns > 25);
    }

    /// What event.proto knows, the table of events knows.
    void everyKindOfEventHasItsRow() {
        QFile file(QStringLiteral("core/store/event.proto"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString kinds = QString::fromUtf8(file.readAll()).section(QStringLiteral("oneof kind {"), 1);
        std::set<int> numbers;
        auto rows = QRegularExpression(QStringLiteral("= (\\d+);")).globalMatch(kinds);
        while (rows.hasNext())
            numbers.insert(rows.next().captured(1).toInt());
        std::set<int> listed;
        for (const EventKind& kind : eventKinds())
            QVERIFY(listed.insert(kind.kind).second);
        QVERIFY(numbers.size() > 15);
        QCOMPARE(listed, numbers);
    }

    void rebuildOfADamagedLogLeavesTheProjections() {
        Chat chat;
        VERIFY_OK(chat.createAndOpen());
        VERIFY_OK(chat.append({received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 1000),
                               received(chat.conversation, chat.contact, chat.random.id<MessageId>(), 1001)}));
        VERIFY_OK(chat.store->db().exec("UPDATE event SET body = x'ff' WHERE seq = 2"));
        VERIFY_CODE(chat.store->rebuild(), Code::Corrupt);
        QCOMPARE(queries::timeline(chat.store->db(), chat.conversation, std::nullopt, 10)->rows.size(), std::size_t(2));
    }

    void crashAtEveryCommitLeavesWholeUnits() {
        SeededRandom random(seed());
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        RandomHistory history(random, profile.clock);
        std::map<std::int64_t, RandomHistory> ends{{0, history}}; // of every unit, by its last event
        std::int64_t told = 0;
        int crashes = 0;
        const auto crash = [&] {
            TestProfile copy;
            VERIFY_OK(openCopy(profile, copy));
            const auto last = queries::lastEvent(copy.store->db());
            VERIFY_OK(last);
            QVERIFY(*last >= told); // what was told is there
            const auto end = ends.find(*last);
            QVERIFY2(end != ends.end(), "half a unit is there");
            QCOMPARE(*end->second.difference(copy.store->db()), QString());
            if (++crashes % 8 == 0)
                VERIFY_OK(copy.store->db().integrityCheck());
            VERIFY_OK(copy.store->rebuild());
        };
        profile.store->setListener([&](const std::vector<StoredEvent>& events) {
            told = events.back().seq;
            crash();
        });
        for (int turn = 0; turn < 15; ++turn) {
            for (std::uint64_t units = 1 + random.below(4); units > 0; --units) {
                VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
                    for (std::uint64_t steps = 1 + random.below(5); steps > 0; --steps)
                        TRY(history.step(unit));
                    return {};
                }));
                ends.emplace(history.lastSeq(), history);
            }
            if (turn % 4 == 0)
                crash(); // with units under way
            profile.scheduler.run();
            QCOMPARE(told, history.lastSeq());
        }
        QVERIFY(crashes >= 15);
    }
};

KITH_TEST(ProjectionsTest)
#include "test_projections.moc"
