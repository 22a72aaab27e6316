// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/memory_mail_store.h"
#include "core/relay/mailstore/sqlite_mail_store.h"
#include "tests/support/test_account.h"
#include "tests/support/test_main.h"

#include <QTemporaryDir>
#include <QTest>

namespace kith::test {

using namespace kith::relay;

enum class StoreKind { Memory, Sqlite };

/// A mail store of either kind with a clock of its own, and the few steps that every test begins with.
class StoreFixture {
public:
    explicit StoreFixture(StoreKind kind, const MailPolicy& policy = MailPolicy::withoutRates())
        : m_kind(kind)
        , m_policy(policy) {
        reopen();
    }

    /// What a restart does. A store in memory stays as it is.
    void reopen() {
        if (m_kind == StoreKind::Memory) {
            if (!m_store)
                m_store = std::make_unique<MemoryMailStore>(clock, m_policy);
            return;
        }
        m_store.reset();
        auto opened = open(m_folder.path());
        if (!opened)
            qFatal("cannot open the store: %s", errorText(opened).constData());
        m_store = std::move(opened).value();
    }
    Result<std::unique_ptr<SqliteMailStore>> open(const QString& folder) {
        SqliteMailStore::Options options;
        options.policy = m_policy;
        options.reserveBytes = 64 * 1024;
        options.freeBytes = [this] { return freeBytes; };
        options.pagesMax = pagesMax;
        return SqliteMailStore::open(folder + QStringLiteral("/relay.db"), m_key, SqliteMailStore::Mode::Create, clock,
                                     options);
    }

    MailStore& store() { return *m_store; }
    bool isDurable() const { return m_kind == StoreKind::Sqlite; }
    QString folder() const { return m_folder.path(); }
    const SecretBytes& key() const { return m_key; }

    /// A batch of one.
    template <typename Op>
    typename Op::Outcome run(Op body) {
        Operation operation;
        operation.body = std::move(body);
        if (const auto done = m_store->execute({&operation, 1}); !done)
            qFatal("the store failed: %s", errorText(done).constData());
        return std::get<Op>(operation.body).outcome;
    }

    static OfferedManifest offer(const TestAccount& account, std::uint64_t version, bool listsThisRelay = true) {
        return {account.manifest(version), listsThisRelay};
    }
    InviteId invite(std::uint32_t uses = 1) {
        const InviteId id = random.id<InviteId>();
        run(AddInvite{{id, uses, toMinute(clock.wall()) + 60}, {}});
        return id;
    }
    TestAccount member(int devices = 1) {
        TestAccount account(random, {random.id<RelayId>()}, devices);
        RegisterAccount op;
        op.manifest = offer(account, 1);
        op.invite = invite();
        for (int i = 0; i < devices; ++i)
            op.bundles.push_back(account.bundle(account.device(static_cast<std::size_t>(i))));
        if (run(op).answer.code != WireCode::None)
            qFatal("cannot register");
        return account;
    }
    OpenLease::Outcome login(const TestAccount& account, std::size_t device = 0, std::uint32_t epoch = 0,
                             std::uint64_t seen = 0) {
        OpenLease op;
        op.account = account.id();
        op.device = account.device(device);
        op.login = account.login(op.device).publicKey();
        op.epoch = epoch;
        op.seenSeq = seen;
        return run(op);
    }
    TestDrop drop(const TestAccount& owner, pb::DropKind kind = pb::DROP_CONTACT, std::uint32_t maxTotal = 0) {
        const TestDrop made = TestDrop::of(random, owner);
        PutDrop op{login(owner).ref, made.put(kind), {}};
        op.drop.set_max_total(maxTotal);
        if (run(op).answer.code != WireCode::None)
            qFatal("cannot put the drop");
        return made;
    }
    static Authority by(const TestDrop& drop) { return {crypto::tokenHash(drop.token.view()), {}}; }
    EnqueueItems send(const TestDrop& drop, const std::vector<DeviceId>& devices, const std::string& body = "body") {
        EnqueueItems op;
        op.drop = drop.id;
        op.authority = by(drop);
        op.envelope = random.id<EnvelopeId>();
        op.manifestVersion = 1;
        for (const DeviceId device : devices)
            op.items.push_back({device, body});
        return op;
    }
    std::vector<FetchItems::Item> all(MailboxId mailbox) {
        return run(FetchItems{mailbox, 0, 100'000, 1ULL << 40U, {}}).items;
    }
    /// As an engine that has pushed everything.
    AcknowledgeItems ack(const OpenLease::Outcome& session, std::uint64_t upTo) {
        AcknowledgeItems op;
        op.mailbox = session.mailbox;
        op.lease = session.lease;
        op.epoch = session.currentEpoch;
        op.upTo = upTo;
        op.pushedUpTo = ~0ULL >> 1U;
        return op;
    }
    void sweepAll() {
        while (run(Sweep{}).hasMore) {
        }
    }

    FakeClock clock;
    SeededRandom random{seed()};
    std::int64_t freeBytes = 1LL << 40;
    std::int64_t pagesMax = 0;

private:
    StoreKind m_kind;
    MailPolicy m_policy;
    QTemporaryDir m_folder;
    SecretBytes m_key = random.secret(32);
    std::unique_ptr<MailStore> m_store;
};

/// Runs every function of a class once for each kind of store.
inline void bothStores() {
    QTest::addColumn<StoreKind>("kind");
    QTest::newRow("memory") << StoreKind::Memory;
    QTest::newRow("sqlite") << StoreKind::Sqlite;
}

} // namespace kith::test
Q_DECLARE_METATYPE(kith::test::StoreKind)
