// SPDX-License-Identifier: GPL-3.0-or-later
// What came of a delivery: accepted, failed for good, to be encrypted anew, or to be tried again.
#include "core/client/sending/outbox_pump.h"
#include "core/wire/content.h"

namespace kith::client {

using store::OutboxRow;

namespace {

/// A message whose way people see; a repair of it is nobody's business.
bool isShown(const OutboxRow& row) {
    const wire::ContentKind* kind = wire::contentKind(row.content.kind);
    return kind != nullptr && kind->isShown && !row.device;
}

} // namespace

void OutboxPump::onDelivered(std::int64_t id, const Delivery::Outcome& outcome) {
    const auto delivery = m_deliveries.extract(id);
    const OutboxRow& row = delivery.mapped()->row();
    switch (outcome.kind) {
    case Delivery::Outcome::Kind::Accepted:
        accepted(row);
        return;
    case Delivery::Outcome::Kind::Denied:
        failed(row, Failure::Denied);
        return;
    case Delivery::Outcome::Kind::Refused:
        failed(row, Failure::Refused);
        return;
    case Delivery::Outcome::Kind::Changed:
        devicesChanged(row, *outcome.manifest);
        return;
    case Delivery::Outcome::Kind::Later:
        wait(row, outcome.retryAfter);
        tellWaiting(row, outcome.why);
        return;
    }
}

void OutboxPump::devicesChanged(const OutboxRow& row, const crypto::SignedManifest& manifest) {
    const Result<void> adopted = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_directory.adopt(unit, manifest));
        return {};
    });
    if (!adopted) {
        wait(row, Millis(0));
        return;
    }
    const auto sessions = m_directory.hasSessions(row.account, row.device);
    if (sessions && *sessions)
        freeze(row, row.frozen);
    else
        thaw(row); // a device that has no session yet: the pump opens one first
}

/// Encrypted again when its turn comes.
void OutboxPump::thaw(const OutboxRow& row) {
    if (const Result<void> thawed = m_core.store.unit([&](store::Unit&) { return m_outbox.thaw(row.row); }); !thawed)
        wait(row, Millis(0));
    pokeFor(row.account);
}

void OutboxPump::wait(const OutboxRow& row, Millis atLeast) {
    Peer& peer = m_peers[row.account];
    if (!peer.backoff)
        peer.backoff.emplace(m_core.links.random);
    peer.notBefore = m_core.links.clock.steady() + peer.backoff->next(atLeast);
    pokeFor(row.account);
}

/// Only about what people wrote; receipts and repairs wait in silence.
void OutboxPump::tellWaiting(const OutboxRow& row, WaitingRow::Why why) {
    if (!isShown(row) || !m_onWaiting)
        return;
    Peer& peer = m_peers[row.account];
    peer.isWaitingTold = true;
    const Millis left = std::chrono::duration_cast<Millis>(*peer.notBefore - m_core.links.clock.steady());
    m_onWaiting({row.content.conversation, why, m_core.now() + left});
}

void OutboxPump::hasLeft(const OutboxRow& row) {
    Peer& peer = m_peers[row.account];
    if (isShown(row) && std::exchange(peer.isWaitingTold, false))
        m_onWaiting({row.content.conversation, {}, {}});
}

void OutboxPump::accepted(const OutboxRow& row) {
    hasLeft(row);
    m_peers[row.account].backoff.reset();
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_outbox.remove(row.row));
        if (isShown(row)) {
            store::pb::Event event;
            store::pb::MessageAccepted* done = event.mutable_message_accepted();
            done->set_conversation(row.content.conversation.str());
            done->set_author(m_core.self.account.str());
            done->set_id(row.content.message.str());
            done->set_account(row.account.str());
            TRY(unit.append(event));
        }
        unit.afterCommit([this, content = row.content, account = row.account](const Result<void>& committed) {
            if (committed) {
                ++m_acceptedCount;
                tell(content, {});
            }
            pokeFor(account);
        });
        return {};
    });
    if (!stored)
        wait(row, Millis(1000)); // sent again, answered DUPLICATE
}

void OutboxPump::failed(const OutboxRow& row, Failure why) {
    hasLeft(row);
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_outbox.remove(row.row));
        if (isShown(row)) {
            store::pb::Event event;
            store::pb::MessageFailed* message = event.mutable_message_failed();
            message->set_conversation(row.content.conversation.str());
            message->set_author(m_core.self.account.str());
            message->set_id(row.content.message.str());
            message->set_account(row.account.str());
            message->set_reason(static_cast<std::uint32_t>(why));
            TRY(unit.append(event));
        }
        if (row.content.n > 0 && why != Failure::Denied)
            TRY(m_outgoing.queueGone(unit, {row.content.conversation, {row.account}}, row.content.n));
        unit.afterCommit([this, content = row.content, account = row.account, why](const Result<void>& committed) {
            if (committed)
                tell(content, fail(why == Failure::Denied ? Code::Denied : Code::Invalid,
                                   why == Failure::Expired ? QStringLiteral("it could not be delivered for 30 days")
                                                           : QStringLiteral("the contact cannot be reached any more")));
            pokeFor(account);
        });
        return {};
    });
    if (!stored)
        wait(row, Millis(1000));
}

void OutboxPump::tell(const store::SentContent& content, const Result<void>& result) {
    const auto waiting = m_waiting.find(content.message);
    if (waiting == m_waiting.end())
        return;
    waiting->second.wasAccepted |= result.has_value();
    const auto others = m_outbox.isWaiting(content.row);
    if (others && *others)
        return;
    const auto finished = m_waiting.extract(waiting);
    for (const Done& done : finished.mapped().done)
        done(finished.mapped().wasAccepted ? Result<void>() : result);
}

} // namespace kith::client
