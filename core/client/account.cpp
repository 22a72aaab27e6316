// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/account.h"

#include "core/crypto/aead.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client::account {
namespace {

constexpr std::int64_t SpkRotationDays = 7;
constexpr char WrapContext[] = "krp-ak-1";

Result<crypto::ManifestDevice> ownDevice(Core& core) {
    const crypto::VerifyKey& login = core.loginKey.publicKey();
    const crypto::DhPublicKey& seal = core.sealKey.publicKey();
    const QByteArray message = crypto::crossMessage(core.self.accountKey, core.self.device, login, seal);
    TRY_ASSIGN(const signal::XeddsaSignature cross, core.signal.signCross(view(message)));
    return crypto::ManifestDevice{core.self.device,
                                  core.self.signal.registrationId,
                                  crypto::IdentityPublicKey::checked(core.self.signal.publicKey.view()),
                                  login,
                                  seal,
                                  0,
                                  crypto::Signature::checked(cross.view())};
}

} // namespace

Result<NewProfile> create(Random& random, const QString& name) {
    NewProfile profile;
    profile.accountSeed = random.secret(crypto::SigningKey::SeedSize);
    TRY_ASSIGN(const crypto::SigningKey accountKey, crypto::SigningKey::fromSeed(profile.accountSeed.view()));
    store::OwnIdentity& identity = profile.identity;
    identity.accountKey = accountKey.publicKey();
    identity.account = crypto::accountIdOf(identity.accountKey);
    identity.name = name;
    identity.device = DeviceId(1 + random.below(0x7fffffff));
    TRY_ASSIGN(identity.signal, signal::SignalEngine::createIdentity(random));
    identity.loginSeed = random.secret(crypto::SigningKey::SeedSize);
    identity.sealPrivate = random.secret(32);
    identity.outboxKey = random.secret(32);
    return profile;
}

QByteArray wrapSeed(Random& random, const SecretBytes& accountSeed, const SecretBytes& wrapKey) {
    return crypto::boxSeal(random, wrapKey.view(), view(WrapContext), accountSeed.view());
}

Result<SecretBytes> unwrapSeed(const QByteArray& wrapped, const SecretBytes& wrapKey) {
    return crypto::boxOpen(wrapKey.view(), view(WrapContext), view(wrapped));
}

Result<crypto::SignedManifest> manifestForJoin(Core& core, store::Unit& unit, const RelayId& relay) {
    TRY_ASSIGN(auto pending, store::loadPendingManifest(unit.db()));
    if (pending && pending->manifest.homes.back() == relay)
        return std::move(*pending);
    TRY_ASSIGN(auto current, store::loadOwnManifest(unit.db()));
    if (current && std::find(current->manifest.homes.begin(), current->manifest.homes.end(), relay) !=
                       current->manifest.homes.end())
        return std::move(*current); // it has forgotten us
    crypto::Manifest next;
    if (current) {
        next = current->manifest;
        next.previous = current->hash();
        next.merges.clear();
    } else {
        next.account = core.self.account;
        next.accountKey = core.self.accountKey;
        TRY_ASSIGN(const crypto::ManifestDevice device, ownDevice(core));
        next.devices.push_back(device);
    }
    ++next.version;
    next.issued = unit.now();
    next.homes.push_back(relay);
    TRY_ASSIGN(crypto::SignedManifest manifest, crypto::signManifest(next, core.accountKey));
    TRY(store::savePendingManifest(unit.db(), manifest));
    return manifest;
}

Result<void> confirmJoin(store::Unit& unit, const crypto::SignedManifest& manifest) {
    TRY(store::saveOwnManifest(unit.db(), manifest));
    return store::clearPendingManifest(unit.db());
}

Result<wire::pb::Bundle> signedPreKey(Core& core, store::Unit& unit) {
    TRY_ASSIGN(const auto published, store::loadSignedPreKey(unit.db()));
    if (published && toDay(unit.now()) - published->day < SpkRotationDays)
        return published->bundle;
    TRY_ASSIGN(const std::uint32_t id, store::takePreKeyIds(unit.db(), 1));
    TRY_ASSIGN(const signal::SignedPreKey key, core.signal.makeSignedPreKey(id));
    wire::pb::Bundle bundle;
    bundle.set_device_id(toU32(core.self.device));
    bundle.set_spk_id(key.id);
    bundle.set_spk(key.key.str());
    bundle.set_spk_sig(key.signature.str());
    TRY(store::saveSignedPreKey(unit.db(), bundle));
    return bundle;
}

Result<std::vector<wire::pb::OneTimeKey>> oneTimePreKeys(Core& core, store::Unit& unit, std::uint32_t count) {
    TRY_ASSIGN(const std::uint32_t owned, store::countOneTimeKeys(unit.db()));
    count = std::min(count, wire::limits::OneTimeKeysOwnedMax - std::min(wire::limits::OneTimeKeysOwnedMax, owned));
    if (count == 0)
        return std::vector<wire::pb::OneTimeKey>();
    TRY_ASSIGN(const std::uint32_t first, store::takePreKeyIds(unit.db(), count));
    TRY_ASSIGN(const std::vector<signal::OneTimePreKey> keys, core.signal.makeOneTimePreKeys(first, count));
    std::vector<wire::pb::OneTimeKey> out;
    out.reserve(keys.size());
    for (const signal::OneTimePreKey& key : keys) {
        wire::pb::OneTimeKey& entry = out.emplace_back();
        entry.set_opk_id(key.id);
        entry.set_opk(key.key.str());
    }
    return out;
}

} // namespace kith::client::account
