// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/contract/mailstore/store_fixture.h"

#include <QFile>

#include <map>
#include <set>

using namespace kith;
using namespace kith::test;

namespace {

struct Held {
    std::uint64_t seq;
    EnvelopeId envelope;
    std::string body;
    std::uint32_t expires;
    friend bool operator==(const Held&, const Held&) = default;
};
struct Session {
    MailboxId mailbox{};
    std::uint64_t lease = 0;
    std::uint32_t epoch = 0;
    std::uint64_t pushed = 0;
    bool isLive = false;
};

/// Random operations on a memory and an SQLite store at once. Both must answer alike, and as a model says that knows
/// only the promises: what was accepted is there until it is acked or expires.
class RandomRun {
public:
    static constexpr std::size_t Accounts = 3;
    static constexpr std::size_t Devices = 2;

    explicit RandomRun(std::uint64_t seed)
        : m_memory(StoreKind::Memory, policy())
        , m_sqlite(StoreKind::Sqlite, policy())
        , m_random(seed) {
        for (std::size_t a = 0; a < Accounts; ++a) {
            m_accounts.push_back(std::make_unique<TestAccount>(m_random, std::vector{m_random.id<RelayId>()}, Devices));
            const InviteId invite = m_random.id<InviteId>();
            both(AddInvite{{invite, 1, ~0U}, {}});
            RegisterAccount op;
            op.manifest = StoreFixture::offer(*m_accounts[a], 1);
            op.invite = invite;
            for (std::size_t d = 0; d < Devices; ++d)
                op.bundles.push_back(m_accounts[a]->bundle(m_accounts[a]->device(d)));
            both(op);
            for (std::size_t d = 0; d < Devices; ++d)
                login(a, d);
            for (const auto kind : {pb::DROP_CONTACT, pb::DROP_GROUP, pb::DROP_SELF}) {
                m_drops.push_back({a, TestDrop::of(m_random, *m_accounts[a])});
                both(PutDrop{m_refs[a], m_drops.back().drop.put(kind), {}});
            }
        }
    }

    /// A few random operations in one commit.
    void step() {
        std::vector<Operation> batch(1 + m_random.below(6));
        for (Operation& operation : batch)
            operation.body = anything();
        if (m_random.below(4) == 0)
            advance(std::chrono::minutes(m_random.below(600)));
        execute(batch);
    }
    void advance(Millis by) {
        m_memory.clock.advance(by);
        m_sqlite.clock.advance(by);
    }
    StoreFixture& sqlite() { return m_sqlite; }

    /// Empty when every mailbox of `store` holds exactly what the model says.
    QByteArray compare(MailStore& store) {
        for (const auto& [mailbox, expected] : m_model) {
            Operation operation;
            operation.body = FetchItems{mailbox, 0, 100'000, 1ULL << 40U, {}};
            if (!store.execute({&operation, 1}))
                return "the store failed";
            std::vector<Held> found;
            for (const auto& item : std::get<FetchItems>(operation.body).outcome.items)
                found.push_back({item.seq, item.envelope, item.body, item.expiresMinute});
            std::vector<Held> living;
            for (const Held& held : expected)
                if (held.expires > toMinute(m_memory.clock.wall()))
                    living.push_back(held);
            if (found != living)
                return "a mailbox holds " + QByteArray::number(found.size()) + " items, the model " +
                       QByteArray::number(living.size());
        }
        return {};
    }
    /// Items and bytes of every mailbox, as the store says and as the model counts. After a sweep.
    void checkCounters() {
        both(Sweep{});
        for (auto& [mailbox, held] : m_model)
            std::erase_if(held, [this](const Held& h) { return h.expires <= toMinute(m_memory.clock.wall()); });
        for (std::size_t a = 0; a < Accounts; ++a)
            for (std::size_t d = 0; d < Devices; ++d) {
                const auto outcome = login(a, d);
                std::uint64_t bytes = 0;
                for (const Held& held : m_model[outcome.mailbox])
                    bytes += held.body.size();
                QCOMPARE(outcome.items, static_cast<std::uint32_t>(m_model[outcome.mailbox].size()));
                QCOMPARE(outcome.bytes, bytes);
            }
    }
    std::map<MailboxId, std::vector<Held>> model() const { return m_model; }

private:
    struct Drop {
        std::size_t owner;
        TestDrop drop;
    };

    static MailPolicy policy() {
        MailPolicy policy = MailPolicy::withoutRates();
        policy.mailboxItems = 14;
        policy.mailboxBytes = 3'000;
        policy.sweepRows = 100'000;
        return policy;
    }

    template <typename Op>
    typename Op::Outcome both(const Op& op) {
        std::vector<Operation> batch(1);
        batch[0].body = op;
        execute(batch);
        return std::get<Op>(batch[0].body).outcome;
    }
    OpenLease::Outcome login(std::size_t account, std::size_t device) {
        OpenLease op;
        op.account = m_accounts[account]->id();
        op.device = m_accounts[account]->device(device);
        op.login = m_accounts[account]->login(op.device).publicKey();
        const auto outcome = both(op);
        m_refs[account] = outcome.ref;
        return outcome;
    }

    OperationBody anything() {
        const std::uint64_t dice = m_random.below(100);
        if (dice < 45)
            return aSend();
        if (dice < 65)
            return anAck();
        if (dice < 72) {
            OpenLease op;
            const std::size_t account = m_random.below(Accounts);
            op.account = m_accounts[account]->id();
            op.device = m_accounts[account]->device(m_random.below(Devices));
            op.login = m_accounts[account]->login(op.device).publicKey();
            return op;
        }
        if (dice < 80) {
            PutKeys op;
            op.mailbox = someMailbox();
            for (std::uint64_t i = m_random.below(4); i > 0; --i) {
                op.oneTimeKeys.emplace_back().set_opk_id(++m_lastKey);
                op.oneTimeKeys.back().set_opk(m_random.id<Hash32>().str());
            }
            op.replace = m_random.below(8) == 0;
            return op;
        }
        if (dice < 88) {
            const Drop& drop = m_drops[m_random.below(m_drops.size())];
            TakeBundles op;
            op.drop = drop.drop.id;
            op.authority = StoreFixture::by(drop.drop);
            op.knownVersion = m_random.below(2);
            return op;
        }
        if (dice < 91) {
            const Drop& drop = m_drops[m_random.below(m_drops.size())];
            if (m_random.below(6) == 0)
                return DeleteDrop{m_refs[drop.owner], drop.drop.id, {}};
            pb::DropPut put = drop.drop.put(pb::DROP_CONTACT, static_cast<std::uint32_t>(2 + m_random.below(9)));
            put.set_max_items(static_cast<std::uint32_t>(m_random.below(5)));
            return PutDrop{m_refs[drop.owner], put, {}};
        }
        if (dice < 94)
            return ListDrops{m_refs[m_random.below(Accounts)], {}, {}};
        if (dice < 97)
            return CountAll{};
        return Sweep{};
    }
    EnqueueItems aSend() {
        if (!m_sent.empty() && m_random.below(4) == 0)
            return m_sent[m_random.below(m_sent.size())]; // a repeat
        const Drop& drop = m_drops[m_random.below(m_drops.size())];
        EnqueueItems op;
        op.drop = drop.drop.id;
        op.authority = StoreFixture::by(drop.drop);
        if (m_random.below(20) == 0)
            op.authority.tokenHash = {};
        op.envelope = m_random.id<EnvelopeId>();
        op.manifestVersion = m_random.below(20) == 0 ? 0 : 1;
        op.ttlSeconds = static_cast<std::uint32_t>(m_random.below(200'000));
        op.kind = m_random.below(10) == 0 ? EnqueueItems::Kind::Live : EnqueueItems::Kind::Durable;
        for (std::size_t d = 0; d < Devices; ++d)
            if (m_random.below(3) != 0 || op.items.empty())
                op.items.push_back(
                    {m_accounts[drop.owner]->device(d), toString(m_random.bytes(1 + m_random.below(400)))});
        m_sent.push_back(op);
        return op;
    }
    AcknowledgeItems anAck() {
        const MailboxId mailbox = someMailbox();
        const Session& session = m_sessions[mailbox];
        const std::vector<Held>& held = m_model[mailbox];
        AcknowledgeItems op;
        op.mailbox = mailbox;
        op.lease = session.lease - (m_random.below(10) == 0 ? 1 : 0);
        op.epoch = session.epoch + (m_random.below(15) == 0 ? 1 : 0);
        op.pushedUpTo = held.empty() ? 0 : held[m_random.below(held.size())].seq;
        op.upTo = held.empty() ? m_random.below(1000) : held[m_random.below(held.size())].seq + m_random.below(2);
        for (std::uint64_t i = m_random.below(3); i > 0 && !held.empty(); --i)
            op.also.push_back(held[m_random.below(held.size())].seq);
        op.clearMarks = m_random.below(5) == 0;
        return op;
    }
    MailboxId someMailbox() {
        auto at = m_sessions.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(m_random.below(m_sessions.size())));
        return at->first;
    }

    void execute(std::vector<Operation>& batch) {
        std::vector<Operation> copy = batch;
        VERIFY_OK(m_memory.store().execute(batch));
        VERIFY_OK(m_sqlite.store().execute(copy));
        for (std::size_t i = 0; i < batch.size(); ++i) {
            QCOMPARE(describe(batch[i]), describe(copy[i]));
            std::visit([this](const auto& op) { observe(op); }, batch[i].body);
        }
    }

    // What the promises say about each outcome
    void observe(const EnqueueItems& op) {
        const auto& outcome = op.outcome;
        if (outcome.isDuplicate)
            QVERIFY(m_stored.contains({op.drop, op.envelope}));
        if (!outcome.answer.isDone() || outcome.isDuplicate || op.kind == EnqueueItems::Kind::Live)
            return;
        QVERIFY2(m_stored.insert({op.drop, op.envelope}).second, "one envelope was stored twice");
        QVERIFY(!outcome.placed.empty());
        for (const auto& placed : outcome.placed) {
            std::uint64_t& last = m_lastSeq[placed.mailbox];
            QVERIFY2(placed.seq > last, "seq must rise");
            last = placed.seq;
            m_model[placed.mailbox].push_back(
                {placed.seq, op.envelope, op.items[placed.item].body, outcome.expiresMinute});
        }
    }
    void observe(const AcknowledgeItems& op) {
        const Session& session = m_sessions[op.mailbox];
        if (op.lease != session.lease || op.epoch != session.epoch)
            return;
        const std::uint64_t upTo = std::min(op.upTo, op.pushedUpTo);
        std::erase_if(m_model[op.mailbox], [&](const Held& held) {
            const bool named = std::find(op.also.begin(), op.also.end(), held.seq) != op.also.end();
            return held.seq <= upTo || (named && held.seq <= op.pushedUpTo);
        });
    }
    void observe(const OpenLease& op) {
        Session& session = m_sessions[op.outcome.mailbox];
        QVERIFY(op.outcome.lease > session.lease);
        session = {op.outcome.mailbox, op.outcome.lease, op.outcome.currentEpoch, 0, true};
    }
    void observe(const TakeBundles& op) {
        for (const pb::Bundle& bundle : op.outcome.bundles)
            if (!bundle.opk().empty())
                QVERIFY2(m_handedOut.insert(bundle.opk()).second, "a one-time key was handed out twice");
    }
    template <typename Op>
    void observe(const Op&) {}

    static QByteArray text(const Answer& answer) {
        return QByteArray::number(static_cast<int>(answer.code)) + ' ' + QByteArray::number(answer.retryAfterMs) + ' ' +
               QByteArray::number(qulonglong{answer.current}) + (answer.manifest ? " m" : "");
    }
    static QByteArray describe(const Operation& operation) {
        return std::visit([](const auto& op) { return describe(op.outcome); }, operation.body);
    }
    static QByteArray describe(const EnqueueItems::Outcome& o) {
        QByteArray out = text(o.answer) + (o.isDuplicate ? " dup" : "") + (o.becameFull ? " full" : "");
        for (const auto& placed : o.placed)
            out +=
                ' ' + QByteArray::number(qlonglong(placed.mailbox)) + ':' + QByteArray::number(qulonglong{placed.seq});
        return out;
    }
    static QByteArray describe(const AcknowledgeItems::Outcome& o) {
        QByteArray out;
        for (const DropId& drop : o.resumed)
            out += drop.bytes().toHex();
        return out;
    }
    static QByteArray describe(const OpenLease::Outcome& o) {
        QByteArray out = text(o.answer) + ' ' + QByteArray::number(qulonglong{o.lease}) + ' ' +
                         QByteArray::number(o.currentEpoch) + ' ' + QByteArray::number(qulonglong{o.headSeq}) + ' ' +
                         QByteArray::number(o.items) + ' ' + QByteArray::number(qulonglong{o.bytes}) + ' ' +
                         QByteArray::number(o.oneTimeKeys) + (o.isLagged ? " lagged" : "");
        for (const auto* list : {&o.skipped, &o.full, &o.paused}) {
            out += '|';
            for (const DropId& drop : *list)
                out += drop.bytes().toHex();
        }
        for (const DropEntry& drop : o.drops)
            out += drop.drop.bytes().toHex() + QByteArray::number(drop.version);
        return out;
    }
    static QByteArray describe(const TakeBundles::Outcome& o) {
        QByteArray out = text(o.answer) + (o.newer ? " newer" : "");
        for (const pb::Bundle& bundle : o.bundles)
            out += toByteArray(view(bundle.SerializeAsString())).toHex();
        return out;
    }
    static QByteArray describe(const ListDrops::Outcome& o) {
        QByteArray out;
        for (const pb::DropPut& drop : o.drops)
            out += toByteArray(view(drop.SerializeAsString())).toHex();
        return out;
    }
    static QByteArray describe(const PutKeys::Outcome& o) { return text(o.answer) + QByteArray::number(o.held); }
    static QByteArray describe(const PutDrop::Outcome& o) { return text(o.answer) + (o.becamePaused ? " paused" : ""); }
    static QByteArray describe(const CountAll::Outcome& o) {
        return QByteArray::number(qlonglong{o.items}) + ' ' + QByteArray::number(qlonglong{o.bytes}) + ' ' +
               QByteArray::number(qlonglong{o.drops});
    }
    template <typename Outcome>
    static QByteArray describe(const Outcome&) {
        return {};
    }

    StoreFixture m_memory;
    StoreFixture m_sqlite;
    SeededRandom m_random;
    std::vector<std::unique_ptr<TestAccount>> m_accounts;
    std::vector<Drop> m_drops;
    std::vector<EnqueueItems> m_sent;
    std::map<std::size_t, AccountRef> m_refs;
    std::map<MailboxId, Session> m_sessions;
    std::map<MailboxId, std::vector<Held>> m_model;
    std::map<MailboxId, std::uint64_t> m_lastSeq;
    std::set<std::pair<DropId, EnvelopeId>> m_stored;
    std::set<std::string> m_handedOut;
    std::uint32_t m_lastKey = 0;
};

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
void writeFile(const QString& path, const QByteArray& content) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write a copy of the store");
}

/// What is on disk after a kill: the file and its write-ahead log, as they are now.
struct Copy {
    QByteArray database;
    QByteArray log;

    static Copy of(const QString& folder) {
        return {contentOf(folder + QStringLiteral("/relay.db")), contentOf(folder + QStringLiteral("/relay.db-wal"))};
    }
    void put(const QString& folder) const {
        writeFile(folder + QStringLiteral("/relay.db"), database);
        writeFile(folder + QStringLiteral("/relay.db-wal"), log);
    }
};

} // namespace

class TestRandom : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bothStoresKeepTheirPromisesUnderRandomOperations() {
        for (std::uint64_t round = 0; round < 3; ++round) {
            RandomRun run(seed() + round);
            for (int step = 0; step < 150; ++step) {
                run.step();
                if (QTest::currentTestFailed())
                    return;
                if (step % 10 == 0)
                    run.sqlite().reopen();
                if (step % 25 == 0) {
                    QCOMPARE(run.compare(run.sqlite().store()), QByteArray());
                    run.checkCounters();
                }
            }
            run.advance(std::chrono::hours(24 * 40));
            run.checkCounters();
        }
    }
    void aKillAfterAnyCommitLosesNothing() {
        RandomRun run(seed() + 100);
        for (int step = 0; step < 40; ++step) {
            run.step();
            const QTemporaryDir folder;
            Copy::of(run.sqlite().folder()).put(folder.path());
            auto revived = run.sqlite().open(folder.path());
            VERIFY_OK(revived);
            QCOMPARE(run.compare(**revived), QByteArray());
        }
    }
    void aLogCutAnywhereIsSomeEarlierCommitAsAWhole() {
        SeededRandom random(seed() + 200);
        RandomRun run(seed() + 200);
        run.sqlite().reopen(); // the log is in the file now, and what follows stays in the log
        std::vector<std::map<MailboxId, std::vector<Held>>> states{run.model()};
        for (int step = 0; step < 30; ++step) {
            run.step();
            states.push_back(run.model());
        }
        const Copy whole = Copy::of(run.sqlite().folder());
        QVERIFY(whole.log.size() > 4096);
        for (int round = 0; round < 15; ++round) {
            const QTemporaryDir folder;
            Copy cut = whole;
            cut.log.truncate(static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(whole.log.size()))));
            cut.put(folder.path());
            auto revived = run.sqlite().open(folder.path());
            VERIFY_OK(revived);
            const bool isSome = std::any_of(states.begin(), states.end(), [&](const auto& state) {
                return std::all_of(state.begin(), state.end(), [&](const auto& entry) {
                    Operation operation;
                    operation.body = FetchItems{entry.first, 0, 100'000, 1ULL << 40U, {}};
                    if (!(*revived)->execute({&operation, 1}))
                        return false;
                    std::vector<std::uint64_t> found;
                    for (const auto& item : std::get<FetchItems>(operation.body).outcome.items)
                        found.push_back(item.seq);
                    std::vector<std::uint64_t> expected;
                    for (const Held& held : entry.second)
                        if (held.expires > toMinute(run.sqlite().clock.wall()))
                            expected.push_back(held.seq);
                    return found == expected;
                });
            });
            QVERIFY2(isSome, "half a batch was stored");
        }
    }
};

KITH_TEST(TestRandom)
#include "test_random.moc"
