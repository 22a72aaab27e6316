// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every limit of the protocol (PROTOCOL.md s17). Bytes unless the name says otherwise.
namespace kith::wire::limits {

using namespace std::chrono_literals;

/// The highest minor version of KRP/1 spoken here; HELLO offers a range, the highest common one is used.
inline constexpr std::uint32_t MinorVersion = 0;

// One message
inline constexpr std::size_t BodyMax = 64 * 1024 + 128;
inline constexpr std::size_t ContentMax = 56 * 1024;
inline constexpr std::size_t FrameMax = 1024 * 1024;
inline constexpr std::size_t HandshakeFrameMax = 4 * 1024;
inline constexpr std::size_t RequestBodyMax = 8 * 1024 + 128; ///< an item for a front door
inline constexpr std::size_t TextMax = 48 * 1024;             ///< UTF-8 bytes of one text message
inline constexpr std::size_t NameMax = 128;                   ///< UTF-8 bytes of a display name
inline constexpr std::size_t RequestTextMax = 1024;
inline constexpr int ProtobufDepthMax = 16;

// Signed things
inline constexpr std::size_t ManifestMax = 4 * 1024;
inline constexpr std::size_t DescriptorMax = 4 * 1024;
inline constexpr std::size_t CardMax = 16 * 1024;
inline constexpr int DevicesMax = 8;
inline constexpr int HomesMax = 3;
inline constexpr int ManifestMergesMax = 4;
inline constexpr int SuitesMax = 8;

// Counts in one frame
inline constexpr int OneTimeKeysPerFrame = 100;
inline constexpr int AckAlsoMax = 256;
inline constexpr int DropPageMax = 1000;
inline constexpr int DeliverItemsMax = 64;
inline constexpr std::size_t DeliverBytesMax = 256 * 1024;
inline constexpr int FeaturesMax = 16;
inline constexpr int LeafPinsMax = 8;
inline constexpr std::size_t ShortTextMax = 64; ///< a feature name, the agent
inline constexpr std::size_t NoticeMax = 1024;
inline constexpr int ReceiptIdsMax = 256;
inline constexpr int GapRangesMax = 64;
inline constexpr std::uint64_t GapNumbersMax = 256; ///< message numbers in one gap_req
inline constexpr std::uint64_t MessageNumberMax = 1ULL << 53U;
inline constexpr std::uint64_t FirstNumberMax = 256; ///< a higher first number is a baseline, no gap

// Mailboxes and drops
inline constexpr std::uint32_t MailboxItemsMax = 10'000;
inline constexpr std::uint64_t MailboxBytesMax = 64ULL * 1024 * 1024;
inline constexpr std::uint32_t ContactDropItems = 1'000;
inline constexpr std::uint64_t ContactDropBytes = 16ULL * 1024 * 1024;
inline constexpr std::uint32_t GroupDropItems = 2'000;
inline constexpr std::uint64_t GroupDropBytes = 16ULL * 1024 * 1024;
inline constexpr std::uint32_t FrontDropItems = 200;
inline constexpr std::uint64_t FrontDropBytes = 16ULL * 1024 * 1024;
inline constexpr std::uint32_t SelfDropItems = 5'000;
inline constexpr std::uint64_t SelfDropBytes = 32ULL * 1024 * 1024;
inline constexpr std::uint32_t DropsPerAccount = 5'000;
inline constexpr std::uint32_t TombstonesPerAccount = 5'000;
inline constexpr std::uint32_t CardsPerAccount = 8;
inline constexpr std::uint32_t RetiredPerAccount = 32; ///< login keys of removed devices that are remembered
inline constexpr std::uint32_t InvitesMax = 100;
inline constexpr std::uint32_t InviteUsesMax = 1'000;
inline constexpr auto InviteLifeMax = 24h * 90;
inline constexpr std::uint32_t OneTimeKeysPerDevice = 200; ///< held by one relay for one device
inline constexpr std::uint32_t OneTimeKeysLow = 20;
inline constexpr std::uint32_t OneTimeKeysFull = 100;

// Time
inline constexpr auto Retention = 24h * 30;
inline constexpr auto DedupWindow = 24h * 8;
inline constexpr auto SeenWindow = 24h * 60;
inline constexpr auto OutboxHorizon = 24h * 30;
inline constexpr auto MailboxIdle = 24h * 60;
inline constexpr auto TombstoneLife = 24h * 60;
inline constexpr auto PingEvery = 25s;
inline constexpr auto DeadAfter = 60s;
inline constexpr auto BackoffFirst = 1s;
inline constexpr auto BackoffCap = 60s;
inline constexpr auto AnonymousIdle = 60s;
inline constexpr auto AnonymousLife = 600s;

// One socket at the relay
inline constexpr std::uint32_t WindowMsgs = 256;
inline constexpr std::uint32_t WindowBytes = 2 * 1024 * 1024;
inline constexpr std::uint32_t UnansweredMsgs = 256;
inline constexpr std::uint32_t UnansweredBytes = 2 * 1024 * 1024;
inline constexpr std::size_t UnsentBytesMax = 1024 * 1024;
inline constexpr auto UnsentFor = 10s;

/// A token bucket: `burst` at once, then `perSecond`.
struct Rate {
    double burst;
    double perSecond;
};
inline constexpr Rate AnonymousSocketRate{600, 60};
inline constexpr Rate AddressRate{2'000, 120};
/// Sockets that are not logged in: anonymous ones and those before AUTH.
inline constexpr std::uint32_t StrangersPerAddress = 64;
inline constexpr std::uint32_t StrangersOfThisHouse = 256; ///< loopback and private addresses
inline constexpr std::uint32_t StrangersInAll = 4'096;
inline constexpr std::size_t StrangersUnreadBytes = 64 * 1024 * 1024; ///< all that they began to send, together
inline constexpr Rate LoginRate{10, 1.0 / 6};
inline constexpr Rate RegisterRate{5, 5.0 / 3600}; ///< of registrations that were refused
/// What one account asks for on its own sockets; ACKs are free.
inline constexpr Rate AccountLoginRate{20, 1.0 / 3};
inline constexpr Rate AccountWriteRate{1'000, 20};
inline constexpr Rate AccountListRate{30, 1};
inline constexpr Rate ManifestRate{30, 1.0 / 10};
inline constexpr Rate ContactDropRate{60, 1};
inline constexpr Rate GroupDropRate{120, 5};
inline constexpr Rate FrontDropRate{60, 1};
inline constexpr Rate SelfDropRate{600, 60};
inline constexpr Rate OneTimeKeyRate{6, 1.0 / 600};

// Proof of work (PROTOCOL.md s12)
inline constexpr std::uint32_t FrontPowFirstBits = 20;
inline constexpr std::uint32_t FrontPowMaxBits = 26;

// Client
/// EVENTs of one home, which is hung up on when they come faster. After WELCOME there may be 516 at once.
inline constexpr Rate PushRate{1'024, 8};
inline constexpr auto KeysEvery = 60s;                      ///< one-time keys are made at most this often for a home
inline constexpr std::uint32_t OneTimeKeysOwnedMax = 4'000; ///< private halves in a profile; beyond, none are made
inline constexpr std::size_t FailedRawBytes = 16 * 1024 * 1024;
inline constexpr auto FailedRawLife = 24h * 7;
inline constexpr std::size_t HeldRawBytes = 64 * 1024 * 1024;
inline constexpr auto HeldRawLife = 24h * 30;
inline constexpr std::size_t DraftMax = 1024 * 1024;
inline constexpr int PipelinePerConversation = 8;
inline constexpr auto GapPatience = 60s;
inline constexpr auto GapRequestEvery = 300s; ///< or a quarter of the age of the newest gap
inline constexpr auto GapRequestRarely = 24h;
inline constexpr auto RetryRequestEvery = 3600s;
inline constexpr int RetryRequestsMax = 4; ///< of one device in that time
inline constexpr auto ClockSkewMax = 24h;  ///< of the version of a manifest
/// What a message may say of its own time (PROTOCOL.md s7): more ahead is a wrong clock, more behind is placed where it
/// came.
inline constexpr auto ClockAhead = 5min;
inline constexpr auto ClockBehind = 24h;

} // namespace kith::wire::limits
