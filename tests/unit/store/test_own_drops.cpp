// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/own_drops.h"

#include "core/crypto/login.h"
#include "core/store/keys/identity.h"
#include "core/wire/limits.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

struct Drops : TestTables {
    Drops() {
        for (RelayId& home : homes) {
            home = random.id<RelayId>();
            INVARIANT(addHome(db, {home, *wire::Endpoint::parse(QStringLiteral("relay.example:8443")), true, 0, 0}));
        }
    }
    OwnDrop add(wire::pb::DropKind kind = wire::pb::DROP_CONTACT, std::optional<ConversationId> conversation = {},
                std::uint32_t version = 1) {
        OwnDrop drop;
        drop.drop = random.id<DropId>();
        drop.r16 = random.id<crypto::R16>();
        drop.secret = random.secret(crypto::DropSecretSize);
        drop.kind = kind;
        drop.version = version;
        drop.conversation = conversation;
        INVARIANT(drops.add(drop));
        return drop;
    }
    std::size_t missingAt(const RelayId& relay) { return drops.missingAt(relay)->size(); }

    OwnDrops drops{db};
    RelayId homes[2];
};

} // namespace

/// Which home holds which drop: put everywhere, taken from everywhere, whatever answer was lost.
class OwnDropsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void dropComesBackAsItWent() {
        Drops box;
        OwnDrop drop;
        drop.drop = box.random.id<DropId>();
        drop.r16 = box.random.id<crypto::R16>();
        drop.secret = box.random.secret(crypto::DropSecretSize);
        drop.kind = wire::pb::DROP_FRONT;
        drop.version = 0xffffffff;
        drop.conversation = conversationWith(box.random.id<AccountId>());
        drop.maxTotal = 1;
        drop.expiresMin = 30'000'000;
        drop.card = box.random.id<CardId>();
        VERIFY_OK(box.drops.add(drop));
        const auto found = box.drops.find(drop.drop);
        VERIFY_OK(found);
        const OwnDrop& back = **found;
        QVERIFY(back.drop == drop.drop && back.r16 == drop.r16 && back.conversation == drop.conversation &&
                back.card == drop.card && back.kind == drop.kind && !back.deleted);
        QCOMPARE(toByteArray(back.secret.view()), toByteArray(drop.secret.view()));
        QCOMPARE(back.version, drop.version);
        QCOMPARE(back.maxTotal, drop.maxTotal);
        QCOMPARE(back.expiresMin, drop.expiresMin);
        VERIFY_CODE(box.drops.add(drop), Code::Duplicate);
        QVERIFY(!box.drops.find(box.random.id<DropId>())->has_value());
    }

    void wireFormShowsTheRelayNoSecret() {
        Drops box;
        for (const auto kind :
             {wire::pb::DROP_CONTACT, wire::pb::DROP_FRONT, wire::pb::DROP_SELF, wire::pb::DROP_GROUP}) {
            const OwnDrop drop = box.add(kind);
            const auto put = drop.toWire();
            QCOMPARE(put.token_hash(), crypto::tokenHash(crypto::dropToken(drop.secret.view()).view()).str());
            QVERIFY(put.drop_id() == drop.drop.str() && put.r16() == drop.r16.str() && put.kind() == kind);
            QVERIFY(put.max_items() > 0 && put.max_bytes() > 0);
            QCOMPARE(put.pow_bits(), kind == wire::pb::DROP_FRONT ? wire::limits::FrontPowFirstBits : 0U);
            QVERIFY(!toByteArray(view(put.SerializeAsString())).contains(toByteArray(drop.secret.view())));
        }
    }

    void newestLiveContactDropIsTheContacts() {
        Drops box;
        const auto contact = conversationWith(box.random.id<AccountId>());
        QVERIFY(!box.drops.forConversation(contact)->has_value());
        box.add(wire::pb::DROP_FRONT, {}, 9);
        const auto first = box.add(wire::pb::DROP_CONTACT, contact, 1);
        const auto second = box.add(wire::pb::DROP_CONTACT, contact, 2);
        box.add(wire::pb::DROP_CONTACT, conversationWith(box.random.id<AccountId>()), 3);
        QVERIFY(box.drops.forConversation(contact)->value().drop == second.drop);
        VERIFY_OK(box.drops.markDeleted(second.drop));
        QVERIFY(box.drops.forConversation(contact)->value().drop == first.drop);
    }

    void dropIsMissingAtEachHomeUntilItHoldsThisVersion() {
        Drops box;
        const auto drop = box.add(wire::pb::DROP_CONTACT, {}, 2);
        QCOMPARE(box.missingAt(box.homes[0]), std::size_t(1));
        QVERIFY(!*box.drops.isAnywhere(drop.drop));
        VERIFY_OK(box.drops.setHeld(drop.drop, box.homes[0], 2));
        QVERIFY(*box.drops.isAnywhere(drop.drop));
        QCOMPARE(box.missingAt(box.homes[0]), std::size_t(0));
        QCOMPARE(box.missingAt(box.homes[1]), std::size_t(1));
        VERIFY_OK(box.drops.setHeld(drop.drop, box.homes[1], 1)); // an older version of it
        QCOMPARE(box.missingAt(box.homes[1]), std::size_t(1));
        VERIFY_OK(box.drops.setHeld(drop.drop, box.homes[1], 2));
    }

    void deletedDropIsTakenFromEveryHomeAndNeverPutAgain() {
        Drops box;
        const auto drop = box.add();
        const auto kept = box.add();
        VERIFY_OK(box.drops.setHeld(drop.drop, box.homes[0], 1));
        VERIFY_OK(box.drops.setHeld(kept.drop, box.homes[0], 1));
        VERIFY_OK(box.drops.markDeleted(drop.drop));
        VERIFY_OK(box.drops.markDeleted(drop.drop));
        QCOMPARE(box.missingAt(box.homes[0]), std::size_t(0));
        QCOMPARE(box.missingAt(box.homes[1]), std::size_t(1)); // the kept one
        // The second home may hold it too: its answer can have been lost.
        for (const RelayId& home : box.homes) {
            QVERIFY(*box.drops.toDeleteAt(home) == std::vector<DropId>({drop.drop}));
            VERIFY_OK(box.drops.setGone(drop.drop, home));
            QVERIFY(box.drops.toDeleteAt(home)->empty());
        }
        QVERIFY(box.drops.find(drop.drop)->value().deleted);
        VERIFY_OK(box.drops.forgetHeld(box.homes[0]));
        QCOMPARE(box.missingAt(box.homes[0]), std::size_t(1));
    }

    void hashIsThatOfWhatTheHomeConfirmed() {
        Drops box;
        const auto expected = [](std::vector<std::pair<DropId, std::uint32_t>> held) {
            std::vector<QByteArray> entries;
            for (const auto& [drop, version] : held)
                entries.push_back(crypto::dropsHashEntry(drop, version));
            return crypto::dropsHash(std::move(entries));
        };
        const auto hash = [&] { return *box.drops.hashAt(box.homes[0]); };
        QVERIFY(hash() == expected({}));
        const auto a = box.add(wire::pb::DROP_CONTACT, {}, 3);
        const auto b = box.add();
        QVERIFY(hash() == expected({})); // not there yet
        VERIFY_OK(box.drops.setHeld(a.drop, box.homes[0], 3));
        VERIFY_OK(box.drops.setHeld(b.drop, box.homes[1], 1));
        QVERIFY(hash() == expected({{a.drop, 3}}));
        VERIFY_OK(box.drops.setHeld(b.drop, box.homes[0], 1));
        QVERIFY(hash() == expected({{b.drop, 1}, {a.drop, 3}}));
        VERIFY_OK(box.drops.markDeleted(a.drop));
        QVERIFY(hash() == expected({{b.drop, 1}, {a.drop, 3}})); // until it says so
        VERIFY_OK(box.drops.setGone(a.drop, box.homes[0]));
        QVERIFY(hash() == expected({{b.drop, 1}}));
        // Deleted before it was there: told to this home, but not believed to be held by it.
        const auto c = box.add();
        VERIFY_OK(box.drops.markDeleted(c.drop));
        QVERIFY(hash() == expected({{b.drop, 1}}));
    }

    void forgottenHomeGetsEverythingAgain() {
        Drops box;
        const auto live = box.add();
        const auto deleted = box.add();
        for (const auto* drop : {&live, &deleted})
            VERIFY_OK(box.drops.setHeld(drop->drop, box.homes[0], 1));
        VERIFY_OK(box.drops.markDeleted(deleted.drop));
        VERIFY_OK(box.drops.forgetHeld(box.homes[0]));
        QVERIFY(box.drops.missingAt(box.homes[0])->front().drop == live.drop);
        QCOMPARE(box.missingAt(box.homes[0]), std::size_t(1));
        QVERIFY(*box.drops.toDeleteAt(box.homes[0]) == std::vector<DropId>({deleted.drop}));
    }

    void cardsGoWithTheirDrop() {
        Drops box;
        const CardRecord card{box.random.id<CardId>(), box.random.id<DropId>(), "sealed", 30'000'000};
        QVERIFY(!box.drops.card(card.card)->has_value());
        VERIFY_OK(box.drops.addCard(card));
        VERIFY_CODE(box.drops.addCard(card), Code::Duplicate);
        const auto back = box.drops.card(card.card);
        QVERIFY(back->value().drop == card.drop && back->value().body == card.body &&
                back->value().expiresMin == card.expiresMin);
        VERIFY_OK(box.drops.markDeleted(card.drop));
        QVERIFY(!box.drops.card(card.card)->has_value());
    }
};

KITH_TEST(OwnDropsTest)
#include "test_own_drops.moc"
