// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/memory_key_store.h"

namespace kith::signal {
namespace {

std::optional<SecretBytes> find(const std::unordered_map<std::uint32_t, SecretBytes>& keys, std::uint32_t id) {
    const auto found = keys.find(id);
    return found == keys.end() ? std::nullopt : std::optional(found->second.clone());
}

} // namespace

Result<LocalIdentity> MemoryKeyStore::identity() {
    return LocalIdentity{m_identity.publicKey, m_identity.privateKey.clone(), m_identity.registrationId};
}

Result<std::optional<QByteArray>> MemoryKeyStore::session(const PeerDevice& peer) {
    const auto found = m_sessions.find(peer);
    return found == m_sessions.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<SecretBytes>> MemoryKeyStore::oneTimePreKey(std::uint32_t id) {
    return find(m_oneTimePreKeys, id);
}

Result<std::optional<SecretBytes>> MemoryKeyStore::signedPreKey(std::uint32_t id) {
    return find(m_signedPreKeys, id);
}

Result<std::optional<IdentityKey>> MemoryKeyStore::trustedIdentity(const PeerDevice& peer) {
    const auto found = m_trusted.find(peer);
    return found == m_trusted.end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryKeyStore::apply(KeyChanges changes) {
    bool taken = changes.newSignedPreKey && m_signedPreKeys.contains(changes.newSignedPreKey->id);
    for (const PreKeyRecord& key : changes.newOneTimePreKeys)
        taken = taken || m_oneTimePreKeys.contains(key.id);
    if (taken)
        return fail(Code::Duplicate, QStringLiteral("a prekey of that id exists"));

    if (changes.session && changes.session->record)
        m_sessions[changes.session->peer] = std::move(*changes.session->record);
    else if (changes.session)
        m_sessions.erase(changes.session->peer);
    if (changes.usedOneTimePreKey)
        m_oneTimePreKeys.erase(*changes.usedOneTimePreKey);
    for (PreKeyRecord& key : changes.newOneTimePreKeys)
        m_oneTimePreKeys.emplace(key.id, std::move(key.record));
    if (changes.newSignedPreKey)
        m_signedPreKeys.emplace(changes.newSignedPreKey->id, std::move(changes.newSignedPreKey->record));
    return {};
}

} // namespace kith::signal
