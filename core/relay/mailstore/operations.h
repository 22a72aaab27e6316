// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/manifest.h"
#include "core/wire/frame.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a relay asks of its mail store: one struct for each operation, what is asked and its outcome.
/// Whatever depends on stored state is decided inside the operation, so the engine never acts on a stale answer.
namespace kith::relay {

namespace pb = wire::pb;
using crypto::Hash32;
using wire::WireCode;

enum class AccountRef : std::int64_t {}; ///< a row of this store; never leaves the relay
enum class MailboxId : std::int64_t {};  ///< one device's mailbox in this store; never reused

/// How an operation ended: None = done, else what the ERROR frame will say.
struct Answer {
    WireCode code = WireCode::None;
    std::uint32_t retryAfterMs = 0;
    std::uint32_t powBits = 0;
    std::uint64_t current = 0;
    std::optional<pb::Signed> manifest;

    bool isDone() const { return code == WireCode::None; }
};

/// A manifest that came with a request; AK's signature has been checked.
struct OfferedManifest {
    crypto::SignedManifest manifest;
    bool listsThisRelay = false;
};

/// A newer manifest was taken over: whom to tell, and the mailboxes that went with their devices.
struct Adoption {
    AccountRef account{};
    pb::Signed manifest;
    std::vector<MailboxId> removed;
};

/// Why a drop may be used: its token, or (own devices, self drop) the session's account.
struct Authority {
    Hash32 tokenHash;
    std::optional<AccountRef> owner;
};

/// SEND (PROTOCOL.md s6 "Accept", from DROP+TOKEN on).
struct EnqueueItems {
    enum class Kind { Durable, Live };
    struct Item {
        DeviceId device{};
        std::string body;
    };
    DropId drop;
    Authority authority;
    EnvelopeId envelope;
    Kind kind = Kind::Durable;
    std::uint32_t ttlSeconds = 0;
    std::uint64_t manifestVersion = 0;
    std::vector<Item> items;
    std::uint32_t powBits = 0; ///< zero bits that the sender's nonce reaches
    std::optional<OfferedManifest> manifest;

    struct Placed {
        MailboxId mailbox{};
        std::size_t item = 0;
        std::uint64_t seq = 0; ///< 0 for a live item, which is in no mailbox
    };
    struct Outcome {
        Answer answer;
        bool isDuplicate = false;
        std::vector<Placed> placed;
        std::uint32_t receivedMinute = 0;
        std::uint32_t expiresMinute = 0;
        AccountRef account{};
        bool becameFull = false; ///< the drop is full now and was not before
        std::optional<Adoption> adoption;
    } outcome;
};

/// The next items of a mailbox in order. Never fewer than one while there is one.
struct FetchItems {
    MailboxId mailbox{};
    std::uint64_t after = 0;
    std::uint32_t itemsMax = 0;
    std::uint64_t bytesMax = 0;

    struct Item {
        std::uint64_t seq = 0;
        EnvelopeId envelope;
        DropId drop;
        std::uint32_t receivedMinute = 0;
        std::uint32_t expiresMinute = 0;
        std::string body;
        friend bool operator==(const Item&, const Item&) = default;
    };
    struct Outcome {
        std::vector<Item> items;
        bool hasMore = false;
    } outcome;
};

/// ACK: removes what was pushed in this lease and epoch, never anything above `pushedUpTo`.
struct AcknowledgeItems {
    MailboxId mailbox{};
    std::uint64_t lease = 0;
    std::uint32_t epoch = 0;
    std::uint64_t upTo = 0;
    std::vector<std::uint64_t> also;
    std::uint64_t pushedUpTo = 0;
    bool clearMarks = false;

    struct Outcome {
        AccountRef account{};
        std::vector<DropId> resumed; ///< full drops that are under half again
    } outcome;
};

/// First half of AUTH: the key that the login signature must fit.
struct FindDevice {
    AccountId account;
    DeviceId device{};

    enum class Known { Not, Listed, Removed };
    struct Outcome {
        bool isAccountKnown = false;
        AccountRef ref{};
        Known known = Known::Not;
        crypto::VerifyKey login; ///< of a listed or removed device
        std::uint64_t manifestVersion = 0;
        std::optional<pb::Signed> manifest;
    } outcome;
};

struct DropEntry {
    DropId drop;
    std::uint32_t version = 0;
};

/// Second half of AUTH: the newest login of a device gets the lease, and every older one's ACKs are void.
struct OpenLease {
    AccountId account;
    DeviceId device{};
    crypto::VerifyKey login; ///< the key that the signature was checked with
    std::uint32_t epoch = 0;
    std::uint64_t seenSeq = 0;
    std::optional<OfferedManifest> manifest;

    struct Outcome {
        Answer answer;
        AccountRef ref{};
        MailboxId mailbox{};
        crypto::VerifyKey accountKey;
        std::uint64_t lease = 0;
        std::uint32_t currentEpoch = 0;
        std::uint64_t headSeq = 0;
        bool isLagged = false;
        std::vector<DropId> skipped;
        std::uint32_t items = 0;
        std::uint64_t bytes = 0;
        std::uint64_t manifestVersion = 0;
        Hash32 manifestHash;
        pb::Signed storedManifest;
        std::uint32_t oneTimeKeys = 0;
        std::uint32_t spkId = 0;
        std::vector<DropEntry> drops; ///< live ones, sorted
        std::vector<DropId> full;
        std::vector<DropId> paused;
        bool renewedEpochs = false; ///< this store proved to be older than what the device saw
        std::optional<Adoption> adoption;
    } outcome;
};

/// REGISTER. The holder of AK has been proved.
struct RegisterAccount {
    OfferedManifest manifest;
    std::vector<pb::Bundle> bundles;
    std::optional<InviteId> invite;

    struct Outcome {
        Answer answer;
        std::uint64_t manifestVersion = 0;
        std::optional<Adoption> adoption;
    } outcome;
};

/// MANIFEST_PUT by a device of the account.
struct PutManifest {
    AccountRef account{};
    OfferedManifest manifest;
    std::vector<pb::Bundle> bundles;
    bool dropOneTimeKeys = false; ///< this relay was behind at login: it may have handed out keys that a backup revived

    struct Outcome {
        Answer answer;
        std::optional<Adoption> adoption;
    } outcome;
};

/// KEYS_PUT.
struct PutKeys {
    MailboxId mailbox{};
    std::optional<pb::Bundle> spk;
    std::vector<pb::OneTimeKey> oneTimeKeys;
    bool replace = false;

    struct Outcome {
        Answer answer;
        std::uint32_t held = 0;
    } outcome;
};

/// BUNDLES_GET: hands each one-time key out at most once.
struct TakeBundles {
    DropId drop;
    Authority authority;
    std::uint64_t knownVersion = 0;
    std::vector<DeviceId> devices; ///< empty = all
    std::optional<OfferedManifest> manifest;

    struct Low {
        MailboxId mailbox{};
        std::uint32_t left = 0;
    };
    struct Outcome {
        Answer answer;
        std::optional<pb::Signed> newer;
        std::vector<pb::Bundle> bundles;
        std::vector<Low> low;
        std::optional<Adoption> adoption;
    } outcome;
};

/// DROP_PUT. The drop id has been checked against AK.
struct PutDrop {
    AccountRef account{};
    pb::DropPut drop;

    struct Outcome {
        Answer answer;
        bool becamePaused = false;
    } outcome;
};
struct DeleteDrop {
    AccountRef account{};
    DropId drop;

    struct Outcome {
    } outcome;
};
struct ListDrops {
    AccountRef account{};
    DropId after;

    struct Outcome {
        std::vector<pb::DropPut> drops;
        bool hasMore = false;
    } outcome;
};

struct PutCard {
    AccountRef account{};
    CardId card;
    std::string body;
    std::uint32_t expiresMinute = 0;

    struct Outcome {
        Answer answer;
    } outcome;
};
struct DeleteCard {
    AccountRef account{};
    CardId card;

    struct Outcome {
    } outcome;
};
struct ReadCard {
    CardId card;

    struct Outcome {
        Answer answer;
        std::string body;
    } outcome;
};

/// DESC_PUT: a home's descriptor, its signature checked.
struct PutDescriptor {
    AccountRef account{};
    RelayId relay;
    std::uint32_t generation = 0;
    std::uint64_t issuedMs = 0;
    pb::Signed descriptor;

    struct Outcome {
        Answer answer;
    } outcome;
};
/// DESC_GET: those of the asked relays that are homes of the drop's account.
struct ReadDescriptors {
    DropId drop;
    Authority authority;
    std::vector<RelayId> relays;

    struct Outcome {
        Answer answer;
        std::vector<RelayId> homes;
        std::vector<pb::Signed> descriptors; ///< those held; a relay does not hold its own
    } outcome;
};

struct Invite {
    InviteId id;
    std::uint32_t usesLeft = 0;
    std::uint32_t expiresMinute = 0;
    std::uint32_t madeMinute = 0; ///< the store's
    friend bool operator==(const Invite&, const Invite&) = default;
};
struct AddInvite {
    Invite invite;
    struct Outcome {
        Answer answer;
    } outcome;
};
struct RevokeInvite {
    InviteId id;
    struct Outcome {
        Answer answer;
    } outcome;
};
struct ListInvites {
    struct Outcome {
        std::vector<Invite> invites;
    } outcome;
};

struct Member {
    AccountId account;
    std::int64_t lastDay = 0; ///< Unix day on which it was last here
    friend bool operator==(const Member&, const Member&) = default;
};
/// The accounts that live here, in the order in which they came; at most `max`.
struct ListMembers {
    std::uint32_t max = 1'000;
    struct Outcome {
        std::vector<Member> members;
    } outcome;
};

/// Removes what has had its time. A bounded piece of work; `hasMore` asks for another.
struct Sweep {
    struct Purged {
        AccountRef account{};
        DeviceId device{};
    };
    struct Resumed {
        AccountRef account{};
        DropId drop;
    };
    struct Outcome {
        bool hasMore = false;
        std::vector<Purged> purged;
        std::vector<Resumed> resumed;
        std::vector<MailboxId> removed; ///< with accounts that are gone
    } outcome;
};

/// This store is a restored or moved copy: new epochs for all mailboxes, and no one-time key survives.
struct RenewEpochs {
    struct Outcome {
    } outcome;
};

struct CountAll {
    struct Outcome {
        std::int64_t accounts = 0;
        std::int64_t mailboxes = 0;
        std::int64_t drops = 0;
        std::int64_t items = 0;
        std::int64_t bytes = 0;
    } outcome;
};

using OperationBody =
    std::variant<EnqueueItems, FetchItems, AcknowledgeItems, FindDevice, OpenLease, RegisterAccount, PutManifest,
                 PutKeys, TakeBundles, PutDrop, DeleteDrop, ListDrops, PutCard, DeleteCard, ReadCard, PutDescriptor,
                 ReadDescriptors, AddInvite, RevokeInvite, ListInvites, ListMembers, Sweep, RenewEpochs, CountAll>;

/// `connection`, `request` and `cost` are the caller's and come back unchanged.
struct Operation {
    std::uint64_t connection = 0;
    std::uint64_t request = 0;
    std::uint32_t cost = 0;
    OperationBody body;
};

} // namespace kith::relay
