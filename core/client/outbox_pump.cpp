// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/outbox_pump.h"

#include "core/base/logging.h"
#include "core/crypto/seal.h"
#include "core/wire/content.h"
#include "core/wire/envelope.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {

using Kind = wire::pb::Content::KindCase;
using store::OutboxRow;

namespace {

const wire::ContentKind& kindOf(const OutboxRow& row) {
    const wire::ContentKind* kind = wire::contentKind(row.kind);
    INVARIANT(kind != nullptr); // of a later version: such a profile is not opened
    return *kind;
}

/// A message whose way people see; a repair of it is nobody's business.
bool isShown(const OutboxRow& row) {
    return kindOf(row).isShown && !row.device;
}

} // namespace

OutboxPump::OutboxPump(Core& core, Directory& directory, link::DropLink& drops)
    : m_core(core)
    , m_directory(directory)
    , m_drops(drops)
    , m_outbox(core.db())
    , m_alarm(core.links.scheduler.alarm([this] { poke(); }))
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
    m_waiting[message].push_back(std::move(done));
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
    const auto rows = m_outbox.heads(wire::limits::PipelinePerConversation);
    if (!rows) {
        qCWarning(log::client) << "cannot read the outbox:" << rows.error().detail;
        m_alarm->set(Millis(1000));
        return;
    }
    QByteArray blocked;
    std::optional<Millis> wake;
    const auto wakeIn = [&wake](Millis wait) { wake = std::min(wake.value_or(wait), wait); };
    noteRetried(*rows);
    for (const OutboxRow& row : *rows) {
        if (row.lane == blocked || m_deliveries.contains(row.row))
            continue;
        Peer& peer = m_peers[row.account];
        const SteadyTime now = m_core.links.clock.steady();
        if (peer.notBefore && *peer.notBefore > now) {
            wakeIn(*peer.notBefore - now);
            blocked = row.lane;
        } else if (row.due > m_core.now() && row.created <= m_core.now()) { // else the clock was set back since
            wakeIn(row.due - m_core.now());
            blocked = row.lane;
        } else if (!advance(row, peer)) {
            blocked = row.lane;
        }
        if (std::exchange(m_ridersTaken, false)) {
            poke(); // the rest of this list may be gone
            break;
        }
    }
    if (wake)
        m_alarm->set(*wake);
    checkQuiet();
}

/// Frozen and not on its way, or on its way once more.
void OutboxPump::noteRetried(const std::vector<OutboxRow>& heads) {
    std::set<std::int64_t> before;
    for (auto& [account, peer] : m_peers)
        before.merge(std::exchange(peer.retried, {}));
    for (const OutboxRow& row : heads)
        if (row.frozen && (!m_deliveries.contains(row.row) || before.contains(row.row)))
            m_peers[row.account].retried.insert(row.row);
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
    const auto content = wire::decodeContent(view(row.content));
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
        poke();
    });
}

Result<store::PeerDrop> OutboxPump::dropFor(const OutboxRow& row) {
    TRY_ASSIGN(auto drop, store::Peers(m_core.db()).drop(row.account, kindOf(row).goesTo()));
    if (!drop)
        return fail(Code::NotFound, QStringLiteral("there is no way to reach this contact"));
    return std::move(*drop);
}

void OutboxPump::freeze(OutboxRow row, std::optional<OutboxRow::Frozen> previous) {
    const Result<void> frozen = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        if (!previous && row.n > 0 && !row.device)
            TRY(takeRiders(unit, row));
        TRY_ASSIGN(row.frozen, encrypt(unit, row, previous));
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

Result<OutboxRow::Frozen> OutboxPump::encrypt(store::Unit& unit, OutboxRow& row,
                                              const std::optional<OutboxRow::Frozen>& previous) {
    TRY_ASSIGN(const store::PeerDrop drop, dropFor(row));
    TRY_ASSIGN(const auto devices, store::Peers(unit.db()).devices(row.account));
    TRY_ASSIGN(const auto own, store::loadOwnManifest(unit.db()));
    TRY_ASSIGN(const auto theirs, store::Peers(unit.db()).manifest(row.account));
    if (!own || !theirs)
        return fail(Code::Unavailable, QStringLiteral("join a relay first"));
    OutboxRow::Frozen frozen;
    frozen.drop = drop.drop;
    frozen.manifestVersion = theirs->manifest.version;
    frozen.envelope = crypto::envelopeIdOf(m_core.self.outboxKey.view(), row.message, drop.drop, row.attempt);
    wire::pb::Send kept;
    if (previous)
        kept.ParseFromArray(previous->items.constData(), static_cast<int>(previous->items.size()));
    const SecretBytes psk = crypto::dropPsk(drop.secret.view());
    wire::pb::Send items;
    std::vector<store::SentCopy> copies;
    for (const store::PeerDeviceKeys& device : devices) {
        if (row.device && *row.device != device.device)
            continue;
        const auto before = std::find_if(kept.items().begin(), kept.items().end(), [&](const wire::pb::Item& item) {
            return item.device_id() == toU32(device.device);
        });
        if (before != kept.items().end()) {
            *items.add_items() = *before; // the same bytes: one ratchet key, one plaintext
            continue;
        }
        wire::pb::Seal seal;
        if (kindOf(row).isPlain()) {
            seal.set_ctype(wire::pb::PLAIN);
            seal.set_ciphertext(toString(row.content));
        } else {
            TRY_ASSIGN(const signal::Ciphertext made,
                       m_core.signal.encrypt({row.account, device.device}, view(row.content)));
            seal.set_ctype(made.type == signal::CiphertextType::PreKey ? wire::pb::PREKEY : wire::pb::WHISPER);
            seal.set_ciphertext(toString(made.bytes));
        }
        seal.set_v(1);
        seal.set_sender_account(m_core.self.account.str());
        seal.set_sender_device(toU32(m_core.self.device));
        seal.set_sender_manifest_ver(own->manifest.version);
        if (seal.ctype() == wire::pb::PREKEY)
            *seal.mutable_manifest() = own->toWire();
        copies.push_back({device.device, frozen.envelope, crypto::sha256(view(seal.ciphertext()))});
        TRY_ASSIGN(const QByteArray padded, wire::encodeSeal(seal));
        const QByteArray info = wire::sealInfo(wire::SealKind::Item, drop.drop, device.device, frozen.envelope);
        TRY_ASSIGN(const QByteArray body, crypto::sealBody(m_core.links.random, device.seal, psk.view(),
                                                           drop.drop.view(), view(info), view(padded)));
        wire::pb::Item* item = items.add_items();
        item->set_device_id(toU32(device.device));
        item->set_body(toString(body));
    }
    if (items.items_size() == 0)
        return fail(Code::NotFound, QStringLiteral("no device of this contact can be written to"));
    const std::string bytes = items.SerializeAsString();
    frozen.items = toByteArray(view(bytes));
    TRY(m_outbox.freeze(row, frozen, copies, unit.now()));
    return frozen;
}

/// Receipts that wait for this account travel inside the message that goes anyway.
Result<void> OutboxPump::takeRiders(store::Unit&, OutboxRow& row) {
    TRY_ASSIGN(const auto receipts, m_outbox.queuedReceipts(row.account));
    if (receipts.empty())
        return {};
    TRY_ASSIGN(wire::pb::Content content, wire::decodeContent(view(row.content)));
    for (const OutboxRow& waiting : receipts) {
        TRY_ASSIGN(const wire::pb::Content rider, wire::decodeContent(view(waiting.content)));
        *content.add_receipts() = rider.receipt();
        if (content.ByteSizeLong() > wire::limits::ContentMax) {
            content.mutable_receipts()->RemoveLast();
            break;
        }
        TRY(m_outbox.remove(waiting.row));
        m_ridersTaken = true;
    }
    TRY_ASSIGN(row.content, wire::encodeContent(content));
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
    poke();
}

void OutboxPump::wait(const OutboxRow& row, Millis atLeast) {
    Peer& peer = m_peers[row.account];
    if (!peer.backoff)
        peer.backoff.emplace(m_core.links.random);
    peer.notBefore = m_core.links.clock.steady() + peer.backoff->next(atLeast);
    poke();
}

/// Only about what people wrote; receipts and repairs wait in silence.
void OutboxPump::tellWaiting(const OutboxRow& row, WaitingRow::Why why) {
    if (!isShown(row) || !m_onWaiting)
        return;
    Peer& peer = m_peers[row.account];
    peer.isWaitingTold = true;
    const Millis left = std::chrono::duration_cast<Millis>(*peer.notBefore - m_core.links.clock.steady());
    m_onWaiting({conversationWith(row.account), why, m_core.now() + left});
}

void OutboxPump::hasLeft(const OutboxRow& row) {
    Peer& peer = m_peers[row.account];
    if (isShown(row) && std::exchange(peer.isWaitingTold, false))
        m_onWaiting({conversationWith(row.account), {}, {}});
}

void OutboxPump::accepted(const OutboxRow& row) {
    hasLeft(row);
    m_peers[row.account].backoff.reset();
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(m_outbox.remove(row.row));
        if (isShown(row)) {
            store::pb::Event event;
            store::pb::MessageAccepted* done = event.mutable_message_accepted();
            done->set_conversation(conversationWith(row.account).str());
            done->set_author(m_core.self.account.str());
            done->set_id(row.message.str());
            TRY(unit.append(event));
        }
        unit.afterCommit([this, message = row.message](const Result<void>& committed) {
            if (committed) {
                ++m_acceptedCount;
                tell(message, {});
            }
            poke();
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
            message->set_conversation(conversationWith(row.account).str());
            message->set_author(m_core.self.account.str());
            message->set_id(row.message.str());
            message->set_reason(static_cast<std::uint32_t>(why));
            TRY(unit.append(event));
        }
        if (row.n > 0 && why != Failure::Denied) {
            wire::pb::Content gone;
            gone.set_v(1);
            OutboxRow replacement = row;
            replacement.message = m_core.links.random.id<MessageId>();
            gone.set_logical_id(replacement.message.str());
            wire::pb::Range* range = gone.mutable_gone()->add_ranges();
            range->set_first(row.n);
            range->set_last(row.n);
            TRY_ASSIGN(replacement.content, wire::encodeContent(gone));
            replacement.kind = Kind::kGone;
            replacement.n = 0;
            replacement.attempt = 0;
            replacement.created = replacement.due = unit.now();
            TRY(m_outbox.add(replacement));
        }
        unit.afterCommit([this, message = row.message, why](const Result<void>& committed) {
            if (committed)
                tell(message, fail(why == Failure::Denied ? Code::Denied : Code::Invalid,
                                   why == Failure::Expired ? QStringLiteral("it could not be delivered for 30 days")
                                                           : QStringLiteral("the contact cannot be reached any more")));
            poke();
        });
        return {};
    });
    if (!stored)
        wait(row, Millis(1000));
}

void OutboxPump::tell(const MessageId& message, const Result<void>& result) {
    const auto waiting = m_waiting.extract(message);
    if (waiting)
        for (const Done& done : waiting.mapped())
            done(result);
}

} // namespace kith::client
