// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/contact_links.h"

#include "core/crypto/card.h"
#include "core/crypto/derive.h"

#include <algorithm>

namespace kith::client {
namespace {

constexpr auto OneTimeLife = std::chrono::hours(24 * 14);
constexpr auto ReusableLife = std::chrono::hours(24 * 365);

} // namespace

ContactLinks::ContactLinks(Core& core, Homes& homes)
    : m_core(core)
    , m_homes(homes)
    , m_own(core.db()) {}

/// One that answers now, if there is one: whoever gets the link asks there first.
const store::Home& ContactLinks::nearest(const std::vector<store::Home>& homes) const {
    const auto live = std::find_if(homes.begin(), homes.end(),
                                   [this](const store::Home& home) { return m_homes.isLive(home.relay); });
    return live != homes.end() ? *live : homes.front();
}

void ContactLinks::create(bool reusable, std::function<void(Result<wire::ContactLink>)> done) {
    const auto homes = store::loadHomes(m_core.db());
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (!homes || !manifest || !*manifest || homes->empty()) {
        done(fail(Code::Unavailable,
                  QStringLiteral("join a relay first: a contact link needs a place where requests can wait")));
        return;
    }
    Random& random = m_core.links.random;
    const auto life = reusable ? ReusableLife : OneTimeLife;
    crypto::Card card;
    card.accountKey = m_core.self.accountKey;
    card.salt = random.id<crypto::CardSalt>();
    card.minManifestVersion = (*manifest)->manifest.version;
    card.homes = (*manifest)->manifest.homes;
    card.name = m_core.self.name;
    store::OwnDrop drop;
    drop.r16 = random.id<crypto::R16>();
    drop.drop = crypto::dropIdOf(m_core.self.accountKey, drop.r16);
    drop.secret = random.secret(crypto::DropSecretSize);
    drop.kind = wire::pb::DROP_FRONT;
    drop.maxTotal = reusable ? 0 : 1;
    drop.expiresMin = toMinute(m_core.now() + life);
    card.drop = drop.drop;
    card.dropSecret = drop.secret.clone();
    const wire::CardSecret secret = crypto::cardSecretOf(card.accountKey, card.salt);
    drop.card = crypto::cardIdOf(secret);
    const store::Home& home = nearest(*homes);
    const wire::ContactLink link{home.endpoint, home.relay, secret};
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_own.add(drop));
        TRY(m_own.addCard({*drop.card, drop.drop, crypto::sealCard(random, card, m_core.accountKey), drop.expiresMin}));
        unit.afterCommit([this, id = drop.drop, link, done](const Result<void>& committed) {
            if (!committed) {
                done(committed.error());
                return;
            }
            m_whenHeld.emplace_back(id, [link, done](const Result<void>& held) {
                done(held ? Result<wire::ContactLink>(link) : held.error());
            });
            m_homes.tend();
        });
        return {};
    });
    if (!stored)
        done(stored.error());
}

void ContactLinks::onDropsHeld() {
    std::vector<Done> ready;
    std::erase_if(m_whenHeld, [&](const auto& waiting) {
        const auto held = m_own.isAnywhere(waiting.first);
        if (!held || !*held)
            return false;
        ready.push_back(waiting.second);
        return true;
    });
    for (const Done& tell : ready)
        tell({});
}

/// A link that nobody was given yet is not kept: it would stand in the way of the next one.
void ContactLinks::onNoRoom(const DropId& drop) {
    const auto waiting =
        std::find_if(m_whenHeld.begin(), m_whenHeld.end(), [&](const auto& each) { return each.first == drop; });
    const auto held = m_own.isAnywhere(drop);
    if (waiting == m_whenHeld.end() || !held || *held)
        return;
    const Done tell = waiting->second;
    m_whenHeld.erase(waiting);
    revoke(drop, [tell](const Result<void>&) {
        tell(fail(Code::Quota, QStringLiteral("too many contact links are open; withdraw one with revoke-link")));
    });
}

Result<std::vector<LinkRow>> ContactLinks::open() {
    TRY_ASSIGN(const auto drops, m_own.openLinks(toMinute(m_core.now())));
    std::vector<LinkRow> rows;
    for (const store::OwnDrop& drop : drops)
        rows.push_back({drop.drop, drop.maxTotal != 1, WallTime(std::chrono::minutes(drop.expiresMin))});
    return rows;
}

void ContactLinks::revoke(const DropId& id, Done done) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto drop, m_own.find(id));
        if (!drop || drop->kind != wire::pb::DROP_FRONT || drop->deleted)
            return fail(Code::NotFound, QStringLiteral("there is no such contact link"));
        TRY(m_own.markDeleted(id));
        unit.afterCommit([this, done](const Result<void>& committed) {
            m_homes.tend();
            done(committed);
        });
        return {};
    });
    if (!stored)
        done(stored);
}

} // namespace kith::client
