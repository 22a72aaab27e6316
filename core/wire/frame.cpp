// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/frame.h"

#include "core/wire/limits.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>

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

/// What one body may be. Sizes and numbers of fields are looked at before a frame is built: a million of empty entries
/// costs a reader a thousand times what it costs whoever sends them.
struct FrameKind {
    enum class From { Client, Relay, Both };
    pb::Frame::BodyCase body;
    From from;
    std::size_t sizeMax;     ///< bytes of the body
    std::uint32_t fieldsMax; ///< of the body, each entry of a list counted; 0: it is bytes, not fields
    bool (*isValid)(const pb::Frame& frame);
};

constexpr std::size_t SmallMax = 1024;
constexpr std::size_t SignedMax = 8 * 1024; ///< one manifest or descriptor, and what comes with it
constexpr std::uint32_t FewFields = 64;

bool anything(const pb::Frame&) {
    return true;
}

using From = FrameKind::From;
using F = pb::Frame;
constexpr FrameKind Kinds[] = {
    {F::kHello, From::Client, HandshakeFrameMax, 0, anything},
    {F::kHelloOk, From::Relay, SignedMax, FewFields, [](const F& f) { return valid(f.hello_ok(), HandshakeFrameMax); }},
    {F::kRegister, From::Client, 2 * SignedMax, FewFields, [](const F& f) { return valid(f.register_()); }},
    {F::kRegistered, From::Relay, SmallMax, FewFields, anything},
    {F::kAuth, From::Client, SignedMax, FewFields, [](const F& f) { return valid(f.auth()); }},
    {F::kWelcome, From::Relay, FrameMax, DropsPerAccount + FewFields, [](const F& f) { return valid(f.welcome()); }},
    {F::kDeliver, From::Relay, FrameMax, 2 * FewFields, [](const F& f) { return valid(f.deliver()); }},
    {F::kAck, From::Client, 2 * SignedMax, AckAlsoMax + FewFields,
     [](const F& f) { return f.ack().also_size() <= AckAlsoMax; }},
    {F::kDrained, From::Relay, SmallMax, FewFields, anything},
    {F::kEvent, From::Relay, SignedMax, FewFields, [](const F& f) { return valid(f.event()); }},
    {F::kSend, From::Client, FrameMax, FewFields, [](const F& f) { return valid(f.send()); }},
    {F::kSent, From::Relay, SmallMax, FewFields,
     [](const F& f) { return f.sent().status() == pb::ACCEPTED || f.sent().status() == pb::DUPLICATE; }},
    {F::kBundlesGet, From::Client, SignedMax, FewFields, [](const F& f) { return valid(f.bundles_get()); }},
    {F::kBundles, From::Relay, 2 * SignedMax, FewFields, [](const F& f) { return valid(f.bundles()); }},
    {F::kCardGet, From::Client, SmallMax, FewFields, [](const F& f) { return has(f.card_get().card_id(), 16); }},
    {F::kCardBody, From::Relay, CardMax + SmallMax, FewFields,
     [](const F& f) { return f.card_body().body().size() <= CardMax; }},
    {F::kDescGet, From::Client, SmallMax, FewFields, [](const F& f) { return valid(f.desc_get()); }},
    {F::kDescriptors, From::Relay, HomesMax* SignedMax, FewFields, [](const F& f) { return valid(f.descriptors()); }},
    {F::kManifestPut, From::Client, 2 * SignedMax, FewFields, [](const F& f) { return valid(f.manifest_put()); }},
    {F::kKeysPut, From::Client, 2 * SignedMax, OneTimeKeysPerFrame + FewFields,
     [](const F& f) { return valid(f.keys_put()); }},
    {F::kKeysHeld, From::Relay, SmallMax, FewFields, anything},
    {F::kDropPut, From::Client, SmallMax, FewFields,
     [](const F& f) { return valid(f.drop_put(), DropRecord::ToStore); }},
    {F::kDropDel, From::Client, SmallMax, FewFields, [](const F& f) { return has(f.drop_del().drop_id(), 16); }},
    {F::kDropList, From::Client, SmallMax, FewFields, [](const F& f) { return hasOrEmpty(f.drop_list().after(), 16); }},
    {F::kDropPage, From::Relay, FrameMax, DropPageMax + FewFields, [](const F& f) { return valid(f.drop_page()); }},
    {F::kCardPut, From::Client, CardMax + SmallMax, FewFields, [](const F& f) { return valid(f.card_put()); }},
    {F::kCardDel, From::Client, SmallMax, FewFields, [](const F& f) { return has(f.card_del().card_id(), 16); }},
    {F::kDescPut, From::Client, SignedMax, FewFields,
     [](const F& f) { return f.desc_put().has_descriptor() && valid(f.desc_put().descriptor(), DescriptorMax); }},
    {F::kPing, From::Both, SmallMax, FewFields, anything},
    {F::kPong, From::Both, SmallMax, FewFields, anything},
    {F::kGoAway, From::Relay, 4 * SignedMax, FewFields, [](const F& f) { return valid(f.go_away()); }},
    {F::kOk, From::Relay, SmallMax, FewFields, anything},
    {F::kError, From::Relay, SignedMax, FewFields, [](const F& f) { return valid(f.error()); }},
};

const FrameKind* kindOf(int field) {
    const auto* found = std::find_if(std::begin(Kinds), std::end(Kinds),
                                     [field](const FrameKind& kind) { return static_cast<int>(kind.body) == field; });
    return found == std::end(Kinds) ? nullptr : found;
}

/// Walks over the fields of a message and copies nothing. False when they are broken off, too many, or groups, which no
/// message of ours has.
template <typename Visit>
bool walk(ByteView bytes, std::uint32_t fieldsMax, Visit visit) {
    enum WireType { Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5 };
    google::protobuf::io::CodedInputStream in(bytes.data(), static_cast<int>(bytes.size()));
    for (std::uint32_t fields = 0; const std::uint32_t tag = in.ReadTag(); ++fields) {
        std::uint64_t number = 0;
        std::uint32_t size = tag % 8 == Fixed64 ? 8 : tag % 8 == Fixed32 ? 4 : 0;
        const bool isRead = tag % 8 == Varint      ? in.ReadVarint64(&number)
                            : tag % 8 == Delimited ? in.ReadVarint32(&size)
                                                   : size > 0;
        const auto start = static_cast<std::size_t>(in.CurrentPosition());
        if (fields == fieldsMax || !isRead || size > bytes.size() - start || !in.Skip(static_cast<int>(size)))
            return false;
        visit(static_cast<int>(tag / 8), number, bytes.subspan(start, size));
    }
    return in.ConsumedEntireMessage();
}

constexpr std::uint32_t FrameFieldsMax = 16; ///< id, trace, proof of work, one body, and what later versions add

/// Whether it is worth building: of a known kind, within its size and number of fields.
WireCode glance(ByteView message, const FrameKind*& kind, std::uint64_t& id) {
    ByteView body;
    int bodies = 0;
    const bool isWhole = walk(message, FrameFieldsMax, [&](int field, std::uint64_t number, ByteView content) {
        if (field == pb::Frame::kIdFieldNumber)
            id = number;
        if (const FrameKind* known = kindOf(field)) {
            kind = known;
            body = content;
            ++bodies;
        }
    });
    if (!isWhole || bodies > 1) // protobuf would merge them to something larger
        return WireCode::Malformed;
    if (kind == nullptr)
        return WireCode::Unsupported;
    const auto ignore = [](int, std::uint64_t, ByteView) {};
    const bool isSmall = body.size() <= kind->sizeMax && (kind->fieldsMax == 0 || walk(body, kind->fieldsMax, ignore));
    return isSmall ? WireCode::None : WireCode::Malformed;
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
    const FrameKind* kind = nullptr;
    std::uint64_t id = 0;
    if (const WireCode code = glance(message, kind, id); code != WireCode::None) {
        frame.set_id(id);
        return code;
    }
    if (!parseLimited(message, frame) || frame.body_case() != kind->body)
        return WireCode::Malformed;
    if (kind->from != From::Both && (kind->from == From::Client) != (sender == Sender::Client))
        return WireCode::Unsupported;
    if (frame.trace().size() > 32 || frame.pow().size() > 8 || !kind->isValid(frame))
        return WireCode::Malformed;
    // Too big is its own answer, so that a sender can tell a long message from a broken program.
    for (const pb::Item& item : frame.send().items())
        if (item.body().size() > BodyMax)
            return WireCode::TooBig;
    return WireCode::None;
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
