// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/link/transport.h"
#include "core/relay/engine/relay_engine.h"
#include "core/relay/mailstore/memory_mail_store.h"
#include "core/wire/link.h"
#include "tests/support/sim_scheduler.h"

#include <deque>
#include <map>
#include <set>

namespace kith::test {

class SimLine;
class SimRelay;
class SimTransport;

/// Who answers where, and how long a message takes. Messages of one connection stay in order, as in TCP.
class SimNetwork {
public:
    SimNetwork(SimScheduler& worldLoop, FakeClock& worldClock, Random& worldRandom)
        : loop(worldLoop)
        , clock(worldClock)
        , random(worldRandom) {}

    Millis latency() {
        return latencyMin + Millis(static_cast<std::int64_t>(
                                random.below(static_cast<std::uint64_t>((latencyMax - latencyMin).count()) + 1)));
    }

    SimScheduler& loop;
    FakeClock& clock;
    Random& random;
    Millis latencyMin{1};
    Millis latencyMax{1};
    std::map<QString, SimRelay*> relays;
};

/// One connection between a person and a relay. Either end may be gone; what is under way then is lost.
struct SimPipe {
    SimNetwork& network;
    SimRelay* relay = nullptr;
    relay::ConnectionId id{};
    bool relayKnows = false; ///< the engine has it as connected
    SimTransport* client = nullptr;
    bool isFrozen = false;
    SteadyTime clientArrival{};
    SteadyTime relayArrival{};
    std::deque<std::function<void()>> held{}; ///< what was sent while frozen

    /// Runs `arrive` after the network's latency and after everything sent before in the same direction.
    void carry(SteadyTime& arrival, std::function<void()> arrive);
};

/// A person's way into the network.
class SimLine final : public link::TransportFactory {
public:
    explicit SimLine(SimNetwork& network)
        : m_network(network) {}
    std::unique_ptr<link::Transport> create(link::TransportListener& listener) override;

    /// While it is down nobody can be dialled and everything is cut.
    void setUp(bool up);
    bool isUp() const { return m_isUp; }
    bool isFrozen() const { return m_isFrozen; }
    /// Every connection breaks; both ends hear of it.
    void cut();
    /// Everything goes silent without an end, as in a tunnel; thaw() lets what was sent go on.
    void freeze();
    void thaw();

    /// Called whenever something leaves, in the middle of the step that sends it.
    std::function<void()> onSend;

private:
    friend class SimTransport;
    std::vector<std::shared_ptr<SimPipe>> livePipes();

    SimNetwork& m_network;
    bool m_isUp = true;
    bool m_isFrozen = false;
    std::vector<std::weak_ptr<SimPipe>> m_pipes;
};

/// A real RelayEngine over a store in memory, reached through the network. crash() keeps what was committed.
class SimRelay {
public:
    struct Options {
        wire::Endpoint endpoint;
        std::uint64_t keySeed = 0; ///< the same keys at every start
        relay::MailPolicy policy{};
        const relay::MemoryMailStore* content = nullptr; ///< begins with a copy of this
    };
    SimRelay(SimNetwork& network, const Options& options);
    ~SimRelay();
    SimRelay(const SimRelay&) = delete;
    SimRelay& operator=(const SimRelay&) = delete;

    void start();
    void crash();
    /// Somebody put an old backup of the store back and started the relay again.
    void restore(const relay::MemoryMailStore& backup);
    bool isRunning() const { return m_engine != nullptr; }

    const RelayId& id() const { return m_id; }
    const wire::Endpoint& endpoint() const { return m_options.endpoint; }
    const Options& options() const { return m_options; }
    relay::MemoryMailStore& store() { return *m_store; }
    /// Envelopes in all mailboxes.
    std::int64_t waiting();
    const crypto::Hash32& leafPin() const { return m_leafPin; }
    wire::InviteLink invite(std::uint32_t uses = 1);
    /// Does `operation` at once, as an administrator would.
    void run(relay::Operation& operation);

    // The network's side
    void accept(const std::shared_ptr<SimPipe>& pipe, link::Channel channel);
    void receive(SimPipe& pipe, const QByteArray& message);
    void hungUp(SimPipe& pipe);

    /// Sends it to everybody who is connected.
    void say(const wire::pb::Frame& frame);

    /// A dishonest relay: sees each frame before it leaves and may change it; false swallows it.
    std::function<bool(wire::pb::Frame&)> meddle;
    /// A curious one: sees each frame that comes in.
    std::function<void(const wire::pb::Frame&)> overhear;
    Millis storeDelay{0};

private:
    relay::Now now() const { return {m_network.clock.wall(), m_network.clock.steady()}; }
    void apply();
    void push(relay::Effects::Output& output);
    void runStore();
    void tick();

    SimNetwork& m_network;
    Options m_options;
    SeededRandom m_random;
    std::unique_ptr<relay::MemoryMailStore> m_store;
    RelayId m_id;
    crypto::Hash32 m_leafPin;
    std::uint64_t m_lastConnection = 0;
    std::unique_ptr<relay::RelayEngine> m_engine;
    std::shared_ptr<int> m_life; ///< of this run of the process
    relay::Effects m_effects;
    std::vector<relay::Operation> m_operations;
    bool m_storePosted = false;
    std::map<relay::ConnectionId, std::shared_ptr<SimPipe>> m_pipes;
    std::unique_ptr<Alarm> m_tick;
};

} // namespace kith::test
