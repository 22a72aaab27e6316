// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/signal/key_store.h"
#include "core/sqlite/database.h"

namespace kith::store {

/// Signal keys inside the profile's open transaction: a ratchet step and the message it belongs to become durable
/// together, and a rolled back unit undoes both. Thread: the store's. The caller is inside a unit when it writes.
class KeyStoreSql final : public signal::KeyStore {
public:
    KeyStoreSql(sqlite::Database& database, const Clock& clock)
        : m_db(database)
        , m_clock(clock) {}

    Result<signal::LocalIdentity> identity() override;
    Result<std::optional<QByteArray>> session(const signal::PeerDevice& peer) override;
    Result<std::optional<SecretBytes>> oneTimePreKey(std::uint32_t id) override;
    Result<std::optional<SecretBytes>> signedPreKey(std::uint32_t id) override;
    Result<std::optional<signal::IdentityKey>> trustedIdentity(const signal::PeerDevice& peer) override;
    Result<void> apply(signal::KeyChanges changes) override;

private:
    Result<void> write(signal::KeyChanges changes);

    sqlite::Database& m_db;
    const Clock& m_clock;
};

} // namespace kith::store
