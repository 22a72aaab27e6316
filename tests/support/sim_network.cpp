// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sim_network.h"

#include "core/wire/limits.h"
#include "tests/support/relay_self.h"

namespace kith::test {

using namespace kith::relay;

/// The client's end.
class SimTransport final : public link::Transport {
public:
    SimTransport(SimLine& line, link::TransportListener& listener)
        : m_line(line)
        , m_listener(listener)
        , m_pipe(std::make_shared<SimPipe>(SimPipe{line.m_network})) {
        m_pipe->client = this;
    }
    ~SimTransport() override {
        hangUp();
        m_pipe->client = nullptr;
    }

    void open(const wire::Endpoint& endpoint, link::Channel channel, link::DialPolicy) override {
        m_line.m_pipes.push_back(m_pipe);
        m_pipe->isFrozen = m_line.m_isFrozen;
        const auto found = m_line.m_network.relays.find(endpoint.toString());
        SimRelay* relay = found == m_line.m_network.relays.end() ? nullptr : found->second;
        towardsRelay([relay, channel](const std::shared_ptr<SimPipe>& pipe) {
            SimLine& line = pipe->client->m_line;
            if (!line.m_isUp || relay == nullptr || !relay->isRunning()) {
                pipe->client->end({Code::Unavailable, 0, QStringLiteral("refused")});
                return;
            }
            relay->accept(pipe, channel);
            pipe->carry(pipe->clientArrival, [pipe] {
                if (pipe->client == nullptr || pipe->relay == nullptr)
                    return;
                pipe->client->m_isOpen = true;
                pipe->client->m_listener.transportOpened(pipe->relay->leafPin());
            });
        });
        if (m_line.m_isFrozen) // a dial into a tunnel ends by itself
            m_line.m_network.loop.after(Millis(3'000), [pipe = m_pipe] {
                if (pipe->client != nullptr && !pipe->client->m_isOpen)
                    pipe->client->end({Code::Timeout, 0, QStringLiteral("silence")});
            });
    }
    void setMessageMax(std::size_t bytes) override { m_messageMax = bytes; }
    void send(const QByteArray& message) override {
        if (!m_isOpen)
            return;
        if (m_line.onSend)
            m_line.onSend();
        m_pipe->carry(m_pipe->relayArrival, [pipe = m_pipe, message] {
            if (pipe->relay != nullptr)
                pipe->relay->receive(*pipe, message);
        });
    }
    void close() override {
        hangUp();
        m_line.m_network.loop.post([pipe = m_pipe] {
            if (pipe->client != nullptr)
                pipe->client->end({Code::Unavailable, 0, QStringLiteral("closed")});
        });
    }
    std::size_t unsentBytes() const override { return 0; }

    void receive(const QByteArray& message) {
        if (!m_isOpen)
            return;
        if (static_cast<std::size_t>(message.size()) > m_messageMax)
            end({Code::TooLarge, 1009, QStringLiteral("too large")});
        else
            m_listener.transportReceived(message);
    }
    /// Last call of the listener; it may destroy this.
    void end(const link::TransportEnd& how) {
        if (std::exchange(m_isEnded, true))
            return;
        m_isOpen = false;
        m_listener.transportClosed(how);
    }

private:
    template <typename Work>
    void towardsRelay(Work work) {
        m_pipe->carry(m_pipe->relayArrival, [pipe = m_pipe, work] {
            if (pipe->client != nullptr && !pipe->client->m_isEnded)
                work(pipe);
        });
    }
    void hangUp() {
        m_pipe->carry(m_pipe->relayArrival, [pipe = m_pipe] {
            if (pipe->relay != nullptr)
                pipe->relay->hungUp(*pipe);
        });
        m_isOpen = false;
    }

    friend class SimLine;
    SimLine& m_line;
    link::TransportListener& m_listener;
    std::shared_ptr<SimPipe> m_pipe;
    std::size_t m_messageMax = wire::limits::HandshakeFrameMax;
    bool m_isOpen = false;
    bool m_isEnded = false;
};

void SimPipe::carry(SteadyTime& arrival, std::function<void()> arrive) {
    if (isFrozen) {
        const bool toClient = &arrival == &clientArrival;
        held.push_back(
            [this, toClient, arrive = std::move(arrive)] { carry(toClient ? clientArrival : relayArrival, arrive); });
        return;
    }
    const SteadyTime now = network.clock.steady();
    arrival = std::max(arrival, now + network.latency());
    network.loop.after(arrival - now, std::move(arrive));
}

// --- SimLine ---------------------------------------------------------------------------------------------------------

std::unique_ptr<link::Transport> SimLine::create(link::TransportListener& listener) {
    return std::make_unique<SimTransport>(*this, listener);
}

std::vector<std::shared_ptr<SimPipe>> SimLine::livePipes() {
    std::vector<std::shared_ptr<SimPipe>> live;
    std::erase_if(m_pipes, [&live](const std::weak_ptr<SimPipe>& weak) {
        auto pipe = weak.lock();
        if (pipe && pipe->client == nullptr && pipe->relay == nullptr)
            pipe->held.clear(); // they hold the pipe
        if (!pipe || (pipe->client == nullptr && pipe->relay == nullptr))
            return true;
        live.push_back(std::move(pipe));
        return false;
    });
    return live;
}

void SimLine::setUp(bool up) {
    m_isUp = up;
    if (!up)
        cut();
}

void SimLine::cut() {
    for (const auto& pipe : livePipes()) {
        if (pipe->relay != nullptr)
            pipe->relay->hungUp(*pipe);
        if (pipe->client != nullptr)
            m_network.loop.post([pipe] {
                if (pipe->client != nullptr)
                    pipe->client->end({Code::Unavailable, 0, QStringLiteral("the line was cut")});
            });
    }
}

void SimLine::freeze() {
    m_isFrozen = true;
    for (const auto& pipe : livePipes())
        pipe->isFrozen = true;
}

void SimLine::thaw() {
    m_isFrozen = false;
    for (const auto& pipe : livePipes()) {
        pipe->isFrozen = false;
        for (auto& send : std::exchange(pipe->held, {}))
            send();
    }
}

// --- SimRelay --------------------------------------------------------------------------------------------------------

SimRelay::SimRelay(SimNetwork& network, const Options& options)
    : m_network(network)
    , m_options(options)
    , m_random(network.random.below(UINT64_MAX))
    , m_store(std::make_unique<MemoryMailStore>(network.clock, options.policy))
    , m_tick(network.loop.alarm([this] { tick(); })) {
    if (options.content != nullptr)
        m_store = std::make_unique<MemoryMailStore>(network.clock, options.policy, *options.content);
    m_options.content = nullptr;
    network.relays[options.endpoint.toString()] = this;
    start();
}

SimRelay::~SimRelay() {
    crash();
    m_network.relays.erase(endpoint().toString());
}

void SimRelay::start() {
    if (m_engine)
        return;
    SeededRandom keys(m_options.keySeed);
    RelaySelf self = makeRelaySelf(keys, m_network.clock, {endpoint()});
    m_id = self.relay;
    m_leafPin = self.leafPin;
    m_engine = std::make_unique<RelayEngine>(std::move(self), EnginePolicy::withoutRates(), m_random);
    m_life = std::make_shared<int>();
    tick();
}

void SimRelay::crash() {
    m_engine.reset();
    m_store = std::make_unique<MemoryMailStore>(m_network.clock, m_options.policy, *m_store);
    m_life.reset();
    m_operations.clear();
    m_effects = {};
    m_storePosted = false;
    m_tick->clear();
    for (auto& [id, pipe] : std::exchange(m_pipes, {})) {
        pipe->relay = nullptr;
        pipe->carry(pipe->clientArrival, [pipe = pipe] {
            if (pipe->client != nullptr)
                pipe->client->end({Code::Unavailable, 0, QStringLiteral("the relay is gone")});
        });
    }
}

void SimRelay::restore(const MemoryMailStore& backup) {
    crash();
    m_store = std::make_unique<MemoryMailStore>(m_network.clock, m_options.policy, backup);
    start();
}

wire::InviteLink SimRelay::invite(std::uint32_t uses) {
    const auto token = m_random.id<wire::InviteToken>();
    Operation operation;
    operation.body = AddInvite{{crypto::inviteIdOf(token), uses, toMinute(m_network.clock.wall()) + 60}, {}};
    run(operation);
    return {endpoint(), m_id, token, {}};
}

void SimRelay::run(Operation& operation) {
    const Result<void> done = m_store->execute({&operation, 1});
    INVARIANT(done);
}

std::int64_t SimRelay::waiting() {
    Operation operation;
    operation.body = CountAll{};
    run(operation);
    return std::get<CountAll>(operation.body).outcome.items;
}

void SimRelay::accept(const std::shared_ptr<SimPipe>& pipe, link::Channel channel) {
    pipe->relay = this;
    pipe->id = ConnectionId{++m_lastConnection};
    m_pipes[pipe->id] = pipe;
    m_engine->connected(pipe->id,
                        channel == link::Channel::Authenticated ? SocketKind::Authenticated : SocketKind::Anonymous,
                        {"address", false}, now(), m_effects);
    apply();
}

void SimRelay::receive(SimPipe& pipe, const QByteArray& message) {
    if (!m_pipes.contains(pipe.id))
        return; // closed by the relay, which the client has not heard yet
    if (overhear) {
        wire::pb::Frame frame;
        if (wire::decodeFrame(view(message), wire::Sender::Client, wire::limits::FrameMax, frame) == WireCode::None)
            overhear(frame);
    }
    m_engine->received(pipe.id, view(message), now(), m_effects);
    apply();
}

void SimRelay::hungUp(SimPipe& pipe) {
    const auto kept = m_pipes.extract(pipe.id);
    pipe.relay = nullptr;
    if (m_engine && kept)
        m_engine->disconnected(pipe.id);
}

void SimRelay::apply() {
    std::set<ConnectionId> written;
    for (Effects::Output& output : m_effects.outputs) {
        written.insert(output.connection);
        push(output);
    }
    m_effects.outputs.clear();
    for (const ConnectionId id : written)
        if (m_pipes.contains(id))
            m_engine->unsent(id, 0, now(), m_effects);
    std::move(m_effects.operations.begin(), m_effects.operations.end(), std::back_inserter(m_operations));
    m_effects.operations.clear();
    if (!m_effects.outputs.empty())
        apply();
    if (!m_operations.empty() && !std::exchange(m_storePosted, true))
        m_network.loop.after(storeDelay, [this, life = std::weak_ptr(m_life)] {
            if (!life.expired())
                runStore();
        });
    if (!m_tick->isSet())
        m_tick->set(m_engine->nextTick());
}

void SimRelay::push(Effects::Output& output) {
    const auto found = m_pipes.find(output.connection);
    if (found == m_pipes.end())
        return;
    const std::shared_ptr<SimPipe> pipe = found->second;
    QByteArray bytes = output.frame;
    if (meddle && !bytes.isEmpty()) {
        wire::pb::Frame frame;
        INVARIANT(wire::decodeFrame(view(bytes), wire::Sender::Relay, wire::limits::FrameMax, frame) == WireCode::None);
        bytes = meddle(frame) ? wire::encodeFrame(frame) : QByteArray();
    }
    if (!bytes.isEmpty())
        pipe->carry(pipe->clientArrival, [pipe, bytes] {
            if (pipe->client != nullptr)
                pipe->client->receive(bytes);
        });
    if (output.close) {
        const auto code = static_cast<std::uint16_t>(*output.close);
        m_pipes.erase(found);
        m_engine->disconnected(output.connection);
        pipe->carry(pipe->clientArrival, [pipe, code] {
            pipe->relay = nullptr;
            if (pipe->client != nullptr)
                pipe->client->end({Code::Unavailable, code, QStringLiteral("closed by the relay")});
        });
    }
}

void SimRelay::say(const wire::pb::Frame& frame) {
    const QByteArray bytes = wire::encodeFrame(frame);
    for (const auto& [id, pipe] : m_pipes)
        pipe->carry(pipe->clientArrival, [pipe = pipe, bytes] {
            if (pipe->client != nullptr)
                pipe->client->receive(bytes);
        });
}

void SimRelay::runStore() {
    m_storePosted = false;
    auto batch = std::make_shared<std::vector<Operation>>(std::exchange(m_operations, {}));
    const Result<void> done = m_store->execute(*batch);
    // A step of its own: a relay may die between the commit and telling of it.
    m_network.loop.post([this, batch, committed = done.has_value(), life = std::weak_ptr(m_life)] {
        if (life.expired())
            return;
        m_engine->storeCompleted(*batch, committed ? RelayEngine::Commit::Durable : RelayEngine::Commit::Failed, now(),
                                 m_effects);
        apply();
    });
}

void SimRelay::tick() {
    m_engine->tick(now(), m_effects);
    apply();
    m_tick->set(m_engine->nextTick());
}

} // namespace kith::test
