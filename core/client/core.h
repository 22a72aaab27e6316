// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/scheduler.h"
#include "core/link/relay_connection.h"
#include "core/signal/signal_engine.h"
#include "core/store/keys/identity.h"
#include "core/store/keys/key_store_sql.h"
#include "core/store/profile_store.h"

namespace kith::client {

/// What all parts of a Messenger share. Made by Messenger, lives as long as it. Thread: the core thread.
struct Core {
    link::LinkContext links;
    Worker& heavy;          ///< another thread, for proofs of work
    bool dialLocal = false; ///< a setting: strangers' private and loopback addresses may be dialled

    store::ProfileStore& store;
    signal::SignalEngine& signal;
    store::OwnIdentity self;
    crypto::SigningKey loginKey;   ///< DK_d
    crypto::SigningKey accountKey; ///< AK: signs manifests, cards and registrations, nothing else
    crypto::DhKey sealKey;         ///< SD_d
    SecretBytes accountSeed;       ///< of AK, for the recovery file

    WallTime now() const { return links.clock.wall(); }
    sqlite::Database& db() { return store.db(); }
    link::DialPolicy strangers() const { return dialLocal ? link::DialPolicy::LocalToo : link::DialPolicy::PublicOnly; }
};

using Done = std::function<void(const Result<void>&)>;

} // namespace kith::client
