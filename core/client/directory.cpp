// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/directory.h"

#include "core/base/logging.h"
#include "core/wire/limits.h"

namespace kith::client {
namespace {

constexpr Millis HomePatience{10'000};

/// The answer says nothing about the request: another home may do better.
bool isPassing(wire::WireCode code) {
    switch (code) {
    case wire::WireCode::RetryLater:
    case wire::WireCode::Draining:
    case wire::WireCode::Internal:
    case wire::WireCode::Rate:
    case wire::WireCode::Denied:
        return true;
    default:
        return false;
    }
}

} // namespace

Result<store::Adoption> Directory::adopt(store::Unit& unit, const crypto::SignedManifest& manifest) {
    for (const crypto::ManifestDevice& device : manifest.manifest.devices) {
        const QByteArray message =
            crypto::crossMessage(manifest.manifest.accountKey, device.id, device.login, device.seal);
        TRY(signal::SignalEngine::verifyCross(signal::IdentityKey::checked(device.identity.view()), view(message),
                                              signal::XeddsaSignature::checked(device.cross.view())));
    }
    TRY_ASSIGN(const store::Adoption adoption, store::Peers(unit.db()).adopt(manifest, unit.now()));
    if (adoption.outcome == store::Adoption::Outcome::Fork)
        qCWarning(log::client) << "two manifests of one version: sending to common devices only";
    if (adoption.recovered) {
        store::pb::Event event;
        event.mutable_contact_recovered()->set_account(manifest.manifest.account.str());
        TRY(unit.append(event));
    }
    return adoption;
}

void Directory::handleIncoming(IncomingHandlers& handlers) {
    handlers.on(wire::pb::Content::kManifest,
                [this](store::Unit& unit, const Incoming& incoming) { return takeManifest(unit, incoming); });
    // Addresses of homes come with the relay set.
    handlers.on(wire::pb::Content::kDescriptor, [](store::Unit&, const Incoming&) { return Result<void>(); });
}

Result<void> Directory::takeManifest(store::Unit& unit, const Incoming& incoming) {
    const auto manifest = crypto::verifyManifest(incoming.content.manifest().manifest());
    if (!manifest || manifest->manifest.account != incoming.from.account)
        return {};
    const auto adopted = adopt(unit, *manifest);
    return adopted || !adopted.error().isStorage ? Result<void>() : adopted.error();
}

Result<std::vector<link::RelayAddress>> Directory::addresses(const AccountId& account) {
    store::Peers peers(m_core.db());
    TRY_ASSIGN(const auto known, peers.homes(account));
    TRY_ASSIGN(const auto manifest, peers.manifest(account));
    TRY_ASSIGN(const auto own, store::loadHomes(m_core.db()));
    std::vector<link::RelayAddress> addresses;
    const auto add = [&](const RelayId& relay) {
        for (const store::Home& home : own)
            if (home.relay == relay) {
                addresses.push_back({relay, {home.endpoint}, link::DialPolicy::LocalToo});
                return;
            }
        for (const store::PeerHome& home : known)
            if (home.relay == relay)
                addresses.push_back(
                    {relay, {home.endpoint}, home.localAllowed ? link::DialPolicy::LocalToo : m_core.strangers()});
    };
    if (manifest)
        for (const RelayId& relay : manifest->manifest.homes)
            add(relay);
    else
        for (const store::PeerHome& home : known)
            add(home.relay);
    return addresses;
}

void Directory::ask(std::vector<link::RelayAddress> addresses, const wire::pb::Frame& frame,
                    link::ReplyHandler handler) {
    if (addresses.empty()) {
        m_core.links.scheduler.post([handler = std::move(handler)] {
            handler(fail(Code::Unavailable, QStringLiteral("no relay of this contact is known")));
        });
        return;
    }
    const link::RelayAddress address = addresses.front();
    addresses.erase(addresses.begin());
    m_drops.send(address, frame, HomePatience,
                 [this, addresses = std::move(addresses), frame, handler](Result<link::Reply> reply) {
                     const bool isConclusive = reply && !isPassing(reply->error);
                     // A home that has not heard of a drop yet is no verdict while another one might have.
                     if (isConclusive || addresses.empty())
                         handler(std::move(reply));
                     else
                         ask(addresses, frame, handler);
                 });
}

Result<bool> Directory::hasSessions(const AccountId& account, std::optional<DeviceId> device) {
    TRY_ASSIGN(const auto devices, store::Peers(m_core.db()).devices(account));
    bool any = false;
    for (const store::PeerDeviceKeys& keys : devices) {
        if (device && keys.device != *device)
            continue;
        TRY_ASSIGN(const bool has, m_core.signal.hasSession({account, keys.device}));
        if (!has)
            return false;
        any = true;
    }
    return any;
}

void Directory::openSessions(const AccountId& account, const DropId& drop, ByteView dropSecret, Done done) {
    const auto addresses = this->addresses(account);
    const auto known = store::Peers(m_core.db()).manifest(account);
    if (!addresses || !known) {
        done(!addresses ? addresses.error() : known.error());
        return;
    }
    wire::pb::Frame frame;
    wire::pb::BundlesGet* get = frame.mutable_bundles_get();
    get->set_drop_id(drop.str());
    get->set_token(crypto::dropToken(dropSecret).str());
    if (*known) {
        get->set_known_ver((*known)->manifest.version);
        *get->mutable_manifest() = (*known)->toWire(); // for a home that slept through the last change
    }
    ask(*addresses, frame, [this, account, done = std::move(done)](const Result<link::Reply>& reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        if (!reply->isOk()) {
            done(fail(reply->error == wire::WireCode::Denied ? Code::Denied : Code::Unavailable,
                      QStringLiteral("the relay did not hand out keys (code %1)").arg(static_cast<int>(reply->error))));
            return;
        }
        const Result<void> taken = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
            TRY(takeBundles(unit, account, reply->frame.bundles()));
            unit.afterCommit(done);
            return {};
        });
        if (!taken)
            done(taken.error());
    });
}

Result<void> Directory::takeBundles(store::Unit& unit, const AccountId& account, const wire::pb::Bundles& bundles) {
    if (bundles.has_manifest()) {
        TRY_ASSIGN(const crypto::SignedManifest manifest, crypto::verifyManifest(bundles.manifest()));
        if (manifest.manifest.account != account)
            return fail(Code::Untrusted, QStringLiteral("the relay answered with another account's manifest"));
        TRY(adopt(unit, manifest));
    }
    TRY_ASSIGN(const auto devices, store::Peers(unit.db()).devices(account));
    for (const wire::pb::Bundle& given : bundles.bundles()) {
        for (const store::PeerDeviceKeys& keys : devices) {
            if (toU32(keys.device) != given.device_id())
                continue;
            signal::PreKeyBundle bundle;
            bundle.device = keys.device;
            bundle.registrationId = keys.registrationId;
            bundle.identity = signal::IdentityKey::checked(keys.identity.view());
            bundle.signedPreKey = {given.spk_id(), signal::PreKeyPublic::checked(given.spk()),
                                   signal::XeddsaSignature::checked(given.spk_sig())};
            if (!given.opk().empty())
                bundle.oneTimePreKey =
                    signal::OneTimePreKey{given.opk_id(), signal::PreKeyPublic::checked(given.opk())};
            TRY(m_core.signal.ensureSession({account, keys.device}, bundle));
        }
    }
    return {};
}

} // namespace kith::client
