// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/events.h"
#include "tests/unit/store/test_profile.h"

#include <QFileInfo>
#include <QScopeGuard>

#include <csignal>
#include <sys/resource.h>

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

/// A profile, and in which order it told what.
struct Told : TestProfile {
    /// One unit that appends one event named `name` and notes its outcome.
    Result<void> unit(const QString& name) {
        return store->unit([&](Unit& unit) -> Result<void> {
            TRY(unit.append(requestReceived(random.id<AccountId>(), name)));
            note(unit, name);
            return {};
        });
    }
    void note(Unit& unit, const QString& name) {
        unit.afterCommit([this, name](const Result<void>& outcome) {
            told += name + (outcome ? QStringLiteral(" done") : u' ' + codeName(outcome.error().code));
        });
    }
    /// "a+b" for the two events of one commit.
    void listen() {
        store->setListener([this](const std::vector<StoredEvent>& events) {
            QStringList names;
            for (const StoredEvent& stored : events)
                names += QString::fromStdString(stored.event.request_received().name());
            told += names.join(u'+');
        });
    }
    Result<void> start() {
        TRY(createAndOpen());
        listen();
        return {};
    }

    SeededRandom random{seed()};
    QStringList told;
};

QStringList list(const char* words) {
    return QString::fromLatin1(words).split(QStringLiteral(", "));
}

Error refusal() {
    return fail(Code::Denied, QStringLiteral("says the test"));
}

/// From now on a commit fails: a row without its parent is found out only then.
Result<void> makeCommitsFail(sqlite::Database& db) {
    TRY(db.exec("CREATE TABLE parent(id INTEGER PRIMARY KEY); "
                "CREATE TABLE child(parent INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)"));
    return {};
}
Result<void> orphan(Unit& unit) {
    return unit.db().run("INSERT INTO child(parent) VALUES(1)");
}

} // namespace

/// Write, commit, then tell: what a unit may rely on, whatever the other units of its transaction do.
class StoreUnitsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void unitsOfOneTurnShareACommitAndAreToldInOrder() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        VERIFY_OK(profile.unit(QStringLiteral("c")));
        QCOMPARE(profile.told, QStringList());
        QCOMPARE(profile.committedEvents().value_or(-1), 0);
        profile.scheduler.run(2); // one function posted, and no more
        QCOMPARE(profile.told, list("a+b+c, a done, b done, c done"));
        QCOMPARE(profile.committedEvents().value_or(-1), 3);
        VERIFY_OK(profile.unit(QStringLiteral("d")));
        profile.scheduler.run();
        QCOMPARE(profile.told.mid(4), list("d, d done"));
    }

    void whatIsToldIsCommitted() {
        Told profile;
        VERIFY_OK(profile.start());
        qint64 seenByListener = 0;
        qint64 seenByAction = 0;
        profile.store->setListener(
            [&](const std::vector<StoredEvent>&) { seenByListener = profile.committedEvents().value_or(-1); });
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            TRY(unit.append(requestReceived(AccountId(), QStringLiteral("a"))));
            unit.afterCommit([&](const Result<void>&) { seenByAction = profile.committedEvents().value_or(-1); });
            return {};
        }));
        profile.scheduler.run();
        QCOMPARE(seenByListener, 1);
        QCOMPARE(seenByAction, 1);
    }

    void errorUndoesItsOwnUnitOnly() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_CODE(profile.store->unit([&](Unit& unit) -> Result<void> {
            TRY(unit.append(requestReceived(profile.random.id<AccountId>(), QStringLiteral("lost"))));
            profile.note(unit, QStringLiteral("lost"));
            return refusal();
        }),
                    Code::Denied);
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("a+b, a done, b done"));
        // The numbers of events have no holes: a view that misses one asks again.
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 2);
        QCOMPARE(queries::contacts(profile.store->db())->size(), std::size_t(2));
    }

    void failedAppendLeavesNothingOfItself() {
        Told profile;
        VERIFY_OK(profile.start());
        const auto contact = profile.random.id<AccountId>();
        const auto id = profile.random.id<MessageId>();
        VERIFY_OK(profile.append({received(conversationWith(contact), contact, id, 1000)}));
        // A unit may take "it is there already" for an answer and go on.
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            const auto again = unit.append(received(conversationWith(contact), contact, id, 1000));
            if (again || again.error().code != Code::Duplicate)
                return refusal();
            return unit.db().run("INSERT INTO meta(name, value) VALUES('went on', x'')");
        }));
        profile.scheduler.run();
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 1);
        QCOMPARE(profile.store->db().integer("SELECT count(*) FROM meta").value_or(-1), 1);
        QCOMPARE(queries::conversations(profile.store->db())->front().unread, 1);
        VERIFY_OK(profile.store->rebuild());
    }

    void malformedEventIsRefused() {
        Told profile;
        VERIFY_OK(profile.start());
        const auto contact = profile.random.id<AccountId>();
        auto shortAuthor = received(conversationWith(contact), contact, profile.random.id<MessageId>(), 1000);
        shortAuthor.mutable_message_received()->set_author("short");
        auto noAccount = requestAccepted(contact);
        noAccount.mutable_request_accepted()->set_account("short");
        for (const auto& event : {shortAuthor, noAccount})
            VERIFY_CODE(profile.append({event}), Code::Invalid);
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 0);
    }

    void failedCommitTellsEveryUnitAndLeavesNothing() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(makeCommitsFail(profile.store->db()));
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_OK(profile.store->unit(orphan));
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("a Invalid, b Invalid"));
        QCOMPARE(profile.committedEvents().value_or(-1), 0);
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 0);
        QCOMPARE(queries::contacts(profile.store->db())->size(), std::size_t(0));
        VERIFY_OK(profile.unit(QStringLiteral("c"))); // and life goes on
        profile.scheduler.run();
        QCOMPARE(profile.told.mid(2), list("c, c done"));
        VERIFY_OK(profile.store->rebuild());
    }

    void writeErrorInTheCommitTellsEveryUnitAndLeavesNothing() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.unit(QStringLiteral("kept")));
        profile.scheduler.run();
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        {
            const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
            rlimit before{};
            ::getrlimit(RLIMIT_FSIZE, &before);
            const rlimit small{static_cast<rlim_t>(QFileInfo(profile.paths.database() + QStringLiteral("-wal")).size()),
                               before.rlim_max};
            ::setrlimit(RLIMIT_FSIZE, &small);
            const auto restore = qScopeGuard([&] {
                ::setrlimit(RLIMIT_FSIZE, &before);
                std::signal(SIGXFSZ, oldHandler);
            });
            profile.scheduler.run();
        }
        QCOMPARE(profile.told, list("kept, kept done, a Unavailable, b Unavailable"));
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 1);
        VERIFY_OK(profile.unit(QStringLiteral("c")));
        profile.scheduler.run();
        VERIFY_OK(profile.open());
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 2);
        VERIFY_OK(profile.store->rebuild());
        VERIFY_OK(profile.store->db().integrityCheck());
    }

    void fullDiskEndsTheTransactionAndTheNextUnitBeginsAnew() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.store->db().exec("PRAGMA max_page_count=80"));
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_CODE(profile.store->unit([](Unit& unit) {
            return unit.db().run("INSERT INTO meta(name, value) VALUES('big', zeroblob(1000000))");
        }),
                    Code::Full);
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("a Full, b, b done"));
        QCOMPARE(profile.committedEvents().value_or(-1), 1);
    }

    void sixtyFourUnitsCloseATransaction() {
        Told profile;
        VERIFY_OK(profile.start());
        for (int i = 0; i < 63; ++i)
            VERIFY_OK(profile.unit(QStringLiteral("x")));
        QCOMPARE(profile.committedEvents().value_or(-1), 0);
        VERIFY_OK(profile.unit(QStringLiteral("x")));
        QCOMPARE(profile.committedEvents().value_or(-1), 64);
        QCOMPARE(profile.told, QStringList()); // told in a later turn all the same
        VERIFY_OK(profile.unit(QStringLiteral("y")));
        profile.scheduler.run();
        QCOMPARE(profile.told.size(), 1 + 64 + 1 + 1);
        QCOMPARE(profile.told.mid(65), list("y, y done"));
    }

    void eightMillisecondsCloseATransaction() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        profile.clock.advance(Millis(7));
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        QCOMPARE(profile.committedEvents().value_or(-1), 0);
        profile.clock.advance(Millis(1));
        VERIFY_OK(profile.unit(QStringLiteral("c")));
        QCOMPARE(profile.committedEvents().value_or(-1), 3);
    }

    void commitNowTellsInALaterTurn() {
        Told profile;
        VERIFY_OK(profile.start());
        profile.store->commitNow(); // nothing is open
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        profile.store->commitNow();
        QCOMPARE(profile.committedEvents().value_or(-1), 1);
        QCOMPARE(profile.told, QStringList());
        profile.scheduler.run();
        QCOMPARE(profile.told, list("a, a done"));
    }

    void whatAnActionWritesIsToldAfterTheActionsOfItsTurn() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            unit.afterCommit([&](const Result<void>&) {
                QVERIFY(profile.unit(QStringLiteral("inner")));
                profile.store->commitNow();
            });
            return {};
        }));
        VERIFY_OK(profile.unit(QStringLiteral("outer")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("outer, outer done, inner, inner done"));
    }

    void storeMayEndInsideAnAction() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            unit.afterCommit([&](const Result<void>&) {
                profile.told += QStringLiteral("end");
                profile.store.reset();
            });
            return {};
        }));
        VERIFY_OK(profile.unit(QStringLiteral("never told")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("never told, end"));
        VERIFY_OK(profile.open());
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 1);
    }

    void storeMayEndInsideItsListener() {
        Told profile;
        VERIFY_OK(profile.start());
        profile.store->setListener([&profile](const std::vector<StoredEvent>& events) {
            profile.store.reset();
            profile.told += QString::number(events.size()); // what it was given is still there
        });
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("1"));
    }

    void listenerMayBeReplacedOrTakenAway() {
        Told profile;
        VERIFY_OK(profile.start());
        profile.store->setListener([&profile](const std::vector<StoredEvent>&) { profile.listen(); });
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        profile.store->commitNow();
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("a done, b, b done"));
        VERIFY_OK(profile.unit(QStringLiteral("c")));
        profile.store->setListener({});
        profile.scheduler.run();
        QCOMPARE(profile.told.mid(3), list("c done"));
    }

    void closeTellsWhatIsDueAndRefusesMore() {
        Told profile;
        VERIFY_OK(profile.start());
        Result<void> late;
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            unit.afterCommit([&](const Result<void>&) { late = profile.unit(QStringLiteral("late")); });
            return {};
        }));
        profile.store->close();
        QCOMPARE(profile.told, list("a, a done"));
        VERIFY_CODE(late, Code::Unavailable);
        VERIFY_CODE(profile.unit(QStringLiteral("later")), Code::Unavailable);
        QCOMPARE(QFileInfo(profile.paths.database() + QStringLiteral("-wal")).size(), 0);
        profile.scheduler.run();
        QCOMPARE(profile.told.size(), 2);
    }

    void closeInsideAnActionKeepsTheOrder() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            unit.afterCommit([&](const Result<void>&) {
                QVERIFY(profile.unit(QStringLiteral("c")));
                profile.store->close();
                profile.told += QStringLiteral("closed");
            });
            return {};
        }));
        VERIFY_OK(profile.unit(QStringLiteral("b")));
        profile.scheduler.run();
        QCOMPARE(profile.told, list("b, b done, c, c done, closed"));
    }

    void closeMayEndTheStore() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.store->unit([&](Unit& unit) -> Result<void> {
            unit.afterCommit([&](const Result<void>&) { profile.store.reset(); });
            return {};
        }));
        profile.store->close();
        QVERIFY(!profile.store);
    }

    void uncommittedUnitsOfADestroyedStoreNeverHappened() {
        Told profile;
        VERIFY_OK(profile.start());
        VERIFY_OK(profile.unit(QStringLiteral("a")));
        profile.store.reset();
        profile.scheduler.run();
        QCOMPARE(profile.told, QStringList());
        VERIFY_OK(profile.open());
        QCOMPARE(queries::lastEvent(profile.store->db()).value_or(-1), 0);
    }
};

KITH_TEST(StoreUnitsTest)
#include "test_units.moc"
