// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/frame.h"

#include "core/wire/limits.h"

#include <google/protobuf/io/coded_stream.h>

namespace kith::wire {
namespace {

using namespace limits;

constexpr std::uint32_t DeviceIdMax = 0x7fffffff;

bool isDevice(std::uint32_t id) {
    return id >= 1 && id <= DeviceIdMax;
}
bool has(const std::string& bytes, std::size_t size) {
    return bytes.size() == size;
}
bool hasOrEmpty(const std::string& bytes, std::size_t size) {
    return bytes.empty() || bytes.size() == size;
}

bool valid(const pb::Signed& value, std::size_t bodyMax) {
    return !value.body().empty() && value.body().size() <= bodyMax && has(value.sig(), 64);
}
bool validManifest(bool present, const pb::Signed& value) {
    return !present || valid(value, ManifestMax);
}

/// A signed prekey for upload carries no one-time key; the relay adds one when it hands a bundle out.
enum class OneTime { Allowed, Forbidden };
bool valid(const pb::Bundle& bundle, OneTime oneTime) {
    if (!isDevice(bundle.device_id()) || !has(bundle.spk(), 32) || !has(bundle.spk_sig(), 64))
        return false;
    return oneTime == OneTime::Allowed ? hasOrEmpty(bundle.opk(), 32) : bundle.opk().empty();
}
template <typename List>
bool validBundles(const List& bundles, OneTime oneTime) {
    if (bundles.size() > DevicesMax)
        return false;
    for (const pb::Bundle& bundle : bundles)
        if (!valid(bundle, oneTime))
            return false;
    return true;
}

bool valid(const pb::Register& body) {
    return hasOrEmpty(body.grant().invite_token(), 16) && body.has_manifest() && valid(body.manifest(), ManifestMax) &&
           validBundles(body.bundles(), OneTime::Forbidden) && has(body.sig(), 64);
}
bool valid(const pb::Auth& body) {
    return has(body.account_id(), 20) && isDevice(body.device_id()) && pb::Role_IsValid(body.role()) &&
           body.role() != pb::ROLE_UNSPECIFIED && validManifest(body.has_manifest(), body.manifest()) &&
           has(body.sig(), 64);
}
bool valid(const pb::Welcome& body) {
    for (const std::string& drop : body.skipped_drops())
        if (!has(drop, 16))
            return false;
    return has(body.manifest_hash(), 32) && has(body.drops_hash(), 32);
}
bool valid(const pb::Deliver& body) {
    if (body.envelopes_size() > DeliverItemsMax)
        return false;
    for (const pb::Envelope& envelope : body.envelopes())
        if (!has(envelope.msg_id(), 16) || !has(envelope.drop_id(), 16) || envelope.body().size() > BodyMax ||
            (envelope.class_() != pb::CLASS_DURABLE && envelope.class_() != pb::CLASS_LIVE))
            return false;
    return true;
}
bool valid(const pb::Event& body) {
    switch (body.kind_case()) {
    case pb::Event::kQuotaHit:
        return has(body.quota_hit().drop_id(), 16);
    case pb::Event::kManifest:
        return valid(body.manifest(), ManifestMax);
    case pb::Event::kDropPaused:
        return has(body.drop_paused().drop_id(), 16);
    case pb::Event::kNotice:
        return body.notice().text().size() <= NoticeMax;
    case pb::Event::kKeysLow:
    case pb::Event::kMailboxPurged:
    case pb::Event::KIND_NOT_SET:
        return true;
    }
    return false;
}
/// Items name different devices: two copies for one device would break the all-or-none rule of a send.
bool validItems(const pb::Send& body) {
    if (body.items_size() < 1 || body.items_size() > DevicesMax)
        return false;
    for (int i = 0; i < body.items_size(); ++i) {
        if (!isDevice(body.items(i).device_id()) || body.items(i).body().empty())
            return false;
        for (int j = 0; j < i; ++j)
            if (body.items(i).device_id() == body.items(j).device_id())
                return false;
    }
    return true;
}
bool valid(const pb::Send& body) {
    return has(body.drop_id(), 16) && hasOrEmpty(body.token(), 16) && has(body.msg_id(), 16) &&
           (body.class_() == pb::CLASS_DURABLE || body.class_() == pb::CLASS_LIVE) && validItems(body) &&
           validManifest(body.has_manifest(), body.manifest());
}
bool valid(const pb::BundlesGet& body) {
    if (body.device_ids_size() > DevicesMax)
        return false;
    for (const std::uint32_t device : body.device_ids())
        if (!isDevice(device))
            return false;
    return has(body.drop_id(), 16) && hasOrEmpty(body.token(), 16) &&
           validManifest(body.has_manifest(), body.manifest());
}
bool valid(const pb::Bundles& body) {
    return validManifest(body.has_manifest(), body.manifest()) && validBundles(body.bundles(), OneTime::Allowed);
}
bool valid(const pb::DescGet& body) {
    if (body.relay_ids_size() < 1 || body.relay_ids_size() > HomesMax)
        return false;
    for (const std::string& id : body.relay_ids())
        if (!has(id, 20))
            return false;
    return has(body.drop_id(), 16) && has(body.token(), 16);
}
bool valid(const pb::Descriptors& body) {
    if (body.descriptors_size() > HomesMax)
        return false;
    for (const pb::Signed& descriptor : body.descriptors())
        if (!valid(descriptor, DescriptorMax))
            return false;
    return true;
}
bool valid(const pb::ManifestPut& body) {
    return body.has_manifest() && valid(body.manifest(), ManifestMax) &&
           validBundles(body.bundles(), OneTime::Forbidden);
}
bool valid(const pb::KeysPut& body) {
    if (body.opks_size() > OneTimeKeysPerFrame)
        return false;
    for (const pb::OneTimeKey& key : body.opks())
        if (!has(key.opk(), 32))
            return false;
    return !body.has_spk() || valid(body.spk(), OneTime::Forbidden);
}
enum class DropRecord { ToStore, Listed };
bool valid(const pb::DropPut& body, DropRecord use) {
    return has(body.drop_id(), 16) && has(body.r16(), use == DropRecord::ToStore ? 16 : 0) && body.ver() > 0 &&
           pb::DropKind_IsValid(body.kind()) && body.kind() != pb::DROP_KIND_UNSPECIFIED &&
           has(body.token_hash(), 32) && body.pow_bits() <= FrontPowMaxBits;
}
bool valid(const pb::DropPage& body) {
    if (body.drops_size() > DropPageMax)
        return false;
    for (const pb::DropPut& drop : body.drops())
        if (!valid(drop, DropRecord::Listed))
            return false;
    return true;
}
bool valid(const pb::CardPut& body) {
    return has(body.card_id(), 16) && !body.body().empty() && body.body().size() <= CardMax;
}
bool valid(const pb::GoAway& body) {
    if (body.descriptors_size() > HomesMax)
        return false;
    for (const pb::Signed& descriptor : body.descriptors())
        if (!valid(descriptor, DescriptorMax))
            return false;
    return validManifest(body.has_manifest(), body.manifest());
}
bool valid(const pb::Error& body) {
    return hasOrEmpty(body.drop_id(), 16) && validManifest(body.has_manifest(), body.manifest());
}

bool check(bool sentByThisSide, bool lengthsAreRight, WireCode& code) {
    if (!sentByThisSide)
        code = WireCode::Unsupported;
    else if (!lengthsAreRight)
        code = WireCode::Malformed;
    return code == WireCode::None;
}

/// Who may send a body, and whether its lengths are right.
WireCode checkBody(const pb::Frame& frame, Sender sender) {
    const bool client = sender == Sender::Client;
    const bool relay = sender == Sender::Relay;
    WireCode code = WireCode::None;
    switch (frame.body_case()) {
    case pb::Frame::kHello:
        check(client, frame.hello().size() <= HandshakeFrameMax, code);
        break;
    case pb::Frame::kRegister:
        check(client, valid(frame.register_()), code);
        break;
    case pb::Frame::kAuth:
        check(client, valid(frame.auth()), code);
        break;
    case pb::Frame::kAck:
        check(client, frame.ack().also_size() <= AckAlsoMax, code);
        break;
    case pb::Frame::kSend:
        check(client, valid(frame.send()), code);
        // Too big is its own answer, so that a sender can tell a long message from a broken program.
        for (const pb::Item& item : frame.send().items())
            if (code == WireCode::None && item.body().size() > BodyMax)
                code = WireCode::TooBig;
        break;
    case pb::Frame::kBundlesGet:
        check(client, valid(frame.bundles_get()), code);
        break;
    case pb::Frame::kCardGet:
        check(client, has(frame.card_get().card_id(), 16), code);
        break;
    case pb::Frame::kDescGet:
        check(client, valid(frame.desc_get()), code);
        break;
    case pb::Frame::kManifestPut:
        check(client, valid(frame.manifest_put()), code);
        break;
    case pb::Frame::kKeysPut:
        check(client, valid(frame.keys_put()), code);
        break;
    case pb::Frame::kDropPut:
        check(client, valid(frame.drop_put(), DropRecord::ToStore), code);
        break;
    case pb::Frame::kDropDel:
        check(client, has(frame.drop_del().drop_id(), 16), code);
        break;
    case pb::Frame::kDropList:
        check(client, hasOrEmpty(frame.drop_list().after(), 16), code);
        break;
    case pb::Frame::kCardPut:
        check(client, valid(frame.card_put()), code);
        break;
    case pb::Frame::kCardDel:
        check(client, has(frame.card_del().card_id(), 16), code);
        break;
    case pb::Frame::kDescPut:
        check(client, frame.desc_put().has_descriptor() && valid(frame.desc_put().descriptor(), DescriptorMax), code);
        break;
    case pb::Frame::kPing:
    case pb::Frame::kPong:
        break;
    case pb::Frame::kOk:
    case pb::Frame::kRegistered:
    case pb::Frame::kDrained:
    case pb::Frame::kKeysHeld:
        check(relay, true, code);
        break;
    case pb::Frame::kError:
        check(relay, valid(frame.error()), code);
        break;
    case pb::Frame::kHelloOk:
        check(relay, valid(frame.hello_ok(), HandshakeFrameMax), code);
        break;
    case pb::Frame::kWelcome:
        check(relay, valid(frame.welcome()), code);
        break;
    case pb::Frame::kDeliver:
        check(relay, valid(frame.deliver()), code);
        break;
    case pb::Frame::kEvent:
        check(relay, valid(frame.event()), code);
        break;
    case pb::Frame::kGoAway:
        check(relay, valid(frame.go_away()), code);
        break;
    case pb::Frame::kSent:
        check(relay, frame.sent().status() == pb::ACCEPTED || frame.sent().status() == pb::DUPLICATE, code);
        break;
    case pb::Frame::kBundles:
        check(relay, valid(frame.bundles()), code);
        break;
    case pb::Frame::kCardBody:
        check(relay, frame.card_body().body().size() <= CardMax, code);
        break;
    case pb::Frame::kDescriptors:
        check(relay, valid(frame.descriptors()), code);
        break;
    case pb::Frame::kDropPage:
        check(relay, valid(frame.drop_page()), code);
        break;
    case pb::Frame::BODY_NOT_SET:
        code = WireCode::Unsupported;
        break;
    }
    return code;
}

template <typename List>
bool validFeatures(const List& features) {
    if (features.size() > FeaturesMax)
        return false;
    for (const std::string& feature : features)
        if (feature.size() > ShortTextMax)
            return false;
    return true;
}

} // namespace

bool parseLimited(ByteView bytes, google::protobuf::MessageLite& message) {
    google::protobuf::io::CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
    stream.SetRecursionLimit(ProtobufDepthMax);
    return message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

WireCode decodeFrame(ByteView message, Sender sender, std::size_t sizeMax, pb::Frame& frame) {
    frame.Clear();
    if (message.size() > sizeMax)
        return WireCode::TooBig;
    if (!parseLimited(message, frame))
        return WireCode::Malformed;
    if (frame.trace().size() > 32 || frame.pow().size() > 8)
        return WireCode::Malformed;
    return checkBody(frame, sender);
}

std::uint64_t peekFrameId(ByteView message) {
    google::protobuf::io::CodedInputStream stream(message.data(), static_cast<int>(message.size()));
    constexpr std::uint32_t IdTag = pb::Frame::kIdFieldNumber << 3U; // varint
    std::uint64_t id = 0;
    return stream.ReadTag() == IdTag && stream.ReadVarint64(&id) ? id : 0;
}

bool decodeHello(const std::string& bytes, pb::Hello& hello) {
    return parseLimited(view(bytes), hello) && has(hello.client_nonce(), 32) && hello.agent().size() <= ShortTextMax &&
           validFeatures(hello.features());
}

bool decodeHelloOk(const std::string& bytes, pb::HelloOk& helloOk) {
    if (!parseLimited(view(bytes), helloOk) || !has(helloOk.relay_id(), 20) || !has(helloOk.rk(), 32) ||
        !has(helloOk.nonce(), 32) || !validFeatures(helloOk.features()) || helloOk.leaf_pins_size() < 1 ||
        helloOk.leaf_pins_size() > LeafPinsMax)
        return false;
    for (const std::string& pin : helloOk.leaf_pins())
        if (!has(pin, 32))
            return false;
    return true;
}

QByteArray encodeFrame(const pb::Frame& frame) {
    QByteArray bytes(static_cast<qsizetype>(frame.ByteSizeLong()), Qt::Uninitialized);
    frame.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
    return bytes;
}

} // namespace kith::wire
