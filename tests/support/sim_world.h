// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/messenger.h"
#include "tests/support/sim_network.h"

#include <QTemporaryDir>

namespace kith::test {

/// The event loop as one process sees it: what it posted dies with it.
class SimProcess final : public Scheduler {
public:
    explicit SimProcess(SimScheduler& loop)
        : m_loop(loop) {}
    void post(std::function<void()> work) override {
        m_loop.post([life = std::weak_ptr(m_life), work = std::move(work)] {
            if (const auto alive = life.lock())
                work();
        });
    }
    std::unique_ptr<Alarm> alarm(std::function<void()> ring) override { return m_loop.alarm(std::move(ring)); }

private:
    SimScheduler& m_loop;
    std::shared_ptr<int> m_life = std::make_shared<int>();
};

class SimWorld;

/// A world put aside: people and relays as they are on disk. Many runs begin from one.
struct Scene {
    struct Person {
        QString name;
        crypto::ProfileKeys keys;
        std::map<QString, QByteArray> files{};
    };
    WallTime wall;
    std::vector<Person> people;
    std::vector<SimRelay::Options> relays;
    std::vector<std::unique_ptr<relay::MemoryMailStore>> stores;
};

/// One profile in a real folder with a Messenger over it, which may be killed and opened again at any step.
class SimPerson {
public:
    static constexpr const char* Passphrase = "passphrase";

    SimPerson(SimWorld& world, const QString& name);
    SimPerson(SimWorld& world, const Scene::Person& scene);
    ~SimPerson();
    SimPerson(const SimPerson&) = delete;
    SimPerson& operator=(const SimPerson&) = delete;
    Scene::Person putAside();
    using Files = std::map<QString, QByteArray>;
    /// The profile's files as somebody would copy them for a backup: with the program closed for that moment.
    Files copyFiles();
    void restore(const Files& files);

    /// As a freshly started program would; goes online when it has a home.
    void open();
    /// kill -9: nothing that was not committed is kept, nobody is told.
    void crash();
    /// As the program ends by itself.
    void quit();
    bool isRunning() const { return m_messenger != nullptr; }
    client::Messenger& operator*() { return *m_messenger; }
    client::Messenger* operator->() { return m_messenger.get(); }
    sqlite::Database& db() { return m_messenger->store().db(); }

    const AccountId& account() const { return m_account; }
    const QString& name() const { return m_name; }
    /// The key that signs this account's manifests.
    crypto::SigningKey accountKey();
    QString folder() const { return m_paths.folder; }
    const SecretBytes& masterKey() const { return m_keys.master; }
    SimLine& line() { return m_line; }
    SkewedClock& clock() { return m_clock; }
    /// Every row shown in the conversation with `other`, oldest first.
    std::vector<store::TimelineRow> history(const SimPerson& other);
    QStringList texts(const SimPerson& other);
    std::vector<client::EventBatch>& events() { return m_events; }
    std::vector<client::ConnectionRow>& connections() { return m_connections; }
    std::vector<client::WaitingRow>& waiting() { return m_waiting; }

    /// Queues a text; the person must be running. `told` hears whether it is safe, unless the person dies first;
    /// without it nothing may go wrong.
    MessageId send(const SimPerson& to, const QString& text, const std::function<void(bool isStored)>& told = {});
    /// From now on the profile finds no room to grow.
    void setDiskFull(bool full);
    bool isDiskFull() const { return m_isDiskFull; }

private:
    SimWorld& m_world;
    QString m_name;
    SeededRandom m_random;
    SkewedClock m_clock;
    SimLine m_line;
    InlineWorker m_heavy;
    store::ProfilePaths m_paths;
    AccountId m_account;
    crypto::ProfileKeys m_keys;
    bool m_isDiskFull = false;
    std::vector<client::EventBatch> m_events;
    std::vector<client::ConnectionRow> m_connections;
    std::vector<client::WaitingRow> m_waiting;
    std::unique_ptr<SimProcess> m_process;
    std::unique_ptr<client::Messenger> m_messenger;
};

/// Several people and relays in one process, on one clock and one event loop; the same seed gives the same run.
class SimWorld {
public:
    explicit SimWorld(std::uint64_t seed);
    /// Everybody is there and opened.
    SimWorld(std::uint64_t seed, const Scene& scene);
    ~SimWorld();
    /// Closes everybody; the world is over then.
    Scene putAside();

    SimRelay& addRelay(const relay::MailPolicy& policy = {});
    SimPerson& addPerson(const QString& name);
    /// A person who has joined `relay`.
    SimPerson& addMember(const QString& name, SimRelay& relay);
    /// By contact link, request and acceptance.
    /// `text` comes with the request of `other`.
    void befriend(SimPerson& one, SimPerson& other, const QString& text = {});

    /// Runs until `done` or until `patience` has passed; false then.
    bool runUntil(const std::function<bool()>& done, Millis patience = std::chrono::minutes(10));
    /// Runs for a span of simulated time.
    void run(Millis span) { loop.advance(span); }
    /// Nobody has anything left to send or to receive; people who are not running do not count.
    bool isCalm();
    SimPerson& person(std::size_t index) { return *people[index]; }
    SimRelay& relay(std::size_t index) { return *relays[index]; }

    FakeClock clock;
    SimScheduler loop{clock};
    SeededRandom random;
    SimNetwork network{loop, clock, random};
    QTemporaryDir folder;
    std::vector<std::unique_ptr<SimRelay>> relays;
    std::vector<std::unique_ptr<SimPerson>> people;
};

} // namespace kith::test
