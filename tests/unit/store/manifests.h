// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/manifest.h"
#include "core/signal/key_store.h"
#include "tests/support/fakes.h"

namespace kith::test {

/// Another account, which signs manifests.
class PeerAccount {
public:
    explicit PeerAccount(SeededRandom& random)
        : m_random(random)
        , m_key(*crypto::SigningKey::fromSeed(view(random.bytes(32))))
        , m_home(random.id<RelayId>()) {}

    AccountId id() const { return crypto::accountIdOf(m_key.publicKey()); }
    crypto::ManifestDevice device(std::uint32_t number) {
        return {DeviceId(number),
                1,
                m_random.id<crypto::IdentityPublicKey>(),
                m_random.id<crypto::VerifyKey>(),
                m_random.id<crypto::DhPublicKey>(),
                0,
                m_random.id<crypto::Signature>()}; // whoever adopts has checked it
    }
    crypto::SignedManifest sign(std::uint64_t version, const crypto::Hash32& previous,
                                const std::vector<crypto::ManifestDevice>& devices,
                                const std::vector<crypto::Hash32>& merges = {}) const {
        const crypto::Manifest manifest{id(),   m_key.publicKey(), version,  previous,
                                        merges, fromMs(1'000),     {m_home}, devices};
        return *crypto::signManifest(manifest, m_key);
    }

private:
    SeededRandom& m_random;
    crypto::SigningKey m_key;
    RelayId m_home;
};

} // namespace kith::test
