// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/migration/past.h"
#include "tests/support/test_main.h"

#include <QDir>
#include <QFile>
#include <QTest>

namespace kith::test {

/// Profiles of every schema that was ever in use go on: they show what they showed, and their people can talk.
class TestMigration : public QObject {
    Q_OBJECT

    static QString folderOf(const QString& name) { return QStringLiteral(KITH_SOURCE_DIR "/tests/migration/") + name; }
    static void addRows() {
        QTest::addColumn<QString>("folder");
        const QStringList names = QDir(folderOf({})).entryList({QStringLiteral("profiles-*")}, QDir::Dirs);
        QVERIFY(!names.isEmpty());
        for (const QString& name : names)
            QTest::newRow(qPrintable(name)) << folderOf(name);
    }
    /// What people saw then.
    static QString known(const QString& folder, const SimPerson& person) {
        QFile file(folder + u'/' + person.name() + QStringLiteral(".txt"));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
    static SimPerson& named(SimWorld& world, const char* name) {
        for (const auto& person : world.people)
            if (person->name() == QLatin1String(name))
                return *person;
        qFatal("there is no such person");
    }

private Q_SLOTS:
    void whatWasSeenIsSeen_data() { addRows(); }
    void whatWasSeenIsSeen() {
        QFETCH(QString, folder);
        SimWorld world(seed(), past::load(folder));
        for (const auto& person : world.people)
            QCOMPARE(past::describe(*person).split(u'\n'), known(folder, *person).split(u'\n'));
    }

    void theEventsMakeTheSameTables_data() { addRows(); }
    void theEventsMakeTheSameTables() {
        QFETCH(QString, folder);
        SimWorld world(seed(), past::load(folder));
        for (const auto& person : world.people) {
            VERIFY_OK((*person)->store().rebuild());
            QCOMPARE(past::describe(*person).split(u'\n'), known(folder, *person).split(u'\n'));
        }
    }

    /// Their relay lost everything, so they join it again; then all that waited arrives, and what was lost is repaired
    /// once a later message shows that it is missing.
    void theirPeopleGoOn_data() { addRows(); }
    void theirPeopleGoOn() {
        QFETCH(QString, folder);
        SimWorld world(seed(), past::load(folder));
        SimRelay& relay = world.relay(0);
        // Until everybody's drops are back, nobody hears that there are none.
        relay.meddle = [](wire::pb::Frame& frame) {
            return frame.error().code() != static_cast<std::uint32_t>(wire::WireCode::Denied);
        };
        world.run(std::chrono::seconds(5));
        std::size_t joined = 0;
        for (const auto& person : world.people)
            (*person)->join(relay.invite(), [&joined](const Result<client::Joined>& result) {
                INVARIANT(result);
                ++joined;
            });
        QVERIFY(world.runUntil([&] { return joined == world.people.size(); }));
        world.run(std::chrono::minutes(1));
        relay.meddle = {};
        SimPerson& ann = named(world, "Ann");
        SimPerson& bob = named(world, "Bob");
        SimPerson& cleo = named(world, "Cleo");
        ann->contacts().accept(named(world, "Dan").account(), [](const Result<void>& result) { VERIFY_OK(result); });
        ann.send(cleo, QStringLiteral("see you tonight"));
        const auto hasAll = [](SimPerson& of, SimPerson& with, const QStringList& wanted) {
            const QStringList texts = of.texts(with);
            return std::all_of(wanted.begin(), wanted.end(),
                               [&](const QString& text) { return texts.count(text) == 1; });
        };
        QVERIFY(world.runUntil(
            [&] {
                return hasAll(bob, ann,
                              {QStringLiteral("are you still there?"), QStringLiteral("write when you can")}) &&
                       hasAll(ann, cleo, {QStringLiteral("I am on my way")}) &&
                       hasAll(cleo, ann, {QStringLiteral("see you tonight")}) &&
                       hasAll(ann, bob, {QStringLiteral("this one is lost"), QStringLiteral("and this one came")}) &&
                       hasAll(ann, named(world, "Dan"), {QStringLiteral("we met at the harbour")});
            },
            std::chrono::hours(12)));
        QVERIFY(!ann.texts(bob).contains(QStringLiteral("[gap]")));
        for (const auto& person : world.people)
            VERIFY_OK((*person)->store().rebuild());
    }
};

KITH_TEST(TestMigration)

} // namespace kith::test

#include "test_migration.moc"
