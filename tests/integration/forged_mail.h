// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/derive.h"
#include "core/crypto/seal.h"
#include "core/wire/envelope.h"
#include "tests/integration/scenes.h"

#include <QTest>

/// Mail that no honest program makes, put into Bob's mailbox.
namespace kith::test::forged {

/// A drop as whoever may write to it knows it.
struct Door {
    DropId drop;
    SecretBytes secret;
};

/// Ann's way to Bob.
inline Door contactDoor(Friends& world) {
    const auto drop = knownDrop(world.ann, world.bob);
    return {drop->drop, drop->secret.clone()};
}

inline Door frontDoor(Friends& world) {
    for (const store::OwnDrop& drop : store::OwnDrops(world.bob.db()).missingAt(RelayId()).value())
        if (drop.kind == wire::pb::DROP_FRONT)
            return {drop.drop, drop.secret.clone()};
    qFatal("there is no front door");
}

/// What Ann puts around a ciphertext for Bob.
inline wire::pb::Seal sealOf(Friends& world, wire::pb::CipherType type) {
    wire::pb::Seal seal;
    seal.set_v(1);
    seal.set_sender_account(world.ann.account().str());
    seal.set_sender_device(toU32((*world.ann).info().value().device));
    seal.set_sender_manifest_ver(1);
    seal.set_ctype(type);
    if (type == wire::pb::PREKEY)
        *seal.mutable_manifest() = store::loadOwnManifest(world.ann.db()).value()->toWire();
    return seal;
}

/// u32 length ‖ bytes ‖ zeros up to a power of two: what a Seal is padded to, also when the bytes are no Seal.
inline QByteArray padded(const std::string& bytes) {
    QByteArray out;
    appendU32(out, static_cast<std::uint32_t>(bytes.size()));
    append(out, view(bytes));
    qsizetype size = 1'024;
    while (size < out.size())
        size *= 2;
    out.append(size - out.size(), '\0');
    return out;
}

enum class Body { AsItIs, Sealed };

/// Puts one item into Bob's mailbox: `body` as it is, or sealed as whoever knows the drop can.
inline void put(Friends& world, const Door& door, Body how, const QByteArray& body) {
    const auto device = store::Peers(world.ann.db()).devices(world.bob.account()).value().front();
    const auto id = world.random.id<EnvelopeId>();
    relay::EnqueueItems send;
    send.drop = door.drop;
    send.authority.tokenHash = crypto::tokenHash(crypto::dropToken(door.secret.view()).view());
    send.envelope = id;
    send.manifestVersion = 1;
    send.powBits = wire::limits::FrontPowMaxBits;
    QByteArray bytes = body;
    if (how == Body::Sealed) {
        const SecretBytes psk = crypto::dropPsk(door.secret.view());
        const QByteArray info = wire::sealInfo(wire::SealKind::Item, door.drop, device.device, id);
        bytes =
            crypto::sealBody(world.random, device.seal, psk.view(), door.drop.view(), view(info), view(body)).value();
    }
    send.items.push_back({device.device, toString(bytes)});
    relay::Operation operation;
    operation.body = std::move(send);
    world.home.run(operation);
    QVERIFY(std::get<relay::EnqueueItems>(operation.body).outcome.answer.isDone());
    world.bob.line().cut(); // it is told of what waits when it comes back
}

inline void putSealed(Friends& world, const wire::pb::Seal& seal) {
    put(world, contactDoor(world), Body::Sealed, wire::encodeSeal(seal).value());
}

} // namespace kith::test::forged
