// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/relay_folder.h"

#include "core/base/random.h"

#include <QDir>
#include <QFile>

namespace kith::relay {
namespace {

constexpr std::size_t KeySize = 32;
constexpr QLatin1String SeedSetting("rk_seed");
constexpr QLatin1String CertificateSetting("leaf_certificate");
constexpr QLatin1String LeafKeySetting("leaf_key");
constexpr QLatin1String LeafPinSetting("leaf_pin");
constexpr QLatin1String PublicSetting("public");
constexpr QLatin1String DescriptorSetting("descriptor");
constexpr auto DescriptorLife = std::chrono::hours(24 * 365);
constexpr auto DescriptorRenewal = std::chrono::hours(24 * 30);

Result<SecretBytes> readKey(const QString& path) {
    TRY_ASSIGN(QByteArray content, platform::readFile(path, KeySize + 1));
    if (content.size() != KeySize)
        return fail(
            Code::Corrupt,
            QStringLiteral("%1 is damaged: it must have %2 bytes; restore it from a backup").arg(path).arg(KeySize));
    SecretBytes key(view(content));
    wipe(content);
    return key;
}

constexpr QLatin1String KeyFile("/relay.key");
constexpr QLatin1String NewKeyFile("/relay.key.new");
constexpr QLatin1String StoreFile("/relay.db");

struct StoreKey {
    SecretBytes key;
    SqliteMailStore::Mode mode = SqliteMailStore::Mode::Existing;
    bool mayBegin = false; ///< a store without an identity is a first start, not one that lost its log
    bool isNew = false;    ///< still under the name of a first start that is not finished
};

/// A first start keeps its key under another name until the identity is in the store, so a crash in between is told
/// from a store or a key that got lost: only the former is begun anew.
Result<StoreKey> beginFirstStart(const QString& folder) {
    for (const QLatin1String name :
         {StoreFile, QLatin1String("/relay.db-wal"), QLatin1String("/relay.db-shm"), NewKeyFile})
        QFile::remove(folder + name);
    SystemRandom random;
    SecretBytes key = random.secret(KeySize);
    QByteArray content = toByteArray(key.view());
    const Result<void> created = platform::createPrivateFile(folder + NewKeyFile, content);
    wipe(content);
    if (!created)
        return created.error();
    return StoreKey{std::move(key), SqliteMailStore::Mode::Create, true, true};
}

Result<void> finishFirstStart(const QString& folder) {
    return platform::renameFile(folder + NewKeyFile, folder + KeyFile);
}

/// Nothing is made anew over a relay that was there: a new identity would lose every member.
Result<StoreKey> storeKey(const QString& folder) {
    const bool hasStore = QFile::exists(folder + StoreFile);
    const QString credentials = qEnvironmentVariable("CREDENTIALS_DIRECTORY");
    const QString credential = credentials + QStringLiteral("/kith-relay-key");
    if (!credentials.isEmpty() && QFile::exists(credential)) {
        TRY_ASSIGN(SecretBytes key, readKey(credential));
        // Nothing here tells a first start that was cut short.
        return StoreKey{std::move(key), hasStore ? SqliteMailStore::Mode::Existing : SqliteMailStore::Mode::Create,
                        true};
    }
    const bool hasKey = QFile::exists(folder + KeyFile);
    if (hasKey && !hasStore)
        return fail(Code::Denied,
                    QStringLiteral("this relay's key is here but its store is not; put relay.db back from a "
                                   "backup, or begin a new relay in another folder"));
    if (!hasKey && hasStore && !QFile::exists(folder + NewKeyFile))
        return fail(Code::Denied,
                    QStringLiteral("this relay's store is here but its key is not; put relay.key back from "
                                   "a backup"));
    if (!hasKey)
        return beginFirstStart(folder);
    TRY_ASSIGN(SecretBytes key, readKey(folder + KeyFile));
    return StoreKey{std::move(key)};
}

Result<RelayIdentity> loadIdentity(MailStore& store, bool mayBegin) {
    TRY_ASSIGN(auto seed, store.setting(SeedSetting));
    if (!seed && mayBegin) {
        SystemRandom random;
        const SecretBytes made = random.secret(crypto::SigningKey::SeedSize);
        TRY_ASSIGN(const crypto::TlsLeaf leaf, crypto::makeTlsLeaf());
        TRY(store.setSetting(CertificateSetting, view(leaf.certificatePem)));
        TRY(store.setSetting(LeafKeySetting, leaf.privateKeyPem.view()));
        TRY(store.setSetting(LeafPinSetting, leaf.pin.view()));
        TRY(store.setSetting(SeedSetting, made.view())); // last: with it the identity is whole
        TRY_ASSIGN(seed, store.setting(SeedSetting));
    }
    TRY_ASSIGN(auto certificate, store.setting(CertificateSetting));
    TRY_ASSIGN(auto leafKey, store.setting(LeafKeySetting));
    TRY_ASSIGN(const auto pin, store.setting(LeafPinSetting));
    const auto leafPin = pin ? crypto::Hash32::from(pin->view()) : std::nullopt;
    if (!seed || !certificate || !leafKey || !leafPin)
        return fail(Code::Corrupt, QStringLiteral("the relay's store lacks its identity; restore it from a backup"));
    TRY_ASSIGN(const crypto::SigningKey key, crypto::SigningKey::fromSeed(seed->view()));
    RelayIdentity identity;
    identity.relayKey = key.publicKey();
    identity.relay = crypto::relayIdOf(identity.relayKey);
    identity.seed = std::move(*seed);
    identity.leaf = {toByteArray(certificate->view()), std::move(*leafKey), *leafPin};
    return identity;
}

Result<std::optional<crypto::SignedDescriptor>> storedDescriptor(MailStore& store) {
    TRY_ASSIGN(const auto stored, store.setting(DescriptorSetting));
    pb::Signed parsed;
    if (!stored || !wire::parseLimited(stored->view(), parsed))
        return std::optional<crypto::SignedDescriptor>();
    auto verified = crypto::verifyDescriptor(parsed);
    return verified ? std::optional(std::move(verified).value()) : std::nullopt;
}

} // namespace

bool RelayFolder::exists(const QString& folder) {
    return QFile::exists(folder + StoreFile);
}

Result<RelayFolder> RelayFolder::open(const QString& folder, const QString& program, const Clock& clock,
                                      const MailPolicy& policy) {
    SqliteMailStore::Options options;
    options.policy = policy;
    TRY(platform::makePrivateFolder(folder));
    RelayFolder opened;
    TRY_ASSIGN(opened.lock, platform::FileLock::acquire(folder + QStringLiteral("/lock"), program));
    TRY_ASSIGN(StoreKey key, storeKey(folder));
    auto store = SqliteMailStore::open(folder + StoreFile, key.key, key.mode, clock, options);
    if (!store && store.error().code == Code::Denied && store.error().cause == Cause::None)
        return fail(
            Code::Denied,
            QStringLiteral("the key in %1 does not open its store; put both back from the same backup").arg(folder));
    if (!store)
        return store.error();
    opened.store = std::move(*store);
    TRY_ASSIGN(opened.identity, loadIdentity(*opened.store, key.mayBegin));
    if (key.isNew) {
        TRY(opened.store->writeThrough()); // no loss of the log may take the identity
        TRY(finishFirstStart(folder));
    }
    return opened;
}

Result<std::optional<wire::Endpoint>> loadPublicEndpoint(MailStore& store) {
    TRY_ASSIGN(const auto stored, store.setting(PublicSetting));
    if (!stored)
        return std::optional<wire::Endpoint>();
    TRY_ASSIGN(wire::Endpoint endpoint, wire::Endpoint::parse(QString::fromUtf8(toByteArray(stored->view()))));
    return std::optional(std::move(endpoint));
}

Result<void> savePublicEndpoint(MailStore& store, const wire::Endpoint& endpoint) {
    return store.setSetting(PublicSetting, view(endpoint.toString().toUtf8()));
}

Result<crypto::SignedDescriptor> currentDescriptor(MailStore& store, const RelayIdentity& identity,
                                                   const wire::Endpoint& endpoint, WallTime now) {
    TRY_ASSIGN(std::optional<crypto::SignedDescriptor> known, storedDescriptor(store));
    const std::vector<wire::Endpoint> endpoints{endpoint};
    const std::vector<Hash32> pins{identity.leaf.pin};
    const bool isOurs = known && known->descriptor.relay == identity.relay;
    if (isOurs && known->descriptor.endpoints == endpoints && known->descriptor.leafPins == pins &&
        now - known->descriptor.issued < DescriptorRenewal)
        return std::move(*known);
    crypto::Descriptor descriptor;
    descriptor.relay = identity.relay;
    descriptor.relayKey = identity.relayKey;
    // The newer one wins at clients, whatever the clock says.
    descriptor.issued = isOurs ? std::max(now, known->descriptor.issued + Millis(1)) : now;
    descriptor.notAfter = descriptor.issued + DescriptorLife;
    descriptor.endpoints = endpoints;
    descriptor.leafPins = pins;
    TRY_ASSIGN(const crypto::SigningKey key, crypto::SigningKey::fromSeed(identity.seed.view()));
    crypto::SignedDescriptor made = crypto::signDescriptor(descriptor, key);
    TRY(store.setSetting(DescriptorSetting, view(made.toWire().SerializeAsString())));
    return made;
}

} // namespace kith::relay
