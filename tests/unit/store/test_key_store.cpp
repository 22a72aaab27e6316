// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/signal_engine.h"
#include "core/store/keys/identity.h"
#include "core/store/keys/key_store_sql.h"
#include "tests/support/memory_key_store.h"
#include "tests/unit/store/events.h"
#include "tests/unit/store/test_profile.h"

using namespace kith;
using namespace kith::store;
using namespace kith::test;
using signal::Ciphertext;
using signal::CiphertextType;

namespace {

/// One implementation of signal::KeyStore and what a test must do to it from outside.
class Keys {
public:
    virtual ~Keys() = default;
    virtual signal::KeyStore& store() = 0;
    /// The newest manifest lists the device with this key, or does not list it.
    virtual void setTrusted(const signal::PeerDevice& peer, const std::optional<signal::IdentityKey>& identity) = 0;
    /// Every byte it holds.
    virtual QByteArray snapshot() = 0;
};

class MemoryKeys final : public Keys {
public:
    explicit MemoryKeys(const signal::LocalIdentity& identity)
        : m_store({identity.publicKey, identity.privateKey.clone(), identity.registrationId}) {}
    signal::KeyStore& store() override { return m_store; }
    void setTrusted(const signal::PeerDevice& peer, const std::optional<signal::IdentityKey>& identity) override {
        if (identity)
            m_store.trust(peer, *identity);
        else
            m_store.distrust(peer);
    }
    QByteArray snapshot() override { return m_store.snapshot(); }

private:
    test::MemoryKeyStore m_store;
};

class SqlKeys final : public Keys {
public:
    explicit SqlKeys(const signal::LocalIdentity& identity) {
        OwnIdentity own;
        own.signal = {identity.publicKey, identity.privateKey.clone(), identity.registrationId};
        INVARIANT(saveIdentity(m_tables.db, own));
    }
    signal::KeyStore& store() override { return m_store; }
    void setTrusted(const signal::PeerDevice& peer, const std::optional<signal::IdentityKey>& identity) override {
        INVARIANT(
            m_tables.db.run("DELETE FROM peer_device WHERE account = ? AND device = ?", peer.account, peer.device));
        if (identity)
            INVARIANT(m_tables.db.run("INSERT INTO peer_device(account, device, ik, sd, reg_id) VALUES(?, ?, ?, ?, 1)",
                                      peer.account, peer.device, *identity, crypto::DhPublicKey()));
    }
    QByteArray snapshot() override {
        QByteArray all;
        const auto add = [&](sqlite::Sql sql) -> Result<void> {
            TRY_ASSIGN(auto rows, m_tables.db.prepare(sql));
            for (;;) {
                TRY_ASSIGN(const bool row, rows.step());
                if (!row)
                    return {};
                all += rows.bytes(0) + '=' + rows.bytes(1).toHex() + '\n';
            }
        };
        INVARIANT(add("SELECT 'session ' || hex(account) || device, record FROM session ORDER BY 1"));
        INVARIANT(add("SELECT 'opk ' || id || ' ' || made_day, record FROM one_time_pre_key ORDER BY id"));
        INVARIANT(add("SELECT 'spk ' || id || ' ' || made_day, record FROM signed_pre_key ORDER BY id"));
        INVARIANT(add("SELECT 'peer ' || hex(account) || device, ik FROM peer_device ORDER BY 1"));
        INVARIANT(add("SELECT name, value FROM meta ORDER BY name"));
        return all;
    }
    sqlite::Database& db() { return m_tables.db; }

private:
    TestTables m_tables;
    KeyStoreSql m_store{m_tables.db, m_tables.profile.clock};
};

/// A device over either kind of key store.
struct Device {
    Device(std::uint32_t number, bool sql)
        : random(seed() + number)
        , self{random.id<AccountId>(), DeviceId(number)} {
        const auto local = signal::SignalEngine::createIdentity(random);
        identity = local->publicKey;
        registrationId = local->registrationId;
        if (sql)
            keys = std::make_unique<SqlKeys>(*local);
        else
            keys = std::make_unique<MemoryKeys>(*local);
        engine = std::move(*signal::SignalEngine::create(keys->store(), random, clock));
        signedPreKey = *engine->makeSignedPreKey(1);
    }
    signal::PreKeyBundle bundle() {
        return {self.device, registrationId, identity, signedPreKey,
                engine->makeOneTimePreKeys(nextPreKey++, 1)->front()};
    }
    Result<Ciphertext> send(const Device& to, const QByteArray& text) { return engine->encrypt(to.self, view(text)); }
    /// The plaintext.
    Result<QByteArray> receive(const Device& from, const Ciphertext& message) {
        TRY_ASSIGN(auto opened, engine->decrypt(from.self, message.type, view(message.bytes)));
        return opened.plaintext;
    }

    SeededRandom random;
    FakeClock clock;
    signal::PeerDevice self;
    std::unique_ptr<Keys> keys;
    std::unique_ptr<signal::SignalEngine> engine;
    signal::IdentityKey identity;
    std::uint32_t registrationId = 0;
    signal::SignedPreKey signedPreKey;
    std::uint32_t nextPreKey = 1;
};

struct Pair {
    explicit Pair(bool sql)
        : ana(1, sql)
        , bo(2, sql) {
        ana.keys->setTrusted(bo.self, bo.identity);
        bo.keys->setTrusted(ana.self, ana.identity);
    }
    Result<void> establish() {
        TRY(ana.engine->ensureSession(bo.self, bo.bundle()));
        TRY(pass(ana, bo, "first"));
        return pass(bo, ana, "answer");
    }
    static Result<void> pass(Device& from, Device& to, const QByteArray& text) {
        TRY_ASSIGN(const auto sent, from.send(to, text));
        TRY_ASSIGN(const auto arrived, to.receive(from, sent));
        return arrived == text ? Result<void>() : fail(Code::Internal, QStringLiteral("another text arrived"));
    }

    Device ana;
    Device bo;
};

void eachImplementation() {
    QTest::addColumn<bool>("sql");
    QTest::newRow("memory") << false;
    QTest::newRow("SQL") << true;
}

signal::KeyChanges newKeys(SeededRandom& random, std::uint32_t oneTime, std::uint32_t signedKey) {
    signal::KeyChanges changes;
    if (oneTime != 0)
        changes.newOneTimePreKeys.push_back({oneTime, random.secret(64)});
    if (signedKey != 0)
        changes.newSignedPreKey = {signedKey, random.secret(64)};
    return changes;
}

} // namespace

/// The contract of signal::KeyStore, held by the one of the profile as by the one in memory; then what only a
/// transaction can give.
class KeyStoreTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsAppliedIsReadBack_data() { eachImplementation(); }
    void whatIsAppliedIsReadBack() {
        QFETCH(const bool, sql);
        Device device(1, sql);
        auto& store = device.keys->store();
        const signal::PeerDevice peer{device.random.id<AccountId>(), DeviceId(0x7fffffff)};
        QVERIFY(!store.session(peer)->has_value());
        QVERIFY(!store.oneTimePreKey(77)->has_value());
        QVERIFY(!store.signedPreKey(77)->has_value());
        for (const QByteArray& record : {QByteArray("one"), QByteArray("\0two", 4)}) {
            signal::KeyChanges changes;
            changes.session = {peer, record};
            VERIFY_OK(store.apply(std::move(changes)));
            QCOMPARE(store.session(peer)->value(), record);
        }
        QVERIFY(!store.session({peer.account, DeviceId(1)})->has_value());
        auto changes = newKeys(device.random, 77, 78);
        const QByteArray oneTime = toByteArray(changes.newOneTimePreKeys.front().record.view());
        const QByteArray signedKey = toByteArray(changes.newSignedPreKey->record.view());
        VERIFY_OK(store.apply(std::move(changes)));
        QCOMPARE(toByteArray(store.oneTimePreKey(77)->value().view()), oneTime);
        QCOMPARE(toByteArray(store.signedPreKey(78)->value().view()), signedKey);
        QVERIFY(!store.signedPreKey(77)->has_value());

        signal::KeyChanges used;
        used.usedOneTimePreKey = 77;
        used.session = {peer, std::nullopt};
        VERIFY_OK(store.apply(std::move(used)));
        QVERIFY(!store.oneTimePreKey(77)->has_value());
        QVERIFY(!store.session(peer)->has_value());
        const auto identity = store.identity();
        QVERIFY(identity->publicKey == device.identity && identity->registrationId == device.registrationId);
        QCOMPARE(identity->privateKey.size(), std::size_t(32));
    }

    void existingPreKeyIsNeverOverwritten_data() { eachImplementation(); }
    void existingPreKeyIsNeverOverwritten() {
        QFETCH(const bool, sql);
        Device device(1, sql);
        auto& store = device.keys->store();
        VERIFY_OK(store.apply(newKeys(device.random, 77, 78)));
        const QByteArray before = device.keys->snapshot();
        VERIFY_CODE(store.apply(newKeys(device.random, 77, 0)), Code::Duplicate);
        VERIFY_CODE(store.apply(newKeys(device.random, 0, 78)), Code::Duplicate);
        QCOMPARE(device.keys->snapshot(), before);
        VERIFY_CODE(device.engine->makeOneTimePreKeys(77, 2), Code::Duplicate);
        VERIFY_CODE(device.engine->makeSignedPreKey(78), Code::Duplicate);
        QCOMPARE(device.keys->snapshot(), before);
    }

    void onlyListedDevicesAreTrusted_data() { eachImplementation(); }
    void onlyListedDevicesAreTrusted() {
        QFETCH(const bool, sql);
        Pair pair(sql);
        auto& store = pair.ana.keys->store();
        QVERIFY(store.trustedIdentity(pair.bo.self)->value() == pair.bo.identity);
        QVERIFY(!store.trustedIdentity({pair.bo.self.account, DeviceId(9)})->has_value());
        VERIFY_OK(pair.establish());
        pair.ana.keys->setTrusted(pair.bo.self, std::nullopt);
        const auto sent = pair.bo.send(pair.ana, "from a removed device");
        const QByteArray before = pair.ana.keys->snapshot();
        VERIFY_CODE(pair.ana.receive(pair.bo, *sent), Code::Untrusted);
        QVERIFY(!pair.ana.send(pair.bo, "to a removed device").has_value());
        QCOMPARE(pair.ana.keys->snapshot(), before);
    }

    void conversationGoesOn_data() { eachImplementation(); }
    void conversationGoesOn() {
        QFETCH(const bool, sql);
        Pair pair(sql);
        VERIFY_OK(pair.establish());
        for (int i = 0; i < 20; ++i) {
            VERIFY_OK(Pair::pass(pair.ana, pair.bo, "ping " + QByteArray::number(i)));
            VERIFY_OK(Pair::pass(pair.bo, pair.ana, "pong " + QByteArray::number(i)));
        }
        std::vector<Ciphertext> network;
        for (int i = 0; i < 10; ++i)
            network.push_back(*pair.ana.send(pair.bo, QByteArray::number(i)));
        for (int i = 9; i >= 0; --i)
            QCOMPARE(pair.bo.receive(pair.ana, network[static_cast<std::size_t>(i)]).value_or({}),
                     QByteArray::number(i));
    }

    void failedDecryptLeavesEveryByteUntouched_data() { eachImplementation(); }
    void failedDecryptLeavesEveryByteUntouched() {
        QFETCH(const bool, sql);
        Pair pair(sql);
        auto& [ana, bo] = pair;
        // A garbage first contact must not fix an identity or use up a prekey.
        VERIFY_OK(ana.engine->ensureSession(bo.self, bo.bundle()));
        const auto first = *ana.send(bo, "first");
        QByteArray before = bo.keys->snapshot();
        for (const qsizetype at : {first.bytes.size() - 1, first.bytes.size() / 2, qsizetype(1)}) {
            Ciphertext changed = first;
            changed.bytes[at] = static_cast<char>(changed.bytes[at] ^ 1);
            QVERIFY(!bo.receive(ana, changed).has_value());
            QCOMPARE(bo.keys->snapshot(), before);
        }
        QCOMPARE(bo.receive(ana, first).value_or({}), QByteArray("first"));
        VERIFY_OK(Pair::pass(bo, ana, "answer"));

        const auto second = *ana.send(bo, "second");
        VERIFY_OK(bo.receive(ana, second));
        Ciphertext third = *ana.send(bo, "third");
        before = bo.keys->snapshot();
        VERIFY_CODE(bo.receive(ana, second), Code::Duplicate); // a replay
        third.bytes.back() = static_cast<char>(third.bytes.back() ^ 1);
        VERIFY_CODE(bo.receive(ana, third), Code::Invalid);
        VERIFY_CODE(bo.receive(ana, {CiphertextType::Whisper, "junk"}), Code::Invalid);
        QCOMPARE(bo.keys->snapshot(), before);
        third.bytes.back() = static_cast<char>(third.bytes.back() ^ 1);
        QCOMPARE(bo.receive(ana, third).value_or({}), QByteArray("third"));
    }

    void rollbackOfAUnitUndoesTheRatchetStep() {
        Pair pair(true);
        VERIFY_OK(pair.establish());
        auto& [ana, bo] = pair;
        auto& anaDb = static_cast<SqlKeys&>(*ana.keys).db();
        auto& boDb = static_cast<SqlKeys&>(*bo.keys).db();
        const QByteArray anaBefore = ana.keys->snapshot();
        {
            auto undone = sqlite::Savepoint::begin(anaDb);
            VERIFY_OK(undone);
            VERIFY_OK(ana.send(bo, "never leaves"));
            QVERIFY(ana.keys->snapshot() != anaBefore);
        }
        QCOMPARE(ana.keys->snapshot(), anaBefore);
        const auto sent = *ana.send(bo, "hello");
        const QByteArray boBefore = bo.keys->snapshot();
        for (int delivery = 0; delivery < 2; ++delivery) { // the relay delivers again what was not acknowledged
            auto undone = sqlite::Savepoint::begin(boDb);
            VERIFY_OK(undone);
            QCOMPARE(bo.receive(ana, sent).value_or({}), QByteArray("hello"));
            QVERIFY(bo.keys->snapshot() != boBefore);
        }
        QCOMPARE(bo.keys->snapshot(), boBefore);
        QCOMPARE(bo.receive(ana, sent).value_or({}), QByteArray("hello"));
        VERIFY_CODE(bo.receive(ana, sent), Code::Duplicate);
        VERIFY_OK(Pair::pass(bo, ana, "back"));
    }

    void rollbackGivesTheOneTimePreKeyBack() {
        Pair pair(true);
        auto& [ana, bo] = pair;
        VERIFY_OK(ana.engine->ensureSession(bo.self, bo.bundle()));
        const auto first = *ana.send(bo, "first");
        const QByteArray before = bo.keys->snapshot();
        {
            auto undone = sqlite::Savepoint::begin(static_cast<SqlKeys&>(*bo.keys).db());
            VERIFY_OK(undone);
            VERIFY_OK(bo.receive(ana, first));
            QVERIFY(!bo.keys->store().oneTimePreKey(1)->has_value());
        }
        QCOMPARE(bo.keys->snapshot(), before);
        QCOMPARE(bo.receive(ana, first).value_or({}), QByteArray("first"));
    }

    void messageAndRatchetStepAreOneUnitAndSurviveAReopen() {
        Device ana(1, false);
        TestProfile profile;
        VERIFY_OK(profile.createAndOpen());
        const signal::PeerDevice bo{ana.random.id<AccountId>(), DeviceId(5)};
        const auto conversation = conversationWith(ana.self.account);
        const auto local = signal::SignalEngine::createIdentity(ana.random);
        std::optional<KeyStoreSql> keys;
        std::unique_ptr<signal::SignalEngine> engine;
        const auto start = [&] {
            keys.emplace(profile.store->db(), profile.clock);
            engine = std::move(*signal::SignalEngine::create(*keys, ana.random, profile.clock));
        };
        start();
        signal::PreKeyBundle bundle;
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            OwnIdentity own;
            own.signal = {local->publicKey, local->privateKey.clone(), local->registrationId};
            TRY(saveIdentity(unit.db(), own));
            TRY(unit.db().run("INSERT INTO peer_device(account, device, ik, sd, reg_id) VALUES(?, ?, ?, ?, 1)",
                              ana.self.account, ana.self.device, ana.identity, crypto::DhPublicKey()));
            TRY_ASSIGN(const auto signedPreKey, engine->makeSignedPreKey(1));
            bundle = {bo.device, local->registrationId, local->publicKey, signedPreKey, std::nullopt};
            return {};
        }));
        ana.keys->setTrusted(bo, local->publicKey);
        VERIFY_OK(ana.engine->ensureSession(bo, bundle));
        const auto receive = [&](const Ciphertext& message, bool fails) {
            return profile.store->unit([&](Unit& unit) -> Result<void> {
                TRY_ASSIGN(const auto opened, engine->decrypt(ana.self, message.type, view(message.bytes)));
                TRY(unit.append(received(conversation, ana.self.account, ana.random.id<MessageId>(), 1000,
                                         QString::fromUtf8(opened.plaintext))));
                return fails ? Result<void>(fail(Code::Full, QStringLiteral("says the test"))) : Result<void>();
            });
        };
        for (int i = 0; i < 4; ++i) {
            const auto sent = *ana.engine->encrypt(bo, view(QByteArray::number(i)));
            VERIFY_CODE(receive(sent, true), Code::Full);
            QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), i);
            VERIFY_OK(receive(sent, false));
            VERIFY_CODE(receive(sent, false), Code::Duplicate);
            engine.reset();
            keys.reset();
            VERIFY_OK(profile.open());
            start();
        }
        QCOMPARE(queries::timeline(profile.store->db(), conversation, std::nullopt, 10)->rows.size(), std::size_t(4));
    }

    void storeWithoutAnIdentityIsCorrupt() {
        TestTables tables;
        KeyStoreSql keys(tables.db, tables.profile.clock);
        VERIFY_CODE(keys.identity(), Code::Corrupt);
    }
};

KITH_TEST(KeyStoreTest)
#include "test_key_store.moc"
