// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/profile_store.h"
#include "core/store/reads/queries.h"
#include "tests/support/fakes.h"
#include "tests/support/sim_scheduler.h"
#include "tests/support/test_main.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

namespace kith::test {

inline QByteArray readFile(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline void overwriteFile(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    INVARIANT(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(bytes) == bytes.size());
}

/// A profile in a scratch folder, with a clock that stands still and an event loop that runs when told.
struct TestProfile {
    Result<void> create(const std::function<Result<void>(sqlite::Database&)>& fill = {}) const {
        return store::ProfileStore::create(paths, header, master, clock,
                                           [&](store::Unit& unit) { return fill ? fill(unit.db()) : Result<void>(); });
    }
    /// Again, when it was open: what it has is committed first.
    Result<void> open() {
        if (store)
            store->close();
        store.reset();
        TRY_ASSIGN(store, store::ProfileStore::open(paths, master, clock, scheduler));
        return {};
    }
    /// A new profile from a copy: making one waits for the disk a dozen times.
    Result<void> createAndOpen() {
        static const auto made = []() -> Result<std::pair<QByteArray, SecretBytes>> {
            TestProfile first;
            TRY(first.create());
            return std::pair(readFile(first.paths.database()), std::move(first.master));
        }();
        if (!made)
            return made.error();
        TRY(platform::makePrivateFolder(paths.folder));
        overwriteFile(paths.header(), header);
        overwriteFile(paths.database(), made->first);
        master = made->second.clone();
        return open();
    }
    /// One unit that appends these. The store's own connection sees them at once; the commit waits for the end of the
    /// turn, so a test that does not need it waits for no disk.
    Result<void> append(const std::vector<store::pb::Event>& events) {
        return store->unit([&](store::Unit& unit) -> Result<void> {
            for (const auto& event : events)
                TRY(unit.append(event));
            return {};
        });
    }
    /// What a second connection sees: only what is committed.
    Result<std::int64_t> committedEvents() const {
        TRY_ASSIGN(auto reader, store::ProfileStore::openReader(paths, master));
        return store::queries::lastEvent(reader);
    }

    QTemporaryDir folder;
    store::ProfilePaths paths{folder.filePath(QStringLiteral("profile"))};
    QByteArray header = "KITH, says the test";
    SecretBytes master = SystemRandom().secret(32);
    FakeClock clock;
    SimScheduler scheduler{clock};
    std::unique_ptr<store::ProfileStore> store;
};

/// The tables of a new profile inside one transaction that is never committed: such a test waits for no disk.
struct TestTables {
    TestProfile profile;
    sqlite::Database& db{opened(profile)};
    sqlite::Transaction transaction{*sqlite::Transaction::begin(db)};
    SeededRandom random{seed()};
    WallTime now = profile.clock.wall();

private:
    static sqlite::Database& opened(TestProfile& profile) {
        INVARIANT(profile.createAndOpen().has_value());
        return profile.store->db();
    }
};

} // namespace kith::test
