// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/messenger.h"

#include "core/base/logging.h"
#include "core/client/account.h"
#include "core/client/display_text.h"
#include "core/client/view_mapping.h"
#include "core/crypto/recovery.h"
#include "core/crypto/safety_number.h"
#include "core/store/receiving/places.h"
#include "core/wire/limits.h"

#include <QFile>

namespace kith::client {
namespace {

constexpr std::int64_t HeaderMax = 4096;
constexpr std::int64_t RecoveryMax = 16 * 1024;

/// The header of a profile, in a folder that only we can change.
Result<QByteArray> readHeader(const store::ProfilePaths& paths) {
    const Result<void> folder = platform::checkPrivateFolder(paths.folder);
    auto header = folder ? platform::readFile(paths.header(), HeaderMax) : Result<QByteArray>(folder.error());
    if (!header && header.error().code == Code::NotFound)
        return fail(Code::NotFound, QStringLiteral("there is no profile in this folder; create one with init"));
    return header;
}

} // namespace

/// Homes are made before the inbox, which needs them: this passes mail on.
class InboxSink final : public MailSink {
public:
    explicit InboxSink(std::unique_ptr<Inbox>& inbox)
        : m_inbox(inbox) {}
    void receive(const wire::pb::Envelope& envelope, std::function<void(Stored)> done) override {
        m_inbox->receive(envelope, std::move(done));
    }

private:
    std::unique_ptr<Inbox>& m_inbox;
};

Result<ProfileCreated> Messenger::create(const store::ProfilePaths& paths, const QString& name, ByteView passphrase,
                                         const crypto::KdfParams& kdf, const Environment& environment) {
    const QString clean = cleanName(name);
    if (clean.isEmpty())
        return fail(Code::Invalid, QStringLiteral("a profile needs a name that others can read"));
    if (QFile::exists(paths.header()))
        return fail(Code::Duplicate, QStringLiteral("there is a profile in this folder already"));
    TRY(platform::makePrivateFolder(paths.folder));
    TRY_ASSIGN(const auto lock, platform::FileLock::acquire(paths.lock(), QStringLiteral("kith")));
    TRY_ASSIGN(account::NewProfile profile, account::create(environment.random, clean));
    TRY_ASSIGN(const crypto::key_slots::Created slots, crypto::key_slots::create(environment.random, passphrase, kdf));
    profile.identity.wrappedAccountSeed =
        account::wrapSeed(environment.random, profile.accountSeed, slots.keys.accountWrap);
    const SecretBytes entropy = environment.random.secret(16);
    const QByteArray recovery = crypto::makeRecoveryFile(environment.random, entropy, profile.accountSeed);
    TRY(platform::replacePrivateFile(paths.recovery(), recovery));
    const auto fill = [&](store::Unit& unit) -> Result<void> {
        TRY(store::saveIdentity(unit.db(), profile.identity));
        store::pb::Event event;
        event.mutable_profile_created()->set_account(profile.identity.account.str());
        event.mutable_profile_created()->set_name(clean.toStdString());
        TRY(unit.append(event));
        return {};
    };
    TRY(store::ProfileStore::create(paths, slots.header, slots.keys.master, environment.clock, fill));
    return ProfileCreated{profile.identity.account, crypto::safetyHalf(profile.identity.accountKey),
                          crypto::makeRecoveryCode(entropy)};
}

Result<std::unique_ptr<Messenger>> Messenger::open(const store::ProfilePaths& paths, ByteView passphrase,
                                                   const QString& program, const Environment& environment,
                                                   Listener listener) {
    TRY_ASSIGN(const QByteArray header, readHeader(paths));
    TRY_ASSIGN(auto lock, platform::FileLock::acquire(
                              paths.lock(), program)); // first: nobody waits for a key only to hear that it is in use
    TRY_ASSIGN(crypto::ProfileKeys keys, crypto::key_slots::open(view(header), passphrase));
    return openLocked(paths, std::move(lock), std::move(keys), environment, std::move(listener));
}

Result<std::unique_ptr<Messenger>> Messenger::open(const store::ProfilePaths& paths, crypto::ProfileKeys keys,
                                                   const QString& program, const Environment& environment,
                                                   Listener listener) {
    TRY_ASSIGN(auto lock, platform::FileLock::acquire(paths.lock(), program));
    return openLocked(paths, std::move(lock), std::move(keys), environment, std::move(listener));
}

Result<std::unique_ptr<Messenger>> Messenger::openLocked(const store::ProfilePaths& paths,
                                                         std::unique_ptr<platform::FileLock> lock,
                                                         crypto::ProfileKeys keys, const Environment& environment,
                                                         Listener listener) {
    auto store = store::ProfileStore::open(paths, keys.master, environment.clock, environment.scheduler);
    if (!store && store.error().code == Code::Denied && store.error().cause == Cause::None)
        // The header has proved the key: the database is another one's, or its first page is gone.
        return fail(Code::Corrupt,
                    QStringLiteral("profile.db is damaged or belongs to another profile; restore it from a backup"));
    if (!store)
        return store.error();
    std::unique_ptr<Messenger> messenger(
        new Messenger(paths, std::move(lock), std::move(keys.master), std::move(*store), std::move(listener)));
    TRY(messenger->assemble(environment, keys.accountWrap));
    return messenger;
}

Messenger::Messenger(store::ProfilePaths paths, std::unique_ptr<platform::FileLock> lock, SecretBytes master,
                     std::unique_ptr<store::ProfileStore> store, Listener listener)
    : m_paths(std::move(paths))
    , m_lock(std::move(lock))
    , m_master(std::move(master))
    , m_store(std::move(store))
    , m_listener(std::move(listener)) {}

Result<void> Messenger::assemble(const Environment& environment, const SecretBytes& accountWrap) {
    TRY_ASSIGN(store::OwnIdentity self, store::loadIdentity(m_store->db()));
    TRY_ASSIGN(SecretBytes accountSeed, account::unwrapSeed(self.wrappedAccountSeed, accountWrap));
    TRY_ASSIGN(crypto::SigningKey accountKey, crypto::SigningKey::fromSeed(accountSeed.view()));
    TRY_ASSIGN(crypto::SigningKey loginKey, crypto::SigningKey::fromSeed(self.loginSeed.view()));
    TRY_ASSIGN(crypto::DhKey sealKey, crypto::DhKey::fromPrivate(self.sealPrivate.view()));
    m_keys = std::make_unique<store::KeyStoreSql>(m_store->db(), environment.clock);
    TRY_ASSIGN(m_signal, signal::SignalEngine::create(*m_keys, environment.random, environment.clock));
    const link::LinkContext links{environment.scheduler, environment.clock, environment.random, environment.transports};
    m_core.reset(new Core{links, environment.heavy, environment.dialLocal, *m_store, *m_signal, std::move(self),
                          std::move(loginKey), std::move(accountKey), std::move(sealKey), std::move(accountSeed)});
    m_dropLink = std::make_unique<link::DropLink>(links);
    m_directory = std::make_unique<Directory>(*m_core, *m_dropLink);
    m_pump = std::make_unique<OutboxPump>(*m_core, *m_directory, *m_dropLink);
    m_sink = std::make_unique<InboxSink>(m_inbox);
    m_homes = std::make_unique<Homes>(
        *m_core, *m_sink,
        Homes::Listener{[this](const ConnectionRow& row) {
                            if (row.state == link::stateName(link::LinkState::Live))
                                m_pump->retryNow(); // what waits for a relay may leave too
                            m_listener.connectionChanged(row);
                        },
                        [this] {
                            m_links->onDropsHeld();
                            m_pump->poke();
                        },
                        [this](const DropId& drop) { m_links->onNoRoom(drop); }, [this] { checkSync(); }});
    m_links = std::make_unique<ContactLinks>(*m_core, *m_homes);
    m_contacts = std::make_unique<Contacts>(*m_core, *m_directory, *m_homes, *m_pump, *m_dropLink);
    m_repair = std::make_unique<Repair>(*m_core, m_pump->outgoing());
    m_received = std::make_unique<ReceivedMessages>(*m_core, m_pump->outgoing());
    m_inbox = std::make_unique<Inbox>(*m_core, *m_directory, *m_contacts, *m_repair, *m_received);
    m_written = std::make_unique<WrittenMessages>(*m_core, *m_pump);
    m_pump->setQuietListener([this] { checkSync(); });
    m_pump->setWaitingListener([this](const WaitingRow& row) {
        if (m_listener.waitingChanged)
            m_listener.waitingChanged(row);
    });
    m_store->setListener([this](const std::vector<store::StoredEvent>& events) { onCommitted(events); });
    return forgetOld();
}

Messenger::~Messenger() {
    m_homes.reset(); // no callback of a link may find the rest half gone
    m_pump.reset();
    m_dropLink.reset();
}

Result<void> Messenger::forgetOld() {
    return m_store->unit([this](store::Unit& unit) -> Result<void> {
        TRY(store::correctPlaces(unit));
        TRY(store::Inbound(unit.db()).forgetOld(unit.now()));
        return store::Sent(unit.db()).forgetBefore(toDay(unit.now() - wire::limits::OutboxHorizon));
    });
}

Result<sqlite::Database> Messenger::openReader() const {
    return store::ProfileStore::openReader(m_paths, m_master);
}

Result<void> Messenger::goOnline() {
    TRY(connect());
    m_homes->retryNow();
    return {};
}

Result<void> Messenger::connect() {
    TRY(m_homes->start());
    if (!m_online) {
        m_online = true;
        m_pump->start();
        m_repair->start();
    }
    return {};
}

void Messenger::close() {
    m_homes->stop();
    m_pump->stop();
    m_store->close();
}

void Messenger::join(const wire::InviteLink& invite, std::function<void(const Result<Joined>&)> done) {
    m_homes->join(invite, [this, invite, done = std::move(done)](const Result<void>& joined) {
        if (!joined && joined.error().code == Code::Duplicate && invite.card) { // a member: the card is what is new
            m_contacts->add({invite.endpoint, invite.relay, *invite.card}, {},
                            [done](const Result<store::ContactRow>& asked) {
                                done(asked ? Result<Joined>(Joined()) : asked.error());
                            });
            return;
        }
        if (!joined) {
            done(joined.error());
            return;
        }
        m_online = true;
        m_pump->start();
        if (const auto homes = store::loadHomes(m_store->db())) {
            std::vector<crypto::RecoveryHome> list;
            for (const store::Home& home : *homes)
                if (home.registered)
                    list.push_back({home.relay, home.endpoint});
            const auto updated = [&]() -> Result<void> {
                TRY_ASSIGN(const QByteArray file, platform::readFile(m_paths.recovery(), RecoveryMax));
                TRY_ASSIGN(const QByteArray next,
                           crypto::withRecoveryHomes(m_core->links.random, view(file), m_core->accountSeed, list));
                return platform::replacePrivateFile(m_paths.recovery(), next);
            }();
            if (!updated)
                qCWarning(log::client) << "the recovery file does not name this relay yet:" << updated.error().detail;
        }
        if (!invite.card) {
            done(Joined());
            return;
        }
        // The inviter put his card into the invite: ask him at once.
        m_contacts->add({invite.endpoint, invite.relay, *invite.card}, {},
                        [done](const Result<store::ContactRow>& asked) {
                            done(Joined{asked ? std::nullopt : std::optional(asked.error())});
                        });
    });
}

Result<ProfileInfo> Messenger::info() {
    TRY_ASSIGN(const std::int64_t queued, store::Outbox(m_store->db()).count());
    ProfileInfo info{m_core->self.account,
                     m_core->self.name,
                     m_core->self.device,
                     crypto::safetyHalf(m_core->self.accountKey),
                     {},
                     queued,
                     {}};
    TRY_ASSIGN(info.homes, homes());
    TRY_ASSIGN(info.lastOpen, store::loadLastOpen(m_store->db()));
    return info;
}

Result<SafetyNumber> Messenger::safetyNumber(const AccountId& account) {
    TRY_ASSIGN(const auto contact, store::queries::contact(m_store->db(), account));
    TRY_ASSIGN(const auto manifest, store::Peers(m_store->db()).manifest(account));
    if (!contact || !manifest)
        return fail(Code::NotFound, QStringLiteral("this account is not a contact"));
    return SafetyNumber{account, crypto::safetyNumber(m_core->self.accountKey, manifest->manifest.accountKey),
                        contact->verified};
}

void Messenger::setLastOpen(const ConversationId& conversation, Done done) {
    const Result<void> stored = m_store->unit([&](store::Unit& unit) -> Result<void> {
        TRY(store::saveLastOpen(unit.db(), conversation));
        unit.afterCommit(done);
        return {};
    });
    if (!stored)
        done(stored);
}

void Messenger::onCommitted(const std::vector<store::StoredEvent>& events) {
    const auto batch = toBatch(m_store->db(), events);
    if (!batch) {
        qCWarning(log::client) << "cannot read what was just stored:" << batch.error().detail;
        return;
    }
    m_written->tellWaiting(*batch);
    m_listener.eventsAppended(*batch);
}

void Messenger::sync(std::function<void(Result<SyncReport>)> done) {
    if (const Result<void> online = connect(); !online) {
        done(online.error());
        return;
    }
    if (!m_homes->hasHome()) {
        done(fail(Code::Unavailable, QStringLiteral("join a relay first")));
        return;
    }
    if (!m_syncing)
        m_syncing = Syncing{false, m_inbox->receivedCount(), m_pump->acceptedCount(), {}};
    m_syncing->receiptsFlushed = false;
    m_syncing->done.push_back(std::move(done));
    m_pump->retryNow();
}

void Messenger::checkSync() {
    if (!m_syncing || !m_homes->isDrained() || !m_pump->isQuiet())
        return;
    m_store->commitNow();
    if (!m_syncing->receiptsFlushed) {
        m_syncing->receiptsFlushed = true;
        m_pump->flushReceipts(); // its quiet moment comes back here
        return;
    }
    const auto queued = store::Outbox(m_store->db()).count();
    const SyncReport report{m_inbox->receivedCount() - m_syncing->received, m_pump->acceptedCount() - m_syncing->sent,
                            queued.value_or(0)};
    const Syncing finished = *std::exchange(m_syncing, std::nullopt);
    for (const auto& done : finished.done)
        m_core->links.scheduler.post([done, report] { done(report); });
}

} // namespace kith::client
