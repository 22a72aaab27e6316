// SPDX-License-Identifier: GPL-3.0-or-later
// Prints one JSON line: what encrypting and decrypting cost over the profile's key store, beside the bare library.
#include "core/base/platform.h"
#include "core/crypto/process.h"
#include "core/signal/signal_engine.h"
#include "core/store/keys/identity.h"
#include "core/store/keys/key_store_sql.h"
#include "core/store/peers/peers.h"
#include "core/store/profile_store.h"
#include "core/store/sending/outbox.h"
#include "tests/bench/bare_signal.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>

using namespace kith;

namespace {

constexpr int Messages = 12'800;
constexpr int PerCommit = 64;
constexpr int Rounds = 5;

template <typename T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "bench: %s\n", qPrintable(result.error().detail));
        std::exit(1);
    }
    return std::move(result).value();
}
void must(const Result<void>& result) {
    if (!result) {
        std::fprintf(stderr, "bench: %s\n", qPrintable(result.error().detail));
        std::exit(1);
    }
}

/// A profile database with keys, and the engine on it.
struct Person {
    explicit Person(const QString& folder)
        : profile(makeProfile(folder))
        , database(profile->db())
        , keys(database, clock) {
        store::OwnIdentity identity;
        identity.account = random.id<AccountId>();
        identity.signal = must(signal::SignalEngine::createIdentity(random));
        identity.loginSeed = random.secret(32);
        identity.sealPrivate = random.secret(32);
        identity.outboxKey = random.secret(32);
        identity.wrappedAccountSeed = random.bytes(60);
        account = identity.account;
        publicKey = identity.signal.publicKey;
        registrationId = identity.signal.registrationId;
        must(store::saveIdentity(database, identity));
        engine = must(signal::SignalEngine::create(keys, random, clock));
    }
    std::unique_ptr<store::ProfileStore> makeProfile(const QString& folder) {
        const SecretBytes master = random.secret(32);
        const store::ProfilePaths paths{folder};
        must(platform::makePrivateFolder(folder));
        must(store::ProfileStore::create(paths, "bench", master, clock, [](store::Unit&) { return Result<void>(); }));
        return must(store::ProfileStore::open(paths, master, clock, scheduler));
    }
    void trust(const Person& other) {
        must(database.run("INSERT INTO peer_device(account, device, ik, sd, reg_id) VALUES(?, 1, ?, zeroblob(32), ?)",
                          other.account, other.publicKey, other.registrationId));
    }
    signal::PeerDevice address() const { return {account, DeviceId(1)}; }

    SystemRandom random;
    SystemClock clock;
    QtScheduler scheduler;
    std::unique_ptr<store::ProfileStore> profile;
    sqlite::Database& database;
    store::KeyStoreSql keys;
    AccountId account;
    signal::IdentityKey publicKey;
    std::uint32_t registrationId = 0;
    std::unique_ptr<signal::SignalEngine> engine;
};

void shakeHands(Person& ana, Person& ben) {
    ana.trust(ben);
    ben.trust(ana);
    signal::PreKeyBundle bundle;
    bundle.device = DeviceId(1);
    bundle.registrationId = ben.registrationId;
    bundle.identity = ben.publicKey;
    bundle.signedPreKey = must(ben.engine->makeSignedPreKey(1));
    bundle.oneTimePreKey = must(ben.engine->makeOneTimePreKeys(2, 1)).front();
    must(ana.engine->ensureSession(ben.address(), bundle));
    const auto hello = must(ana.engine->encrypt(ben.address(), view("hello")));
    must(ben.engine->decrypt(ana.address(), hello.type, view(hello.bytes)));
    const auto answer = must(ben.engine->encrypt(ana.address(), view("hello")));
    must(ana.engine->decrypt(ben.address(), answer.type, view(answer.bytes)));
}

/// CPU seconds of `work` for each of `count` messages, a savepoint around each, 64 a transaction; commits not counted.
template <typename Work>
double cpuOf(Person& person, int count, Work work) {
    double cpu = 0;
    for (int done = 0; done < count; done += PerCommit) {
        auto transaction = must(sqlite::Transaction::begin(person.database));
        const double start = platform::threadCpuSeconds();
        for (int i = done; i < std::min(done + PerCommit, count); ++i) {
            auto savepoint = must(sqlite::Savepoint::begin(person.database));
            work(i);
            must(savepoint.release());
        }
        cpu += platform::threadCpuSeconds() - start;
        must(transaction.commit());
    }
    return cpu;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

/// Milliseconds to queue one text of 4 KiB for a thousand recipients and commit it.
double queueForAThousand(Person& person, std::uint64_t n) {
    QElapsedTimer timer;
    std::vector<AccountId> recipients(1'000);
    std::generate(recipients.begin(), recipients.end(), [&] { return person.random.id<AccountId>(); });
    timer.start();
    must(person.profile->unit([&](store::Unit& unit) -> Result<void> {
        store::SentContent content{0,
                                   person.random.id<ConversationId>(),
                                   person.random.id<MessageId>(),
                                   wire::pb::Content::kText,
                                   n,
                                   QByteArray(4'096, 't')};
        store::OutboxRow row;
        TRY_ASSIGN(row.content.row, store::Sent(unit.db()).add(content, unit.now()));
        row.created = row.due = unit.now();
        for (const AccountId& account : recipients) {
            row.account = account;
            TRY(store::Outbox(unit.db()).add(row));
        }
        return {};
    }));
    person.profile->commitNow();
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    const QTemporaryDir folder;
    Person ana(folder.filePath(QStringLiteral("ana")));
    Person ben(folder.filePath(QStringLiteral("ben")));
    shakeHands(ana, ben);

    const QByteArray text(256, 't');
    std::vector<double> encryptRates;
    std::vector<double> decryptRates;
    std::vector<double> encryptRatios;
    std::vector<double> decryptRatios;
    std::vector<signal::Ciphertext> sent(Messages);
    for (int round = 0; round < Rounds; ++round) {
        const bench::Rates bare = bench::bareLibrary(Messages); // in turn, so that a drifting machine shifts both
        const double encryptCpu =
            cpuOf(ana, Messages, [&](int i) { sent[i] = must(ana.engine->encrypt(ben.address(), view(text))); });
        const double decryptCpu = cpuOf(
            ben, Messages, [&](int i) { must(ben.engine->decrypt(ana.address(), sent[i].type, view(sent[i].bytes))); });
        encryptRates.push_back(Messages / encryptCpu);
        decryptRates.push_back(Messages / decryptCpu);
        encryptRatios.push_back(Messages / encryptCpu / bare.encrypt);
        decryptRatios.push_back(Messages / decryptCpu / bare.decrypt);
    }
    constexpr int Single = 200;
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < Single; ++i) {
        auto transaction = must(sqlite::Transaction::begin(ana.database));
        must(ana.engine->encrypt(ben.address(), view(text)));
        must(transaction.commit());
    }
    const double wall = Single * 1000.0 / static_cast<double>(timer.elapsed());
    std::vector<double> queued;
    for (int round = 0; round < Rounds; ++round)
        queued.push_back(queueForAThousand(ana, static_cast<std::uint64_t>(round) + 1));
    const QJsonObject out{{QStringLiteral("encrypt_per_cpu_s"), median(encryptRates)},
                          {QStringLiteral("decrypt_per_cpu_s"), median(decryptRates)},
                          {QStringLiteral("encrypt_ratio"), median(encryptRatios)},
                          {QStringLiteral("decrypt_ratio"), median(decryptRatios)},
                          {QStringLiteral("encrypt_one_per_commit_wall_s"), wall},
                          {QStringLiteral("queue_for_1000_ms"), median(queued)}};
    std::puts(QJsonDocument(out).toJson(QJsonDocument::Compact).constData());
    return 0;
}
