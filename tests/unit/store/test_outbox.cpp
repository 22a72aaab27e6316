// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sending/outbox.h"

#include "core/sqlite/transaction.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

using Kind = wire::pb::Content::KindCase;

struct Queue : TestTables {
    SentContent content(const QByteArray& body = "content", Kind kind = Kind::kText, std::uint64_t n = 0) {
        SentContent made{0, conversation, random.id<MessageId>(), kind, n, body};
        made.row = *sent.add(made, now);
        return made;
    }
    OutboxRow add(const SentContent& content, Lane lane = Lane::Messages, std::optional<AccountId> to = {}) {
        OutboxRow row;
        row.lane = lane;
        row.account = to.value_or(account);
        row.content = content;
        row.created = row.due = now;
        return add(row);
    }
    OutboxRow add(OutboxRow row) {
        INVARIANT(outbox.add(row));
        row.row = db.lastInsertRowId();
        return row;
    }
    OutboxRow::Frozen frozen(const QByteArray& items = "items") {
        return {random.id<DropId>(), random.id<EnvelopeId>(), std::uint64_t(1) << 63U | 5, items};
    }
    SentCopy copy(std::uint32_t device, const EnvelopeId& envelope) {
        return {DeviceId(device), envelope, random.id<crypto::Hash32>()};
    }
    /// Frozen for these devices, and accepted.
    std::vector<SentCopy> send(const OutboxRow& row, std::initializer_list<std::uint32_t> devices, Millis later = {}) {
        const auto made = frozen();
        std::vector<SentCopy> copies;
        for (const std::uint32_t device : devices)
            copies.push_back(copy(device, made.envelope));
        INVARIANT(outbox.freeze(row, made, copies, now + later) && outbox.remove(row.row));
        return copies;
    }
    OutboxRow first() { return outbox.heads(account, 1)->front(); }
    /// "a1 a2 b1": what heads() returns.
    QByteArray heads(int perLane) {
        QByteArrayList bodies;
        const auto rows = outbox.heads(account, perLane);
        for (const OutboxRow& head : *rows)
            bodies += head.content.body;
        return bodies.join(' ');
    }

    Sent sent{db};
    Outbox outbox{db};
    AccountId account = random.id<AccountId>();
    ConversationId conversation = conversationWith(account);
    ConversationId elsewhere = random.id<ConversationId>(); ///< a group that the account is in
};

} // namespace

/// What waits to be sent, in order and byte for byte, and what may be sent again.
class OutboxTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void numbersAreContiguousPerConversationAlsoAcrossARollback() {
        Queue queue;
        const auto other = conversationWith(queue.random.id<AccountId>());
        for (std::uint64_t n = 1; n <= 3; ++n)
            QCOMPARE(*queue.sent.nextNumber(queue.conversation), n);
        QCOMPARE(*queue.sent.nextNumber(other), std::uint64_t(1));
        {
            auto undone = sqlite::Savepoint::begin(queue.db);
            VERIFY_OK(undone);
            QCOMPARE(*queue.sent.nextNumber(queue.conversation), std::uint64_t(4));
        }
        QCOMPARE(*queue.sent.nextNumber(queue.conversation), std::uint64_t(4));
    }

    void headsAreTheFirstOfEachLaneOfOneAccount() {
        Queue queue;
        const auto other = queue.random.id<AccountId>();
        QCOMPARE(queue.outbox.count().value_or(-1), 0);
        const std::pair<const char*, Lane> rows[] = {
            {"b1", Lane::Receipts}, {"a1", Lane::Messages}, {"a2", Lane::Messages}, {"b2", Lane::Receipts},
            {"c1", Lane::Repairs},  {"a3", Lane::Messages}, {"b3", Lane::Receipts}};
        for (const auto& [body, lane] : rows)
            queue.add(queue.content(body), lane);
        queue.add(queue.content("of somebody else"), Lane::Messages, other);
        QCOMPARE(queue.outbox.count().value_or(-1), 8);
        QCOMPARE(queue.heads(1), QByteArray("b1 a1 c1"));
        QCOMPARE(queue.heads(2), QByteArray("b1 b2 a1 a2 c1"));
        QCOMPARE(queue.heads(9), QByteArray("b1 b2 b3 a1 a2 a3 c1"));
        VERIFY_OK(queue.outbox.remove(queue.first().row));
        QCOMPARE(queue.heads(2), QByteArray("a1 a2 b2 b3 c1"));
        auto everybody = *queue.outbox.accounts();
        std::sort(everybody.begin(), everybody.end());
        QVERIFY(everybody == (std::vector{std::min(queue.account, other), std::max(queue.account, other)}));
    }

    void rowComesBackAsItWent() {
        Queue queue;
        OutboxRow given;
        given.account = queue.account;
        given.lane = Lane::Repairs;
        given.content = queue.content(QByteArray("\0bytes", 6), Kind::kText, 12);
        given.device = DeviceId(0x7fffffff);
        given.attempt = 3;
        given.riders = QByteArray("\0riders", 7);
        given.created = queue.now - Millis(5);
        given.due = queue.now;
        queue.add(given);
        const OutboxRow back = queue.first();
        QVERIFY(back.device == given.device && back.account == given.account && back.lane == given.lane);
        QVERIFY(back.content.message == given.content.message && back.content.conversation == queue.conversation);
        QCOMPARE(back.content.body, given.content.body);
        QCOMPARE(back.content.row, given.content.row);
        QCOMPARE(back.content.n, std::uint64_t(12));
        QCOMPARE(back.riders, given.riders);
        QCOMPARE(back.attempt, given.attempt);
        QCOMPARE(int(back.content.kind), int(Kind::kText));
        QVERIFY(back.created == given.created && back.due == given.due && !back.frozen);
    }

    void numbersOfRowsAreNeverReused() {
        Queue queue;
        const auto first = queue.add(queue.content()).row;
        VERIFY_OK(queue.outbox.remove(first)); // its answer may still be under way
        QVERIFY(queue.add(queue.content()).row > first);
    }

    void frozenRowSendsTheSameBytesUntilItIsThawed() {
        Queue queue;
        auto row = queue.add(queue.content("text"));
        const auto frozen = queue.frozen(QByteArray("\0items", 6));
        row.riders = "a rider";
        VERIFY_OK(queue.outbox.freeze(row, frozen, {queue.copy(1, frozen.envelope)}, queue.now));
        for (int retry = 0; retry < 2; ++retry) {
            const auto back = queue.first();
            QCOMPARE(back.riders, row.riders);
            QVERIFY(back.frozen && back.frozen->drop == frozen.drop && back.frozen->envelope == frozen.envelope);
            QCOMPARE(back.frozen->manifestVersion, frozen.manifestVersion); // above 2^63
            QCOMPARE(back.frozen->items, frozen.items);
        }
        VERIFY_OK(queue.outbox.thaw(row.row));
        QVERIFY(!queue.first().frozen);
        QCOMPARE(queue.first().riders, row.riders);
    }

    void vanishedRowIsNotFrozen() {
        Queue queue;
        const auto row = queue.add(queue.content("text", Kind::kText, 1));
        VERIFY_OK(queue.outbox.remove(row.row));
        const auto frozen = queue.frozen();
        VERIFY_CODE(queue.outbox.freeze(row, frozen, {queue.copy(1, frozen.envelope)}, queue.now), Code::NotFound);
        QVERIFY(!queue.sent.byNumber(queue.conversation, 1, row.account, DeviceId(1))->repeat);
    }

    void onlyQueuedReceiptsOfTheSameConversationRideAlong() {
        Queue queue;
        queue.add(queue.content("text"));
        const auto first = queue.add(queue.content("first", Kind::kReceipt), Lane::Receipts);
        const auto frozen = queue.add(queue.content("frozen", Kind::kReceipt), Lane::Receipts);
        const auto second = queue.add(queue.content("second", Kind::kReceipt), Lane::Receipts);
        VERIFY_OK(queue.outbox.freeze(frozen, queue.frozen(), {}, queue.now));
        SentContent other{0, queue.elsewhere, queue.random.id<MessageId>(), Kind::kReceipt, 0, "elsewhere"};
        other.row = *queue.sent.add(other, queue.now);
        queue.add(other, Lane::Receipts);
        const auto riders = queue.outbox.queuedReceipts(queue.conversation, queue.account);
        QCOMPARE(riders->size(), std::size_t(2));
        QCOMPARE(riders->front().row, first.row);
        QCOMPARE(riders->back().row, second.row);
        QVERIFY(queue.outbox.queuedReceipts(queue.conversation, queue.random.id<AccountId>())->empty());
    }

    void onlyWhatWasSentToADeviceIsSentAgainToIt() {
        Queue queue;
        const auto row = queue.add(queue.content("the text", Kind::kText, 9));
        QVERIFY(queue.sent.byNumber(queue.conversation, 9, queue.account, DeviceId(1))->isQueued);
        const auto copies = queue.send(row, {1, 2});
        const SentCopy& phone = copies.front();

        const auto exactly = queue.sent.exactly(queue.conversation, queue.account, phone);
        QCOMPARE(exactly->value().content.body, QByteArray("the text"));
        QVERIFY(exactly->value().content.message == row.content.message && exactly->value().content.n == 9);
        const auto stranger = queue.random.id<AccountId>();
        const auto finds = [&](const AccountId& account, const SentCopy& copy) {
            return queue.sent.exactly(queue.conversation, account, copy)->has_value();
        };
        QVERIFY(!finds(stranger, phone));
        QVERIFY(!finds(queue.account, {DeviceId(2), phone.envelope, phone.ciphertextHash}));
        QVERIFY(!finds(queue.account, queue.copy(1, phone.envelope)));
        QVERIFY(!finds(queue.account, {phone.device, queue.random.id<EnvelopeId>(), phone.ciphertextHash}));

        const auto number = [&](std::uint64_t n, const AccountId& account, std::uint32_t device) {
            return queue.sent.byNumber(queue.conversation, n, account, DeviceId(device))->repeat.has_value();
        };
        QVERIFY(number(9, queue.account, 1) && number(9, queue.account, 2));
        QVERIFY(!number(8, queue.account, 1) && !number(9, stranger, 1) && !number(9, queue.account, 3));
    }

    /// PROTOCOL.md s16: who is in a group gets nothing of it through another conversation.
    void nothingIsRepairedFromAnotherConversation() {
        Queue queue;
        SentContent content{0, queue.elsewhere, queue.random.id<MessageId>(), Kind::kText, 5, "for the group"};
        content.row = *queue.sent.add(content, queue.now);
        const auto copies = queue.send(queue.add(content), {1});
        QVERIFY(queue.sent.byNumber(queue.elsewhere, 5, queue.account, DeviceId(1))->repeat);
        QVERIFY(!queue.sent.byNumber(queue.conversation, 5, queue.account, DeviceId(1))->repeat);
        QVERIFY(queue.sent.exactly(queue.elsewhere, queue.account, copies.front())->has_value());
        QVERIFY(!queue.sent.exactly(queue.conversation, queue.account, copies.front())->has_value());
        const auto self = queue.random.id<AccountId>();
        QCOMPARE(queue.sent.unconfirmed(queue.elsewhere, self, queue.account, DeviceId(1))->size(), std::size_t(1));
        QVERIFY(queue.sent.unconfirmed(queue.conversation, self, queue.account, DeviceId(1))->empty());
    }

    void contentWithoutANumberCannotBeAskedForByNumber() {
        Queue queue;
        queue.send(queue.add(queue.content("a receipt", Kind::kReceipt)), {1});
        QVERIFY(!queue.sent.byNumber(queue.conversation, 0, queue.account, DeviceId(1))->repeat);
    }

    void repairHasTheNextAttemptAndReplacesTheCopy() {
        Queue queue;
        auto row = queue.add(queue.content());
        QVERIFY(*queue.sent.hasGoneOut(row.content.row));
        QVERIFY(!*queue.sent.hasGoneOut(queue.content().row));
        QCOMPARE(*queue.sent.nextAttempt(queue.content().row, queue.account), 0U);
        QCOMPARE(*queue.sent.nextAttempt(row.content.row, queue.account), 1U);
        const auto first = queue.send(row, {1, 2}).front();
        QCOMPARE(*queue.sent.nextAttempt(row.content.row, queue.account), 1U);

        row.attempt = 1;
        row.device = DeviceId(1);
        row.lane = Lane::Repairs;
        row = queue.add(row);
        QCOMPARE(*queue.sent.nextAttempt(row.content.row, queue.account), 2U); // two requests, two attempts
        const auto second = queue.send(row, {1}).front();
        QCOMPARE(*queue.sent.nextAttempt(row.content.row, queue.account), 2U);
        QVERIFY(!queue.sent.exactly(queue.conversation, queue.account, first)->has_value());
        QVERIFY(queue.sent.exactly(queue.conversation, queue.account, second)->has_value());
        QCOMPARE(*queue.sent.nextAttempt(row.content.row, queue.random.id<AccountId>()), 0U);
    }

    /// What comes by itself is not sent twice: to everybody, or as an answer to the same device.
    void whatWaitsForADeviceIsQueuedForIt() {
        Queue queue;
        auto row = queue.add(queue.content("text", Kind::kText, 3));
        const auto isQueued = [&](std::uint32_t device) {
            return queue.sent.byNumber(queue.conversation, 3, queue.account, DeviceId(device))->isQueued;
        };
        QVERIFY(isQueued(1) && isQueued(2));
        queue.send(row, {1, 2});
        QVERIFY(!isQueued(1));
        row.device = DeviceId(1);
        queue.add(row);
        QVERIFY(isQueued(1) && !isQueued(2));
    }

    void repairRepeatsWhatWentOutLast() {
        Queue queue;
        auto row = queue.add(queue.content("text"));
        VERIFY_OK(queue.outbox.freeze(row, queue.frozen(), {}, queue.now));
        VERIFY_OK(queue.outbox.thaw(row.row)); // devices changed, and a receipt came up meanwhile
        row.riders = " and receipt";
        const auto copy = queue.send(row, {1}).front();
        const auto again = queue.sent.exactly(queue.conversation, queue.account, copy);
        QCOMPARE(again->value().content.body + again->value().riders, QByteArray("text and receipt"));
    }

    void contentStaysWhileAnybodyMayNeedIt() {
        Queue queue;
        const auto content = queue.content("text", Kind::kText, 1);
        const auto early = queue.add(content);
        const auto late = queue.add(content, Lane::Messages, queue.random.id<AccountId>()); // who was away
        queue.send(early, {1});
        QVERIFY(*queue.outbox.isWaiting(content.row));
        VERIFY_OK(queue.sent.forgetBefore(toDay(queue.now) + 40));
        QCOMPARE(queue.outbox.heads(late.account, 1)->front().content.body, QByteArray("text"));
        queue.send(late, {1}, std::chrono::days(20));
        QVERIFY(!*queue.outbox.isWaiting(content.row));
        VERIFY_OK(queue.sent.forgetBefore(toDay(queue.now) + 20));
        QVERIFY(queue.sent.byNumber(queue.conversation, 1, late.account, DeviceId(1))->repeat);
        VERIFY_OK(queue.sent.forgetBefore(toDay(queue.now) + 21));
        QCOMPARE(queue.db.integer("SELECT (SELECT count(*) FROM sent_content) + (SELECT count(*) FROM sent_copy)")
                     .value_or(-1),
                 0);
    }

    /// One that failed after 30 days and is sent again can be repaired for 30 days from then on.
    void whatIsSentAgainIsRememberedAnew() {
        Queue queue;
        const auto first = queue.add(queue.content("text", Kind::kText, 2));
        queue.send(first, {1});
        SentContent anew = first.content;
        anew.n = 7;
        QCOMPARE(*queue.sent.add(anew, queue.now), first.content.row); // under its old id
        queue.send(queue.add(anew), {1}, std::chrono::days(31));
        VERIFY_OK(queue.sent.forgetBefore(toDay(queue.now + std::chrono::days(31))));
        QVERIFY(queue.sent.byNumber(queue.conversation, 7, queue.account, DeviceId(1))->repeat);
        QVERIFY(!queue.sent.byNumber(queue.conversation, 2, queue.account, DeviceId(1))->repeat);
    }

    /// Short rows for recipients, whatever is said to them: at most 250 bytes each.
    void aThousandRecipientsShareOneContent() {
        Queue queue;
        const auto pages = [&] {
            return *queue.db.integer("SELECT page_count - freelist_count FROM pragma_page_count, "
                                     "pragma_freelist_count");
        };
        const auto content = queue.content(QByteArray(40'000, 'x'), Kind::kText, 1);
        const auto before = pages();
        for (int i = 0; i < 1000; ++i)
            queue.add(content, Lane::Messages, queue.random.id<AccountId>());
        const auto bytesEach = (pages() - before) * 4096 / 1000;
        qInfo("%lld bytes for each recipient", static_cast<long long>(bytesEach));
        QVERIFY(bytesEach <= 250);
    }
};

KITH_TEST(OutboxTest)
#include "test_outbox.moc"
