// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/secret_bytes.h"
#include "core/client/api/relays.h"

namespace kith::client {

struct ProfileCreated {
    AccountId account;
    QString safety;
    QString recoveryCode;
};
struct ProfileInfo {
    AccountId account;
    QString name;
    DeviceId device{};
    QString safety;
    std::vector<ConnectionRow> homes;
    std::int64_t queued = 0;                ///< outgoing items not yet accepted
    std::optional<ConversationId> lastOpen; ///< what SetLastOpen was told
};
namespace api {

struct Init {
    using Reply = ProfileCreated; ///< unlocked afterwards
    static constexpr Words words{"init", Needs::Nothing, "a new account; write the recovery code down"};
    QString name;
    SecretBytes passphrase;
    static constexpr auto fields() {
        return std::tuple(argument("name", &Init::name), argument("passphrase", &Init::passphrase));
    }
};
struct Unlock {
    using Reply = ProfileInfo;
    static constexpr Words words{"unlock", Needs::Nothing};
    SecretBytes passphrase;
    static constexpr auto fields() { return std::tuple(argument("passphrase", &Unlock::passphrase)); }
};
/// Commits, disconnects, closes the files and wipes the keys; Unlock opens the profile again. What is still under way
/// ends with Unavailable.
struct Lock {
    using Reply = void;
    static constexpr Words words{"lock", Needs::Nothing};
};
struct Whoami {
    using Reply = ProfileInfo;
    static constexpr Words words{"whoami", Needs::Profile, "this account, device and safety number"};
};
struct Status {
    using Reply = ProfileInfo;
    static constexpr Words words{"status", Needs::Profile, "homes, and what waits to be sent"};
};
/// Makes what is shown anew from the event log. Corrupt: it was not the same before; what was made stays.
struct Rebuild {
    using Reply = void;
    static constexpr Words words{"rebuild", Needs::Profile, "make the lists anew from the event log, and compare"};
};
/// The chat that a window shows, for its next start.
struct SetLastOpen {
    using Reply = void;
    static constexpr Words words{nullptr};
    ConversationId conversation;
};

using ProfileCommands = List<Init, Unlock, Lock, Whoami, Status, Rebuild, SetLastOpen>;

} // namespace api
} // namespace kith::client
