// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"
#include "core/relay/mailstore/sqlite_mail_store.h"
#include "tests/support/test_account.h"

#include <QTemporaryDir>
#include <cstdio>
#include <chrono>

using namespace kith;
using namespace kith::relay;

int main(int argc, char** argv) {
    const int mailboxes = 16;
    const int batchSize = argc > 1 ? atoi(argv[1]) : 256;
    const int rounds = argc > 2 ? atoi(argv[2]) : 200;
    SystemClock clock;
    test::SeededRandom random(1);
    QTemporaryDir dir(QStringLiteral("/work/wt/relay/build/bench-XXXXXX"));
    SqliteMailStore::Options options;
    options.policy = MailPolicy::withoutRates();
    auto store = SqliteMailStore::open(dir.filePath(QStringLiteral("relay.db")), random.secret(32), SqliteMailStore::Mode::Create, clock, options).value();
    auto run = [&](auto op) { Operation o; o.body = op; if (!store->execute({&o, 1})) abort(); return std::get<decltype(op)>(o.body).outcome; };
    std::vector<test::TestAccount> accounts;
    std::vector<test::TestDrop> drops;
    std::vector<OpenLease::Outcome> sessions;
    for (int i = 0; i < mailboxes; ++i) {
        accounts.emplace_back(random, std::vector<RelayId>{random.id<RelayId>()});
        InviteId id = random.id<InviteId>();
        run(AddInvite{{id, 1, ~0U}, {}});
        RegisterAccount r; r.manifest = {accounts.back().manifest(1), true}; r.invite = id;
        run(r);
        OpenLease l; l.account = accounts.back().id(); l.device = accounts.back().device(); l.login = accounts.back().login(l.device).publicKey();
        sessions.push_back(run(l));
        drops.push_back(test::TestDrop::of(random, accounts.back()));
        run(PutDrop{sessions.back().ref, drops.back().put(pb::DROP_CONTACT), {}});
    }
    std::vector<std::uint64_t> top(mailboxes);
    const std::string body(1024, 'x');
    auto start = std::chrono::steady_clock::now();
    double cpu = platform::threadCpuSeconds();
    long done = 0;
    for (int r = 0; r < rounds; ++r) {
        std::vector<Operation> batch;
        for (int i = 0; i < mailboxes; ++i) if (top[i]) {
            AcknowledgeItems a; a.mailbox = sessions[i].mailbox; a.lease = sessions[i].lease; a.epoch = sessions[i].currentEpoch; a.upTo = a.pushedUpTo = top[i];
            batch.emplace_back().body = a;
        }
        for (int i = 0; i < batchSize; ++i) {
            EnqueueItems e; const int b = i % mailboxes;
            e.drop = drops[b].id; e.authority = {crypto::tokenHash(drops[b].token.view()), {}}; e.envelope = random.id<EnvelopeId>(); e.manifestVersion = 1; e.ttlSeconds = 2592000;
            e.items.push_back({accounts[b].device(), body});
            batch.emplace_back().body = std::move(e);
        }
        if (!store->execute(batch)) abort();
        for (auto& o : batch) if (auto* e = std::get_if<EnqueueItems>(&o.body)) {
            if (!e->outcome.answer.isDone()) { printf("code %d\n", int(e->outcome.answer.code)); abort(); }
            for (auto& p : e->outcome.placed) for (int i = 0; i < mailboxes; ++i) if (sessions[i].mailbox == p.mailbox) top[i] = p.seq;
            ++done;
        }
    }
    double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    printf("%ld sends in %.2f s = %.0f/s, cpu %.1f us/send\n", done, s, done / s, (platform::threadCpuSeconds() - cpu) / done * 1e6);
}
