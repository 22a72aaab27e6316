// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/relay_folder.h"

#include "core/base/random.h"
#include "core/crypto/derive.h"

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

Result<SecretBytes> readKey(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(Code::Denied, QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    QByteArray content = file.read(KeySize + 1);
    if (content.size() != KeySize)
        return fail(
            Code::Corrupt,
            QStringLiteral("%1 is damaged: it must have %2 bytes; restore it from a backup").arg(path).arg(KeySize));
    SecretBytes key(view(content));
    wipe(content);
    return key;
}

struct StoreKey {
    SecretBytes key;
    SqliteMailStore::Mode mode;
};

/// An existing store without its key is left alone: a new identity over it would lose every member.
Result<StoreKey> storeKey(const QString& folder) {
    const bool hasStore = QFile::exists(folder + QStringLiteral("/relay.db"));
    const auto mode = hasStore ? SqliteMailStore::Mode::Existing : SqliteMailStore::Mode::Create;
    const QString credentials = qEnvironmentVariable("CREDENTIALS_DIRECTORY");
    const QString credential = credentials + QStringLiteral("/kith-relay-key");
    const QString path = folder + QStringLiteral("/relay.key");
    if (!credentials.isEmpty() && QFile::exists(credential)) {
        TRY_ASSIGN(SecretBytes key, readKey(credential));
        return StoreKey{std::move(key), mode};
    }
    if (!QFile::exists(path)) {
        if (hasStore)
            return fail(
                Code::Denied,
                QStringLiteral("this relay's store is here but its key is not; put relay.key back from a backup"));
        SystemRandom random;
        const SecretBytes made = random.secret(KeySize);
        QByteArray content = toByteArray(made.view());
        const Result<void> created = platform::createPrivateFile(path, content);
        wipe(content);
        TRY(created);
    }
    TRY_ASSIGN(SecretBytes key, readKey(path));
    return StoreKey{std::move(key), mode};
}

Result<RelayIdentity> loadIdentity(MailStore& store) {
    TRY_ASSIGN(auto seed, store.setting(SeedSetting));
    if (!seed) {
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

} // namespace

Result<RelayFolder> RelayFolder::open(const QString& folder, const QString& program, const Clock& clock,
                                      const MailPolicy& policy) {
    SqliteMailStore::Options options;
    options.policy = policy;
    TRY(platform::makePrivateFolder(folder));
    RelayFolder opened;
    auto lock = platform::FileLock::acquire(folder + QStringLiteral("/lock"), program);
    if (!lock)
        return fail(lock.error().code, QStringLiteral("the folder %1 is %2").arg(folder, lock.error().detail));
    opened.lock = std::move(*lock);
    TRY_ASSIGN(StoreKey key, storeKey(folder));
    auto store = SqliteMailStore::open(folder + QStringLiteral("/relay.db"), key.key, key.mode, clock, options);
    if (!store && store.error().code == Code::Denied)
        return fail(
            Code::Denied,
            QStringLiteral("the key in %1 does not open its store; put both back from the same backup").arg(folder));
    if (!store)
        return store.error();
    opened.store = std::move(*store);
    TRY_ASSIGN(opened.identity, loadIdentity(*opened.store));
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

} // namespace kith::relay
