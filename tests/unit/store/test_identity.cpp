// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/keys/identity.h"

#include "core/store/keys/key_store_sql.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

OwnIdentity makeIdentity(SeededRandom& random) {
    OwnIdentity identity;
    identity.account = random.id<AccountId>();
    identity.accountKey = random.id<crypto::VerifyKey>();
    identity.name = QStringLiteral("Åsa");
    identity.device = DeviceId(0x7ffffffe);
    identity.signal = {random.id<signal::IdentityKey>(), random.secret(32), 16380};
    identity.loginSeed = random.secret(32);
    identity.sealPrivate = random.secret(32);
    identity.outboxKey = random.secret(32);
    identity.wrappedAccountSeed = random.bytes(60);
    return identity;
}

Home home(SeededRandom& random, const QString& endpoint) {
    return {random.id<RelayId>(), *wire::Endpoint::parse(endpoint), false, 0, 0};
}

QStringList endpoints(sqlite::Database& db) {
    QStringList all;
    const auto homes = loadHomes(db);
    for (const Home& known : *homes)
        all += known.endpoint.toString();
    return all;
}

} // namespace

/// Who this profile is, its homes and its prekey ids.
class StoreIdentityTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void identityComesBackAsItWent() {
        TestTables box;
        const OwnIdentity given = makeIdentity(box.random);
        VERIFY_OK(saveIdentity(box.db, given));
        const auto back = loadIdentity(box.db);
        VERIFY_OK(back);
        QVERIFY(back->account == given.account && back->accountKey == given.accountKey &&
                back->device == given.device && back->signal.publicKey == given.signal.publicKey);
        QCOMPARE(back->name, given.name);
        QCOMPARE(back->signal.registrationId, given.signal.registrationId);
        QCOMPARE(back->wrappedAccountSeed, given.wrappedAccountSeed);
        for (const auto& [a, b] :
             {std::pair(&back->signal.privateKey, &given.signal.privateKey),
              std::pair(&back->loginSeed, &given.loginSeed), std::pair(&back->sealPrivate, &given.sealPrivate),
              std::pair(&back->outboxKey, &given.outboxKey)})
            QCOMPARE(toByteArray(a->view()), toByteArray(b->view()));
    }

    void incompleteIdentityIsCorrupt() {
        TestTables box;
        VERIFY_CODE(loadIdentity(box.db), Code::Corrupt);
        VERIFY_OK(saveIdentity(box.db, makeIdentity(box.random)));
        for (const char* name : {"account", "ak", "name", "device", "ik", "ik_private", "reg_id", "dk_seed",
                                 "sd_private", "k_outbox", "ak_wrapped"}) {
            auto undone = sqlite::Savepoint::begin(box.db);
            VERIFY_OK(undone);
            VERIFY_OK(box.db.run("DELETE FROM meta WHERE name = ?", QString::fromLatin1(name)));
            QCOMPARE(box.db.changes(), 1);
            VERIFY_CODE(loadIdentity(box.db), Code::Corrupt);
        }
        VERIFY_OK(box.db.exec("UPDATE meta SET value = x'00' WHERE name = 'device'"));
        VERIFY_CODE(loadIdentity(box.db), Code::Corrupt);
    }

    void preKeyIdsAreNeverGivenTwice() {
        TestTables box;
        QCOMPARE(takePreKeyIds(box.db, 1).value_or(0), signal::minPreKeyId);
        QCOMPARE(takePreKeyIds(box.db, 100).value_or(0), 2U);
        QCOMPARE(takePreKeyIds(box.db, 1).value_or(0), 102U);
        VERIFY_CODE(takePreKeyIds(box.db, 0xffffffff), Code::Internal);
        QCOMPARE(takePreKeyIds(box.db, 1).value_or(0), 103U);
        const std::uint32_t rest = signal::maxPreKeyId - 104;
        QCOMPARE(takePreKeyIds(box.db, rest).value_or(0), 104U);
        QCOMPARE(takePreKeyIds(box.db, 1).value_or(0), signal::maxPreKeyId); // the very last
        VERIFY_CODE(takePreKeyIds(box.db, 1), Code::Internal);
    }

    void privatePreKeysLiveUntilNobodyCanUseThem() {
        TestTables box;
        KeyStoreSql keys(box.db, box.profile.clock);
        const auto add = [&](std::uint32_t id) {
            signal::KeyChanges changes;
            changes.newSignedPreKey = {id, box.random.secret(64)};
            changes.newOneTimePreKeys.push_back({id, box.random.secret(64)});
            return keys.apply(std::move(changes));
        };
        const auto has = [&](std::uint32_t id) { return keys.signedPreKey(id)->has_value(); };
        const auto pass = [&](int days) {
            box.profile.clock.advance(std::chrono::days(days));
            return forgetOldPreKeys(box.db, box.profile.clock.wall());
        };
        VERIFY_OK(add(1));
        QVERIFY(!loadSignedPreKey(box.db)->has_value());
        wire::pb::Bundle published;
        published.set_spk_id(1);
        VERIFY_OK(saveSignedPreKey(box.db, published));
        QCOMPARE((*loadSignedPreKey(box.db))->bundle.spk_id(), 1U);
        QCOMPARE((*loadSignedPreKey(box.db))->day, toDay(box.now));
        VERIFY_OK(pass(90));
        QVERIFY(has(1)); // still the one that relays hand out
        VERIFY_OK(add(2));
        VERIFY_OK(pass(7));
        VERIFY_OK(add(3));
        VERIFY_OK(pass(37));
        QVERIFY(has(1)); // replaced 44 days ago
        QVERIFY(!keys.oneTimePreKey(1)->has_value());
        QVERIFY(keys.oneTimePreKey(2)->has_value());
        VERIFY_OK(pass(1));
        QVERIFY(!has(1) && has(2) && has(3));
        VERIFY_OK(pass(1000));
        QVERIFY(!has(2) && has(3));
        QVERIFY(!keys.oneTimePreKey(3)->has_value());
    }

    void homesKeepTheirOrder() {
        TestTables box;
        const Home first = home(box.random, QStringLiteral("first.example:8443"));
        const Home second = home(box.random, QStringLiteral("second.example:8443"));
        const Home third = home(box.random, QStringLiteral("third.example:8443"));
        for (const Home& known : {first, second, third})
            VERIFY_OK(addHome(box.db, known));
        VERIFY_OK(setHomeRegistered(box.db, first.relay));
        VERIFY_OK(setHomeRegistered(box.db, third.relay));
        VERIFY_OK(dropUnregisteredHome(box.db, second.relay));
        VERIFY_OK(dropUnregisteredHome(box.db, first.relay)); // it is registered: it stays
        VERIFY_OK(addHome(box.db, home(box.random, QStringLiteral("fourth.example:8443"))));
        Home moved = first;
        moved.endpoint = *wire::Endpoint::parse(QStringLiteral("moved.example"));
        VERIFY_OK(addHome(box.db, moved));
        QCOMPARE(endpoints(box.db), QStringList({QStringLiteral("moved.example"), QStringLiteral("third.example"),
                                                 QStringLiteral("fourth.example")}));
        QVERIFY(loadHomes(box.db)->front().registered);
    }

    void cursorRisesWithinAnEpochAndStartsOverWithANewOne() {
        TestTables box;
        const Home known = home(box.random, QStringLiteral("first.example:8443"));
        VERIFY_OK(addHome(box.db, known));
        const auto cursor = [&] {
            const Home now = loadHomes(box.db)->front();
            return std::pair(now.epoch, now.seenSeq);
        };
        VERIFY_OK(setHomeCursor(box.db, known.relay, 1, 10));
        VERIFY_OK(setHomeCursor(box.db, known.relay, 1, 7));
        QVERIFY(cursor() == std::pair(std::uint32_t(1), std::uint64_t(10)));
        VERIFY_OK(setHomeCursor(box.db, known.relay, 2, 3));
        QVERIFY(cursor() == std::pair(std::uint32_t(2), std::uint64_t(3)));
        VERIFY_OK(setHomeCursor(box.db, known.relay, 0xffffffff, (std::uint64_t(1) << 53U) - 1));
        QVERIFY(cursor() == std::pair(std::uint32_t(0xffffffff), (std::uint64_t(1) << 53U) - 1));
    }
};

KITH_TEST(StoreIdentityTest)
#include "test_identity.moc"
