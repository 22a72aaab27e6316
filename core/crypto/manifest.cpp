// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/manifest.h"

#include "core/wire/frame.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::crypto {
namespace {

namespace pb = wire::pb;
using namespace wire::limits;

constexpr std::uint32_t SealSuite = 1;

QByteArray signedString(ByteView body) {
    QByteArray message = QByteArrayLiteral("krp-man-1");
    append(message, sha256(body).view());
    return message;
}

Result<ManifestDevice> readDevice(const pb::ManifestDevice& given) {
    const auto identity = IdentityPublicKey::from(given.ik());
    const auto login = VerifyKey::from(given.dk());
    const auto seal = DhPublicKey::from(given.sd());
    const auto cross = Signature::from(given.cross_sig());
    const bool suiteOne = std::find(given.suites().begin(), given.suites().end(), SealSuite) != given.suites().end();
    if (given.device_id() < 1 || given.device_id() > 0x7fffffff || given.reg_id() > 0x3fff || !identity || !login ||
        !seal || !cross || !suiteOne || given.suites_size() > SuitesMax)
        return fail(Code::Invalid, QStringLiteral("a device in the manifest is malformed"));
    return ManifestDevice{DeviceId(given.device_id()), given.reg_id(), *identity, *login, *seal, given.caps(), *cross};
}

Result<Manifest> readManifest(const pb::Manifest& given) {
    const auto invalid = [] { return fail(Code::Invalid, QStringLiteral("the manifest is malformed")); };
    const auto account = AccountId::from(given.account_id());
    const auto key = VerifyKey::from(given.ak());
    const auto previous = Hash32::from(given.prev_hash());
    if (given.v() != 1 || !account || !key || !previous || given.version() == 0 ||
        given.merges_size() > ManifestMergesMax || given.homes_size() < 1 || given.homes_size() > HomesMax ||
        given.devices_size() < 1 || given.devices_size() > DevicesMax || given.issued_ms() > INT64_MAX)
        return invalid();
    Manifest manifest{
        *account, *key, given.version(), *previous, {}, fromMs(static_cast<std::int64_t>(given.issued_ms())), {}, {}};
    for (const std::string& merge : given.merges()) {
        const auto hash = Hash32::from(merge);
        if (!hash)
            return invalid();
        manifest.merges.push_back(*hash);
    }
    for (const std::string& home : given.homes()) {
        const auto id = RelayId::from(home);
        if (!id || std::find(manifest.homes.begin(), manifest.homes.end(), *id) != manifest.homes.end())
            return invalid();
        manifest.homes.push_back(*id);
    }
    for (const pb::ManifestDevice& entry : given.devices()) {
        TRY_ASSIGN(const ManifestDevice device, readDevice(entry));
        if (manifest.device(device.id) != nullptr)
            return invalid();
        manifest.devices.push_back(device);
    }
    return manifest;
}

} // namespace

const ManifestDevice* Manifest::device(DeviceId id) const {
    const auto found = std::find_if(devices.begin(), devices.end(), [id](const auto& entry) { return entry.id == id; });
    return found == devices.end() ? nullptr : &*found;
}

wire::pb::Signed SignedManifest::toWire() const {
    pb::Signed out;
    out.set_body(toString(body));
    out.set_sig(signature.str());
    return out;
}

Result<SignedManifest> signManifest(const Manifest& manifest, const SigningKey& accountKey) {
    INVARIANT(manifest.accountKey == accountKey.publicKey() && manifest.account == accountIdOf(accountKey.publicKey()));
    pb::Manifest out;
    out.set_v(1);
    out.set_account_id(manifest.account.str());
    out.set_ak(manifest.accountKey.str());
    out.set_version(manifest.version);
    out.set_prev_hash(manifest.previous.str());
    for (const Hash32& merge : manifest.merges)
        out.add_merges(merge.str());
    out.set_issued_ms(static_cast<std::uint64_t>(toMs(manifest.issued)));
    for (const RelayId& home : manifest.homes)
        out.add_homes(home.str());
    for (const ManifestDevice& device : manifest.devices) {
        pb::ManifestDevice* entry = out.add_devices();
        entry->set_device_id(toU32(device.id));
        entry->set_reg_id(device.registrationId);
        entry->set_ik(device.identity.str());
        entry->set_dk(device.login.str());
        entry->set_sd(device.seal.str());
        entry->add_suites(SealSuite);
        entry->set_caps(device.caps);
        entry->set_cross_sig(device.cross.str());
    }
    const std::string body = out.SerializeAsString();
    if (body.size() > ManifestMax)
        return fail(Code::TooLarge, QStringLiteral("a manifest has at most 4 KiB"));
    return SignedManifest{manifest, toByteArray(view(body)), accountKey.sign(view(signedString(view(body))))};
}

Result<SignedManifest> verifyManifest(const wire::pb::Signed& given) {
    pb::Manifest parsed;
    if (given.body().size() > ManifestMax || !wire::parseLimited(view(given.body()), parsed))
        return fail(Code::Invalid, QStringLiteral("the manifest does not parse"));
    TRY_ASSIGN(Manifest manifest, readManifest(parsed));
    if (manifest.account != accountIdOf(manifest.accountKey) ||
        !verifySignature(manifest.accountKey, view(signedString(view(given.body()))), view(given.sig())))
        return fail(Code::Untrusted, QStringLiteral("the manifest is not signed by its account"));
    return SignedManifest{std::move(manifest), toByteArray(view(given.body())), Signature::checked(given.sig())};
}

QByteArray crossMessage(const VerifyKey& accountKey, DeviceId id, const VerifyKey& login, const DhPublicKey& seal) {
    QByteArray message = QByteArrayLiteral("krp-dev-1");
    append(message, accountKey.view());
    appendU32(message, toU32(id));
    append(message, login.view());
    append(message, seal.view());
    return message;
}

QByteArray versionBytes(std::uint64_t version) {
    QByteArray bytes;
    appendU64(bytes, version);
    return bytes;
}

} // namespace kith::crypto
