// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/mailstore/mail_rules.h"

#include <algorithm>

namespace kith::relay {
namespace {

using namespace wire::limits;
constexpr std::int64_t AccountIdleDays = 365;
constexpr std::int64_t LeftDays = 14; ///< a relay that left the account's manifest serves that much longer
constexpr int DedupSlices = 256;
constexpr std::uint32_t RetryWhenLowMs = 30'000;
/// A clock that moved this much more than time has passed was wrong; a laptop hardly sleeps longer.
constexpr auto ClockJump = std::chrono::hours(24);

std::int64_t days(std::chrono::hours hours) {
    return hours.count() / 24;
}

} // namespace

MailRules::MailRules(Rows& rows, const Clock& clock, const MailPolicy& policy)
    : m_rows(rows)
    , m_clock(clock)
    , m_policy(policy) {}

Result<void> MailRules::beginBatch(Disk disk) {
    const WallTime before = m_now;
    const SteadyTime steadyBefore = m_steady;
    // A clock that is set back must not make expired items readable again.
    m_now = std::max(m_now, m_clock.wall());
    m_steady = m_clock.steady();
    m_disk = disk;
    if (!m_firstMinute) {
        m_firstMinute = minute();
        return {};
    }
    const Millis jump = (m_now - before) - (m_steady - steadyBefore);
    if (jump < ClockJump)
        return {};
    const std::uint32_t since = *m_firstMinute;
    m_firstMinute = minute();
    return m_rows.postpone(since, toMinute(before),
                           static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::minutes>(jump).count()));
}

bool MailRules::refuseWhenLow(Answer& answer) const {
    if (m_disk == Disk::Low)
        answer = {WireCode::RetryLater, RetryWhenLowMs, 0, 0, {}};
    return m_disk == Disk::Low;
}

Result<void> MailRules::apply(Operation& operation) {
    return std::visit(
        [this](auto& body) {
            body.outcome = {}; // a batch may be run a second time
            return run(body);
        },
        operation.body);
}

Result<void> MailRules::run(Sweep& op) {
    TRY_ASSIGN(const std::vector<RemovedItem> expired, m_rows.removeExpired(minute(), m_policy.sweepRows));
    TRY_ASSIGN(const std::vector<DropRow> resumed, settle(expired));
    for (const DropRow& drop : resumed)
        op.outcome.resumed.push_back({drop.account, drop.drop});
    op.outcome.hasMore = expired.size() >= m_policy.sweepRows;
    if (m_sweptDay == today())
        return {};

    // What goes by days is looked for once a day, old dedup keys in slices.
    if (m_dedupSlice < DedupSlices) {
        op.outcome.hasMore = true;
        return m_rows.forget(static_cast<std::uint8_t>(m_dedupSlice++), today() - days(DedupWindow));
    }
    TRY(m_rows.eraseExpired(minute(), today() - days(TombstoneLife)));
    TRY_ASSIGN(const bool moreAccounts, sweepAccounts(op));
    TRY_ASSIGN(const bool moreMailboxes, sweepMailboxes(op));
    TRY_ASSIGN(const bool moreDrops, sweepDrops());
    if (moreAccounts || moreMailboxes || moreDrops) {
        op.outcome.hasMore = true;
    } else {
        m_sweptDay = today();
        m_dedupSlice = 0;
    }
    return {};
}

Result<bool> MailRules::sweepAccounts(Sweep& op) {
    TRY_ASSIGN(const std::vector<AccountRef> idle,
               m_rows.accountsIdleBefore(today() - AccountIdleDays, today() - LeftDays, m_policy.sweepRows));
    for (const AccountRef account : idle) {
        TRY_ASSIGN(const std::vector<DeviceRow> devices, m_rows.devices(account));
        for (const DeviceRow& device : devices)
            op.outcome.removed.push_back(device.mailbox);
        TRY(m_rows.erase(account));
    }
    return idle.size() >= m_policy.sweepRows;
}

Result<bool> MailRules::sweepMailboxes(Sweep& op) {
    TRY_ASSIGN(const std::vector<DeviceRow> idle,
               m_rows.devicesIdleBefore(today() - days(MailboxIdle), m_policy.sweepRows));
    for (DeviceRow device : idle) {
        TRY(m_rows.clear(device.mailbox));
        device.items = 0;
        device.bytes = 0;
        device.isClosed = true;
        device.isLagged = true;
        TRY(m_rows.save(device));
        op.outcome.purged.push_back({device.account, device.device});
    }
    return idle.size() >= m_policy.sweepRows;
}

Result<bool> MailRules::sweepDrops() {
    TRY_ASSIGN(const std::vector<DropRow> expired, m_rows.dropsExpiredBy(minute(), m_policy.sweepRows));
    for (const DropRow& drop : expired)
        TRY(bury(drop));
    TRY_ASSIGN(const std::vector<DropId> old,
               m_rows.tombstonesBefore(today() - days(TombstoneLife), m_policy.sweepRows));
    for (const DropId& drop : old)
        TRY(m_rows.erase(drop));
    return expired.size() >= m_policy.sweepRows || old.size() >= m_policy.sweepRows;
}

} // namespace kith::relay
