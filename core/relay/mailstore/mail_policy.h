// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/wire/frame.pb.h"
#include "core/wire/limits.h"

namespace kith::relay {

/// The limits that the store enforces (PROTOCOL.md s17). Tests make them small; everybody else takes the defaults.
struct MailPolicy {
    struct Kind {
        std::uint32_t itemsMax;
        std::uint64_t bytesMax;
        wire::limits::Rate rate;
    };
    std::uint32_t mailboxItems = wire::limits::MailboxItemsMax;
    std::uint64_t mailboxBytes = wire::limits::MailboxBytesMax;
    Kind contact{wire::limits::ContactDropItems, wire::limits::ContactDropBytes, wire::limits::ContactDropRate};
    Kind group{wire::limits::GroupDropItems, wire::limits::GroupDropBytes, wire::limits::GroupDropRate};
    Kind front{wire::limits::FrontDropItems, wire::limits::FrontDropBytes, wire::limits::FrontDropRate};
    Kind self{wire::limits::SelfDropItems, wire::limits::SelfDropBytes, wire::limits::SelfDropRate};
    wire::limits::Rate oneTimeKeyRate = wire::limits::OneTimeKeyRate;
    std::uint32_t frontPowFirstBits = wire::limits::FrontPowFirstBits;
    std::uint32_t dropsPerAccount = wire::limits::DropsPerAccount;
    std::uint32_t tombstonesPerAccount = wire::limits::TombstonesPerAccount;
    std::uint32_t sweepRows = 512; ///< most rows of one kind that one Sweep removes

    const Kind& of(wire::pb::DropKind kind) const {
        switch (kind) {
        case wire::pb::DROP_GROUP:
            return group;
        case wire::pb::DROP_FRONT:
            return front;
        case wire::pb::DROP_SELF:
            return self;
        default:
            return contact;
        }
    }
    /// For measurements: nothing waits for a token bucket.
    static MailPolicy withoutRates() {
        MailPolicy policy;
        for (Kind* kind : {&policy.contact, &policy.group, &policy.front, &policy.self})
            kind->rate = {1e15, 1e15};
        return policy;
    }
};

} // namespace kith::relay
