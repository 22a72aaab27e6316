// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/forged_mail.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;
using client::Change;
using wire::pb::Content;
using wire::pb::Frame;

/// What a dishonest relay, a stranger or a contact can send, and what comes of it: nothing is shown that was not said,
/// nothing said stays lost, and no bad envelope holds up a good one (PROTOCOL.md s6 "Receive", "Repair", s16).
class TestHostile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatARelayRepeatsIsShownOnce() {
        Friends world;
        std::vector<wire::pb::Envelope> old;
        world.home.meddle = [&old](Frame& frame) {
            if (!frame.has_deliver())
                return true;
            auto& envelopes = *frame.mutable_deliver()->mutable_envelopes();
            std::uint64_t seq = envelopes.rbegin()->seq();
            old.insert(old.end(), envelopes.begin(), envelopes.end());
            for (wire::pb::Envelope each : old) {
                each.set_seq(++seq);
                *envelopes.Add() = each;
            }
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("one"));
        world.ann.send(world.bob, QStringLiteral("two"));
        QVERIFY(world.arrives({QStringLiteral("one"), QStringLiteral("two")}));
    }

    void whatARelayReordersIsShownInOrder() {
        Friends world;
        world.bob.line().setUp(false);
        const QStringList texts{QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3"), QStringLiteral("4")};
        for (const QString& text : texts)
            world.ann.send(world.bob, text);
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
        world.home.meddle = [](Frame& frame) {
            if (!frame.has_deliver())
                return true;
            auto& envelopes = *frame.mutable_deliver()->mutable_envelopes();
            std::uint64_t seq = envelopes.begin()->seq();
            std::reverse(envelopes.begin(), envelopes.end());
            for (auto& envelope : envelopes)
                envelope.set_seq(seq++);
            return true;
        };
        world.bob.line().setUp(true);
        QVERIFY(world.arrives(texts));
    }

    void whatARelaySwallowsIsAskedForAndShown() {
        Friends world;
        world.ann.send(world.bob, QStringLiteral("zero"));
        QVERIFY(world.arrives({QStringLiteral("zero")}));
        bool swallowed = false;
        world.home.meddle = [&swallowed](Frame& frame) {
            return !frame.has_deliver() || std::exchange(swallowed, true);
        };
        world.ann.send(world.bob, QStringLiteral("one"));
        world.run(10s);
        QVERIFY(swallowed);
        // The relay says it was delivered and keeps quiet; the next message shows the gap.
        world.ann.send(world.bob, QStringLiteral("two"));
        QVERIFY(world.arrives({QStringLiteral("zero"), QStringLiteral("one"), QStringLiteral("two")}, 30min));
    }

    void aReroutedEnvelopeIsNotShownAsSomebodyElses() {
        Friends world(3);
        SimPerson& cleo = world.person(2);
        const auto ofCleo = knownDrop(cleo, world.bob);
        world.home.meddle = [&ofCleo](Frame& frame) {
            if (frame.has_deliver())
                for (auto& envelope : *frame.mutable_deliver()->mutable_envelopes())
                    envelope.set_drop_id(ofCleo->drop.str());
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("from Ann"));
        world.run(30s);
        QCOMPARE(world.bob.texts(cleo), QStringList());
        QCOMPARE(world.shown(), QStringList());
        world.home.meddle = {};
        world.ann.send(world.bob, QStringLiteral("again"));
        QVERIFY(world.arrives({QStringLiteral("from Ann"), QStringLiteral("again")}, 30min));
    }

    void anEnvelopeFullOfNoiseHoldsUpNothing() {
        Friends world;
        for (int i = 0; i < 20; ++i)
            noise(world, world.random.bytes(1 + world.random.below(4'000)));
        world.ann.send(world.bob, QStringLiteral("after"));
        QVERIFY(world.arrives({QStringLiteral("after")}));
        QCOMPARE(world.count(Change::Kind::Unreadable), 0u); // a relay can make as many as it likes
        QCOMPARE(world.home.waiting(), 0);
    }

    void garbagePreKeyMessagesLeaveTheSessionAlone() {
        Friends world;
        world.ann.send(world.bob, QStringLiteral("before"));
        QVERIFY(world.arrives({QStringLiteral("before")}));
        for (int i = 0; i < 10; ++i) {
            wire::pb::Seal seal = forged::sealOf(world, wire::pb::PREKEY);
            seal.set_ciphertext(toString(QByteArray(1, '\x33') + world.random.bytes(world.random.below(400))));
            forged::putSealed(world, seal);
        }
        world.run(10s);
        QVERIFY(world.count(Change::Kind::Unreadable) > 0); // it was sealed by a contact: people are told
        world.ann.send(world.bob, QStringLiteral("after"));
        QVERIFY(world.arrives({QStringLiteral("before"), QStringLiteral("after")}));
        QCOMPARE(world.home.waiting(), 0);
    }

    void aContactCannotSpeakForAnother() {
        Friends world(3);
        SimPerson& cleo = world.person(2);
        wire::pb::Seal seal = forged::sealOf(world, wire::pb::WHISPER);
        seal.set_sender_account(cleo.account().str());
        seal.set_ciphertext(toString(world.random.bytes(100)));
        const auto toCleo = knownDrop(world.bob, cleo);
        int asked = 0;
        world.home.overhear = [&](const Frame& frame) { asked += frame.send().drop_id() == toCleo->drop.str(); };
        forged::putSealed(world, seal);
        world.run(1h);
        QCOMPARE(world.bob.texts(cleo), QStringList());
        QCOMPARE(asked, 0); // she is not asked to repeat what she never said
        QCOMPARE(world.bob.db().integer("SELECT reason FROM failed").value(),
                 static_cast<std::int64_t>(store::Unreadable::NotAllowed));
    }

    void aKindThatMayNotComeThisWayHasNoEffect_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("card") << static_cast<int>(Content::kContactCard);
        QTest::newRow("plain request inside a session") << static_cast<int>(Content::kRetryRequest);
    }
    void aKindThatMayNotComeThisWayHasNoEffect() {
        QFETCH(const int, kind);
        Friends world;
        Content content;
        if (kind == Content::kContactCard) {
            auto* card = content.mutable_contact_card();
            card->set_name("Mallory");
            card->set_drop_id(std::string(16, 'd'));
            card->set_drop_secret(std::string(32, 's'));
            auto* at = card->add_homes();
            at->set_relay_id(world.home.id().str());
            at->set_endpoint("relay.example:1");
        } else {
            content.mutable_retry_request()->set_msg_id(std::string(16, 'm'));
            content.mutable_retry_request()->set_ciphertext_hash(std::string(32, 'h'));
        }
        const auto before = knownDrop(world.bob, world.ann);
        world.push(content, Content::kText);
        QVERIFY(world.arrives({QStringLiteral("after")}));
        const auto after = knownDrop(world.bob, world.ann);
        QCOMPARE(before->drop, after->drop);
        QVERIFY(world.count(Change::Kind::Unreadable) > 0);
    }

    /// She has a newer Kith: what Bob's does not know is said to him, and is no gap.
    void aKindOfALaterVersionTakesItsNumber() {
        Friends world;
        world.ann.send(world.bob, QStringLiteral("before"));
        QVERIFY(world.arrives({QStringLiteral("before")}));
        Content later;
        later.set_n(2); // her own code gave 1 to "before"
        world.push(later, Content::kText);
        QVERIFY(world.runUntil([&] { return world.count(Change::Kind::Unreadable) == 1; }));
        QVERIFY(!*store::Inbound(world.bob.db()).hasGaps());
    }

    void aFloodOfGapsStaysSmall() {
        Friends world;
        int requests = 0;
        const auto toAnn = knownDrop(world.bob, world.ann);
        world.home.overhear = [&](const Frame& frame) { requests += frame.send().drop_id() == toAnn->drop.str(); };
        constexpr int Jumps = 40;
        for (int i = 1; i <= Jumps; ++i) {
            Content content;
            content.set_n(static_cast<std::uint64_t>(i) * 1'000'000);
            content.mutable_text()->set_body("far away");
            world.push(content, Content::kText);
        }
        QVERIFY(world.runUntil([&] { return world.shown().count(QStringLiteral("far away")) == Jumps; }));
        world.run(6h);
        const auto gaps = store::Inbound(world.bob.db()).gapsToAsk(0s, world.clock.wall() + 1h).value();
        QVERIFY(gaps.size() <= 1'024);
        // Receipts, and questions: one in five minutes, then fewer and fewer.
        QVERIFY2(requests > 5 && requests <= 25 + Jumps, qPrintable(QString::number(requests)));
        world.bob.send(world.ann, QStringLiteral("still here"));
        QVERIFY(world.runUntil([&] { return world.ann.texts(world.bob).contains(QStringLiteral("still here")); }));
    }

    /// Asked for what never was, Bob answers that it is gone, once a minute at most.
    void questionsForWhatNeverWasAreAnsweredRarely() {
        Friends world;
        int answers = 0;
        const auto toAnn = knownDrop(world.bob, world.ann);
        world.home.overhear = [&](const Frame& frame) { answers += frame.send().drop_id() == toAnn->drop.str(); };
        for (std::uint64_t i = 0; i < 30; ++i) {
            Content content;
            auto* range = content.mutable_gap_request()->add_ranges();
            range->set_first(1'000 + i * 1'000);
            range->set_last(range->first() + wire::limits::GapNumbersMax - 1);
            world.queue(content, Content::kGapRequest);
        }
        world.ann.send(world.bob, QStringLiteral("after"));
        QVERIFY(world.arrives({QStringLiteral("after")}));
        QVERIFY2(answers >= 1 && answers <= 2, qPrintable(QString::number(answers))); // the receipt, and one answer
    }

    /// Ann is in a group of Bob's. What went to her there is asked for there, and nowhere else.
    void aGroupMessageIsNotRepairedFromAChatOfTwo() {
        Friends world;
        const Result<void> sent = world.bob->store().unit([&](store::Unit& unit) -> Result<void> {
            Content said;
            said.set_v(1);
            said.set_n(77);
            store::SentContent content;
            content.conversation = world.random.id<ConversationId>();
            content.message = world.random.id<MessageId>();
            said.set_logical_id(content.message.str());
            said.mutable_text()->set_body("for the group");
            content.kind = Content::kText;
            content.n = 77;
            content.body = toByteArray(view(said.SerializeAsString()));
            store::Sent list(unit.db());
            TRY_ASSIGN(content.row, list.add(content, unit.now()));
            // Nothing but the rule stands in the way: the words would come through Ann's own drop.
            const auto drop = knownDrop(world.bob, world.ann);
            TRY(store::Peers(unit.db()).setDrop(world.ann.account(), content.conversation,
                                                {drop->drop, drop->secret.clone(), drop->kind, drop->version}));
            const auto devices = store::Peers(unit.db()).devices(world.ann.account()).value();
            return list.noteCopies(content.row, world.ann.account(), 0,
                                   {{devices.front().device, world.random.id<EnvelopeId>(), {}}}, {}, unit.now());
        });
        VERIFY_OK(sent);
        Content content;
        auto* range = content.mutable_gap_request()->add_ranges();
        range->set_first(77);
        range->set_last(77);
        world.push(content, Content::kGapRequest);
        QVERIFY(world.arrives({QStringLiteral("after")}));
        QVERIFY(!world.ann.texts(world.bob).contains(QStringLiteral("for the group")));
    }

    void aHomeThatKeepsAskingForKeysGetsFew() {
        Friends world;
        const auto keys = [&] { return world.bob.db().integer("SELECT count(*) FROM one_time_pre_key").value(); };
        const std::int64_t before = keys();
        Frame low;
        low.mutable_event()->mutable_keys_low()->set_count(0);
        for (int i = 0; i < 600; ++i)
            world.home.say(low);
        world.run(30s);
        QVERIFY(keys() - before <= 100);
        QCOMPARE(world.bob.connections().back().state, QStringLiteral("live"));
        // Once a minute, for days: no more than a profile keeps.
        for (int minute = 0; minute < 120; ++minute) {
            world.home.say(low);
            world.run(61s);
        }
        QVERIFY(keys() <= std::int64_t{wire::limits::OneTimeKeysOwnedMax});
        world.ann.send(world.bob, QStringLiteral("as ever"));
        QVERIFY(world.arrives({QStringLiteral("as ever")}));
    }

    void aHomeThatFloodsIsHungUpOn() {
        Friends world;
        Frame low;
        low.mutable_event()->mutable_keys_low()->set_count(0);
        for (int i = 0; i < 2'000; ++i)
            world.home.say(low);
        QVERIFY(world.runUntil([&] { return world.bob.connections().back().reason == QStringLiteral("Misbehaved"); }));
        world.ann.send(world.bob, QStringLiteral("later"));
        QVERIFY(world.arrives({QStringLiteral("later")}));
    }

    void marksAndOverridesOfATextAreFew() {
        Friends world;
        Content content;
        content.set_n(1);
        content.mutable_text()->set_body("a" + QStringLiteral("\u0301").repeated(8'192).toStdString() +
                                         QStringLiteral("\u202e").repeated(5'000).toStdString());
        world.push(content, Content::kText);
        QVERIFY(world.runUntil([&] { return !world.shown().isEmpty(); }));
        QVERIFY(world.shown().front().size() < 50);
    }

    /// Whoever has the link may fill the front door; nothing is sent and nothing is shown until the person says so.
    void aStrangerAtTheDoorIsNotAnswered() {
        Friends world;
        std::optional<wire::ContactLink> link;
        world.bob->links().create(true, [&link](Result<wire::ContactLink> made) { link = *made; });
        QVERIFY(world.runUntil([&] { return link.has_value(); }));
        const auto door = forged::frontDoor(world);
        int sends = 0;
        world.home.overhear = [&](const Frame& frame) { sends += frame.has_send() || frame.has_bundles_get(); };
        for (int i = 0; i < 50; ++i) {
            wire::pb::Seal seal = forged::sealOf(world, i % 2 == 0 ? wire::pb::PREKEY : wire::pb::WHISPER);
            seal.set_sender_account(toString(world.random.bytes(20)));
            seal.set_ciphertext(toString(QByteArray(1, '\x33') + world.random.bytes(world.random.below(2'000))));
            forged::put(world, door, i % 3 != 0 ? forged::Body::Sealed : forged::Body::AsItIs,
                        i % 3 == 1 ? world.random.bytes(1'024) : wire::encodeSeal(seal).value());
        }
        world.bob.line().cut();
        world.run(1h);
        QCOMPARE(world.home.waiting(), 0);
        QCOMPARE(sends, 0);
        QCOMPARE(world.count(Change::Kind::RequestReceived), 0u);
        QCOMPARE(world.count(Change::Kind::Unreadable), 0u);
        // A request that is one: told to the person, and still to nobody else.
        SimPerson& cleo = world.addMember(QStringLiteral("Cleo"), world.home);
        world.home.overhear = [&](const Frame& frame) {
            sends += frame.has_send() && frame.send().drop_id() != door.drop.str();
        };
        cleo->contacts().add(*link, {}, [](const Result<store::ContactRow>& row) { VERIFY_OK(row); });
        QVERIFY(world.runUntil([&] { return world.count(Change::Kind::RequestReceived) == 1; }));
        world.run(1h);
        QCOMPARE(sends, 0);
        world.home.overhear = {};
        world.ann.send(world.bob, QStringLiteral("as ever"));
        QVERIFY(world.arrives({QStringLiteral("as ever")}));
    }

    void aReceiptForSomebodyElsesMessageCountsNothing() {
        Friends world(3);
        SimPerson& cleo = world.person(2);
        cleo.line().setUp(false);
        const MessageId toCleo = world.bob.send(cleo, QStringLiteral("for Cleo"));
        QVERIFY(world.runUntil([&] { return world.home.waiting() > 0; }));
        Content content;
        content.mutable_receipt()->set_type(wire::pb::RECEIPT_READ);
        content.mutable_receipt()->add_ids(toCleo.str());
        world.push(content, Content::kReceipt);
        QVERIFY(world.arrives({QStringLiteral("after")}));
        const auto row = store::queries::message(world.bob.db(), world.bob.account(), toCleo).value();
        QCOMPARE(row->state, store::MessageState::Accepted);
    }

    /// A profile that was put back from a backup has an old ratchet: both sides mend it by themselves.
    void anOldBackupOfAProfileIsMended() {
        Friends world;
        const auto backup = world.bob.copyFiles();
        QStringList texts;
        for (int i = 0; i < 5; ++i) {
            texts.push_back(QString::number(i));
            world.ann.send(world.bob, texts.back());
            QVERIFY(world.arrives(texts));
            world.bob.send(world.ann, QStringLiteral("reply"));
            world.run(5s);
        }
        world.bob.restore(backup);
        world.ann.send(world.bob, QStringLiteral("to the old one"));
        QVERIFY(world.runUntil([&] { return world.shown().contains(QStringLiteral("to the old one")); }, 3h));
        world.bob.send(world.ann, QStringLiteral("understood"));
        QVERIFY(world.runUntil([&] { return world.ann.texts(world.bob).contains(QStringLiteral("understood")); }, 3h));
        world.ann.send(world.bob, QStringLiteral("good"));
        QVERIFY(world.runUntil([&] { return world.shown().contains(QStringLiteral("good")); }, 3h));
    }

    /// Its next messages use message keys and numbers that were used before.
    void whatAnOldBackupSendsArrivesOnceAndInOrder() {
        Friends world;
        world.ann.send(world.bob, QStringLiteral("zero"));
        QStringList texts{QStringLiteral("zero")};
        QVERIFY(world.arrives(texts));
        const auto backup = world.ann.copyFiles();
        for (int i = 0; i < 4; ++i) {
            texts.push_back(QStringLiteral("forgotten %1").arg(i));
            world.ann.send(world.bob, texts.back());
        }
        QVERIFY(world.arrives(texts));
        world.ann.restore(backup);
        for (int i = 0; i < 6; ++i) {
            texts.push_back(QStringLiteral("new %1").arg(i));
            world.ann.send(world.bob, texts.back());
        }
        QVERIFY(world.arrives(texts));
        QVERIFY(world.runUntil([&] { return world.isCalm(); }));
        QCOMPARE(world.ann.texts(world.bob).size(), 7);
    }

private:
    static void noise(Friends& world, const QByteArray& body) {
        forged::put(world, forged::contactDoor(world), forged::Body::AsItIs, body);
    }
};

KITH_TEST(TestHostile)

} // namespace kith::test

#include "test_hostile.moc"
