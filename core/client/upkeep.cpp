// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/upkeep.h"

#include "core/base/logging.h"
#include "core/client/account.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {
namespace {

constexpr Millis Patience{20'000};

} // namespace

Upkeep::Upkeep(Core& core, store::OwnDrops& drops, const RelayId& relay, link::RelayLink& link, Told told)
    : m_core(core)
    , m_drops(drops)
    , m_relay(relay)
    , m_link(link)
    , m_told(std::move(told))
    , m_keysAlarm(core.links.scheduler.alarm([this] {
        if (m_loggedIn)
            putKeys(m_keysHeld);
    })) {}

void Upkeep::begin(const wire::pb::Welcome& welcome) {
    m_loggedIn = true;
    m_busy = 0;
    m_welcome = welcome;
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (manifest && *manifest && welcome.manifest_ver() < (*manifest)->manifest.version)
        putManifest();
    if (manifest && *manifest && welcome.manifest_ver() == (*manifest)->manifest.version &&
        (*manifest)->hash().str() != welcome.manifest_hash())
        qCWarning(log::client)
            << "this relay holds another manifest of the same version: is there a copy of this account?";
    putKeys(welcome.opk_count());
    tend();
}

void Upkeep::compareDrops() {
    const auto expected = m_drops.hashAt(m_relay);
    // Repairs wait until here: a stale copy of this profile would otherwise put back what was deleted elsewhere.
    if (expected && m_welcome && expected->str() != m_welcome->drops_hash()) {
        const Result<void> forgotten = m_core.store.unit([&](store::Unit&) { return m_drops.forgetHeld(m_relay); });
        if (forgotten)
            tend();
    }
    m_welcome.reset();
}

/// Only our own key signs one. If this profile is an old copy, its next version would contradict the one that others
/// have.
void Upkeep::takeManifest(const wire::pb::Signed& given) {
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

void Upkeep::request(wire::pb::Frame frame, std::function<void(const link::Reply&)> onOk) {
    ++m_busy;
    m_link.request(std::move(frame), Patience, [this, onOk = std::move(onOk)](const Result<link::Reply>& reply) {
        m_busy = std::max(0, m_busy - 1);
        if (!reply)
            return; // lost: begin() starts over at the next login
        if (!reply->isOk())
            qCWarning(log::client) << "a home refused a request, code" << static_cast<int>(reply->error);
        onOk(*reply);
        m_told.progress();
    });
}

void Upkeep::putManifest() {
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (!m_loggedIn || !manifest || !*manifest)
        return; // begin() makes up for it
    wire::pb::Frame frame;
    *frame.mutable_manifest_put()->mutable_manifest() = (*manifest)->toWire();
    request(std::move(frame), [](const link::Reply&) {});
}

void Upkeep::putKeys(std::uint32_t opkCount) {
    m_keysHeld = opkCount;
    const SteadyTime now = m_core.links.clock.steady();
    const bool isLow = opkCount < wire::limits::OneTimeKeysLow;
    const bool isTooSoon = m_keysMade && now - *m_keysMade < wire::limits::KeysEvery;
    if (isLow && isTooSoon) {
        if (!m_keysAlarm->isSet())
            m_keysAlarm->set(std::chrono::duration_cast<Millis>(*m_keysMade + wire::limits::KeysEvery - now));
        return;
    }
    wire::pb::Frame frame;
    wire::pb::KeysPut* put = frame.mutable_keys_put();
    const Result<void> made = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const wire::pb::Bundle spk, account::signedPreKey(m_core, unit));
        if (!m_welcome || m_welcome->spk_id() != spk.spk_id())
            *put->mutable_spk() = spk;
        if (isLow) {
            m_keysMade = now;
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

void Upkeep::tend() {
    if (!m_loggedIn)
        return;
    const auto missing = m_drops.missingAt(m_relay);
    const auto deleted = m_drops.toDeleteAt(m_relay);
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
void Upkeep::storeFailed(const char* what, const Error& error) {
    qCWarning(log::client) << what << error.detail;
    m_link.couldNotStore();
}

void Upkeep::putDrop(const store::OwnDrop& drop) {
    wire::pb::Frame frame;
    *frame.mutable_drop_put() = drop.toWire();
    request(std::move(frame), [this, id = drop.drop](const link::Reply& reply) {
        const auto found = m_drops.find(id);
        if (!reply.isOk())
            return dropRefused(id, reply.error);
        if (!found || !*found)
            return;
        const auto card =
            (*found)->card ? m_drops.card(*(*found)->card) : Result<std::optional<store::CardRecord>>(std::nullopt);
        if (card && *card)
            putCard(**card, **found);
        else
            markHeld(**found);
    });
}

void Upkeep::putCard(const store::CardRecord& card, const store::OwnDrop& drop) {
    wire::pb::Frame frame;
    wire::pb::CardPut* put = frame.mutable_card_put();
    put->set_card_id(card.card.str());
    put->set_body(toString(card.body));
    put->set_expires_min(card.expiresMin);
    request(std::move(frame), [this, id = drop.drop](const link::Reply& reply) {
        const auto found = m_drops.find(id);
        if (!reply.isOk())
            dropRefused(id, reply.error);
        else if (found && *found)
            markHeld(**found);
    });
}

void Upkeep::dropRefused(const DropId& drop, wire::WireCode why) {
    if (why == wire::WireCode::NoRoom)
        m_told.noRoomFor(drop);
}

void Upkeep::markHeld(const store::OwnDrop& drop) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_drops.setHeld(drop.drop, m_relay, drop.version));
        unit.afterCommit([this](const Result<void>& committed) {
            if (committed)
                m_told.dropsHeld();
            else
                storeFailed("cannot note a drop:", committed.error());
        });
        return {};
    });
    if (!stored)
        storeFailed("cannot note a drop:", stored.error());
}

void Upkeep::removeDrop(const DropId& drop) {
    const auto found = m_drops.find(drop);
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
        const Result<void> stored = m_core.store.unit([&](store::Unit&) { return m_drops.setGone(drop, m_relay); });
        if (!stored)
            storeFailed("cannot note a removed drop:", stored.error());
    });
}

} // namespace kith::client
