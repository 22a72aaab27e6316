// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/homes.h"

#include "core/base/logging.h"
#include "core/client/account.h"
#include "core/client/upkeep.h"
#include "core/crypto/login.h"
#include "core/wire/limits.h"
#include "core/wire/token_buckets.h"

#include <algorithm>

namespace kith::client {
/// One home: the owner of its link.
class Homes::Keeper final : public link::HomeOwner {
public:
    Keeper(Homes& homes, store::Home home)
        : m_homes(homes)
        , m_core(homes.m_core)
        , m_home(std::move(home))
        , m_events(wire::limits::PushRate, homes.m_core.links.clock.steady())
        , m_upkeep(homes.m_core, homes.m_drops, m_home.relay, m_link,
                   {homes.m_listener.dropsHeld, homes.m_listener.noRoomFor, homes.m_listener.progress})
        , m_link(homes.m_core.links, *this) {}

    void start() { m_link.start({m_home.relay, {m_home.endpoint}, link::DialPolicy::LocalToo}); }
    void stop() { m_link.stop(); }
    void retryNow() { m_link.retryNow(link::RelayLink::RetryCause::UserAsked); }

    void join(const wire::InviteToken& token, Done done) {
        m_token = token;
        m_joined = std::move(done);
        start();
    }
    /// Answers the join, once.
    void answerJoin(const Result<void>& result) {
        m_token.reset();
        if (const Done done = std::exchange(m_joined, nullptr))
            m_core.links.scheduler.post([done, result] { done(result); });
    }
    bool isJoining() const { return !m_home.registered; }
    /// As an account is that the relay does not know: its store may be older than our membership. Also while it is
    /// asked once more, until it lets us in.
    bool isRefused() const { return m_wasRefused; }

    Upkeep& upkeep() { return m_upkeep; }
    bool isDrained() const { return m_drained && m_upkeep.isIdle(); }
    bool isLive() const { return m_link.state().state == link::LinkState::Live; }
    bool isTrying() const {
        const link::LinkState state = m_link.state().state;
        return state != link::LinkState::Waiting && state != link::LinkState::Stopped;
    }
    ConnectionRow row() const {
        const link::ConnectionState& state = m_link.state();
        const QString reason = state.reason == link::LinkReason::None ? QString() : link::reasonName(state.reason);
        return {m_home.relay, m_home.endpoint.toString(), link::stateName(state.state), reason, state.nextTry,
                isJoining()};
    }

private:
    std::optional<wire::pb::Register> registration(const link::Greeting& greeting) override;
    wire::pb::Auth login(const link::Greeting& greeting, link::AttachManifest attach) override;
    void registered(const wire::pb::Registered& registered) override;
    void welcome(const wire::pb::Welcome& welcome) override;
    void deliver(const wire::pb::Deliver& deliver) override;
    void drained(const wire::pb::Drained& drained) override;
    void event(const wire::pb::Event& event) override;
    void goAway(const wire::pb::GoAway& goAway) override;
    void refused(const link::Reply& reply) override;
    void stateChanged(const link::ConnectionState& state) override;

    Homes& m_homes;
    Core& m_core;
    store::Home m_home;
    std::optional<wire::InviteToken> m_token;
    Done m_joined;
    bool m_drained = false;
    bool m_wasRefused = false;
    wire::TokenBucket m_events;
    Upkeep m_upkeep;
    link::RelayLink m_link; ///< last: its end is told to all of the above
};

std::optional<wire::pb::Register> Homes::Keeper::registration(const link::Greeting& greeting) {
    if (m_home.registered)
        return std::nullopt;
    wire::pb::Register frame;
    const Result<void> made = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const crypto::SignedManifest manifest, account::manifestForJoin(m_core, unit, m_home.relay));
        TRY_ASSIGN(*frame.add_bundles(), account::signedPreKey(m_core, unit));
        *frame.mutable_manifest() = manifest.toWire();
        const QByteArray message =
            crypto::registerMessage(greeting.relay, greeting.leafPin, greeting.transcript, manifest.hash());
        frame.set_sig(m_core.accountKey.sign(view(message)).str());
        return {};
    });
    // The prekey's private half and the manifest must be on disk before anybody can use them.
    m_core.store.commitNow();
    if (!made) {
        answerJoin(made.error());
        return std::nullopt;
    }
    if (m_token)
        frame.mutable_grant()->set_invite_token(m_token->str());
    return frame;
}

wire::pb::Auth Homes::Keeper::login(const link::Greeting& greeting, link::AttachManifest attach) {
    wire::pb::Auth frame;
    const auto manifest = store::loadOwnManifest(m_core.db());
    const std::uint64_t version = manifest && *manifest ? (*manifest)->manifest.version : 0;
    frame.set_account_id(m_core.self.account.str());
    frame.set_device_id(toU32(m_core.self.device));
    frame.set_manifest_ver(version);
    frame.set_role(wire::pb::ROLE_MAIL);
    frame.set_window_msgs(wire::limits::WindowMsgs);
    frame.set_window_bytes(wire::limits::WindowBytes);
    frame.set_epoch(m_home.epoch);
    frame.set_seen_seq(m_home.seenSeq);
    if (attach == link::AttachManifest::Yes && manifest && *manifest)
        *frame.mutable_manifest() = (*manifest)->toWire();
    const QByteArray message = crypto::authMessage(greeting.relay, greeting.leafPin, greeting.transcript,
                                                   m_core.self.account, m_core.self.device, version);
    frame.set_sig(m_core.loginKey.sign(view(message)).str());
    return frame;
}

void Homes::Keeper::registered(const wire::pb::Registered&) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto manifest, store::loadPendingManifest(unit.db()));
        if (manifest)
            TRY(account::confirmJoin(unit, *manifest));
        TRY(store::setHomeRegistered(unit.db(), m_home.relay));
        store::pb::Event event;
        event.mutable_home_joined()->set_relay_id(m_home.relay.str());
        TRY(unit.append(event));
        unit.afterCommit([this](const Result<void>& committed) {
            if (committed)
                m_homes.tellManifest(*this);
            answerJoin(committed);
        });
        return {};
    });
    if (!stored) {
        answerJoin(stored.error());
        return;
    }
    m_home.registered = true;
}

void Homes::Keeper::welcome(const wire::pb::Welcome& welcome) {
    m_drained = false;
    if (welcome.epoch() != m_home.epoch) {
        m_home.epoch = welcome.epoch();
        m_home.seenSeq = 0;
    }
    if (welcome.lagged() || welcome.skipped_drops_size() > 0)
        m_link.ackMarks(); // with one device there is nobody to ask: what was passed over shows as a gap
    m_upkeep.begin(welcome);
}

void Homes::Keeper::deliver(const wire::pb::Deliver& deliver) {
    for (const wire::pb::Envelope& envelope : deliver.envelopes()) {
        m_homes.m_sink.receive(envelope, [this, epoch = deliver.epoch(), seq = envelope.seq()](Stored stored) {
            if (stored == Stored::No) {
                m_link.couldNotStore();
                return;
            }
            if (epoch == m_home.epoch && seq > m_home.seenSeq)
                m_home.seenSeq = seq;
            m_link.ackAfterCommit(epoch, seq);
        });
    }
    // The cursor rides in the same commit as the mail; it only speeds up the relay's notice of a rollback.
    if (deliver.envelopes_size() > 0) {
        const std::uint64_t last = deliver.envelopes(deliver.envelopes_size() - 1).seq();
        const Result<void> stored = m_core.store.unit(
            [&](store::Unit& unit) { return store::setHomeCursor(unit.db(), m_home.relay, deliver.epoch(), last); });
        if (!stored)
            qCWarning(log::client) << "cannot note the mailbox position:" << stored.error().detail;
    }
}

void Homes::Keeper::drained(const wire::pb::Drained&) {
    m_drained = true;
    m_upkeep.compareDrops();
    m_homes.m_listener.progress();
}

void Homes::Keeper::event(const wire::pb::Event& event) {
    if (m_events.take(m_core.links.clock.steady()) > Millis(0))
        return m_link.breakOff(QStringLiteral("a flood of events"));
    if (event.kind_case() == wire::pb::Event::kKeysLow)
        m_upkeep.putKeys(event.keys_low().count());
    if (event.kind_case() == wire::pb::Event::kManifest)
        m_upkeep.takeManifest(event.manifest());
}

void Homes::Keeper::goAway(const wire::pb::GoAway&) {
    m_upkeep.end();
}

void Homes::Keeper::refused(const link::Reply& reply) {
    if (m_home.registered)
        return;
    switch (reply.error) {
    case wire::WireCode::GrantInvalid:
        answerJoin(
            fail(Code::Denied, QStringLiteral("the invite is used up, expired or withdrawn; ask for a new one")));
        break;
    case wire::WireCode::SignupClosed:
    case wire::WireCode::NoRoom:
        answerJoin(
            fail(Code::Denied, QStringLiteral("this relay takes no new members now; ask the person who runs it")));
        break;
    case wire::WireCode::Rate:
    case wire::WireCode::RetryLater:
    case wire::WireCode::Draining:
        break; // the link tries again
    default:
        answerJoin(
            fail(Code::Denied,
                 QStringLiteral("the relay refused the registration (code %1)").arg(static_cast<int>(reply.error))));
        break;
    }
}

void Homes::Keeper::stateChanged(const link::ConnectionState& state) {
    if (state.reason == link::LinkReason::LoginRefused)
        m_wasRefused = true;
    else if (state.state == link::LinkState::Backlog || state.state == link::LinkState::Live)
        m_wasRefused = false;
    if (state.state != link::LinkState::Backlog && state.state != link::LinkState::Live)
        m_upkeep.end();
    // A relay that is busy is tried again until the person has enough of it; everything else ends a join.
    const bool isOver = state.state == link::LinkState::Stopped ||
                        (state.state == link::LinkState::Waiting && state.reason != link::LinkReason::Busy);
    if (isJoining() && isOver && state.reason == link::LinkReason::Untrusted)
        answerJoin(
            fail(Code::Untrusted,
                 QStringLiteral("another relay answers at this address; ask for a new invite before you go on")));
    else if (isJoining() && isOver)
        answerJoin(fail(Code::Unavailable, QStringLiteral("the relay does not answer; try again when it is awake")));
    m_homes.m_listener.connectionChanged(row());
    m_homes.m_listener.progress();
}

Homes::Homes(Core& core, MailSink& sink, Listener listener)
    : m_core(core)
    , m_sink(sink)
    , m_listener(std::move(listener))
    , m_drops(core.db()) {}

Homes::~Homes() = default;

Result<void> Homes::start() {
    TRY_ASSIGN(const auto homes, store::loadHomes(m_core.db()));
    for (const store::Home& home : homes) {
        if (!home.registered || m_keepers.contains(home.relay))
            continue;
        auto& keeper = m_keepers[home.relay] = std::make_unique<Keeper>(*this, home);
        keeper->start();
    }
    return {};
}

void Homes::stop() {
    for (auto& [relay, keeper] : m_keepers)
        keeper->stop();
}

void Homes::retryNow() {
    for (auto& [relay, keeper] : m_keepers)
        if (!keeper->isJoining())
            keeper->retryNow();
}

void Homes::join(const wire::InviteLink& invite, Done done) {
    const auto answer = [this, done](const Error& error) {
        m_core.links.scheduler.post([done, error] { done(error); });
    };
    const auto homes = store::loadHomes(m_core.db());
    if (!homes) {
        answer(homes.error());
        return;
    }
    const auto registered = [](const store::Home& home) { return home.registered; };
    const auto member = std::find_if(homes->begin(), homes->end(), [&](const store::Home& home) {
        return home.relay == invite.relay && home.registered;
    });
    const bool isMember = member != homes->end();
    const auto kept = m_keepers.find(invite.relay);
    if (isMember && (kept == m_keepers.end() || !kept->second->isRefused())) {
        answer(fail(Code::Duplicate, QStringLiteral("you are a member of this relay already")));
        return;
    }
    if (!isMember && std::count_if(homes->begin(), homes->end(), registered) >= wire::limits::HomesMax) {
        answer(fail(Code::TooLarge, QStringLiteral("an account has at most three relays")));
        return;
    }
    const store::Home home{invite.relay, invite.endpoint, false, 0, 0};
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(store::addHome(unit.db(), home));
        unit.afterCommit([this, home, token = invite.token, done](const Result<void>& committed) {
            if (!committed) {
                done(committed);
                return;
            }
            auto& keeper = m_keepers[home.relay] = std::make_unique<Keeper>(*this, home);
            keeper->join(token, [this, relay = home.relay, done](const Result<void>& joined) {
                if (!joined) {
                    m_keepers.erase(relay);
                    const Result<void> dropped = m_core.store.unit(
                        [&](store::Unit& undo) { return store::dropUnregisteredHome(undo.db(), relay); });
                    if (!dropped)
                        qCWarning(log::client) << "cannot forget a refused home:" << dropped.error().detail;
                    if (const Result<void> resumed = start(); !resumed) // a home that refused us as a member stays one
                        qCWarning(log::client) << "cannot go on with the homes:" << resumed.error().detail;
                }
                done(joined);
            });
        });
        return {};
    });
    if (!stored)
        answer(stored.error());
}

void Homes::cancelJoin() {
    for (auto& [relay, keeper] : m_keepers)
        if (keeper->isJoining())
            keeper->answerJoin(fail(Code::Unavailable, QStringLiteral("joining was cancelled")));
}

void Homes::tellManifest(const Keeper& besides) {
    for (auto& [relay, keeper] : m_keepers)
        if (keeper.get() != &besides)
            keeper->upkeep().putManifest();
}

void Homes::tend() {
    for (auto& [relay, keeper] : m_keepers)
        keeper->upkeep().tend();
}

bool Homes::isDrained() const {
    return std::none_of(m_keepers.begin(), m_keepers.end(),
                        [](const auto& keeper) { return keeper.second->isTrying() && !keeper.second->isDrained(); });
}

bool Homes::isLive(const RelayId& relay) const {
    const auto keeper = m_keepers.find(relay);
    return keeper != m_keepers.end() && keeper->second->isLive();
}

Result<std::vector<ConnectionRow>> Homes::connections() const {
    TRY_ASSIGN(const auto homes, store::loadHomes(m_core.db()));
    std::vector<ConnectionRow> rows;
    for (const store::Home& home : homes) {
        const auto keeper = m_keepers.find(home.relay);
        if (home.registered && keeper == m_keepers.end()) // nobody has gone online
            rows.push_back({home.relay, home.endpoint.toString(), QStringLiteral("offline"), {}, {}});
        else if (home.registered)
            rows.push_back(keeper->second->row());
    }
    for (const auto& [relay, keeper] : m_keepers)
        if (keeper->isJoining())
            rows.push_back(keeper->row());
    return rows;
}

} // namespace kith::client
