// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sim_world.h"

#include "core/client/account.h"
#include "core/crypto/key_slots.h"
#include "core/store/keys/identity.h"
#include "core/store/reads/queries.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace kith::test {
namespace {

constexpr crypto::KdfParams QuickKdf{19 * 1024, 1, 1};

/// In memory where the system has such a place: processes die here, the machine does not, and waiting for a real disk
/// takes two thirds of a run.
QString scratchTemplate() {
    const QString memory = QStringLiteral("/dev/shm");
    return (QFileInfo(memory).isWritable() ? memory : QDir::tempPath()) + QStringLiteral("/kith-sim-XXXXXX");
}

template <typename R>
auto must(R result) {
    if (!result)
        qFatal("a simulated step failed: %s", errorText(result).constData());
    if constexpr (requires { result.value(); })
        return std::move(result).value();
}

} // namespace

// --- SimPerson -------------------------------------------------------------------------------------------------------

SimPerson::SimPerson(SimWorld& world, const QString& name)
    : m_world(world)
    , m_name(name)
    , m_random(world.random.below(UINT64_MAX))
    , m_clock(world.clock)
    , m_line(world.network)
    , m_paths{world.folder.filePath(QString::number(world.people.size()))} {
    SimProcess process(world.loop);
    const auto passphrase = view(Passphrase);
    const auto created = must(client::Messenger::create(m_paths, name, passphrase, QuickKdf,
                                                        {m_clock, m_random, process, m_line, m_heavy, true}));
    m_account = created.account;
    QFile header(m_paths.header());
    if (!header.open(QIODevice::ReadOnly))
        qFatal("no header file");
    m_keys = must(crypto::key_slots::open(view(header.readAll()), passphrase));
    open();
}

SimPerson::SimPerson(SimWorld& world, const Scene::Person& scene)
    : m_world(world)
    , m_name(scene.name)
    , m_random(world.random.below(UINT64_MAX))
    , m_clock(world.clock)
    , m_line(world.network)
    , m_paths{world.folder.filePath(QString::number(world.people.size()))}
    , m_keys{scene.keys.master.clone(), scene.keys.accountWrap.clone()} {
    must(platform::makePrivateFolder(m_paths.folder));
    restore(scene.files);
    m_account = must(store::loadIdentity(db())).account;
}

SimPerson::~SimPerson() {
    crash();
}

Scene::Person SimPerson::putAside() {
    auto files = copyFiles();
    quit();
    return {m_name, {m_keys.master.clone(), m_keys.accountWrap.clone()}, std::move(files)};
}

crypto::SigningKey SimPerson::accountKey() {
    const store::OwnIdentity self = must(store::loadIdentity(db()));
    return must(crypto::SigningKey::fromSeed(
        must(client::account::unwrapSeed(self.wrappedAccountSeed, m_keys.accountWrap)).view()));
}

SimPerson::Files SimPerson::copyFiles() {
    quit();
    Files files;
    for (const QString& path : {m_paths.header(), m_paths.database(), m_paths.recovery()}) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("a file of the profile is missing");
        files[path.section(u'/', -1)] = file.readAll();
    }
    open();
    return files;
}

void SimPerson::restore(const Files& files) {
    quit();
    for (const auto& [name, content] : files) {
        QFile file(m_paths.folder + u'/' + name);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write a file of the profile");
    }
    open();
}

void SimPerson::open() {
    if (m_messenger)
        return;
    m_process = std::make_unique<SimProcess>(m_world.loop);
    m_messenger =
        must(client::Messenger::open(m_paths, {m_keys.master.clone(), m_keys.accountWrap.clone()},
                                     QStringLiteral("test"), {m_clock, m_random, *m_process, m_line, m_heavy, true},
                                     {[this](const client::EventBatch& batch) { m_events.push_back(batch); },
                                      [this](const client::ConnectionRow& row) { m_connections.push_back(row); },
                                      [this](const client::WaitingRow& row) { m_waiting.push_back(row); }}));
    setDiskFull(m_isDiskFull);
    must(m_messenger->goOnline());
}

void SimPerson::crash() {
    m_messenger.reset();
    m_process.reset();
}

void SimPerson::quit() {
    if (m_messenger)
        m_messenger->close();
    crash();
}

std::vector<store::TimelineRow> SimPerson::history(const SimPerson& other) {
    std::vector<store::TimelineRow> all;
    std::optional<std::int64_t> before;
    do {
        auto page = must(store::queries::timeline(db(), conversationWith(other.account()), before, 500));
        all.insert(all.begin(), page.rows.begin(), page.rows.end());
        before = page.rowsBefore.value_or(0) > 0 ? std::optional(page.rows.front().seq) : std::nullopt;
    } while (before);
    return all;
}

QStringList SimPerson::texts(const SimPerson& other) {
    QStringList list;
    for (const store::TimelineRow& row : history(other))
        list.push_back(row.kind == store::RowKind::Text ? row.text : QStringLiteral("[gap]"));
    return list;
}

MessageId SimPerson::send(const SimPerson& to, const QString& text, const std::function<void(bool)>& told) {
    const auto id = m_random.id<MessageId>();
    m_messenger->messages().sendText(conversationWith(to.account()), text, id, client::DeliveryState::Queued, {},
                                     client::api::DraftThen::Removed,
                                     [told](const Result<client::DeliveryState>& queued) {
                                         if (told)
                                             told(queued.has_value());
                                         else
                                             must(queued);
                                     });
    return id;
}

void SimPerson::setDiskFull(bool full) {
    m_isDiskFull = full;
    if (!isRunning())
        return;
    // SQLite's own limit stands for the disk's: a page beyond it is SQLITE_FULL. One below the current size means the
    // current size.
    must(full ? db().integer("PRAGMA max_page_count = 1") : db().integer("PRAGMA max_page_count = 1073741823"));
}

// --- SimWorld --------------------------------------------------------------------------------------------------------

SimWorld::SimWorld(std::uint64_t seed)
    : random(seed)
    , folder(scratchTemplate()) {
    if (!folder.isValid())
        qFatal("no temporary folder");
}

SimWorld::SimWorld(std::uint64_t seed, const Scene& scene)
    : SimWorld(seed) {
    clock.jump(scene.wall - clock.wall());
    for (std::size_t i = 0; i < scene.relays.size(); ++i) {
        SimRelay::Options options = scene.relays[i];
        options.content = scene.stores[i].get();
        relays.push_back(std::make_unique<SimRelay>(network, options));
    }
    for (const Scene::Person& each : scene.people)
        people.push_back(std::make_unique<SimPerson>(*this, each));
}

Scene SimWorld::putAside() {
    Scene scene;
    for (const auto& each : people)
        scene.people.push_back(each->putAside());
    run(std::chrono::seconds(5)); // goodbyes
    scene.wall = clock.wall();
    for (const auto& each : relays) {
        scene.relays.push_back(each->options());
        scene.stores.push_back(std::make_unique<relay::MemoryMailStore>(clock, each->options().policy, each->store()));
    }
    return scene;
}

SimWorld::~SimWorld() {
    for (const auto& person : people) {
        person->line().thaw();
        person->crash();
    }
    loop.run();
}

SimRelay& SimWorld::addRelay(const relay::MailPolicy& policy) {
    const wire::Endpoint endpoint{QStringLiteral("relay%1.example").arg(relays.size()), 8443};
    relays.push_back(
        std::make_unique<SimRelay>(network, SimRelay::Options{endpoint, random.below(UINT64_MAX), policy, nullptr}));
    return *relays.back();
}

SimPerson& SimWorld::addPerson(const QString& name) {
    people.push_back(std::make_unique<SimPerson>(*this, name));
    return *people.back();
}

SimPerson& SimWorld::addMember(const QString& name, SimRelay& relay) {
    SimPerson& person = addPerson(name);
    std::optional<Result<void>> joined;
    person->join(relay.invite(), [&joined](const Result<client::Joined>& result) {
        joined = result ? Result<void>() : result.error();
    });
    if (!runUntil([&joined] { return joined.has_value(); }))
        qFatal("joining took too long");
    must(*joined);
    return person;
}

void SimWorld::befriend(SimPerson& one, SimPerson& other, const QString& text) {
    std::optional<wire::ContactLink> link;
    one->links().create(false, [&link](Result<wire::ContactLink> made) { link = must(std::move(made)); });
    if (!runUntil([&link] { return link.has_value(); }))
        qFatal("no contact link");
    bool requested = false;
    other->contacts().add(*link, text, [&requested](const Result<store::ContactRow>& row) {
        must(row);
        requested = true;
    });
    const auto stateAt = [](SimPerson& of, const SimPerson& who) {
        const auto contact = must(store::queries::contact(of.db(), who.account()));
        return contact ? std::optional(contact->state) : std::nullopt;
    };
    if (!runUntil([&] { return requested && stateAt(one, other) == store::ContactState::RequestReceived; }))
        qFatal("the request did not arrive");
    one->contacts().accept(other.account(), [](const Result<void>& accepted) { must(accepted); });
    if (!runUntil([&] { return stateAt(other, one) == store::ContactState::Connected && isCalm(); }))
        qFatal("the acceptance did not arrive");
}

bool SimWorld::runUntil(const std::function<bool()>& done, Millis patience) {
    const SteadyTime end = clock.steady() + patience;
    while (!done()) {
        if (loop.step())
            continue;
        const auto next = loop.untilNext();
        if (!next || clock.steady() + *next > end)
            return false;
        clock.advance(*next);
    }
    return true;
}

bool SimWorld::isCalm() {
    for (const auto& person : people) {
        if (!person->isRunning())
            continue;
        const auto queued = must(store::Outbox(person->db()).count());
        if (queued > 0)
            return false;
    }
    return true;
}

} // namespace kith::test
