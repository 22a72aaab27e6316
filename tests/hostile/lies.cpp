// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/limits.h"
#include "tests/hostile/false_relay.h"
#include "tests/support/wire_mutator.h"

namespace kith::hostile {
namespace {

namespace limits = wire::limits;
namespace ws = test::ws;
using wire::WireCode;
constexpr auto AtOnce = Lie::Begins::AtOnce;
constexpr auto Later = Lie::Begins::Later;

// --- what an honest relay would say, changed

bool swallow(FalseRelay&, Customer&, pb::Frame& frame) {
    return frame.has_hello_ok(); // it cannot be told from a relay that is down without
}
bool swallowAll(FalseRelay&, Customer&, pb::Frame&) {
    return false;
}
bool twice(FalseRelay&, Customer& customer, pb::Frame& frame) {
    customer.send(frame);
    return true;
}
bool ofAnotherKind(FalseRelay& relay, Customer&, pb::Frame& frame) {
    if (frame.id() == 0 || frame.has_hello_ok())
        return true;
    if (relay.random().below(2) == 0)
        frame.mutable_ok();
    else
        frame.mutable_welcome()->set_epoch(7);
    return true;
}
bool inAnyField(FalseRelay& relay, Customer& customer, pb::Frame& frame) {
    if (frame.has_hello_ok() || relay.random().below(3) != 0)
        return true;
    customer.write(test::unmasked(
        ws::Binary, toByteArray(view(test::WireMutator(relay.random()).mutated(frame.SerializeAsString())))));
    return false;
}
bool busy(FalseRelay& relay, Customer&, pb::Frame& frame) {
    if (frame.id() == 0 || frame.has_hello_ok() || frame.has_welcome() || frame.has_registered())
        return true;
    static constexpr WireCode Codes[] = {WireCode::Rate, WireCode::RetryLater, WireCode::Internal, WireCode::Draining};
    frame.mutable_error()->set_code(static_cast<std::uint32_t>(Codes[relay.random().below(std::size(Codes))]));
    frame.mutable_error()->set_retry_after_ms(relay.random().below(2) == 0 ? 0 : 3'000);
    return true;
}
bool asksForMore(FalseRelay& relay, Customer&, pb::Frame& frame) {
    if (!frame.has_sent() && !frame.has_bundles())
        return true;
    pb::Error error;
    static constexpr WireCode Codes[] = {WireCode::DevicesChanged, WireCode::NeedManifest, WireCode::PowRequired};
    error.set_code(static_cast<std::uint32_t>(Codes[relay.random().below(std::size(Codes))]));
    error.set_pow_bits(limits::FrontPowMaxBits);
    *error.mutable_manifest() = relay.anyManifest();
    *frame.mutable_error() = error;
    return true;
}
bool wrongWelcome(FalseRelay& relay, Customer&, pb::Frame& frame) {
    if (!frame.has_welcome())
        return true;
    pb::Welcome& welcome = *frame.mutable_welcome();
    welcome.set_drops_hash(toString(relay.random().bytes(32)));
    welcome.set_manifest_hash(toString(relay.random().bytes(32)));
    welcome.set_manifest_ver(relay.random().below(2));
    welcome.set_opk_count(0);
    welcome.set_spk_id(0);
    welcome.set_lagged(true);
    for (int i = 0; i < 200; ++i)
        welcome.add_skipped_drops(relay.random().id<DropId>().str());
    return true;
}
bool poisonedBundles(FalseRelay& relay, Customer&, pb::Frame& frame) {
    if (!frame.has_bundles())
        return true;
    for (pb::Bundle& bundle : *frame.mutable_bundles()->mutable_bundles())
        bundle.set_spk(std::string(32, relay.random().below(2) == 0 ? '\0' : '\xff'));
    *frame.mutable_bundles()->mutable_manifest() = relay.anyManifest();
    return true;
}

// --- what no honest relay would say

void pingFrames(FalseRelay&, Customer& customer) {
    pb::Frame ping;
    ping.mutable_ping()->set_t(~0ULL);
    for (int i = 0; i < 500 && customer.hasRoom(); ++i) {
        ping.set_id(customer.plays * 500 + static_cast<std::uint64_t>(i));
        customer.send(ping);
    }
}
void webSocketPings(FalseRelay&, Customer& customer) {
    static const QByteArray ping = test::unmasked(ws::Ping, QByteArray(125, 'p'));
    for (int i = 0; i < 500 && customer.hasRoom(); ++i)
        customer.write(ping);
}
void tell(FalseRelay& relay, Customer& customer) {
    pb::Frame frame;
    pb::Event& event = *frame.mutable_event();
    switch (relay.random().below(6)) {
    case 0:
        event.mutable_keys_low()->set_count(static_cast<std::uint32_t>(relay.random().below(200)));
        break;
    case 1:
        event.mutable_quota_hit()->set_drop_id(relay.anyDrop().str());
        break;
    case 2:
        *event.mutable_manifest() = relay.anyManifest();
        break;
    case 3:
        event.mutable_drop_paused()->set_drop_id(relay.anyDrop().str());
        break;
    case 4:
        event.mutable_mailbox_purged()->set_device_id(1);
        break;
    default:
        event.mutable_notice()->set_text(std::string(limits::NoticeMax, 'n'));
    }
    customer.send(frame);
}
void eventsInMeasure(FalseRelay& relay, Customer& customer) {
    if (customer.plays % 8 == 0)
        tell(relay, customer);
}
void eventsInFlood(FalseRelay& relay, Customer& customer) {
    for (int i = 0; i < 200 && customer.hasRoom(); ++i)
        tell(relay, customer);
}
void keysLow(FalseRelay&, Customer& customer) {
    pb::Frame frame;
    frame.mutable_event()->mutable_keys_low()->set_count(0);
    if (customer.plays % 8 == 0)
        customer.send(frame);
}
void goAway(FalseRelay& relay, Customer& customer) {
    pb::Frame frame;
    static constexpr pb::GoAwayReason Reasons[] = {pb::DRAIN, pb::LIMIT, pb::MOVED, pb::REVOKED};
    frame.mutable_go_away()->set_reason(Reasons[relay.random().below(std::size(Reasons))]);
    *frame.mutable_go_away()->mutable_manifest() = relay.anyManifest();
    for (int i = 0; i < 8; ++i) {
        pb::Signed* one = frame.mutable_go_away()->add_descriptors();
        one->set_body(toString(relay.random().bytes(4'000)));
        one->set_sig(std::string(64, 's'));
    }
    customer.send(frame);
}
void tooBig(FalseRelay&, Customer& customer) {
    static const QByteArray frame = test::unmasked(ws::Binary, QByteArray(2 * 1024 * 1024, 'x'));
    if (customer.hasRoom())
        customer.write(frame);
}
/// One message in pieces that never ends.
void endless(FalseRelay&, Customer& customer) {
    static const QByteArray piece(60'000, 'x');
    for (int i = 0; i < 20 && customer.hasRoom(); ++i)
        customer.write(test::frameHead(customer.plays == 26 && i == 0 ? ws::Binary : 0, piece.size(), 0) + piece);
}
void garbage(FalseRelay& relay, Customer& customer) {
    for (int i = 0; i < 20 && customer.hasRoom(); ++i)
        customer.write(test::unmasked(ws::Binary, relay.random().bytes(500)));
}
void answersToNothing(FalseRelay& relay, Customer& customer) {
    pb::Frame frame;
    frame.set_id(1 + relay.random().below(50));
    for (int i = 0; i < 3; ++i) {
        pb::Signed* one = frame.mutable_descriptors()->add_descriptors();
        one->set_body(toString(relay.random().bytes(4'000)));
        one->set_sig(std::string(64, 's'));
    }
    customer.send(frame);
}
void drainedAgain(FalseRelay&, Customer& customer) {
    pb::Frame frame;
    frame.mutable_drained()->set_epoch(customer.epoch);
    for (int i = 0; i < 100 && customer.hasRoom(); ++i)
        customer.send(frame);
}

enum class Mail { ToNobody, ToKnownDrops, Repeated };
void deliver(FalseRelay& relay, Customer& customer, Mail mail) {
    if (customer.kind != relay::SocketKind::Authenticated || !customer.hasRoom())
        return;
    if (customer.junkAfter == 0)
        customer.junkAfter = customer.seq;
    const std::uint64_t underWay = customer.seq - std::max(customer.acked, customer.junkAfter);
    if (underWay + limits::DeliverItemsMax > limits::WindowMsgs / 2)
        return;
    pb::Frame frame;
    frame.mutable_deliver()->set_epoch(customer.epoch);
    for (int i = 0; i < limits::DeliverItemsMax; ++i) {
        pb::Envelope& envelope = *frame.mutable_deliver()->add_envelopes();
        const bool isKnown = mail == Mail::ToKnownDrops;
        envelope.set_drop_id(isKnown ? relay.anyDrop().str() : relay.random().id<DropId>().str());
        envelope.set_msg_id(relay.random().id<EnvelopeId>().str());
        envelope.set_body(toString(relay.random().bytes(2'000)));
        if (mail == Mail::Repeated) {
            envelope.set_drop_id(relay.anyDrop().str());
            envelope.set_msg_id(std::string(EnvelopeId::size, 'm'));
            envelope.set_body(std::string(1'100, '\1'));
        }
        envelope.set_seq(customer.seq + 1 + static_cast<std::uint64_t>(i));
        envelope.set_class_(pb::CLASS_DURABLE);
    }
    customer.send(frame);
}
void mailToNobody(FalseRelay& relay, Customer& customer) {
    deliver(relay, customer, Mail::ToNobody);
}
void mailToKnownDrops(FalseRelay& relay, Customer& customer) {
    deliver(relay, customer, Mail::ToKnownDrops);
}
void sameMail(FalseRelay& relay, Customer& customer) {
    deliver(relay, customer, Mail::Repeated);
}
void closes(FalseRelay& relay, Customer& customer) {
    customer.close(relay.random().below(2) == 0 ? 1012 : 4429);
}
void cuts(FalseRelay&, Customer& customer) {
    customer.hangUp();
}

const Lie Table[] = {
    {"PING frames, unread", Later, true, nullptr, pingFrames},
    {"PING frames", Later, false, nullptr, pingFrames},
    {"WebSocket pings, unread", Later, true, nullptr, webSocketPings},
    {"events in measure", Later, false, nullptr, eventsInMeasure},
    {"KEYS_LOW in measure", Later, false, nullptr, keysLow},
    {"a flood of events", Later, false, nullptr, eventsInFlood},
    {"GOAWAY", Later, false, nullptr, goAway},
    {"frames too big", Later, false, nullptr, tooBig},
    {"frames too big before HELLO_OK", AtOnce, false, swallowAll, tooBig},
    {"a message without an end", Later, false, nullptr, endless},
    {"garbage", Later, false, nullptr, garbage},
    {"garbage before HELLO_OK", AtOnce, false, swallowAll, garbage},
    {"mail to nobody", Later, false, nullptr, mailToNobody},
    {"junk in known drops", Later, false, nullptr, mailToKnownDrops},
    {"the same mail again", Later, false, nullptr, sameMail},
    {"no answers", Later, false, swallow, nullptr},
    {"no answers but HELLO_OK", AtOnce, false, swallow, nullptr},
    {"no answers, not even HELLO_OK", AtOnce, false, swallowAll, nullptr},
    {"answers twice", Later, false, twice, nullptr},
    {"answers of another kind", Later, false, ofAnotherKind, nullptr},
    {"answers to nothing", Later, false, nullptr, answersToNothing},
    {"lies in any field", AtOnce, false, inAnyField, nullptr},
    {"busy", Later, false, busy, nullptr},
    {"asks for proofs and manifests", AtOnce, false, asksForMore, nullptr},
    {"a WELCOME that is never right", AtOnce, false, wrongWelcome, nullptr},
    {"poisoned bundles", AtOnce, false, poisonedBundles, nullptr},
    {"DRAINED again and again", Later, false, nullptr, drainedAgain},
    {"reads slowly", Later, true, nullptr, nullptr},
    {"closes", Later, false, nullptr, closes},
    {"cuts", AtOnce, false, nullptr, cuts},
};

} // namespace

std::span<const Lie> allLies() {
    return Table;
}

} // namespace kith::hostile
