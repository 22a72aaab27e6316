// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/account.h"
#include "core/crypto/hash.h"
#include "core/wire/content.h"
#include "tests/integration/forged_mail.h"
#include "tests/support/wire_mutator.h"

namespace kith::test {

using namespace std::chrono_literals;
using wire::pb::Content;
using wire::pb::Frame;

/// No item, however it was made, stays un-acked or stops a later one: only a failing disk may (PROTOCOL.md s6
/// "Receive"). Ann and strangers write the poison, Cleo the message that has to arrive behind it.
class TestPoison : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aManifestWithAPoisonedKeyStopsNothing_data() {
        QTest::addColumn<int>("field");
        QTest::addColumn<QByteArray>("key");
        const auto row = [](const char* name, int field, const QByteArray& key) {
            QTest::newRow(name) << field << key;
        };
        QByteArray one(32, '\0');
        one[0] = 1;
        row("ik of zeros", Ik, QByteArray(32, '\0'));
        row("ik is the point 1", Ik, one);
        row("ik is not canonical", Ik, QByteArray(32, '\xff'));
        row("dk of zeros", Dk, QByteArray(32, '\0'));
        row("sd of zeros", Sd, QByteArray(32, '\0'));
        row("sd is the point 1", Sd, one);
        row("a cross signature of zeros", Cross, QByteArray(64, '\0'));
    }
    void aManifestWithAPoisonedKeyStopsNothing() {
        QFETCH(const int, field);
        QFETCH(const QByteArray, key);
        Friends world(3);
        openDoor(world);
        const auto poison = [&](wire::pb::Manifest& manifest) {
            wire::pb::ManifestDevice& device = *manifest.mutable_devices(0);
            (field == Ik   ? *device.mutable_ik()
             : field == Dk ? *device.mutable_dk()
             : field == Sd ? *device.mutable_sd()
                           : *device.mutable_cross_sig()) = toString(key);
        };
        // A stranger at the door, whose manifest is all there is to judge.
        const auto stranger = crypto::SigningKey::fromSeed(view(world.random.bytes(32))).value();
        wire::pb::Manifest manifest = ownManifest(world);
        manifest.set_account_id(crypto::accountIdOf(stranger.publicKey()).str());
        manifest.set_ak(stranger.publicKey().str());
        poison(manifest);
        wire::pb::Seal seal = forged::sealOf(world, wire::pb::PREKEY);
        seal.set_sender_account(manifest.account_id());
        seal.set_ciphertext(toString(world.random.bytes(200)));
        *seal.mutable_manifest() = sign(manifest.SerializeAsString(), stranger);
        forged::put(world, forged::frontDoor(world), forged::Body::Sealed, wire::encodeSeal(seal).value());
        // A contact, inside the session and around it.
        manifest = ownManifest(world);
        manifest.set_version(manifest.version() + 1);
        poison(manifest);
        seal = forged::sealOf(world, wire::pb::PREKEY);
        seal.set_ciphertext(toString(world.random.bytes(200)));
        *seal.mutable_manifest() = sign(manifest.SerializeAsString(), world.ann.accountKey());
        forged::putSealed(world, seal);
        Content content;
        content.set_n(1);
        *content.mutable_manifest()->mutable_manifest() = seal.manifest();
        world.push(content, Content::kManifest);
        QVERIFY(goesOn(world));
    }

    /// Each layer in turn: the envelope's body, the seal, the ciphertext, the manifest, the content.
    void anItemWithAnyFieldMutatedNeverStopsALaterOne_data() {
        QTest::addColumn<int>("layer");
        QTest::newRow("body") << int(AtBody);
        QTest::newRow("seal") << int(AtSeal);
        QTest::newRow("seal of a session's message") << int(AtLiveSeal);
        QTest::newRow("manifest") << int(AtManifest);
        QTest::newRow("content") << int(AtContent);
    }
    void anItemWithAnyFieldMutatedNeverStopsALaterOne() {
        QFETCH(const int, layer);
        constexpr int Worlds = 6;
        constexpr int ItemsEach = 40;
        for (int each = 0; each < Worlds; ++each) {
            Friends world(3);
            world.random = SeededRandom(seed() + 1'000 * static_cast<std::uint64_t>(each) + 1);
            openDoor(world);
            WireMutator mutator(world.random);
            if (layer == AtLiveSeal)
                mutateSealsUnderWay(world, mutator);
            for (int i = 0; i < ItemsEach; ++i)
                attack(world, mutator, layer);
            QVERIFY2(goesOn(world), qPrintable(QStringLiteral("world %1").arg(each)));
        }
    }

    /// 2^64-1 is a number that no loop over message numbers comes past.
    void rangesAtTheEndOfAllNumbersAreRefused() {
        for (const std::uint64_t last : {~0ULL, 1ULL << 63U, (1ULL << 53U) + 1}) {
            Content content;
            content.set_v(1);
            content.set_logical_id(std::string(16, 'i'));
            wire::pb::Range* range = content.mutable_gone()->add_ranges();
            range->set_first(last - 10);
            range->set_last(last);
            const std::string bytes = content.SerializeAsString();
            QVERIFY(!wire::decodeContent(view(bytes)));
        }
    }

private:
    enum Field { Ik, Dk, Sd, Cross };
    enum Layer { AtBody, AtSeal, AtLiveSeal, AtManifest, AtContent };

    static void openDoor(Friends& world) {
        bool made = false;
        world.bob->links().create(true, [&made](const Result<wire::ContactLink>&) { made = true; });
        QVERIFY(world.runUntil([&] { return made; }));
    }

    static wire::pb::Manifest ownManifest(Friends& world) {
        const QByteArray body = store::loadOwnManifest(world.ann.db()).value()->body;
        wire::pb::Manifest manifest;
        INVARIANT(manifest.ParseFromArray(body.constData(), static_cast<int>(body.size())));
        return manifest;
    }

    static wire::pb::Signed sign(const std::string& body, const crypto::SigningKey& key) {
        QByteArray message = QByteArrayLiteral("krp-man-1");
        append(message, crypto::sha256(view(body)).view());
        wire::pb::Signed out;
        out.set_body(body);
        out.set_sig(key.sign(view(message)).str());
        return out;
    }

    static void attack(Friends& world, WireMutator& mutator, int layer) {
        const bool atTheDoor = world.random.below(2) == 0;
        const forged::Door door = atTheDoor ? forged::frontDoor(world) : forged::contactDoor(world);
        wire::pb::Seal seal = forged::sealOf(world, world.random.below(2) == 0 ? wire::pb::PREKEY : wire::pb::WHISPER);
        seal.set_ciphertext(toString(QByteArray(1, '\x33') + world.random.bytes(world.random.below(300))));
        switch (layer) {
        case AtBody:
            forged::put(world, door, forged::Body::AsItIs,
                        world.random.bytes(1 + static_cast<qsizetype>(world.random.below(3'000))));
            return;
        case AtSeal:
            forged::put(world, door, forged::Body::Sealed, forged::padded(mutator.mutated(seal.SerializeAsString())));
            return;
        case AtManifest: {
            wire::pb::Manifest manifest = ownManifest(world);
            manifest.set_version(2 + world.random.below(50));
            const auto key = world.random.below(2) == 0
                                 ? world.ann.accountKey()
                                 : crypto::SigningKey::fromSeed(view(world.random.bytes(32))).value();
            manifest.set_account_id(crypto::accountIdOf(key.publicKey()).str());
            manifest.set_ak(key.publicKey().str());
            *seal.mutable_manifest() = sign(mutator.mutated(manifest.SerializeAsString()), key);
            seal.set_ctype(wire::pb::PREKEY);
            seal.set_sender_account(manifest.account_id());
            forged::put(world, door, forged::Body::Sealed, forged::padded(seal.SerializeAsString()));
            return;
        }
        default:
            pushContent(world, mutator, layer == AtContent);
        }
    }

    /// What a contact says inside a session that is right.
    static void pushContent(Friends& world, WireMutator& mutator, bool mutate) {
        const int kind = static_cast<int>(world.random.below(8));
        world.push(
            [&](const MessageId& id, WallTime now) {
                Content content;
                content.set_v(1);
                content.set_logical_id(id.str());
                content.set_hlc(static_cast<std::uint64_t>(toMs(now)));
                fill(world, content, kind);
                return mutate ? mutator.mutated(content.SerializeAsString()) : content.SerializeAsString();
            },
            Content::kGapRequest);
    }

    static void fill(Friends& world, Content& content, int kind) {
        const std::string id(16, 'i');
        const auto range = [](auto* ranges) {
            ranges->set_first(3);
            ranges->set_last(5);
        };
        switch (kind) {
        case 0:
            content.set_n(7);
            content.mutable_text()->set_body("text");
            content.mutable_text()->mutable_reply_to()->set_author(world.bob.account().str());
            content.mutable_text()->mutable_reply_to()->set_logical_id(id);
            break;
        case 1:
            content.mutable_receipt()->set_type(wire::pb::RECEIPT_DELIVERED);
            content.mutable_receipt()->add_ids(id);
            break;
        case 2: {
            content.set_n(8);
            wire::pb::DropUpdate& update = *content.mutable_drop_update();
            update.set_drop_id(std::string(16, 'd'));
            update.set_drop_secret(std::string(32, 's'));
            update.set_ver(1);
            break;
        }
        case 3:
            range(content.mutable_gap_request()->add_ranges());
            break;
        case 4:
            range(content.mutable_gone()->add_ranges());
            break;
        case 5: {
            wire::pb::ContactCard& card = *content.mutable_contact_card();
            card.set_name("Ann");
            card.set_drop_id(std::string(16, 'd'));
            card.set_drop_secret(std::string(32, 's'));
            card.add_homes()->set_relay_id(world.home.id().str());
            card.mutable_homes(0)->set_endpoint("relay.example:1");
            break;
        }
        case 6:
            content.set_n(9);
            *content.mutable_manifest()->mutable_manifest() =
                sign(ownManifest(world).SerializeAsString(), world.ann.accountKey());
            break;
        default:
            content.mutable_retry_request()->set_msg_id(id);
            content.mutable_retry_request()->set_ciphertext_hash(std::string(32, 'h'));
        }
    }

    /// What Ann's program sends in earnest, with a field of its seal changed: as if she had another program.
    static void mutateSealsUnderWay(Friends& world, WireMutator& mutator) {
        world.home.meddle = [&](Frame& frame) {
            if (!frame.has_deliver())
                return true;
            const forged::Door door = forged::contactDoor(world);
            const store::OwnIdentity bob = store::loadIdentity(world.bob.db()).value();
            const auto key = crypto::DhKey::fromPrivate(bob.sealPrivate.view()).value();
            const SecretBytes psk = crypto::dropPsk(door.secret.view());
            for (wire::pb::Envelope& envelope : *frame.mutable_deliver()->mutable_envelopes()) {
                if (envelope.drop_id() != door.drop.str())
                    continue;
                const QByteArray info =
                    wire::sealInfo(wire::SealKind::Item, door.drop, bob.device, EnvelopeId::checked(envelope.msg_id()));
                const auto plain =
                    crypto::openBody(key, psk.view(), door.drop.view(), view(info), view(envelope.body()));
                if (!plain)
                    continue;
                const std::string seal = wire::decodeSeal(plain->view()).value().SerializeAsString();
                const QByteArray body = forged::padded(mutator.mutated(seal));
                envelope.set_body(toString(crypto::sealBody(world.random, key.publicKey(), psk.view(), door.drop.view(),
                                                            view(info), view(body))
                                               .value()));
            }
            return true;
        };
    }

    /// Everything was acked, and somebody else's message arrives.
    static bool goesOn(Friends& world) {
        SimPerson& cleo = world.person(2);
        world.run(60s);
        world.home.meddle = {};
        cleo.send(world.bob, QStringLiteral("behind it"));
        return world.runUntil([&] { return world.bob.texts(cleo).contains(QStringLiteral("behind it")); }) &&
               world.runUntil([&] { return world.home.waiting() == 0; });
    }
};

KITH_TEST(TestPoison)

} // namespace kith::test

#include "test_poison.moc"
