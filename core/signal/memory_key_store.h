// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/signal/key_store.h"

#include <unordered_map>

namespace kith::signal {

/// A KeyStore that forgets everything when destroyed: for the self-test and for tests, never for a profile.
class MemoryKeyStore : public KeyStore {
public:
    explicit MemoryKeyStore(LocalIdentity identity)
        : m_identity(std::move(identity)) {}

    /// What the newest manifest of the peer would say.
    void trust(const PeerDevice& peer, const IdentityKey& identity) { m_trusted[peer] = identity; }
    void distrust(const PeerDevice& peer) { m_trusted.erase(peer); }

    Result<LocalIdentity> identity() override;
    Result<std::optional<QByteArray>> session(const PeerDevice& peer) override;
    Result<std::optional<SecretBytes>> oneTimePreKey(std::uint32_t id) override;
    Result<std::optional<SecretBytes>> signedPreKey(std::uint32_t id) override;
    Result<std::optional<IdentityKey>> trustedIdentity(const PeerDevice& peer) override;
    Result<void> apply(KeyChanges changes) override;

protected:
    LocalIdentity m_identity;
    std::unordered_map<PeerDevice, QByteArray> m_sessions;
    std::unordered_map<std::uint32_t, SecretBytes> m_oneTimePreKeys;
    std::unordered_map<std::uint32_t, SecretBytes> m_signedPreKeys;
    std::unordered_map<PeerDevice, IdentityKey> m_trusted;
};

} // namespace kith::signal
