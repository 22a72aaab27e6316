// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/login.h"
#include "core/wire/frame.h"
#include "core/wire/link.h"
#include "tests/support/test_account.h"

/// The frames of a client, made by hand: tests of a relay must not rest on the client's own code.
namespace kith::test {

namespace pb = wire::pb;

/// What HELLO and HELLO_OK settle.
struct Met {
    RelayId relay;
    crypto::Hash32 leafPin;
    crypto::Hash32 transcript;
    pb::HelloOk helloOk;
};

inline std::string helloBytes(Random& random) {
    pb::Hello hello;
    hello.set_client_nonce(toString(random.bytes(32)));
    return hello.SerializeAsString();
}
inline pb::Frame helloFrame(const std::string& hello) {
    pb::Frame frame;
    frame.set_hello(hello);
    return frame;
}
/// Untrusted: not signed by the relay, or `leafPin` is not one of its pins.
inline Result<Met> meet(const std::string& hello, const pb::Frame& reply, const crypto::Hash32& leafPin) {
    Met met;
    if (!reply.has_hello_ok() || !wire::decodeHelloOk(reply.hello_ok().body(), met.helloOk))
        return fail(Code::Invalid, QStringLiteral("no HELLO_OK"));
    const auto key = crypto::VerifyKey::checked(met.helloOk.rk());
    met.relay = RelayId::checked(met.helloOk.relay_id());
    met.leafPin = leafPin;
    met.transcript = crypto::transcriptHash(hello, reply.hello_ok().body());
    const auto& pins = met.helloOk.leaf_pins();
    if (crypto::relayIdOf(key) != met.relay || std::find(pins.begin(), pins.end(), leafPin.str()) == pins.end() ||
        !crypto::verifySignature(key, view(crypto::helloMessage(met.transcript)), view(reply.hello_ok().sig())))
        return fail(Code::Untrusted, QStringLiteral("HELLO_OK does not verify"));
    return met;
}

inline pb::Frame registerFrame(const Met& met, const TestAccount& account, std::uint64_t version,
                               const std::optional<wire::InviteToken>& invite) {
    pb::Frame frame;
    pb::Register& body = *frame.mutable_register_();
    const crypto::SignedManifest manifest = account.manifest(version);
    if (invite)
        body.mutable_grant()->set_invite_token(invite->str());
    *body.mutable_manifest() = manifest.toWire();
    for (const crypto::ManifestDevice& device : manifest.manifest.devices)
        *body.add_bundles() = account.bundle(device.id);
    const QByteArray message = crypto::registerMessage(met.relay, met.leafPin, met.transcript, manifest.hash());
    body.set_sig(account.key().sign(view(message)).str());
    return frame;
}

inline pb::Frame authFrame(const Met& met, const TestAccount& account, DeviceId device, std::uint64_t version = 1) {
    pb::Frame frame;
    pb::Auth& body = *frame.mutable_auth();
    body.set_account_id(account.id().str());
    body.set_device_id(toU32(device));
    body.set_manifest_ver(version);
    body.set_role(pb::ROLE_MAIL);
    const QByteArray message =
        crypto::authMessage(met.relay, met.leafPin, met.transcript, account.id(), device, version);
    body.set_sig(account.login(device).sign(view(message)).str());
    return frame;
}

inline pb::Frame dropPutFrame(const TestDrop& drop, pb::DropKind kind, std::uint32_t version = 1) {
    pb::Frame frame;
    *frame.mutable_drop_put() = drop.put(kind, version);
    return frame;
}

inline pb::Frame sendFrame(Random& random, const TestDrop& drop, const std::vector<DeviceId>& devices,
                           const std::string& itemBody, std::uint64_t version = 1) {
    pb::Frame frame;
    pb::Send& body = *frame.mutable_send();
    body.set_drop_id(drop.id.str());
    body.set_token(drop.token.str());
    body.set_msg_id(random.id<EnvelopeId>().str());
    body.set_class_(pb::CLASS_DURABLE);
    body.set_manifest_ver(version);
    for (const DeviceId device : devices) {
        pb::Item* item = body.add_items();
        item->set_device_id(toU32(device));
        item->set_body(itemBody);
    }
    return frame;
}

inline pb::Frame ackFrame(std::uint32_t epoch, std::uint64_t upTo) {
    pb::Frame frame;
    frame.mutable_ack()->set_epoch(epoch);
    frame.mutable_ack()->set_up_to_seq(upTo);
    return frame;
}

inline wire::WireCode codeOf(const pb::Frame& frame) {
    return frame.has_error() ? wire::WireCode(frame.error().code()) : wire::WireCode::None;
}

} // namespace kith::test
