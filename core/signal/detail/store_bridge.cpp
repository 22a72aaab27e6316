// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/detail/store_bridge.h"

#include <signal/session_record.h>

#include <array>

namespace kith::signal::detail {
namespace {

/// A stored session above this is refused: a peer can grow it (91 bytes per skipped message) up to 910 kB, and every
/// later message pays for reading and writing it (SCHEMA.md, "session").
constexpr qsizetype maxStoredSession = 256 * 1024;
/// libsignal keeps 40 and tries a message on each: a peer that pays one message a state makes every later one, and
/// every forgery, cost that many times more (10 ms a state, measured). A repair leaves one; more are rarely under way.
constexpr int maxArchivedStates = 8;
/// As in the official client; shorter than the 52 days a signed prekey lives.
constexpr std::chrono::hours unacknowledgedLimit{24 * 30};
/// Ours, outside libsignal's range; the story is in m_error.
constexpr int storeFailed = SG_ERR_MINIMUM - 1;
constexpr std::uint8_t curveType = 0x05;

StoreBridge& bridge(void* user) {
    return *static_cast<StoreBridge*>(user);
}

/// A buffer that libsignal takes over and frees.
int give(signal_buffer** to, ByteView bytes) {
    *to = signal_buffer_create(bytes.data(), bytes.size());
    return *to != nullptr ? SG_SUCCESS : SG_ERR_NOMEM;
}

} // namespace

Result<std::unique_ptr<StoreBridge>> StoreBridge::create(KeyStore& keys, const Clock& clock, signal_context* context) {
    std::unique_ptr<StoreBridge> made(new StoreBridge(keys, clock, context));
    TRY(made->connect());
    return made;
}

Result<void> StoreBridge::connect() {
    TRY(check(signal_protocol_store_context_create(&m_store, m_context), Work::Keys));
    // Only what cipher and builder call: enumerating and deleting sessions is the key store's own business.
    signal_protocol_session_store sessions{};
    sessions.load_session_func = loadSession;
    sessions.contains_session_func = containsSession;
    sessions.store_session_func = storeSession;
    sessions.user_data = this;
    signal_protocol_pre_key_store preKeys{};
    preKeys.load_pre_key = loadOneTimePreKey;
    preKeys.remove_pre_key = removeOneTimePreKey;
    preKeys.user_data = this;
    signal_protocol_signed_pre_key_store signedPreKeys{};
    signedPreKeys.load_signed_pre_key = loadSignedPreKey;
    signedPreKeys.user_data = this;
    signal_protocol_identity_key_store identities{};
    identities.get_identity_key_pair = identityKeyPair;
    identities.get_local_registration_id = registrationId;
    identities.save_identity = saveIdentity;
    identities.is_trusted_identity = isTrustedIdentity;
    identities.user_data = this;
    TRY(check(signal_protocol_store_context_set_session_store(m_store, &sessions), Work::Keys));
    TRY(check(signal_protocol_store_context_set_pre_key_store(m_store, &preKeys), Work::Keys));
    TRY(check(signal_protocol_store_context_set_signed_pre_key_store(m_store, &signedPreKeys), Work::Keys));
    TRY(check(signal_protocol_store_context_set_identity_key_store(m_store, &identities), Work::Keys));
    TRY(check(session_builder_create(&m_builder, m_store, &m_address, m_context), Work::Keys));
    return check(session_cipher_create(&m_cipher, m_store, &m_address, m_context), Work::Keys);
}

StoreBridge::~StoreBridge() {
    session_cipher_free(m_cipher);
    session_builder_free(m_builder);
    signal_protocol_store_context_destroy(m_store);
}

Result<void> StoreBridge::begin(const PeerDevice& peer) {
    m_peer = peer;
    m_session = {};
    m_now = {};
    m_opened = {};
    m_changed.reset();
    m_usedPreKey.reset();
    m_error.reset();
    TRY_ASSIGN(m_stored, m_keys.session(peer));
    TRY_ASSIGN(m_trusted, m_keys.trustedIdentity(peer));
    if (!m_stored)
        return {};
    TRY_ASSIGN(m_session, StoredSession::decode(*m_stored));
    TRY_ASSIGN(m_now, SessionGlance::of(m_session.record));
    m_opened = m_session.opened;
    return {};
}

Result<IdentityKey> StoreBridge::trusted() const {
    if (!m_trusted)
        return fail(Code::Untrusted, QStringLiteral("no manifest lists the device"));
    return *m_trusted;
}

bool StoreBridge::usable() const {
    const bool expired = m_now.unacknowledged && m_clock.wall() - m_opened > unacknowledgedLimit;
    return m_now.canSend && m_now.identity == m_trusted && !expired;
}

Result<void> StoreBridge::commit() {
    INVARIANT(m_changed);
    TRY_ASSIGN(const StoredSession changed, StoredSession::decode(*m_changed));
    TRY_ASSIGN(const SessionGlance next, SessionGlance::of(changed.record));
    if (next.identity && next.identity != m_trusted)
        return fail(Code::Untrusted, QStringLiteral("the session is of an identity that the manifest does not list"));
    if (next.archivedStates > maxArchivedStates || m_changed->size() > maxStoredSession)
        TRY(dropArchivedStates());
    KeyChanges changes;
    changes.session = {m_peer, std::move(m_changed)};
    changes.usedOneTimePreKey = m_usedPreKey;
    return m_keys.apply(std::move(changes));
}

Result<void> StoreBridge::dropArchivedStates() {
    TRY_ASSIGN(const StoredSession changed, StoredSession::decode(*m_changed));
    Ref<session_record> record;
    TRY(check(session_record_deserialize(out(record), changed.record.data(), changed.record.size(), m_context),
              Work::Ratchet));
    for (;;) {
        session_record_state_node* oldest = session_record_get_previous_states_head(record.get());
        if (oldest == nullptr)
            return fail(Code::TooLarge, QStringLiteral("the peer skipped too many messages of the session"));
        int archived = 1;
        for (; auto* older = session_record_get_previous_states_next(oldest); ++archived)
            oldest = older;
        session_record_get_previous_states_remove(record.get(), oldest);
        Buffer serialized;
        TRY(check(session_record_serialize(out(serialized), record.get()), Work::Ratchet));
        noteRecord(view(serialized.get()));
        if (archived - 1 <= maxArchivedStates && m_changed->size() <= maxStoredSession)
            return {};
    }
}

bool StoreBridge::isTrusted(const std::uint8_t* key, std::size_t size) const {
    return m_trusted && key != nullptr && size == IdentityKey::size + 1 && key[0] == curveType &&
           std::memcmp(key + 1, m_trusted->view().data(), IdentityKey::size) == 0;
}

int StoreBridge::failed(const Error& error) {
    m_error = error;
    return storeFailed;
}

int StoreBridge::give(signal_buffer** to, const Result<std::optional<SecretBytes>>& preKey) {
    if (!preKey)
        return failed(preKey.error());
    return *preKey ? detail::give(to, (*preKey)->view()) : SG_ERR_INVALID_KEY_ID;
}

// libsignal's callbacks. Buffers given to it become its own; bytes it gives are borrowed.

int StoreBridge::loadSession(signal_buffer** record, signal_buffer**, const signal_protocol_address*, void* user) {
    if (!bridge(user).hasRecord())
        return 0;
    const int code = detail::give(record, bridge(user).record());
    return code == SG_SUCCESS ? 1 : code;
}

int StoreBridge::containsSession(const signal_protocol_address*, void* user) {
    return bridge(user).hasRecord() ? 1 : 0;
}

int StoreBridge::storeSession(const signal_protocol_address*, std::uint8_t* record, std::size_t size, std::uint8_t*,
                              std::size_t, void* user) {
    bridge(user).noteRecord({record, size});
    return SG_SUCCESS;
}

int StoreBridge::loadOneTimePreKey(signal_buffer** record, std::uint32_t id, void* user) {
    return bridge(user).give(record, bridge(user).m_keys.oneTimePreKey(id));
}

int StoreBridge::removeOneTimePreKey(std::uint32_t id, void* user) {
    bridge(user).m_usedPreKey = id;
    return SG_SUCCESS;
}

int StoreBridge::loadSignedPreKey(signal_buffer** record, std::uint32_t id, void* user) {
    return bridge(user).give(record, bridge(user).m_keys.signedPreKey(id));
}

int StoreBridge::identityKeyPair(signal_buffer** publicKey, signal_buffer** privateKey, void* user) {
    const auto identity = bridge(user).m_keys.identity();
    if (!identity)
        return bridge(user).failed(identity.error());
    std::array<std::uint8_t, IdentityKey::size + 1> typed{curveType};
    std::memcpy(typed.data() + 1, identity->publicKey.view().data(), IdentityKey::size);
    const int code = detail::give(publicKey, typed);
    return code == SG_SUCCESS ? detail::give(privateKey, identity->privateKey.view()) : code;
}

int StoreBridge::registrationId(void* user, std::uint32_t* id) {
    const auto identity = bridge(user).m_keys.identity();
    if (!identity)
        return bridge(user).failed(identity.error());
    *id = identity->registrationId;
    return SG_SUCCESS;
}

int StoreBridge::saveIdentity(const signal_protocol_address*, std::uint8_t* key, std::size_t size, void* user) {
    // Called before the MAC is checked: whoever believed it would let a forged message replace a contact's identity.
    return bridge(user).isTrusted(key, size) ? SG_SUCCESS : SG_ERR_UNTRUSTED_IDENTITY;
}

int StoreBridge::isTrustedIdentity(const signal_protocol_address*, std::uint8_t* key, std::size_t size, void* user) {
    return bridge(user).isTrusted(key, size) ? 1 : 0;
}

} // namespace kith::signal::detail
