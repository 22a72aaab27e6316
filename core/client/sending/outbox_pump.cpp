// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/sending/outbox_pump.h"

#include "core/base/logging.h"
#include "core/client/sending/seal_items.h"
#include "core/wire/content.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {

using store::OutboxRow;

namespace {

constexpr std::size_t AccountsPerTurn = 16; ///< so that a message to a thousand holds nobody up

const wire::ContentKind& kindOf(const OutboxRow& row) {
    const wire::ContentKind* kind = wire::contentKind(row.content.kind);
    INVARIANT(kind != nullptr); // of a later version: such a profile is not opened
    return *kind;
}

} // namespace

OutboxPump::OutboxPump(Core& core, Directory& directory, link::DropLink& drops)
    : m_core(core)
    , m_directory(directory)
    , m_drops(drops)
    , m_outbox(core.db())
    , m_outgoing(core, [this](const AccountId& account) { pokeFor(account); })
    , m_alarm(core.links.scheduler.alarm([this] { wake(); }))
    , m_gone(std::make_shared<bool>(false)) {}

OutboxPump::~OutboxPump() {
    *m_gone = true;
}

void OutboxPump::start() {
    m_running = true;
    poke();
}

void OutboxPump::stop() {
    m_running = false;
}

void OutboxPump::poke() {
    m_allReady = true;
    pumpSoon();
}

void OutboxPump::pokeFor(const AccountId& account) {
    m_ready.insert(account);
    pumpSoon();
}

void OutboxPump::pumpSoon() {
    if (m_poked || !m_running)
        return;
    m_poked = true;
    m_core.links.scheduler.post([this, gone = m_gone] {
        if (!*gone)
            pump();
    });
}

void OutboxPump::retryNow() {
    for (auto& [account, peer] : m_peers)
        peer.notBefore.reset();
    poke();
}

void OutboxPump::flushReceipts() {
    const Result<void> flushed = m_core.store.unit([this](store::Unit& unit) { return m_outbox.makeDue(unit.now()); });
    if (flushed)
        poke();
}

void OutboxPump::whenDone(const MessageId& message, Done done) {
    m_waiting[message].done.push_back(std::move(done));
}

void OutboxPump::forget(const MessageId& message) {
    std::erase_if(m_deliveries, [&](const auto& each) {
        const bool isOfIt = each.second->row().content.message == message;
        if (isOfIt)
            pokeFor(each.second->row().account);
        return isOfIt;
    });
    const auto waiting = m_waiting.extract(message);
    if (waiting)
        for (const Done& done : waiting.mapped().done)
            done(fail(Code::NotFound, QStringLiteral("the message was deleted")));
}

bool OutboxPump::isQuiet() const {
    const bool opening =
        std::any_of(m_peers.begin(), m_peers.end(), [](const auto& peer) { return peer.second.openingSessions; });
    return !m_poked && m_deliveries.empty() && !opening;
}

void OutboxPump::checkQuiet() {
    if (isQuiet() && m_onQuiet)
        m_onQuiet();
}

void OutboxPump::pump() {
    m_poked = false;
    if (!m_running)
        return;
    if (m_allReady) {
        const auto accounts = m_outbox.accounts();
        if (!accounts) {
            qCWarning(log::client) << "cannot read the outbox:" << accounts.error().detail;
            m_alarm->set(Millis(1000));
            return;
        }
        m_allReady = false;
        m_ready.insert(accounts->begin(), accounts->end());
    }
    for (std::size_t i = 0; i < AccountsPerTurn && !m_ready.empty(); ++i)
        pumpFor(m_ready.extract(m_ready.begin()).value());
    if (!m_ready.empty())
        pumpSoon();
    setAlarm();
    checkQuiet();
}

void OutboxPump::pumpFor(const AccountId& account) {
    Peer& peer = m_peers[account];
    const SteadyTime now = m_core.links.clock.steady();
    peer.wakeAt.reset();
    const auto wakeIn = [&](Millis wait) { peer.wakeAt = std::min(peer.wakeAt.value_or(now + wait), now + wait); };
    const auto rows = m_outbox.heads(account, wire::limits::PipelinePerConversation);
    if (!rows) {
        qCWarning(log::client) << "cannot read the outbox:" << rows.error().detail;
        wakeIn(Millis(1000));
        return;
    }
    noteRetried(peer, *rows);
    std::optional<store::Lane> blocked;
    for (const OutboxRow& row : *rows) {
        if (row.lane == blocked || m_deliveries.contains(row.row))
            continue;
        if (peer.notBefore && *peer.notBefore > now) {
            wakeIn(std::chrono::duration_cast<Millis>(*peer.notBefore - now));
            blocked = row.lane;
        } else if (row.due > m_core.now() && row.created <= m_core.now()) { // else the clock was set back since
            wakeIn(std::chrono::duration_cast<Millis>(row.due - m_core.now()));
            blocked = row.lane;
        } else if (!advance(row, peer)) {
            blocked = row.lane;
        }
        if (std::exchange(m_ridersTaken, false)) {
            pokeFor(account); // the rest of this list may be gone
            return;
        }
    }
}

/// Somebody's moment has come.
void OutboxPump::wake() {
    const SteadyTime now = m_core.links.clock.steady();
    for (const auto& [account, peer] : m_peers)
        if (peer.wakeAt && *peer.wakeAt <= now)
            pokeFor(account);
    if (m_allReady)
        pumpSoon();
    setAlarm();
}

void OutboxPump::setAlarm() {
    std::optional<SteadyTime> first;
    for (const auto& [account, peer] : m_peers)
        if (peer.wakeAt && !m_ready.contains(account))
            first = std::min(first.value_or(*peer.wakeAt), *peer.wakeAt);
    if (first)
        m_alarm->set(std::chrono::ceil<Millis>(std::max(*first - m_core.links.clock.steady(), SteadyTime::duration{})));
}

/// Frozen and not on its way, or on its way once more.
void OutboxPump::noteRetried(Peer& peer, const std::vector<OutboxRow>& heads) {
    const std::set<std::int64_t> before = std::exchange(peer.retried, {});
    for (const OutboxRow& row : heads)
        if (row.frozen && (!m_deliveries.contains(row.row) || before.contains(row.row)))
            peer.retried.insert(row.row);
}

bool OutboxPump::advance(const OutboxRow& row, Peer& peer) {
    if (peer.openingSessions)
        return false;
    if (m_core.now() - row.created > wire::limits::OutboxHorizon) {
        failed(row, Failure::Expired);
        return true;
    }
    if (row.frozen) {
        if (Delivery* delivery = prepare(row))
            delivery->start();
        return true;
    }
    if (!peer.retried.empty() && *peer.retried.begin() < row.row)
        return false;
    if (!isReady(row))
        return false;
    if (!kindOf(row).isPlain()) {
        const auto sessions = m_directory.hasSessions(row.account, row.device);
        if (!sessions || !*sessions) {
            openSessions(row, peer);
            return false;
        }
    }
    freeze(row, std::nullopt);
    return true;
}

/// A drop is told to others only when a home holds it, or their first message would be denied.
bool OutboxPump::isReady(const OutboxRow& row) {
    const wire::ContentKind& kind = kindOf(row);
    if (kind.namedDrop == nullptr)
        return true;
    const auto content = wire::decodeContent(view(row.content.body));
    if (!content)
        return true; // fails where it is encrypted
    const auto held = store::OwnDrops(m_core.db()).isAnywhere(DropId::checked(kind.namedDrop(*content)));
    return held && *held;
}

void OutboxPump::openSessions(const OutboxRow& row, Peer& peer) {
    const auto drop = dropFor(row);
    if (!drop) {
        failed(row, Failure::Denied);
        return;
    }
    peer.openingSessions = true;
    m_directory.openSessions(row.account, drop->drop, drop->secret.view(), [this, row](const Result<void>& opened) {
        m_peers[row.account].openingSessions = false;
        const auto usable = m_directory.hasSessions(row.account, row.device);
        if (opened && usable && *usable)
            m_peers[row.account].backoff.reset();
        else if (!opened && opened.error().code == Code::Denied)
            failed(row, Failure::Denied);
        else {
            wait(row, Millis(0));
            tellWaiting(row, WaitingRow::Why::NoAnswer);
        }
        pokeFor(row.account);
    });
}

Result<store::PeerDrop> OutboxPump::dropFor(const OutboxRow& row) {
    TRY_ASSIGN(auto drop, store::Peers(m_core.db()).drop(row.account, kindOf(row).goesTo(), row.content.conversation));
    if (!drop)
        return fail(Code::NotFound, QStringLiteral("there is no way to reach this contact"));
    return std::move(*drop);
}

void OutboxPump::freeze(OutboxRow row, std::optional<OutboxRow::Frozen> previous) {
    const Result<void> frozen = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        if (!previous && row.content.n > 0 && !row.device)
            TRY(takeRiders(row));
        TRY_ASSIGN(const store::PeerDrop drop, dropFor(row));
        TRY_ASSIGN(Sealed sealed, sealItems(m_core, row, drop, previous));
        TRY(m_outbox.freeze(row, sealed.frozen, sealed.copies, unit.now()));
        row.frozen = std::move(sealed.frozen);
        unit.afterCommit([this, id = row.row](const Result<void>& committed) {
            const auto delivery = m_deliveries.find(id);
            if (delivery == m_deliveries.end())
                return;
            if (committed) {
                delivery->second->start();
            } else {
                const OutboxRow waiting = delivery->second->row();
                m_deliveries.erase(delivery);
                wait(waiting, Millis(1000));
            }
        });
        return {};
    });
    if (!frozen) {
        qCWarning(log::client) << "cannot encrypt a message:" << frozen.error().detail;
        if (frozen.error().code == Code::TooLarge)
            failed(row, Failure::Refused);
        else
            wait(row, Millis(0));
        return;
    }
    prepare(row); // leaves after the commit
}

/// Receipts that wait for this account travel inside the message that goes anyway.
Result<void> OutboxPump::takeRiders(OutboxRow& row) {
    TRY_ASSIGN(const auto receipts, m_outbox.queuedReceipts(row.content.conversation, row.account));
    for (const OutboxRow& waiting : receipts) {
        TRY_ASSIGN(const wire::pb::Content rider, wire::decodeContent(view(waiting.content.body)));
        wire::pb::Content riders;
        *riders.add_receipts() = rider.receipt();
        const std::string bytes = riders.SerializeAsString();
        const auto size = static_cast<std::size_t>(row.content.body.size() + row.riders.size()) + bytes.size();
        if (size > wire::limits::ContentMax)
            break;
        row.riders += toByteArray(view(bytes));
        TRY(m_outbox.remove(waiting.row));
        TRY(store::Sent(m_core.db()).remove(waiting.content.row));
        m_ridersTaken = true;
    }
    return {};
}

Delivery* OutboxPump::prepare(const OutboxRow& row) {
    auto drop = dropFor(row);
    if (!drop) {
        failed(row, Failure::Denied);
        return nullptr;
    }
    if (drop->drop != row.frozen->drop) {
        // The contact moved to another drop since: what was sealed for the old one opens nowhere else.
        thaw(row);
        return nullptr;
    }
    std::vector<link::RelayAddress> homes;
    if (auto known = m_directory.addresses(row.account))
        homes = std::move(*known);
    auto delivery = std::make_unique<Delivery>(
        m_core, m_drops, row, std::move(*drop), std::move(homes),
        [this, id = row.row](const Delivery::Outcome& outcome) { onDelivered(id, outcome); });
    return (m_deliveries[row.row] = std::move(delivery)).get();
}

} // namespace kith::client
