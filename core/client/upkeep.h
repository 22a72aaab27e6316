// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/core.h"
#include "core/link/relay_link.h"
#include "core/store/receiving/own_drops.h"

namespace kith::client {

/// What one home has to hold of this account: the newest manifest, prekeys, drops and cards. Puts what is missing and
/// takes away what was deleted, from each login on (PROTOCOL.md s6 "Connect"). Every request may be repeated, so what
/// is lost is simply begun again at the next login. Thread: the core thread.
class Upkeep {
public:
    struct Told {
        std::function<void()> dropsHeld;              ///< the home took a drop
        std::function<void(const DropId&)> noRoomFor; ///< it has no room for this drop, or for its card
        std::function<void()> progress;               ///< a request was answered
    };

    /// Everything is borrowed; `link` may be used from begin() on.
    Upkeep(Core& core, store::OwnDrops& drops, const RelayId& relay, link::RelayLink& link, Told told);

    void begin(const wire::pb::Welcome& welcome); ///< logged in
    void end() { m_loggedIn = false; }
    bool isIdle() const { return m_busy == 0; }

    void tend();         ///< drops and cards
    void compareDrops(); ///< once the mailbox is drained: puts all of them again when the home holds others
    void putManifest();
    /// Up to the full number when `opkCount` is low; and the signed prekey when the home has an older one. One-time
    /// keys are made once a minute at most and never beyond what one profile keeps: a home may say that it has none as
    /// often as it likes.
    void putKeys(std::uint32_t opkCount);
    /// The home has a newer one of ours.
    void takeManifest(const wire::pb::Signed& given);

private:
    void putDrop(const store::OwnDrop& drop);
    void putCard(const store::CardRecord& card, const store::OwnDrop& drop);
    void removeDrop(const DropId& drop);
    void markHeld(const store::OwnDrop& drop);
    void dropRefused(const DropId& drop, wire::WireCode why);
    void storeFailed(const char* what, const Error& error);
    void request(wire::pb::Frame frame, std::function<void(const link::Reply&)> onOk);

    Core& m_core;
    store::OwnDrops& m_drops;
    RelayId m_relay;
    link::RelayLink& m_link;
    Told m_told;
    std::optional<wire::pb::Welcome> m_welcome; ///< until the mailbox is drained
    bool m_loggedIn = false;
    std::optional<SteadyTime> m_keysMade; ///< one-time keys, for this home
    std::uint32_t m_keysHeld = 0;         ///< as it last said
    std::unique_ptr<Alarm> m_keysAlarm;
    int m_busy = 0; ///< requests under way
};

} // namespace kith::client
