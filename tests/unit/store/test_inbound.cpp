// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/inbound.h"

#include "core/wire/limits.h"
#include "tests/unit/store/test_profile.h"

#include <set>

using namespace kith;
using namespace kith::store;
using namespace kith::test;
using namespace std::chrono_literals;

namespace {

struct Box : TestTables {
    Result<std::optional<Gap>> note(std::uint64_t n) { return inbound.noteNumber(peer, conversation, n, now); }
    std::vector<std::uint64_t> gaps() {
        std::vector<std::uint64_t> numbers;
        const auto gaps = inbound.gapsToAsk(0ms, now);
        for (const Gap& gap : *gaps)
            numbers.push_back(gap.n);
        return numbers;
    }
    std::int64_t count(sqlite::Sql sql) { return db.integer(sql).value_or(-1); }

    Inbound inbound{db};
    signal::PeerDevice peer{random.id<AccountId>(), DeviceId{7}};
    ConversationId conversation = conversationWith(peer.account);
};

using Numbers = std::vector<std::uint64_t>;

} // namespace

/// The memory of receiving: exactly once, nothing hidden by junk, nothing unbounded.
class InboundTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void envelopeIsSeenExactlyOnce() {
        Box box;
        const auto drop = box.random.id<DropId>();
        const auto envelope = box.random.id<EnvelopeId>();
        QCOMPARE(*box.inbound.isSeen(drop, envelope), false);
        VERIFY_OK(box.inbound.markSeen(drop, envelope, box.now));
        QCOMPARE(*box.inbound.isSeen(drop, envelope), true);
        VERIFY_CODE(box.inbound.markSeen(drop, envelope, box.now), Code::Duplicate);
        // The id counts in its own drop only: another sender may use the same one.
        QCOMPARE(*box.inbound.isSeen(box.random.id<DropId>(), envelope), false);
        QCOMPARE(*box.inbound.isSeen(drop, box.random.id<EnvelopeId>()), false);
    }

    void seenIsForgottenAfterSixtyDays() {
        Box box;
        const auto drop = box.random.id<DropId>();
        const auto envelope = box.random.id<EnvelopeId>();
        VERIFY_OK(box.inbound.markSeen(drop, envelope, box.now));
        VERIFY_OK(box.inbound.forgetOld(box.now + 24h * 60));
        QCOMPARE(*box.inbound.isSeen(drop, envelope), true);
        VERIFY_OK(box.inbound.forgetOld(box.now + 24h * 61));
        QCOMPARE(*box.inbound.isSeen(drop, envelope), false);
    }

    void junkUnderAGoodIdHidesNothing() {
        Box box;
        const auto drop = box.random.id<DropId>();
        const auto envelope = box.random.id<EnvelopeId>();
        const auto junk = box.random.id<crypto::Hash32>();
        VERIFY_OK(box.inbound.keepFailed(junk, Unreadable::Seal, view("junk"), box.now));
        VERIFY_OK(box.inbound.keepFailed(junk, Unreadable::Seal, view("junk"), box.now));
        QCOMPARE(*box.inbound.hasFailed(junk), true);
        QCOMPARE(*box.inbound.hasFailed(box.random.id<crypto::Hash32>()), false);
        QCOMPARE(*box.inbound.isSeen(drop, envelope), false);
        VERIFY_OK(box.inbound.forgetOld(box.now + 24h * 8));
        QCOMPARE(*box.inbound.hasFailed(junk), false);
    }

    /// Junk that a relay makes at will takes the room of its hashes, not a page for each.
    void junkGivesItsPagesBack() {
        Box box;
        constexpr int Count = 3'000;
        const QByteArray body(2'100, 'j'); // one page each while it is kept
        const auto pages = [&] {
            return box.count("SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count");
        };
        const std::int64_t before = pages();
        for (int i = 0; i < Count; ++i)
            VERIFY_OK(box.inbound.keepFailed(box.random.id<crypto::Hash32>(), Unreadable::Seal, view(body), box.now));
        const std::int64_t taken = pages() - before;
        QVERIFY2(taken < 255 + Count * 150 / 4'096 + 20, qPrintable(QString::number(taken)));
    }

    void failedBodiesAreBoundedAndTheirHashesStay() {
        Box box;
        std::vector<crypto::Hash32> hashes;
        const QByteArray body(1000, 'x');
        for (int i = 0; i < 400; ++i) {
            hashes.push_back(box.random.id<crypto::Hash32>());
            VERIFY_OK(box.inbound.keepFailed(hashes.back(), Unreadable::Session, view(body), box.now));
            // Told again, it is not the newest.
            VERIFY_OK(box.inbound.keepFailed(hashes.front(), Unreadable::Session, view(body), box.now));
        }
        QCOMPARE(box.count("SELECT count(*) FROM failed_body"), 255);
        QCOMPARE(box.count("SELECT min(row) FROM failed_body"), 400 - 254);
        QVERIFY(255 * wire::limits::BodyMax <= wire::limits::FailedRawBytes);
        for (const auto& hash : hashes)
            QCOMPARE(*box.inbound.hasFailed(hash), true);
        // As if many had come in between: with the next one, 65,586, those up to 50 go.
        VERIFY_OK(box.db.exec("UPDATE failed SET row = row + 65185 WHERE row > 100"));
        VERIFY_OK(box.inbound.keepFailed(box.random.id<crypto::Hash32>(), Unreadable::Seal, view(body), box.now));
        QCOMPARE(*box.inbound.hasFailed(hashes[49]), false);
        QCOMPARE(*box.inbound.hasFailed(hashes[50]), true);
    }

    void heldEnvelopesComeBackOnceAndInOrder() {
        Box box;
        for (int i = 0; i < 10; ++i) {
            const QByteArray envelope = "envelope " + QByteArray::number(i);
            const auto hash = crypto::sha256(view(envelope));
            VERIFY_OK(box.inbound.hold(hash, view(envelope), box.now));
            VERIFY_OK(box.inbound.hold(hash, view(envelope), box.now));
        }
        std::vector<QByteArray> all;
        for (const int limit : {3, 4, 5, 5}) {
            const auto taken = box.inbound.takeHeld(limit);
            VERIFY_OK(taken);
            all.insert(all.end(), taken->begin(), taken->end());
        }
        QCOMPARE(all.size(), std::size_t(10));
        for (int i = 0; i < 10; ++i)
            QCOMPARE(all[static_cast<std::size_t>(i)], "envelope " + QByteArray::number(i));
        VERIFY_OK(box.inbound.hold(box.random.id<crypto::Hash32>(), view("late"), box.now));
        VERIFY_OK(box.inbound.forgetOld(box.now + 24h * 31));
        QVERIFY(box.inbound.takeHeld(5)->empty());
    }

    void heldEnvelopesHaveAQuota() {
        Box box;
        const auto hold = [&](qsizetype size) {
            return box.inbound.hold(box.random.id<crypto::Hash32>(), view(QByteArray(size, 'x')), box.now);
        };
        for (int i = 0; i < 3; ++i)
            VERIFY_OK(hold(100));
        // As if the second had left room for two pages; to write 64 MiB takes seconds.
        VERIFY_OK(box.db.run("UPDATE held SET total = ? WHERE row > 1",
                             static_cast<std::int64_t>(wire::limits::HeldRawBytes) - 8'192));
        VERIFY_CODE(hold(8'193), Code::Quota);
        VERIFY_OK(hold(4'097)); // two of them
        VERIFY_CODE(hold(1), Code::Quota);
        QCOMPARE(box.inbound.takeHeld(1)->size(), std::size_t(1));
        VERIFY_OK(hold(100)); // the second is the oldest now, and what was before it is gone
        QCOMPARE(box.inbound.takeHeld(10)->size(), std::size_t(4));
        VERIFY_OK(hold(100));
    }

    void numbersBeginAtOne() {
        Box box;
        QVERIFY(!box.note(3)->has_value());
        QVERIFY(box.gaps() == Numbers({1, 2}));
    }

    void aHighFirstNumberIsTheBaseline() {
        constexpr std::uint64_t first = wire::limits::FirstNumberMax + 1;
        Box box;
        QVERIFY(!box.note(first)->has_value());
        QVERIFY(!*box.inbound.hasGaps());
        QVERIFY(!box.note(first - 1)->has_value()); // older than the baseline: nobody misses it
        QVERIFY(!box.note(first + 1)->has_value());
        QVERIFY(!box.note(first + 1)->has_value());
        QVERIFY(!*box.inbound.hasGaps());
    }

    void skippedNumbersAreGapsUntilTheyCome() {
        Box box;
        VERIFY_OK(box.note(1));
        VERIFY_OK(box.note(5));
        QVERIFY(box.gaps() == Numbers({2, 3, 4}));
        QVERIFY(box.inbound.gapsToAsk(1ms, box.now)->empty());        // patience
        QVERIFY(!box.inbound.gapsToAsk(1ms, box.now - 1ms)->empty()); // the clock was set back
        const auto filled = box.note(3);
        QCOMPARE(filled->value().n, std::uint64_t(3));
        QVERIFY(filled->value().from == box.peer && filled->value().conversation == box.conversation);
        QCOMPARE(filled->value().shown, false);
        QVERIFY(!box.note(3)->has_value()); // again
        VERIFY_OK(box.inbound.markShown(box.inbound.gapsToAsk(0ms, box.now)->front()));
        const auto closed = box.inbound.closeGap(box.peer, box.conversation, 2); // "gone"
        QCOMPARE(closed->value().shown, true);
        QVERIFY(box.gaps() == Numbers({4}));
        QVERIFY(box.note(4)->has_value());
        QVERIFY(!*box.inbound.hasGaps());
    }

    void numbersOfOneDeviceSayNothingOfAnother() {
        Box box;
        VERIFY_OK(box.note(1));
        VERIFY_OK(box.note(3));
        const signal::PeerDevice sibling{box.peer.account, DeviceId{8}};
        for (const std::uint64_t n : {1u, 2u}) {
            VERIFY_OK(box.inbound.noteNumber(sibling, box.conversation, n, box.now));
            VERIFY_OK(box.inbound.noteNumber(box.peer, conversationWith(AccountId()), n, box.now));
        }
        QVERIFY(box.gaps() == Numbers({2}));
    }

    void anyOrderOfNumbersEndsWithoutGaps() {
        Box box;
        VERIFY_OK(box.note(1));
        Numbers numbers;
        for (std::uint64_t n = 2; n <= 200; ++n)
            numbers.push_back(n);
        for (std::size_t i = numbers.size(); i > 1; --i)
            std::swap(numbers[i - 1], numbers[box.random.below(i)]);
        std::set<std::uint64_t> come;
        for (const std::uint64_t n : numbers) {
            VERIFY_OK(box.note(n));
            come.insert(n);
            QCOMPARE(box.gaps().size(), *come.rbegin() - 1 - come.size());
        }
        QVERIFY(!*box.inbound.hasGaps());
    }

    void jumpsFillNoDisk() {
        Box box;
        VERIFY_OK(box.note(1));
        VERIFY_OK(box.note(4)); // an honest gap
        for (std::uint64_t n = 1'000'000; n < 6'000'000; n += 1'000'000)
            VERIFY_OK(box.note(n));
        QCOMPARE(box.gaps().size(), std::size_t(1024));
        QCOMPARE(box.gaps().front(), std::uint64_t(2)); // it was there first and stays
        QCOMPARE(box.gaps().back(), std::uint64_t(999'999));
        QVERIFY(box.note(999'999)->has_value());
        VERIFY_OK(box.note(6'000'000));
        QCOMPARE(box.gaps().back(), std::uint64_t(5'999'999));
        QCOMPARE(box.gaps().size(), std::size_t(1024));
    }

    /// Nobody keeps for longer what it sent.
    void aGapIsGivenUpAfterAMonth() {
        Box box;
        VERIFY_OK(box.note(1));
        VERIFY_OK(box.note(3));
        VERIFY_OK(box.inbound.forgetOld(box.now + 30 * 24h));
        QVERIFY(*box.inbound.hasGaps());
        VERIFY_OK(box.inbound.forgetOld(box.now + 31 * 24h));
        QVERIFY(!*box.inbound.hasGaps());
        QVERIFY(!box.note(2)->has_value()); // it may still come
    }

    void impossibleNumbersAreIgnored() {
        Box box;
        for (const std::uint64_t n :
             {std::uint64_t(0), ~std::uint64_t(0), std::uint64_t(1) << 63U, (std::uint64_t(1) << 53U) + 1}) {
            QVERIFY(!box.note(n)->has_value());
            QCOMPARE(box.count("SELECT count(*) FROM numbering"), 0);
        }
        VERIFY_OK(box.note(1));
        VERIFY_OK(box.note(~std::uint64_t(0)));
        VERIFY_OK(box.note(2));
        QVERIFY(!*box.inbound.hasGaps());
    }

    void askingIsRateLimitedPerDeviceAndKind() {
        Box box;
        const auto may = [&](const signal::PeerDevice& device, Asked what, WallTime when) {
            return *box.inbound.mayAsk(device, what, 1h, when);
        };
        QVERIFY(may(box.peer, Asked::Retry, box.now));
        QVERIFY(!may(box.peer, Asked::Retry, box.now));
        QVERIFY(!may(box.peer, Asked::Retry, box.now + 59min));
        QVERIFY(may(box.peer, Asked::Gaps, box.now));
        QVERIFY(may({box.peer.account, DeviceId{8}}, Asked::Retry, box.now));
        QVERIFY(may({AccountId(), DeviceId{7}}, Asked::Retry, box.now));
        QVERIFY(may(box.peer, Asked::Retry, box.now + 1h)); // refusals do not push it back
        QVERIFY(!may(box.peer, Asked::Retry, box.now + 1h + 59min));
        QVERIFY(may(box.peer, Asked::Retry, box.now - 24h)); // a clock set back blocks nobody
        for (int i = 0; i < 6; ++i)
            QCOMPARE(*box.inbound.mayAsk(box.peer, Asked::RetryAnswered, 1h, box.now + i * 1min, 4), i < 4);
        QVERIFY(*box.inbound.mayAsk(box.peer, Asked::RetryAnswered, 1h, box.now + 61min, 4));
        VERIFY_OK(box.inbound.forgetOld(box.now + 24h * 2));
        QCOMPARE(box.count("SELECT count(*) FROM asked"), 0);
    }
};

KITH_TEST(InboundTest)
#include "test_inbound.moc"
