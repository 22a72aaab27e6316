// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/limits.h"
#include "tests/integration/scenes.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;
using wire::pb::Frame;

/// What opens the door of somebody: contact links, and joining a relay.
class TestDoors : public QObject {
    Q_OBJECT

    static std::optional<Result<wire::ContactLink>> link(SimWorld& world, SimPerson& person, bool reusable = false) {
        std::optional<Result<wire::ContactLink>> made;
        person->links().create(reusable, [&made](const Result<wire::ContactLink>& link) { made = link; });
        world.runUntil([&] { return made.has_value(); });
        return made;
    }
    /// The relay answers each registration like this.
    static void answerJoins(SimRelay& relay, wire::WireCode code, std::uint32_t retryAfter) {
        relay.meddle = [code, retryAfter](Frame& frame) {
            if (!frame.has_registered())
                return true;
            wire::pb::Error error;
            error.set_code(static_cast<std::uint32_t>(code));
            error.set_retry_after_ms(retryAfter);
            *frame.mutable_error() = error;
            return true;
        };
    }

private Q_SLOTS:
    void oneLinkTooManyIsRefusedAndAWithdrawnOneMakesRoom() {
        SimWorld world(seed());
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), world.addRelay());
        for (std::uint32_t i = 0; i < wire::limits::CardsPerAccount; ++i) {
            const auto made = link(world, ann, i == 0);
            QVERIFY(made && *made);
        }
        const auto refused = link(world, ann);
        QVERIFY(refused.has_value());
        QCOMPARE((*refused).error().code, Code::Quota);
        const auto open = ann->links().open();
        QVERIFY(open);
        QCOMPARE(open->size(), std::size_t{wire::limits::CardsPerAccount}); // nothing is left of the refused one
        QCOMPARE(std::count_if(open->begin(), open->end(), [](const auto& row) { return row.isReusable; }), 1);
        bool isWithdrawn = false;
        ann->links().revoke(open->front().id, [&](const Result<void>& done) { isWithdrawn = bool(done); });
        QVERIFY(world.runUntil([&] { return isWithdrawn && world.isCalm(); }));
        const auto another = link(world, ann);
        QVERIFY(another && *another);
    }

    void aWithdrawnLinkLeadsNowhere() {
        SimWorld world(seed());
        SimRelay& relay = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), relay);
        SimPerson& bob = world.addMember(QStringLiteral("Bob"), relay);
        const auto made = link(world, ann);
        QVERIFY(made && *made);
        const auto open = ann->links().open();
        QVERIFY(open && open->size() == 1);
        bool isWithdrawn = false;
        ann->links().revoke(open->front().id, [&](const Result<void>& done) { isWithdrawn = bool(done); });
        QVERIFY(world.runUntil([&] { return isWithdrawn && world.isCalm(); }));
        QCOMPARE(ann->links().open()->size(), std::size_t{0});
        std::optional<Code> answer;
        bob->contacts().add(**made, {}, [&](const Result<store::ContactRow>& row) {
            answer = row ? Code::Internal : row.error().code;
        });
        QVERIFY(world.runUntil([&] { return answer.has_value(); }));
        QCOMPARE(*answer, Code::NotFound);
        std::optional<Code> again;
        ann->links().revoke(open->front().id,
                            [&](const Result<void>& done) { again = done ? Code::Internal : done.error().code; });
        QVERIFY(world.runUntil([&] { return again.has_value(); }));
        QCOMPARE(*again, Code::NotFound);
    }

    void whoIsToldToComeLaterHearsUntilWhenAndMayGiveUp() {
        SimWorld world(seed());
        SimRelay& relay = world.addRelay();
        SimPerson& ann = world.addPerson(QStringLiteral("Ann"));
        answerJoins(relay, wire::WireCode::Rate, 60'000);
        std::optional<Code> answer;
        ann->join(relay.invite(), [&](const Result<client::Joined>& joined) {
            answer = joined ? Code::Internal : joined.error().code;
        });
        const auto isToldUntilWhen = [&] {
            return !ann.connections().empty() && ann.connections().back().reason == QLatin1String("Busy") &&
                   ann.connections().back().nextTry >= world.clock.wall() + 50s && ann.connections().back().isJoining;
        };
        QVERIFY(world.runUntil(isToldUntilWhen));
        QVERIFY(!answer);
        ann->cancelJoin();
        QVERIFY(world.runUntil([&] { return answer.has_value(); }));
        QCOMPARE(*answer, Code::Unavailable);
        relay.meddle = {};
        answer.reset();
        ann->join(relay.invite(), [&](const Result<client::Joined>& joined) {
            answer = joined ? Code::Internal : joined.error().code;
        });
        QVERIFY(world.runUntil([&] { return answer.has_value(); }));
    }

    /// Whoever gets a link asks at the home it names, so it names one that answers.
    void aLinkNamesAHomeThatAnswers() {
        SimWorld world(seed());
        SimRelay& first = world.addRelay();
        SimRelay& second = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), first);
        bool hasJoined = false;
        ann->join(second.invite(), [&hasJoined](const Result<client::Joined>& joined) { hasJoined = bool(joined); });
        QVERIFY(world.runUntil([&] { return hasJoined && world.isCalm(); }));
        for (SimRelay* asleep : {&first, &second}) {
            world.run(30s);
            asleep->crash();
            world.run(5s);
            std::optional<wire::ContactLink> link;
            ann->links().create(false, [&link](const Result<wire::ContactLink>& made) { link = *made; });
            QVERIFY(world.runUntil([&] { return link.has_value(); }));
            QCOMPARE(link->relay == first.id(), asleep == &second);
            asleep->start();
            world.run(5min);
        }
    }

    void goingOnlineDoesNotWaitForTheNextTry() {
        SimWorld world(seed());
        SimRelay& relay = world.addRelay();
        SimPerson& ann = world.addMember(QStringLiteral("Ann"), relay);
        const auto isLive = [&] { return ann.connections().back().state == QLatin1String("live"); };
        QVERIFY(world.runUntil(isLive));
        relay.crash();
        world.run(30min); // the pauses between its tries have grown
        QVERIFY(!isLive());
        relay.start();
        QVERIFY(ann->goOnline());
        world.run(2s);
        QVERIFY(isLive());
    }

    void theChatThatWasOpenLastIsKnownAfterAStart() {
        Friends world;
        const ConversationId bob = conversationWith(world.bob.account());
        QVERIFY(!world.ann->info()->lastOpen);
        world.ann->setLastOpen(bob, [](const Result<void>& done) { QVERIFY(done); });
        world.ann->store().commitNow();
        world.ann.crash();
        world.ann.open();
        QCOMPARE(world.ann->info()->lastOpen, bob);
    }

    /// A crash right after the commit offers no text again that was sent.
    void whatIsSentIsNoDraftAnyMore() {
        Friends world;
        const ConversationId bob = conversationWith(world.bob.account());
        const auto draft = [&] {
            const auto rows = store::queries::conversations(world.ann.db());
            return rows && !rows->empty() ? rows->front().draft : QStringLiteral("?");
        };
        world.ann->messages().setDraft(bob, QStringLiteral("half a word"), [](const Result<void>&) {});
        world.ann->store().commitNow();
        QCOMPARE(draft(), QStringLiteral("half a word"));
        world.ann.send(world.bob, QStringLiteral("half a word and the rest"));
        world.ann->store().commitNow();
        world.ann.crash();
        world.ann.open();
        QCOMPARE(draft(), QString());
        world.ann->messages().setDraft(bob, QStringLiteral("kept"), [](const Result<void>&) {});
        world.ann.send(world.bob, QString(100'000, u'x'), [](bool isStored) { QVERIFY(!isStored); });
        world.ann->store().commitNow();
        QCOMPARE(draft(), QStringLiteral("kept"));
    }
};

KITH_TEST(TestDoors)

} // namespace kith::test

#include "test_doors.moc"
