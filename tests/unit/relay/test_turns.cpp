// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/memory_mail_store.h"
#include "core/relay/server/store_side.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

namespace kith::test {

using namespace relay;

/// Who gets its turn when the store has more to do than one commit takes.
class TestTurns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void connectionsTakeTurnsInTheStore() {
        const FakeClock clock;
        StoreSide side(std::make_unique<MemoryMailStore>(clock));
        std::vector<std::pair<std::uint64_t, std::uint64_t>> done; // connection, request
        std::vector<std::size_t> commits;
        side.setListener([&](StoreSide::Batch batch, const Result<void>&) {
            commits.push_back(batch.size());
            for (const Operation& operation : batch)
                done.emplace_back(operation.connection, operation.request);
        });
        StoreSide::Batch batch;
        const auto ask = [&batch](std::uint64_t connection, std::uint64_t request) {
            batch.push_back({connection, request, 0, CountAll{}});
        };
        constexpr std::uint64_t Greedy = 1'000;
        for (std::uint64_t i = 0; i < Greedy; ++i)
            ask(1, i);
        for (std::uint64_t connection = 2; connection < 12; ++connection)
            ask(connection, 0);
        ask(2, 1);
        side.submit(std::move(batch));
        QVERIFY(QTest::qWaitFor([&] { return done.size() == Greedy + 11; }));
        const auto first = static_cast<std::ptrdiff_t>(commits.front());
        for (std::uint64_t connection = 2; connection < 12; ++connection)
            QVERIFY(std::find(done.begin(), done.begin() + first, std::pair(connection, std::uint64_t{0})) !=
                    done.begin() + first);
        std::map<std::uint64_t, std::uint64_t> next; // of one connection everything is done in order
        for (const auto& [connection, request] : done)
            QCOMPARE(request, next[connection]++);
    }
};

KITH_TEST(TestTurns)

} // namespace kith::test

#include "test_turns.moc"
