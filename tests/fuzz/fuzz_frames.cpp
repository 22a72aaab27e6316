// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ids.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/fuzz/target.h"

using namespace kith;
using namespace kith::wire;

namespace {

/// What callers do with a frame that decoded: FixedId::checked() aborts on a width that decodeFrame let through.
void readIds(const pb::Frame& frame) {
    switch (frame.body_case()) {
    case pb::Frame::kAuth:
        INVARIANT(!AccountId::checked(frame.auth().account_id()).str().empty());
        break;
    case pb::Frame::kSend:
        INVARIANT(DropId::checked(frame.send().drop_id()).size == EnvelopeId::checked(frame.send().msg_id()).size);
        INVARIANT(frame.send().items_size() >= 1 && frame.send().items_size() <= limits::DevicesMax);
        for (const pb::Item& item : frame.send().items())
            INVARIANT(!item.body().empty() && item.body().size() <= limits::BodyMax && item.device_id() != 0);
        break;
    case pb::Frame::kDeliver:
        INVARIANT(frame.deliver().envelopes_size() <= limits::DeliverItemsMax);
        for (const pb::Envelope& envelope : frame.deliver().envelopes())
            INVARIANT(DropId::checked(envelope.drop_id()).size == EnvelopeId::checked(envelope.msg_id()).size);
        break;
    case pb::Frame::kDropPut:
        INVARIANT(DropId::checked(frame.drop_put().drop_id()).size == 16 && frame.drop_put().token_hash().size() == 32);
        break;
    case pb::Frame::kCardPut:
        INVARIANT(CardId::checked(frame.card_put().card_id()).size == 16);
        break;
    case pb::Frame::kDescGet:
        for (const std::string& relay : frame.desc_get().relay_ids())
            INVARIANT(RelayId::checked(relay).size == 20);
        break;
    case pb::Frame::kHello: {
        pb::Hello hello;
        INVARIANT(!decodeHello(frame.hello(), hello) || hello.client_nonce().size() == 32);
        break;
    }
    case pb::Frame::kHelloOk: {
        pb::HelloOk helloOk;
        if (decodeHelloOk(frame.hello_ok().body(), helloOk))
            INVARIANT(RelayId::checked(helloOk.relay_id()).size == 20 && helloOk.leaf_pins_size() >= 1);
        break;
    }
    default:
        break;
    }
}

bool roundTrips(ByteView message, Sender sender) {
    pb::Frame frame;
    if (decodeFrame(message, sender, limits::FrameMax, frame) != WireCode::None)
        return false;
    INVARIANT(decodeFrame(message, sender, message.size() - 1, frame) == WireCode::TooBig);
    INVARIANT(decodeFrame(message, sender, message.size(), frame) == WireCode::None);
    readIds(frame);
    const QByteArray bytes = encodeFrame(frame);
    pb::Frame again;
    INVARIANT(decodeFrame(view(bytes), sender, limits::FrameMax, again) == WireCode::None);
    INVARIANT(encodeFrame(again) == bytes);
    INVARIANT(peekFrameId(view(bytes)) == frame.id());
    return true;
}

} // namespace

/// A frame that decodes survives its own encoding, is refused when one byte may be missing, has only ids of their
/// width, and both sides never send the same one, but for PING and PONG.
KITH_FUZZ_TARGET(frames) {
    const ByteView message(data, size);
    const bool fromClient = roundTrips(message, Sender::Client);
    const bool fromRelay = roundTrips(message, Sender::Relay);
    if (fromClient && fromRelay) {
        pb::Frame frame;
        INVARIANT(decodeFrame(message, Sender::Relay, limits::FrameMax, frame) == WireCode::None);
        INVARIANT(frame.has_ping() || frame.has_pong());
    }
    return 0;
}
