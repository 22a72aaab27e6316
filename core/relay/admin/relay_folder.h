// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/platform.h"
#include "core/crypto/keys.h"
#include "core/crypto/tls_leaf.h"
#include "core/relay/mailstore/sqlite_mail_store.h"
#include "core/wire/link.h"

#include <memory>

namespace kith::relay {

/// Who a relay is: RK and the TLS leaf, kept inside the encrypted store. Made once, never replaced.
struct RelayIdentity {
    SecretBytes seed; ///< of RK
    crypto::VerifyKey relayKey;
    RelayId relay;
    crypto::TlsLeaf leaf;
};

/// The folder of a relay: `lock`, `relay.key` (0600), `relay.db`, `reserve`. Holding this object holds the lock.
/// The store's key comes from $CREDENTIALS_DIRECTORY/kith-relay-key where systemd gives one, else from relay.key.
struct RelayFolder {
    std::unique_ptr<platform::FileLock> lock;
    std::unique_ptr<SqliteMailStore> store;
    RelayIdentity identity;

    /// Makes what is missing in a new folder. Unavailable: in use, by whom stands in the detail. Denied: the key does
    /// not open the store, or a store without its key: nothing is made anew over an existing relay. Corrupt, Invalid.
    static Result<RelayFolder> open(const QString& folder, const QString& program, const Clock& clock,
                                    const MailPolicy& policy = {});
};

/// "host:port" for links, kept in the store between runs.
Result<std::optional<wire::Endpoint>> loadPublicEndpoint(MailStore& store);
Result<void> savePublicEndpoint(MailStore& store, const wire::Endpoint& endpoint);

} // namespace kith::relay
