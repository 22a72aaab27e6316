// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/repair.h"

#include "core/base/logging.h"
#include "core/crypto/hash.h"
#include "core/wire/content.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {
namespace {

using namespace wire::limits;

/// The row of a gap's marker in the timeline: computed, so that closing it needs no look-up.
MessageId markerOf(const store::Gap& gap) {
    QByteArray name = QByteArrayLiteral("gap");
    append(name, gap.conversation.view());
    append(name, gap.from.account.view());
    appendU32(name, toU32(gap.from.device));
    appendU64(name, gap.n);
    return MessageId::checked(crypto::sha256(view(name)).view().first(MessageId::size));
}

template <typename List>
void addRange(List* ranges, std::uint64_t n) {
    if (!ranges->empty() && ranges->rbegin()->last() + 1 == n) {
        ranges->rbegin()->set_last(n);
        return;
    }
    auto* range = ranges->Add();
    range->set_first(n);
    range->set_last(n);
}

} // namespace

Repair::Repair(Core& core, Contacts& contacts, OutboxPump& pump)
    : m_core(core)
    , m_contacts(contacts)
    , m_pump(pump)
    , m_inbound(core.db())
    , m_outbox(core.db())
    , m_alarm(core.links.scheduler.alarm([this] { askForGaps(); })) {}

void Repair::start() {
    const auto any = m_inbound.hasGaps();
    if (any && *any && !m_alarm->isSet())
        m_alarm->set(Millis(GapPatience));
}

void Repair::handleIncoming(IncomingHandlers& handlers) {
    handlers.on(wire::pb::Content::kGapRequest,
                [this](store::Unit& unit, const Incoming& incoming) { return takeGapRequest(unit, incoming); });
    handlers.on(wire::pb::Content::kGone,
                [this](store::Unit& unit, const Incoming& incoming) { return takeGone(unit, incoming); });
    handlers.on(wire::pb::Content::kRetryRequest, [this](store::Unit& unit, const Incoming& incoming) {
        return takeRetryRequest(unit, incoming.from, incoming.content.retry_request());
    });
}

Result<void> Repair::noteNumber(store::Unit& unit, const Incoming& incoming) {
    TRY_ASSIGN(const auto filled, m_inbound.noteNumber(incoming.from, conversationWith(incoming.from.account),
                                                       incoming.content.n(), unit.now()));
    if (filled)
        TRY(close(unit, *filled));
    unit.afterCommit([this](const Result<void>&) { start(); });
    return {};
}

Result<void> Repair::close(store::Unit& unit, const store::Gap& gap) {
    if (!gap.shown)
        return {};
    store::pb::Event event;
    store::pb::GapClosed* closed = event.mutable_gap_closed();
    closed->set_conversation(gap.conversation.str());
    closed->set_author(gap.from.account.str());
    closed->set_marker(markerOf(gap).str());
    TRY(unit.append(event));
    return {};
}

void Repair::askForGaps() {
    const Result<void> asked = m_core.store.unit([this](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const std::vector<store::Gap> gaps, m_inbound.gapsToAsk(GapPatience, unit.now()));
        std::vector<store::Gap> ofDevice;
        for (const store::Gap& gap : gaps) {
            if (!gap.shown) {
                store::pb::Event event;
                store::pb::GapNoticed* noticed = event.mutable_gap_noticed();
                noticed->set_conversation(gap.conversation.str());
                noticed->set_author(gap.from.account.str());
                noticed->set_device(toU32(gap.from.device));
                noticed->set_n(gap.n);
                noticed->set_marker(markerOf(gap).str());
                TRY(unit.append(event));
                TRY(m_inbound.markShown(gap));
            }
            if (!ofDevice.empty() && ofDevice.back().from != gap.from) {
                TRY(askDevice(unit, ofDevice));
                ofDevice.clear();
            }
            ofDevice.push_back(gap);
        }
        if (!ofDevice.empty())
            TRY(askDevice(unit, ofDevice));
        unit.afterCommit([this](const Result<void>&) {
            m_pump.poke();
            start();
        });
        return {};
    });
    if (!asked) {
        qCWarning(log::client) << "cannot ask for missing messages:" << asked.error().detail;
        m_alarm->set(Millis(GapPatience));
    }
}

Result<void> Repair::askDevice(store::Unit& unit, const std::vector<store::Gap>& gaps) {
    // A request waits at their relay like any message: the older the gaps, the less is won by another one.
    WallTime newest = gaps.front().noticed;
    for (const store::Gap& gap : gaps)
        newest = std::max(newest, gap.noticed);
    const Millis every = std::clamp<Millis>((unit.now() - newest) / 4, GapRequestEvery, GapRequestRarely);
    TRY_ASSIGN(const bool may, m_inbound.mayAsk(gaps.front().from, store::Asked::Gaps, every, unit.now()));
    if (!may)
        return {};
    wire::pb::Content content;
    auto* ranges = content.mutable_gap_request()->mutable_ranges();
    std::uint64_t count = 0;
    for (const store::Gap& gap : gaps) {
        if (++count > GapNumbersMax)
            break;
        addRange(ranges, gap.n);
        if (ranges->size() > GapRangesMax) {
            ranges->RemoveLast();
            break;
        }
    }
    return queueFor(unit, gaps.front().from, std::move(content));
}

Result<void> Repair::queueFor(store::Unit& unit, const signal::PeerDevice& to, wire::pb::Content content) {
    store::OutboxRow row;
    row.account = to.account;
    row.device = to.device;
    row.kind = content.kind_case();
    row.lane = QByteArrayLiteral("x") + to.account.bytes();
    row.message = m_core.links.random.id<MessageId>();
    row.created = row.due = unit.now();
    content.set_v(1);
    content.set_logical_id(row.message.str());
    content.set_hlc(static_cast<std::uint64_t>(toMs(unit.now())));
    TRY_ASSIGN(row.content, wire::encodeContent(content));
    return m_outbox.add(row);
}

Result<void> Repair::askRetry(store::Unit& unit, const signal::PeerDevice& from, const EnvelopeId& envelope,
                              signal::CiphertextType type, ByteView ciphertext) {
    TRY_ASSIGN(const bool may,
               m_inbound.mayAsk(from, store::Asked::Retry, Millis(RetryRequestEvery), unit.now(), RetryRequestsMax));
    if (!may)
        return {};
    wire::pb::Content content;
    wire::pb::RetryRequest* request = content.mutable_retry_request();
    request->set_msg_id(envelope.str());
    request->set_ciphertext_hash(crypto::sha256(ciphertext).str());
    if (const auto key = m_core.signal.ratchetKeyOf(type, ciphertext))
        request->set_ratchet_key(key->str());
    TRY(queueFor(unit, from, std::move(content)));
    unit.afterCommit([this](const Result<void>&) { m_pump.poke(); });
    return {};
}

Result<void> Repair::takeRetryRequest(store::Unit& unit, const signal::PeerDevice& from,
                                      const wire::pb::RetryRequest& request) {
    // Anybody who holds the drop secret can write this: it is honoured only for what we sent to exactly that device.
    const store::SentCopy copy{from.device, EnvelopeId::checked(request.msg_id()),
                               crypto::Hash32::checked(request.ciphertext_hash())};
    TRY_ASSIGN(const auto message, m_outbox.sentExactly(from.account, copy));
    if (!message)
        return {};
    TRY_ASSIGN(const bool may, m_inbound.mayAsk(from, store::Asked::RetryAnswered, Millis(RetryRequestEvery),
                                                unit.now(), RetryRequestsMax));
    if (!may)
        return {};
    if (!request.ratchet_key().empty())
        TRY(m_core.signal.archiveSessionIfCurrent(from, signal::RatchetKey::checked(request.ratchet_key())));
    TRY(repeat(unit, from, *message));
    // What else went out in that session met the same end, and the rate lets them ask for one of it only. Gaps do not
    // show it all: a profile put back from a backup gives numbers twice, and nothing need come after the last one.
    TRY_ASSIGN(const auto others, m_outbox.unconfirmed(m_core.self.account, from.account, from.device));
    for (const store::SentMessage& other : others)
        if (other.message != message->message)
            TRY(repeat(unit, from, other));
    return {};
}

Result<void> Repair::repeat(store::Unit& unit, const signal::PeerDevice& to, const store::SentMessage& message) {
    store::OutboxRow row;
    row.account = to.account;
    row.device = to.device;
    row.kind = message.kind;
    row.lane = QByteArrayLiteral("x") + to.account.bytes();
    row.message = message.message;
    row.content = message.content;
    row.created = row.due = unit.now();
    // A new attempt has a new msg_id, or the relay's dedup would swallow it.
    TRY_ASSIGN(row.attempt, m_outbox.nextAttempt(message.message, to.account));
    TRY(m_outbox.add(row));
    unit.afterCommit([this](const Result<void>&) { m_pump.poke(); });
    return {};
}

Result<void> Repair::takeGapRequest(store::Unit& unit, const Incoming& incoming) {
    TRY_ASSIGN(const bool may, m_inbound.mayAsk(incoming.from, store::Asked::GapsAnswered, Millis(60'000), unit.now()));
    if (!may)
        return {};
    wire::pb::Content gone;
    auto* ranges = gone.mutable_gone()->mutable_ranges();
    for (const wire::pb::Range& range : incoming.content.gap_request().ranges()) {
        for (std::uint64_t n = range.first(); n <= range.last(); ++n) {
            TRY_ASSIGN(const bool waits, m_outbox.isQueued(incoming.from.account, n));
            if (waits)
                continue; // it will come by itself
            TRY_ASSIGN(const auto message, m_outbox.sentByNumber(incoming.from.account, n));
            bool wasSent = false;
            if (message) {
                TRY_ASSIGN(wasSent, m_outbox.wasSentTo(message->message, incoming.from.account, incoming.from.device));
            }
            if (wasSent)
                TRY(repeat(unit, incoming.from, *message));
            else if (ranges->size() < GapRangesMax)
                addRange(ranges, n);
        }
    }
    return ranges->empty() ? Result<void>() : queueFor(unit, incoming.from, std::move(gone));
}

Result<void> Repair::takeGone(store::Unit& unit, const Incoming& incoming) {
    const ConversationId conversation = conversationWith(incoming.from.account);
    for (const wire::pb::Range& range : incoming.content.gone().ranges()) {
        for (std::uint64_t n = range.first(); n <= range.last(); ++n) {
            TRY_ASSIGN(const auto gap, m_inbound.closeGap(incoming.from, conversation, n));
            if (gap)
                TRY(close(unit, *gap));
        }
    }
    return {};
}

} // namespace kith::client
