// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/outbox.h"

#include "core/sqlite/transaction.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

using Kind = wire::pb::Content::KindCase;

struct Queue : TestTables {
    OutboxRow row(const QByteArray& lane, const QByteArray& content = "content", Kind kind = Kind::kText) {
        OutboxRow made;
        made.lane = lane;
        made.account = account;
        made.message = random.id<MessageId>();
        made.kind = kind;
        made.content = content;
        made.created = now;
        made.due = now;
        return made;
    }
    OutboxRow::Frozen frozen(const QByteArray& items = "items") {
        return {random.id<DropId>(), random.id<EnvelopeId>(), std::uint64_t(1) << 63U | 5, items};
    }
    SentCopy copy(std::uint32_t device, const EnvelopeId& envelope) {
        return {DeviceId(device), envelope, random.id<crypto::Hash32>()};
    }
    /// "a1 a2 b1": what heads() returns.
    QByteArray heads(int perLane) {
        QByteArrayList contents;
        const auto rows = outbox.heads(perLane);
        for (const OutboxRow& head : *rows)
            contents += head.content;
        return contents.join(' ');
    }
    Result<OutboxRow> added(OutboxRow made) {
        TRY(outbox.add(made));
        made.row = db.lastInsertRowId();
        return made;
    }

    Outbox outbox{db};
    AccountId account = random.id<AccountId>();
    ConversationId conversation = conversationWith(account);
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
            QCOMPARE(*queue.outbox.nextNumber(queue.conversation), n);
        QCOMPARE(*queue.outbox.nextNumber(other), std::uint64_t(1));
        {
            auto undone = sqlite::Savepoint::begin(queue.db);
            VERIFY_OK(undone);
            QCOMPARE(*queue.outbox.nextNumber(queue.conversation), std::uint64_t(4));
        }
        QCOMPARE(*queue.outbox.nextNumber(queue.conversation), std::uint64_t(4));
    }

    void headsAreTheFirstOfEachLane() {
        Queue queue;
        QCOMPARE(queue.outbox.count().value_or(-1), 0);
        for (const char* content : {"b1", "a1", "a2", "b2", "c1", "a3", "b3"})
            VERIFY_OK(queue.outbox.add(queue.row(QByteArray(content, 1), content)));
        QCOMPARE(queue.outbox.count().value_or(-1), 7);
        QCOMPARE(queue.heads(1), QByteArray("b1 a1 c1"));
        QCOMPARE(queue.heads(2), QByteArray("b1 b2 a1 a2 c1"));
        QCOMPARE(queue.heads(9), QByteArray("b1 b2 b3 a1 a2 a3 c1"));
        VERIFY_OK(queue.outbox.remove(queue.outbox.heads(1)->front().row));
        QCOMPARE(queue.heads(2), QByteArray("a1 a2 b2 b3 c1"));
    }

    void rowComesBackAsItWent() {
        Queue queue;
        OutboxRow given = queue.row("lane", QByteArray("\0bytes", 6));
        given.device = DeviceId(0x7fffffff);
        given.n = 12;
        given.attempt = 3;
        given.created = queue.now - Millis(5);
        VERIFY_OK(queue.outbox.add(given));
        const OutboxRow back = queue.outbox.heads(1)->front();
        QVERIFY(back.device == given.device && back.account == given.account && back.message == given.message);
        QCOMPARE(back.content, given.content);
        QCOMPARE(back.n, given.n);
        QCOMPARE(back.attempt, given.attempt);
        QCOMPARE(int(back.kind), int(given.kind));
        QVERIFY(back.created == given.created && back.due == given.due && !back.frozen);
    }

    void numbersOfRowsAreNeverReused() {
        Queue queue;
        VERIFY_OK(queue.outbox.add(queue.row("a")));
        const auto first = queue.outbox.heads(1)->front().row;
        VERIFY_OK(queue.outbox.remove(first)); // its answer may still be under way
        VERIFY_OK(queue.outbox.add(queue.row("a")));
        QVERIFY(queue.outbox.heads(1)->front().row > first);
    }

    void frozenRowSendsTheSameBytesUntilItIsThawed() {
        Queue queue;
        auto row = *queue.added(queue.row("a"));
        const auto frozen = queue.frozen(QByteArray("\0items", 6));
        row.content = "content with a rider";
        VERIFY_OK(queue.outbox.freeze(row, frozen, {queue.copy(1, frozen.envelope)}, queue.now));
        for (int retry = 0; retry < 2; ++retry) {
            const auto back = queue.outbox.heads(1)->front();
            QCOMPARE(back.content, row.content);
            QVERIFY(back.frozen && back.frozen->drop == frozen.drop && back.frozen->envelope == frozen.envelope);
            QCOMPARE(back.frozen->manifestVersion, frozen.manifestVersion); // above 2^63
            QCOMPARE(back.frozen->items, frozen.items);
        }
        VERIFY_OK(queue.outbox.thaw(row.row));
        QVERIFY(!queue.outbox.heads(1)->front().frozen);
        QCOMPARE(queue.outbox.heads(1)->front().content, row.content);
    }

    void vanishedRowIsNotFrozen() {
        Queue queue;
        auto row = *queue.added(queue.row("a"));
        VERIFY_OK(queue.outbox.remove(row.row));
        const auto frozen = queue.frozen();
        VERIFY_CODE(queue.outbox.freeze(row, frozen, {queue.copy(1, frozen.envelope)}, queue.now), Code::NotFound);
        QVERIFY(!*queue.outbox.wasSentTo(row.message, row.account, DeviceId(1)));
    }

    void onlyQueuedReceiptsRideAlong() {
        Queue queue;
        const auto text = *queue.added(queue.row("a", "text"));
        const auto first = *queue.added(queue.row("a", "first", Kind::kReceipt));
        const auto frozen = *queue.added(queue.row("a", "frozen", Kind::kReceipt));
        const auto second = *queue.added(queue.row("b", "second", Kind::kReceipt));
        VERIFY_OK(queue.outbox.freeze(frozen, queue.frozen(), {}, queue.now));
        const auto riders = queue.outbox.queuedReceipts(queue.account);
        QCOMPARE(riders->size(), std::size_t(2));
        QCOMPARE(riders->front().row, first.row);
        QCOMPARE(riders->back().row, second.row);
        QVERIFY(queue.outbox.queuedReceipts(queue.random.id<AccountId>())->empty());
    }

    void onlyWhatWasSentToADeviceIsSentAgainToIt() {
        Queue queue;
        auto row = queue.row("a", "the text");
        row.n = 9;
        row = *queue.added(row);
        const auto frozen = queue.frozen();
        const auto phone = queue.copy(1, frozen.envelope);
        const auto laptop = queue.copy(2, frozen.envelope);
        VERIFY_OK(queue.outbox.freeze(row, frozen, {phone, laptop}, queue.now));
        VERIFY_OK(queue.outbox.remove(row.row)); // accepted: the sent list stays

        const auto exactly = queue.outbox.sentExactly(queue.account, phone);
        QCOMPARE(exactly->value().content, QByteArray("the text"));
        QVERIFY(exactly->value().message == row.message && exactly->value().n == 9);
        QCOMPARE(int(exactly->value().kind), int(Kind::kText));
        const auto stranger = queue.random.id<AccountId>();
        QVERIFY(!queue.outbox.sentExactly(stranger, phone)->has_value());
        QVERIFY(!queue.outbox.sentExactly(queue.account, {laptop.device, phone.envelope, phone.ciphertextHash})
                     ->has_value());
        QVERIFY(!queue.outbox.sentExactly(queue.account, queue.copy(1, frozen.envelope))->has_value());
        QVERIFY(!queue.outbox
                     .sentExactly(queue.account, {phone.device, queue.random.id<EnvelopeId>(), phone.ciphertextHash})
                     ->has_value());

        QCOMPARE(queue.outbox.sentByNumber(queue.account, 9)->value().message, row.message);
        QVERIFY(!queue.outbox.sentByNumber(queue.account, 8)->has_value());
        QVERIFY(!queue.outbox.sentByNumber(stranger, 9)->has_value());

        QVERIFY(*queue.outbox.wasSentTo(row.message, queue.account, DeviceId(2)));
        QVERIFY(!*queue.outbox.wasSentTo(row.message, queue.account, DeviceId(3)));
        QVERIFY(!*queue.outbox.wasSentTo(row.message, stranger, DeviceId(2)));
    }

    void contentWithoutANumberCannotBeAskedForByNumber() {
        Queue queue;
        const auto row = *queue.added(queue.row("a", "a receipt", Kind::kReceipt));
        VERIFY_OK(queue.outbox.freeze(row, queue.frozen(), {}, queue.now));
        QVERIFY(!queue.outbox.sentByNumber(queue.account, 0)->has_value());
    }

    void repairHasTheNextAttemptAndReplacesTheCopy() {
        Queue queue;
        auto row = *queue.added(queue.row("a"));
        QCOMPARE(*queue.outbox.nextAttempt(queue.random.id<MessageId>(), queue.account), 0U);
        QCOMPARE(*queue.outbox.nextAttempt(row.message, queue.account), 1U);
        auto frozen = queue.frozen();
        const auto first = queue.copy(1, frozen.envelope);
        VERIFY_OK(queue.outbox.freeze(row, frozen, {first, queue.copy(2, frozen.envelope)}, queue.now));
        VERIFY_OK(queue.outbox.remove(row.row));
        QCOMPARE(*queue.outbox.nextAttempt(row.message, queue.account), 1U);

        row.attempt = 1;
        row.device = DeviceId(1);
        row = *queue.added(row);
        QCOMPARE(*queue.outbox.nextAttempt(row.message, queue.account), 2U); // two requests, two attempts
        frozen = queue.frozen();
        const auto second = queue.copy(1, frozen.envelope);
        VERIFY_OK(queue.outbox.freeze(row, frozen, {second}, queue.now));
        VERIFY_OK(queue.outbox.remove(row.row));
        QCOMPARE(*queue.outbox.nextAttempt(row.message, queue.account), 2U);
        QVERIFY(!queue.outbox.sentExactly(queue.account, first)->has_value());
        QVERIFY(queue.outbox.sentExactly(queue.account, second)->has_value());
        QCOMPARE(*queue.outbox.nextAttempt(row.message, queue.random.id<AccountId>()), 0U);
    }

    void repairRepeatsWhatWentOutLast() {
        Queue queue;
        auto row = *queue.added(queue.row("a", "text"));
        VERIFY_OK(queue.outbox.freeze(row, queue.frozen(), {}, queue.now));
        VERIFY_OK(queue.outbox.thaw(row.row)); // devices changed, and a receipt came up meanwhile
        row.content = "text and receipt";
        const auto frozen = queue.frozen();
        const auto copy = queue.copy(1, frozen.envelope);
        VERIFY_OK(queue.outbox.freeze(row, frozen, {copy}, queue.now));
        QCOMPARE(queue.outbox.sentExactly(queue.account, copy)->value().content, row.content);
    }

    void sentListIsForgottenPerAccount() {
        Queue queue;
        auto early = *queue.added(queue.row("a"));
        auto late = early; // the same message to somebody who was away
        late.account = queue.random.id<AccountId>();
        late = *queue.added(late);
        const auto frozen = queue.frozen();
        VERIFY_OK(queue.outbox.freeze(early, frozen, {queue.copy(1, frozen.envelope)}, queue.now));
        const auto lateCopy = queue.copy(1, frozen.envelope);
        VERIFY_OK(queue.outbox.freeze(late, frozen, {lateCopy}, queue.now + std::chrono::days(20)));
        VERIFY_OK(queue.outbox.forgetBefore(toDay(queue.now)));
        QVERIFY(*queue.outbox.wasSentTo(early.message, early.account, DeviceId(1)));
        VERIFY_OK(queue.outbox.forgetBefore(toDay(queue.now) + 1));
        QVERIFY(!*queue.outbox.wasSentTo(early.message, early.account, DeviceId(1)));
        QVERIFY(queue.outbox.sentExactly(late.account, lateCopy)->has_value());
        VERIFY_OK(queue.outbox.forgetBefore(toDay(queue.now) + 21));
        QCOMPARE(queue.db.integer("SELECT (SELECT count(*) FROM sent) + (SELECT count(*) FROM sent_copy)").value_or(-1),
                 0);
    }

    /// One that failed after 30 days and is sent again can be repaired for 30 days from then on.
    void whatIsSentAgainIsRememberedAnew() {
        Queue queue;
        const auto first = *queue.added(queue.row("a"));
        const auto frozen = queue.frozen();
        VERIFY_OK(queue.outbox.freeze(first, frozen, {queue.copy(1, frozen.envelope)}, queue.now));
        VERIFY_OK(queue.outbox.remove(first.row));
        auto again = first;
        again.n = 7;
        again.attempt = 1;
        again = *queue.added(again);
        const WallTime later = queue.now + std::chrono::days(31);
        VERIFY_OK(queue.outbox.freeze(again, frozen, {queue.copy(1, frozen.envelope)}, later));
        VERIFY_OK(queue.outbox.forgetBefore(toDay(later)));
        QVERIFY(queue.outbox.sentByNumber(first.account, 7)->has_value());
    }
};

KITH_TEST(OutboxTest)
#include "test_outbox.moc"
