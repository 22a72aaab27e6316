// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/homes.h"

#include "core/base/logging.h"
#include "core/client/account.h"
#include "core/crypto/login.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {
namespace {

constexpr Millis ManagementPatience{20'000};

} // namespace

/// One home: the owner of its link.
class Homes::Keeper final : public link::HomeOwner {
public:
    Keeper(Homes& homes, store::Home home)
        : m_homes(homes)
        , m_core(homes.m_core)
        , m_home(std::move(home))
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
    /// As an account is that the relay does not know: its store may be older than our membership.
    bool isRefused() const { return m_link.state().reason == link::LinkReason::LoginRefused; }

    void tend();
    void putManifest();
    bool isDrained() const { return m_drained && m_busy == 0; }
    bool isTrying() const {
        const link::LinkState state = m_link.state().state;
        return state != link::LinkState::Waiting && state != link::LinkState::Stopped;
    }
    ConnectionRow row() const {
        const link::ConnectionState& state = m_link.state();
        const QString reason = state.reason == link::LinkReason::None ? QString() : link::reasonName(state.reason);
        return {m_home.relay, m_home.endpoint.toString(), link::stateName(state.state), reason, state.nextTry};
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

    void takeManifest(const wire::pb::Signed& given);
    void putKeys(std::uint32_t opkCount);
    void putDrop(const store::OwnDrop& drop);
    void putCard(const store::CardRecord& card, const store::OwnDrop& drop);
    void removeDrop(const DropId& drop);
    void markHeld(const store::OwnDrop& drop);
    void storeFailed(const char* what, const Error& error);
    void request(wire::pb::Frame frame, std::function<void(const link::Reply&)> onOk);

    Homes& m_homes;
    Core& m_core;
    store::Home m_home;
    std::optional<wire::InviteToken> m_token;
    Done m_joined;
    bool m_drained = false;
    bool m_loggedIn = false;
    int m_busy = 0; ///< management requests under way; tend() goes on when they are done
    std::optional<wire::pb::Welcome> m_welcome;
    link::RelayLink m_link;
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
    m_loggedIn = true;
    m_drained = false;
    m_busy = 0;
    m_welcome = welcome;
    if (welcome.epoch() != m_home.epoch) {
        m_home.epoch = welcome.epoch();
        m_home.seenSeq = 0;
    }
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (manifest && *manifest && welcome.manifest_ver() < (*manifest)->manifest.version)
        putManifest();
    if (manifest && *manifest && welcome.manifest_ver() == (*manifest)->manifest.version &&
        (*manifest)->hash().str() != welcome.manifest_hash())
        qCWarning(log::client)
            << "this relay holds another manifest of the same version: is there a copy of this account?";
    putKeys(welcome.opk_count());
    if (welcome.lagged() || welcome.skipped_drops_size() > 0)
        m_link.ackMarks(); // with one device there is nobody to ask: what was passed over shows as a gap
    tend();
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
    const auto expected = m_homes.m_drops.hashAt(m_home.relay);
    // Repairs wait until here: a stale copy of this profile would otherwise put back what was deleted elsewhere.
    if (expected && m_welcome && expected->str() != m_welcome->drops_hash()) {
        const Result<void> forgotten =
            m_core.store.unit([&](store::Unit&) { return m_homes.m_drops.forgetHeld(m_home.relay); });
        if (forgotten)
            tend();
    }
    m_welcome.reset();
    m_homes.m_listener.progress();
}

void Homes::Keeper::event(const wire::pb::Event& event) {
    if (event.kind_case() == wire::pb::Event::kKeysLow)
        putKeys(event.keys_low().count());
    if (event.kind_case() == wire::pb::Event::kManifest)
        takeManifest(event.manifest());
}

/// Only our own key signs one. If this profile is an old copy, its next version would contradict the one that others
/// have.
void Homes::Keeper::takeManifest(const wire::pb::Signed& given) {
    const auto manifest = crypto::verifyManifest(given);
    const auto own = store::loadOwnManifest(m_core.db());
    if (!manifest || manifest->manifest.account != m_core.self.account || !own || !*own ||
        manifest->manifest.version <= (*own)->manifest.version)
        return;
    const crypto::ManifestDevice* device = manifest->manifest.device(m_core.self.device);
    if (device == nullptr || device->login != m_core.loginKey.publicKey())
        return; // REVOKED says so if it is meant
    const Result<void> stored =
        m_core.store.unit([&](store::Unit& unit) { return store::saveOwnManifest(unit.db(), *manifest); });
    if (!stored)
        storeFailed("cannot store the own manifest:", stored.error());
}

void Homes::Keeper::goAway(const wire::pb::GoAway&) {
    m_loggedIn = false;
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
    if (state.state != link::LinkState::Backlog && state.state != link::LinkState::Live)
        m_loggedIn = false;
    if (state.state == link::LinkState::Stopped && isJoining() && state.reason == link::LinkReason::Untrusted)
        answerJoin(
            fail(Code::Untrusted,
                 QStringLiteral("another relay answers at this address; ask for a new invite before you go on")));
    m_homes.m_listener.connectionChanged(row());
    m_homes.m_listener.progress();
}

void Homes::Keeper::request(wire::pb::Frame frame, std::function<void(const link::Reply&)> onOk) {
    ++m_busy;
    m_link.request(std::move(frame), ManagementPatience,
                   [this, onOk = std::move(onOk)](const Result<link::Reply>& reply) {
                       m_busy = std::max(0, m_busy - 1);
                       if (!reply)
                           return; // lost: welcome() starts over
                       if (!reply->isOk())
                           qCWarning(log::client) << "a home refused a request, code" << static_cast<int>(reply->error);
                       onOk(*reply);
                       m_homes.m_listener.progress();
                   });
}

void Homes::Keeper::putManifest() {
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (!m_loggedIn || !manifest || !*manifest)
        return; // welcome() makes up for it
    wire::pb::Frame frame;
    *frame.mutable_manifest_put()->mutable_manifest() = (*manifest)->toWire();
    request(std::move(frame), [](const link::Reply&) {});
}

void Homes::Keeper::putKeys(std::uint32_t opkCount) {
    wire::pb::Frame frame;
    wire::pb::KeysPut* put = frame.mutable_keys_put();
    const Result<void> made = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const wire::pb::Bundle spk, account::signedPreKey(m_core, unit));
        if (!m_welcome || m_welcome->spk_id() != spk.spk_id())
            *put->mutable_spk() = spk;
        if (opkCount < wire::limits::OneTimeKeysLow) {
            TRY_ASSIGN(const auto keys,
                       account::oneTimePreKeys(m_core, unit, wire::limits::OneTimeKeysFull - opkCount));
            for (const wire::pb::OneTimeKey& key : keys)
                *put->add_opks() = key;
        }
        TRY(store::forgetOldPreKeys(unit.db(), unit.now()));
        if (put->has_spk() || put->opks_size() > 0)
            // Only committed private halves may be published.
            unit.afterCommit([this, frame](const Result<void>& committed) {
                if (committed && m_loggedIn)
                    request(frame, [](const link::Reply&) {});
            });
        return {};
    });
    if (!made)
        storeFailed("cannot make prekeys:", made.error());
}

void Homes::Keeper::tend() {
    if (!m_loggedIn)
        return;
    const auto missing = m_homes.m_drops.missingAt(m_home.relay);
    const auto deleted = m_homes.m_drops.toDeleteAt(m_home.relay);
    if (!missing || !deleted) {
        qCWarning(log::client) << "cannot read the drops";
        return;
    }
    for (const store::OwnDrop& drop : *missing)
        putDrop(drop);
    for (const DropId& drop : *deleted)
        removeDrop(drop);
}

/// The next login begins all of it anew: nothing else would.
void Homes::Keeper::storeFailed(const char* what, const Error& error) {
    qCWarning(log::client) << what << error.detail;
    m_link.couldNotStore();
}

void Homes::Keeper::putDrop(const store::OwnDrop& drop) {
    wire::pb::Frame frame;
    *frame.mutable_drop_put() = drop.toWire();
    request(std::move(frame), [this, id = drop.drop](const link::Reply& reply) {
        const auto found = m_homes.m_drops.find(id);
        if (!reply.isOk() || !found || !*found)
            return;
        const auto card = (*found)->card ? m_homes.m_drops.card(*(*found)->card)
                                         : Result<std::optional<store::CardRecord>>(std::nullopt);
        if (card && *card)
            putCard(**card, **found);
        else
            markHeld(**found);
    });
}

void Homes::Keeper::putCard(const store::CardRecord& card, const store::OwnDrop& drop) {
    wire::pb::Frame frame;
    wire::pb::CardPut* put = frame.mutable_card_put();
    put->set_card_id(card.card.str());
    put->set_body(toString(card.body));
    put->set_expires_min(card.expiresMin);
    request(std::move(frame), [this, id = drop.drop](const link::Reply& reply) {
        const auto found = m_homes.m_drops.find(id);
        if (reply.isOk() && found && *found)
            markHeld(**found);
    });
}

void Homes::Keeper::markHeld(const store::OwnDrop& drop) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_homes.m_drops.setHeld(drop.drop, m_home.relay, drop.version));
        unit.afterCommit([this](const Result<void>& committed) {
            if (committed)
                m_homes.m_listener.dropsHeld();
            else
                storeFailed("cannot note a drop:", committed.error());
        });
        return {};
    });
    if (!stored)
        storeFailed("cannot note a drop:", stored.error());
}

void Homes::Keeper::removeDrop(const DropId& drop) {
    const auto found = m_homes.m_drops.find(drop);
    if (found && *found && (*found)->card) {
        wire::pb::Frame frame;
        frame.mutable_card_del()->set_card_id((*found)->card->str());
        request(std::move(frame), [](const link::Reply&) {});
    }
    wire::pb::Frame frame;
    frame.mutable_drop_del()->set_drop_id(drop.str());
    request(std::move(frame), [this, drop](const link::Reply& reply) {
        if (!reply.isOk() && reply.error != wire::WireCode::NotFound)
            return;
        const Result<void> stored =
            m_core.store.unit([&](store::Unit&) { return m_homes.m_drops.setGone(drop, m_home.relay); });
        if (!stored)
            storeFailed("cannot note a removed drop:", stored.error());
    });
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

void Homes::cancelJoin(const Error& why) {
    for (auto& [relay, keeper] : m_keepers)
        if (keeper->isJoining())
            keeper->answerJoin(why);
}

void Homes::tellManifest(const Keeper& besides) {
    for (auto& [relay, keeper] : m_keepers)
        if (keeper.get() != &besides)
            keeper->putManifest();
}

void Homes::tend() {
    for (auto& [relay, keeper] : m_keepers)
        keeper->tend();
}

bool Homes::isDrained() const {
    return std::none_of(m_keepers.begin(), m_keepers.end(),
                        [](const auto& keeper) { return keeper.second->isTrying() && !keeper.second->isDrained(); });
}

std::vector<ConnectionRow> Homes::connections() const {
    std::vector<ConnectionRow> rows;
    for (const auto& [relay, keeper] : m_keepers)
        rows.push_back(keeper->row());
    return rows;
}

} // namespace kith::client
