// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/descriptor.h"
#include "core/crypto/pow.h"
#include "core/crypto/seal.h"
#include "core/wire/envelope.h"
#include "core/wire/limits.h"
#include "tests/hostile/attacker.h"
#include "tests/support/wire_mutator.h"

namespace kith::hostile {
namespace {

namespace limits = wire::limits;
namespace ws = test::ws;

// Before anybody is verified

void pour(Caller& caller, const QByteArray& piece) {
    while (caller.hasRoom() && !caller.isOver())
        caller.write(piece);
}
QByteArray manyOf(char type) {
    QByteArray out;
    while (out.size() < 32 * 1024)
        out += test::masked(type, QByteArray(125, 'p'));
    return out;
}
void pings(Attacker&, Caller& caller) {
    static const QByteArray piece = manyOf(ws::Ping);
    pour(caller, piece);
}
void pongs(Attacker&, Caller& caller) {
    static const QByteArray piece = manyOf(ws::Pong);
    pour(caller, piece);
}
void largeUnfinished(Attacker&, Caller& caller) {
    static const QByteArray piece = test::masked(ws::Binary, QByteArray(limits::FrameMax, 'x')).chopped(1);
    if (caller.plays == 0)
        caller.write(piece);
}
/// What a TLS client says first, one byte at each tenth beat.
void halfTls(Attacker&, Caller& caller) {
    static const QByteArray hello = QByteArray::fromHex("160301020001") + QByteArray(506, 'x');
    if (caller.plays % 10 == 0 && caller.plays / 10 < static_cast<std::uint64_t>(hello.size()))
        caller.write(hello.mid(static_cast<qsizetype>(caller.plays / 10), 1));
}
void endlessHead(Attacker&, Caller& caller) {
    if (caller.plays == 0)
        caller.write("GET /krp/v1/drop HTTP/1.1\r\n");
    else if (caller.plays % 10 == 0)
        caller.write("X-More: and more\r\n");
}
void stay(Attacker&, Caller&) {}
void leave(Attacker&, Caller& caller) {
    caller.hangUp();
}
void noHello(Attacker& attacker, Caller& caller) {
    pb::Frame frame;
    if (attacker.random().below(2) == 0)
        frame.mutable_drop_list();
    else
        frame = test::sendFrame(attacker.random(), attacker.anyAccount().drop, {DeviceId{1}}, "body");
    caller.ask(frame);
}

// A stranger

void garbage(Attacker& attacker, Caller& caller) {
    for (int i = 0; i < 20 && caller.hasRoom(); ++i)
        caller.say(ws::Binary, attacker.random().bytes(static_cast<qsizetype>(attacker.random().below(2'000))));
}
void malformed(Attacker& attacker, Caller& caller) {
    test::WireMutator mutator(attacker.random());
    for (int i = 0; i < 20 && caller.hasRoom(); ++i) {
        pb::Frame frame = test::sendFrame(attacker.random(), attacker.anyAccount().drop, {DeviceId{1}, DeviceId{2}},
                                          toString(attacker.random().bytes(100)));
        *frame.mutable_send()->mutable_manifest() = attacker.anyAccount().keys.manifest(7).toWire();
        caller.say(ws::Binary, toByteArray(view(mutator.mutated(frame.SerializeAsString()))));
    }
}
void pingFrames(Attacker&, Caller& caller) {
    pb::Frame ping;
    ping.mutable_ping()->set_t(~0ULL);
    for (int i = 0; i < 500 && caller.hasRoom(); ++i)
        caller.ask(ping);
}
void sendsToNowhere(Attacker& attacker, Caller& caller) {
    for (int i = 0; i < 20 && caller.hasRoom(); ++i) {
        pb::Frame frame =
            test::sendFrame(attacker.random(), attacker.anyAccount().drop, {DeviceId{1}}, std::string(8'000, 'x'));
        frame.mutable_send()->set_drop_id(attacker.random().id<DropId>().str());
        caller.ask(frame);
    }
}
void questions(Attacker& attacker, Caller& caller) {
    for (int i = 0; i < 20 && caller.hasRoom(); ++i) {
        pb::Frame frame;
        switch (attacker.random().below(3)) {
        case 0:
            frame.mutable_card_get()->set_card_id(attacker.random().id<CardId>().str());
            break;
        case 1:
            frame.mutable_desc_get()->set_drop_id(attacker.anyAccount().drop.id.str());
            frame.mutable_desc_get()->set_token(attacker.anyAccount().drop.token.str());
            frame.mutable_desc_get()->add_relay_ids(attacker.target().relay.str());
            break;
        default:
            frame.mutable_bundles_get()->set_drop_id(attacker.anyAccount().drop.id.str());
            frame.mutable_bundles_get()->set_token(attacker.anyAccount().drop.token.str());
        }
        caller.ask(frame);
    }
}
void badInvites(Attacker& attacker, Caller& caller) {
    if (caller.plays % 5 != 0)
        return;
    const test::TestAccount nobody(attacker.random(), {attacker.target().relay});
    caller.ask(test::registerFrame(caller.met(), nobody, 1, attacker.random().id<wire::InviteToken>()));
}

// At the doors of honest members: what only a holder of their link can send, and no honest one does

QByteArray poisonFor(Attacker& attacker) {
    test::SeededRandom& random = attacker.random();
    const test::TestAccount stranger(random, {random.id<RelayId>()});
    crypto::Manifest manifest = stranger.manifest(1).manifest;
    if (random.below(2) == 0)
        manifest.devices[0].identity = {}; // of low order
    else if (random.below(2) == 0)
        manifest.devices[0].seal = {};
    pb::Seal seal;
    seal.set_v(1);
    seal.set_sender_account(stranger.id().str());
    seal.set_sender_device(toU32(stranger.device()));
    seal.set_sender_manifest_ver(1);
    seal.set_ctype(random.below(4) == 0 ? pb::PLAIN : pb::PREKEY);
    *seal.mutable_manifest() = crypto::signManifest(manifest, stranger.key()).value().toWire();
    seal.set_ciphertext(toString(random.bytes(300)));
    if (random.below(2) == 0)
        return wire::encodeSeal(seal).value();
    const std::string bytes = test::WireMutator(random).mutated(seal.SerializeAsString());
    QByteArray padded;
    appendU32(padded, static_cast<std::uint32_t>(bytes.size()));
    append(padded, view(bytes));
    padded.append(std::max<qsizetype>(0, 2'048 - padded.size()), '\0');
    return padded;
}
void knock(Attacker& attacker, Caller& caller) {
    Door& door = attacker.doorOf(caller);
    if (caller.plays == 0) {
        pb::Frame frame;
        frame.mutable_card_get()->set_card_id(crypto::cardIdOf(door.link.card).str());
        caller.ask(frame);
    }
    if (!door.device)
        return;
    const auto hour = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::hours>(SystemClock().wall().time_since_epoch()).count());
    for (int i = 0; i < 20'000; ++i) {
        if (!crypto::checkPow(door.card->drop, door.envelope, hour, ++door.nonce, door.bits))
            continue;
        const ByteView secret = door.card->dropSecret.view();
        const QByteArray info = wire::sealInfo(wire::SealKind::Item, door.card->drop, door.device->id, door.envelope);
        const auto body = crypto::sealBody(attacker.random(), door.device->seal, crypto::dropPsk(secret).view(),
                                           door.card->drop.view(), view(info), view(poisonFor(attacker)));
        const test::TestDrop drop{door.card->drop, {}, crypto::dropToken(secret)};
        pb::Frame frame = test::sendFrame(attacker.random(), drop, {door.device->id}, toString(body.value()));
        frame.mutable_send()->set_msg_id(door.envelope.str());
        frame.mutable_send()->set_pow(door.nonce);
        caller.ask(frame);
        door.envelope = attacker.random().id<EnvelopeId>();
        door.nonce = 0;
        return;
    }
}
void learnOfDoor(Attacker& attacker, Caller& caller, const pb::Frame& frame) {
    Door& door = attacker.doorOf(caller);
    if (frame.error().pow_bits() > 0)
        door.bits = std::clamp(frame.error().pow_bits(), 20U, 23U); // more costs the attacker too much
    if (frame.has_card_body()) {
        if (auto card = crypto::openCard(door.link.card, view(frame.card_body().body()))) {
            pb::Frame ask;
            ask.mutable_bundles_get()->set_drop_id(card->drop.str());
            ask.mutable_bundles_get()->set_token(crypto::dropToken(card->dropSecret.view()).str());
            door.card.emplace(std::move(card).value());
            caller.ask(ask);
        }
    } else if (frame.has_bundles() && door.card) {
        if (const auto manifest = crypto::verifyManifest(frame.bundles().manifest()))
            door.device = manifest->manifest.devices.front();
    }
}

// A member

void lists(Attacker&, Caller& caller) {
    pb::Frame frame;
    frame.mutable_drop_list();
    for (int i = 0; i < 50 && caller.hasRoom(); ++i)
        caller.ask(frame);
}
void inventedHomes(Attacker& attacker, Caller& caller) {
    test::SeededRandom& random = attacker.random();
    Account& account = *caller.account();
    std::vector<RelayId> homes{attacker.target().relay};
    std::vector<crypto::SignedDescriptor> descriptors;
    for (int i = 1; i < limits::HomesMax; ++i) {
        const auto key = crypto::SigningKey::fromSeed(random.secret(32).view()).value();
        crypto::Descriptor invented;
        invented.relay = crypto::relayIdOf(key.publicKey());
        invented.relayKey = key.publicKey();
        invented.issued = SystemClock().wall();
        invented.notAfter = invented.issued + std::chrono::hours(24);
        invented.leafPins = {random.id<crypto::Hash32>()};
        invented.operatorText = QString(1'000, u'x');
        homes.push_back(invented.relay);
        descriptors.push_back(crypto::signDescriptor(invented, key));
    }
    account.keys.setHomes(homes);
    pb::Frame put;
    *put.mutable_manifest_put()->mutable_manifest() =
        account.keys.manifest(account.version + 1 + caller.plays).toWire();
    caller.ask(put);
    for (const auto& descriptor : descriptors) {
        pb::Frame frame;
        *frame.mutable_desc_put()->mutable_descriptor() = descriptor.toWire();
        caller.ask(frame);
    }
}
void drops(Attacker& attacker, Caller& caller) {
    for (int i = 0; i < 10 && caller.hasRoom(); ++i) {
        const test::TestDrop drop = test::TestDrop::of(attacker.random(), caller.account()->keys);
        caller.ask(test::dropPutFrame(drop, pb::DropKind(1 + attacker.random().below(4))));
        if (attacker.random().below(2) == 0)
            continue;
        pb::Frame remove;
        remove.mutable_drop_del()->set_drop_id(drop.id.str());
        caller.ask(remove);
    }
}
void cards(Attacker& attacker, Caller& caller) {
    for (int i = 0; i < 10 && caller.hasRoom(); ++i) {
        pb::Frame frame;
        const std::string id = attacker.random().id<CardId>().str();
        frame.mutable_card_put()->set_card_id(id);
        frame.mutable_card_put()->set_body(std::string(limits::CardMax, 'c'));
        caller.ask(frame);
        pb::Frame remove;
        remove.mutable_card_del()->set_card_id(id);
        caller.ask(remove);
    }
}
void keys(Attacker& attacker, Caller& caller) {
    Account& account = *caller.account();
    for (int i = 0; i < 5 && caller.hasRoom(); ++i) {
        pb::Frame frame;
        for (int one = 0; one < limits::OneTimeKeysPerFrame; ++one) {
            pb::OneTimeKey* key = frame.mutable_keys_put()->add_opks();
            key->set_opk_id(++account.lastKey);
            key->set_opk(toString(attacker.random().bytes(32)));
        }
        *frame.mutable_keys_put()->mutable_spk() = account.keys.bundle(account.keys.device(), account.lastKey);
        frame.mutable_keys_put()->set_replace(attacker.random().below(2) == 0);
        caller.ask(frame);
    }
}
/// Puts its drop, fills it over and over from the own socket, and acks nothing.
void ownDrops(Attacker& attacker, Caller& caller) {
    Account& account = *caller.account();
    if (caller.plays == 0)
        caller.ask(test::dropPutFrame(account.drop, pb::DROP_SELF));
    for (int i = 0; i < 10 && caller.hasRoom(); ++i) {
        pb::Frame frame = test::sendFrame(attacker.random(), account.drop, {account.keys.device()},
                                          toString(attacker.random().bytes(60'000)), account.version);
        frame.mutable_send()->clear_token();
        caller.ask(frame);
    }
}
/// A member opens a drop, and strangers pour into it.
void contactDrop(Attacker& attacker, Caller& caller) {
    Account& account = attacker.accountOf("cards");
    for (int i = 0; i < 5 && caller.hasRoom(); ++i)
        caller.ask(test::sendFrame(attacker.random(), account.drop, {account.keys.device()},
                                   toString(attacker.random().bytes(60'000)), account.version));
}
void openDropAndCards(Attacker& attacker, Caller& caller) {
    if (caller.plays == 0)
        caller.ask(test::dropPutFrame(caller.account()->drop, pb::DROP_CONTACT));
    cards(attacker, caller);
}
void memberGarbage(Attacker& attacker, Caller& caller) {
    test::SeededRandom& random = attacker.random();
    const test::TestAccount& own = caller.account()->keys;
    pb::Frame frames[4] = {test::dropPutFrame(test::TestDrop::of(random, own), pb::DROP_CONTACT), {}, {}, {}};
    frames[1].mutable_card_put()->set_card_id(random.id<CardId>().str());
    frames[1].mutable_card_put()->set_body("card");
    *frames[2].mutable_keys_put()->mutable_spk() = own.bundle(own.device(), 2);
    *frames[3].mutable_manifest_put()->mutable_manifest() = own.manifest(2).toWire();
    test::WireMutator mutator(random);
    for (int i = 0; i < 20 && caller.hasRoom(); ++i) {
        frames[i % 4].set_id(1'000'000 + caller.plays);
        caller.say(ws::Binary, toByteArray(view(mutator.mutated(frames[i % 4].SerializeAsString()))));
    }
}

constexpr auto A = RawChannel::Authenticated;
constexpr auto S = RawChannel::Anonymous;

const Trick Table[] = {
    {"pings without reading", 4, 1, Stage::Upgraded, S, Ears::Deaf, pings},
    {"pongs", 4, 1, Stage::Upgraded, S, Ears::Open, pongs},
    {"1 MiB before HELLO", 60, 2, Stage::Upgraded, S, Ears::Open, largeUnfinished},
    {"1 MiB after HELLO, not ended", 200, 2, Stage::Greeted, S, Ears::Open, largeUnfinished},
    {"TLS half open", 200, 8, Stage::Connected, S, Ears::Open, halfTls},
    {"heads that never end", 100, 2, Stage::Encrypted, S, Ears::Open, endlessHead},
    {"sockets up to the cap", 300, 4, Stage::Greeted, S, Ears::Open, stay},
    {"logins that never come", 300, 4, Stage::Greeted, A, Ears::Open, stay},
    {"many sockets a second", 40, 4, Stage::Upgraded, A, Ears::Open, leave},
    {"many plain connections a second", 200, 20, Stage::Connected, S, Ears::Open, leave},
    {"no HELLO", 20, 2, Stage::Upgraded, S, Ears::Open, noHello},
    {"garbage", 10, 2, Stage::Greeted, S, Ears::Open, garbage},
    {"malformed protobuf", 10, 2, Stage::Greeted, S, Ears::Open, malformed},
    {"answers nobody reads", 10, 2, Stage::Greeted, S, Ears::Deaf, pingFrames},
    {"sends to nowhere", 10, 2, Stage::Greeted, S, Ears::Open, sendsToNowhere},
    {"questions of strangers", 10, 2, Stage::Greeted, S, Ears::Open, questions},
    {"invites that never were", 10, 2, Stage::Greeted, A, Ears::Open, badInvites},
    {"poison at the doors", 4, 1, Stage::Greeted, S, Ears::Open, knock, learnOfDoor},
    {"lists nobody reads", 2, 1, Stage::Member, A, Ears::Deaf, lists},
    {"invented homes", 1, 1, Stage::Member, A, Ears::Open, inventedHomes},
    {"drops", 2, 1, Stage::Member, A, Ears::Open, drops},
    {"cards", 2, 1, Stage::Member, A, Ears::Open, openDropAndCards},
    {"keys", 2, 1, Stage::Member, A, Ears::Open, keys},
    {"sends to the own mailbox", 2, 1, Stage::Member, A, Ears::Deaf, ownDrops},
    {"sends to a drop of the own", 8, 2, Stage::Greeted, S, Ears::Open, contactDrop},
    {"logins in a loop", 10, 2, Stage::Member, A, Ears::Open, leave},
    {"malformed requests of a member", 1, 1, Stage::Member, A, Ears::Open, memberGarbage},
};

} // namespace

std::span<const Trick> allTricks() {
    return Table;
}

} // namespace kith::hostile
