// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a story and leaves the profiles of its people in a folder, for programs of later days to open:
//   build/dev/bin/kith-make-profiles tests/migration/profiles-N        (N: the newest step of resources/sql/profile)
#include "tests/migration/past.h"
#include "tests/support/test_main.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

using namespace kith;
using namespace kith::test;

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// As the programs do it, with somebody who waits for the answer.
void sendText(SimPerson& from, const SimPerson& to, const QString& text, std::optional<MessageId> replyTo) {
    from->messages().sendText(conversationWith(to.account()), text, SystemRandom().id<MessageId>(),
                              client::DeliveryState::Queued, replyTo, client::api::DraftThen::Removed,
                              [](const Result<client::DeliveryState>& queued) { INVARIANT(queued); });
}

MessageId lastId(SimPerson& of, const SimPerson& with) {
    return of.history(with).back().id;
}

/// `asking` writes to somebody by their link and is not answered.
void ask(SimWorld& world, SimPerson& asked, SimPerson& asking, const QString& text) {
    std::optional<wire::ContactLink> link;
    asked->links().create(false, [&link](const Result<wire::ContactLink>& made) {
        INVARIANT(made);
        link = *made;
    });
    const bool made = world.runUntil([&link] { return link.has_value(); });
    INVARIANT(made);
    bool requested = false;
    asking->contacts().add(*link, text, [&requested](const Result<store::ContactRow>& row) {
        INVARIANT(row);
        requested = true;
    });
    const bool arrived = world.runUntil([&requested] { return requested; });
    INVARIANT(arrived);
    world.run(seconds(30));
}

void play(SimWorld& world) {
    const auto done = [](const Result<void>& result) { INVARIANT(result); };
    SimRelay& relay = world.addRelay();
    SimPerson& ann = world.addMember(QStringLiteral("Ann"), relay);
    SimPerson& bob = world.addMember(QStringLiteral("Bob"), relay);
    SimPerson& cleo = world.addMember(QStringLiteral("Cleo"), relay);
    SimPerson& dan = world.addMember(QStringLiteral("Dan"), relay);
    world.befriend(ann, bob);
    world.befriend(ann, cleo);
    ann->contacts().setVerified(bob.account(), true, done);

    ask(world, bob, cleo, QStringLiteral("a friend of Ann"));

    // Never leaves, and fails after 30 days; one of the two is sent again. Cleo is away until the last evening.
    cleo.quit();
    ann.line().setUp(false);
    ann.send(cleo, QStringLiteral("the boat leaves at nine"));
    ann.send(cleo, QStringLiteral("bring a coat"));
    const MessageId again = lastId(ann, cleo);
    world.run(hours(24 * 31));
    ann->messages().retry(conversationWith(cleo.account()), again, done);
    world.run(seconds(5));
    ann.line().setUp(true);
    world.run(minutes(10));
    ann.line().setUp(false);

    for (int i = 0; i < 40; ++i) {
        bob.send(ann, QStringLiteral("step %1: left at the old mill, then along the wall").arg(i));
        world.run(seconds(20));
    }
    ann.line().setUp(true);
    world.run(minutes(5));
    sendText(ann, bob, QStringLiteral("that is a long way"), lastId(ann, bob));
    world.run(minutes(1));
    ann->messages().markRead(conversationWith(bob.account()), ann.history(bob).at(20).seq, done);
    ann.clock().setSkew(hours(24 * 400)); // a day when her clock was wrong
    ann.send(bob, QStringLiteral("what day is it?"));
    world.run(minutes(1));
    ann.clock().setSkew(Millis(0));

    ask(world, ann, dan, QStringLiteral("we met at the harbour"));

    // The relay loses a day: what was in it is missing for good until its author hears of it.
    ann.quit();
    const relay::MemoryMailStore backup(world.clock, relay.options().policy, relay.store());
    bob.send(ann, QStringLiteral("this one is lost"));
    world.run(minutes(1));
    relay.restore(backup);
    world.run(minutes(2));
    bob.send(ann, QStringLiteral("and this one came"));
    world.run(minutes(2));
    bob.quit();
    ann.open();
    world.run(hours(2));

    // What is still to be done on the last evening.
    ann->messages().setDraft(conversationWith(cleo.account()), QStringLiteral("dear Cleo,\nthe"), done);
    relay.crash();
    ann.send(bob, QStringLiteral("are you still there?"));
    ann.send(bob, QStringLiteral("write when you can"));
    cleo.open();
    cleo.send(ann, QStringLiteral("I am on my way"));
    world.run(minutes(2));
    bob.open();
    world.run(seconds(1));
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    if (argc != 2)
        qFatal("usage: kith-make-profiles FOLDER");
    const QString folder = QString::fromLocal8Bit(argv[1]);
    SimWorld world(20'260'101);
    play(world);
    past::save(world, folder);
    SimWorld later(1, past::load(folder)); // as it will be read
    for (const auto& person : later.people) {
        QFile file(folder + u'/' + person->name() + QStringLiteral(".txt"));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write there");
        file.write(past::describe(*person).toUtf8());
    }
    return 0;
}
