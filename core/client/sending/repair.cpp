// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/sending/repair.h"

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

Repair::Repair(Core& core, Outgoing& outgoing)
    : m_core(core)
    , m_outgoing(outgoing)
    , m_inbound(core.db())
    , m_sent(core.db())
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
    handlers.on(wire::pb::Content::kRetryRequest,
                [this](store::Unit& unit, const Incoming& incoming) { return takeRetryRequest(unit, incoming); });
}

Result<void> Repair::noteNumber(store::Unit& unit, const Incoming& incoming) {
    TRY_ASSIGN(const auto filled,
               m_inbound.noteNumber(incoming.from, incoming.conversation, incoming.content.n(), unit.now()));
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
            if (!ofDevice.empty() &&
                (ofDevice.back().from != gap.from || ofDevice.back().conversation != gap.conversation)) {
                TRY(askDevice(unit, ofDevice));
                ofDevice.clear();
            }
            ofDevice.push_back(gap);
        }
        if (!ofDevice.empty())
            TRY(askDevice(unit, ofDevice));
        unit.afterCommit([this](const Result<void>&) { start(); });
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
    return m_outgoing.queueFor(unit, gaps.front().from, gaps.front().conversation, std::move(content));
}

Result<void> Repair::askRetry(store::Unit& unit, const signal::PeerDevice& from, const ConversationId& conversation,
                              const EnvelopeId& envelope, signal::CiphertextType type, ByteView ciphertext) {
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
    return m_outgoing.queueFor(unit, from, conversation, std::move(content));
}

Result<void> Repair::takeRetryRequest(store::Unit& unit, const Incoming& incoming) {
    const signal::PeerDevice& from = incoming.from;
    const wire::pb::RetryRequest& request = incoming.content.retry_request();
    // Anybody who holds the drop secret can write this: it is honoured only for what we sent to exactly that device, in
    // the conversation through which it comes.
    const store::SentCopy copy{from.device, EnvelopeId::checked(request.msg_id()),
                               crypto::Hash32::checked(request.ciphertext_hash())};
    TRY_ASSIGN(const auto asked, m_sent.exactly(incoming.conversation, from.account, copy));
    if (!asked)
        return {};
    TRY_ASSIGN(const bool may, m_inbound.mayAsk(from, store::Asked::RetryAnswered, Millis(RetryRequestEvery),
                                                unit.now(), RetryRequestsMax));
    if (!may)
        return {};
    if (!request.ratchet_key().empty())
        TRY(m_core.signal.archiveSessionIfCurrent(from, signal::RatchetKey::checked(request.ratchet_key())));
    TRY(m_outgoing.repeat(unit, from, *asked));
    // What else went out in that session met the same end, and the rate lets them ask for one of it only. Gaps do not
    // show it all: a profile put back from a backup gives numbers twice, and nothing need come after the last one.
    TRY_ASSIGN(const auto others,
               m_sent.unconfirmed(incoming.conversation, m_core.self.account, from.account, from.device));
    for (const store::Repeat& other : others)
        if (other.content.row != asked->content.row)
            TRY(m_outgoing.repeat(unit, from, other));
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
            TRY_ASSIGN(const store::Sent::ByNumber sent,
                       m_sent.byNumber(incoming.conversation, n, incoming.from.account, incoming.from.device));
            if (sent.isQueued)
                continue; // it will come by itself
            if (sent.repeat)
                TRY(m_outgoing.repeat(unit, incoming.from, *sent.repeat));
            else if (ranges->size() < GapRangesMax)
                addRange(ranges, n);
        }
    }
    return ranges->empty() ? Result<void>()
                           : m_outgoing.queueFor(unit, incoming.from, incoming.conversation, std::move(gone));
}

Result<void> Repair::takeGone(store::Unit& unit, const Incoming& incoming) {
    for (const wire::pb::Range& range : incoming.content.gone().ranges()) {
        for (std::uint64_t n = range.first(); n <= range.last(); ++n) {
            TRY_ASSIGN(const auto gap, m_inbound.closeGap(incoming.from, incoming.conversation, n));
            if (gap)
                TRY(close(unit, *gap));
        }
    }
    return {};
}

} // namespace kith::client
