// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/manifest.h"
#include "tests/support/fakes.h"

#include <map>

namespace kith::test {

/// An account with its keys, as tests need it: devices that can log in and manifests that verify. The cross signatures
/// are random bytes, since a relay does not look at them.
class TestAccount {
public:
    TestAccount(Random& random, std::vector<RelayId> homes, int devices = 1)
        : m_random(random)
        , m_key(crypto::SigningKey::fromSeed(random.secret(32).view()).value())
        , m_homes(std::move(homes)) {
        for (int i = 0; i < devices; ++i)
            addDevice();
    }

    DeviceId addDevice() {
        const DeviceId id{static_cast<std::uint32_t>(m_random.below(0x7ffffffe)) + 1};
        auto login = crypto::SigningKey::fromSeed(m_random.secret(32).view()).value();
        m_devices.push_back({id, 1, m_random.id<crypto::IdentityPublicKey>(), login.publicKey(),
                             m_random.id<crypto::DhPublicKey>(), 0, m_random.id<crypto::Signature>()});
        m_logins.emplace(id, std::move(login));
        return id;
    }
    void removeDevice(std::size_t index) { m_devices.erase(m_devices.begin() + static_cast<std::ptrdiff_t>(index)); }
    void setHomes(std::vector<RelayId> homes) { m_homes = std::move(homes); }

    AccountId id() const { return crypto::accountIdOf(m_key.publicKey()); }
    const crypto::SigningKey& key() const { return m_key; }
    DeviceId device(std::size_t index = 0) const { return m_devices[index].id; }
    /// Also of removed devices.
    const crypto::SigningKey& login(DeviceId device) const { return m_logins.find(device)->second; }

    crypto::SignedManifest manifest(std::uint64_t version) const {
        crypto::Manifest manifest;
        manifest.account = id();
        manifest.accountKey = m_key.publicKey();
        manifest.version = version;
        manifest.issued = fromMs(1'700'000'000'000);
        manifest.homes = m_homes;
        manifest.devices = m_devices;
        return crypto::signManifest(manifest, m_key).value();
    }
    wire::pb::Bundle bundle(DeviceId device, std::uint32_t spkId = 1) const {
        wire::pb::Bundle out;
        out.set_device_id(toU32(device));
        out.set_spk_id(spkId);
        out.set_spk(std::string(32, 's'));
        out.set_spk_sig(std::string(64, 'g'));
        return out;
    }

private:
    Random& m_random;
    crypto::SigningKey m_key;
    std::vector<RelayId> m_homes;
    std::vector<crypto::ManifestDevice> m_devices;
    std::map<DeviceId, crypto::SigningKey> m_logins;
};

/// A drop as its owner and its senders know it.
struct TestDrop {
    DropId id;
    crypto::R16 r16;
    crypto::DropToken token;

    static TestDrop of(Random& random, const TestAccount& owner) {
        TestDrop drop;
        drop.r16 = random.id<crypto::R16>();
        drop.id = crypto::dropIdOf(owner.key().publicKey(), drop.r16);
        drop.token = random.id<crypto::DropToken>();
        return drop;
    }
    wire::pb::DropPut put(wire::pb::DropKind kind, std::uint32_t version = 1) const {
        wire::pb::DropPut out;
        out.set_drop_id(id.str());
        out.set_r16(r16.str());
        out.set_ver(version);
        out.set_kind(kind);
        out.set_token_hash(crypto::tokenHash(token.view()).str());
        return out;
    }
};

} // namespace kith::test
