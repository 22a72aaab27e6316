// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/card.h"
#include "core/crypto/descriptor.h"
#include "core/crypto/key_slots.h"
#include "core/crypto/manifest.h"
#include "core/crypto/seal.h"
#include "core/wire/content.h"
#include "core/wire/envelope.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/engine_commands.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/push_commands.h"
#include "tests/support/relay_frames.h"

namespace kith::test {
namespace {

/// A mode byte in front, as the targets with several modes read it.
QByteArray withMode(char mode, const QByteArray& bytes) {
    return QByteArray(1, mode) + bytes;
}
QByteArray bytesOf(const std::string& bytes) {
    return toByteArray(view(bytes));
}

class Maker {
public:
    std::vector<Seed> make() {
        clientFrames();
        relayFrames();
        links();
        contents();
        seals();
        manifests();
        cards();
        descriptors();
        headers();
        heads();
        messageLinks();
        engineStreams();
        pushStreams();
        return std::move(m_seeds);
    }

private:
    void add(const char* target, const QByteArray& name, const QByteArray& bytes) {
        m_seeds.push_back({QLatin1String(target), QString::fromLatin1(name), bytes});
    }
    void addFrame(const char* name, pb::Frame frame) {
        frame.set_id(7);
        add("frames", name, wire::encodeFrame(frame));
    }

    crypto::SignedManifest manifest(int devices) {
        crypto::Manifest manifest;
        manifest.accountKey = fuzzSigningKey().publicKey();
        manifest.account = crypto::accountIdOf(manifest.accountKey);
        manifest.version = 3;
        manifest.issued = fromMs(1'700'000'000'000);
        manifest.merges = {m_random.id<crypto::Hash32>()};
        manifest.homes = {m_random.id<RelayId>(), m_random.id<RelayId>()};
        for (int i = 0; i < devices; ++i)
            manifest.devices.push_back({DeviceId(i + 1U), 1, m_random.id<crypto::IdentityPublicKey>(),
                                        fuzzSigningKey().publicKey(), m_random.id<crypto::DhPublicKey>(), 0,
                                        m_random.id<crypto::Signature>()});
        return crypto::signManifest(manifest, fuzzSigningKey()).value();
    }
    crypto::SignedDescriptor descriptor() {
        crypto::Descriptor out;
        out.relayKey = fuzzSigningKey().publicKey();
        out.relay = crypto::relayIdOf(out.relayKey);
        out.issued = fromMs(1'700'000'000'000);
        out.notAfter = fromMs(1'800'000'000'000);
        out.endpoints = {{QStringLiteral("relay.example"), 8443}, {QStringLiteral("::1"), 9000}};
        out.leafPins = {m_random.id<crypto::Hash32>()};
        out.operatorText = QStringLiteral("somebody");
        return crypto::signDescriptor(out, fuzzSigningKey());
    }

    void clientFrames() {
        pb::Hello hello;
        hello.set_client_nonce(std::string(32, 'n'));
        hello.add_features("feature");
        hello.set_agent("kith");
        addFrame("hello", helloFrame(hello.SerializeAsString()));
        const TestAccount account(m_random, {m_random.id<RelayId>()}, 2);
        addFrame("register", registerFrame({}, account, 1, m_random.id<wire::InviteToken>()));
        pb::Frame auth = authFrame({}, account, account.device());
        *auth.mutable_auth()->mutable_manifest() = account.manifest(2).toWire();
        addFrame("auth", auth);
        pb::Frame ack = ackFrame(1, 1'000'000);
        ack.mutable_ack()->add_also(1'000'002);
        addFrame("ack", ack);
        const TestDrop drop = TestDrop::of(m_random, account);
        pb::Frame send = sendFrame(m_random, drop, {account.device(0), account.device(1)}, std::string(64, 'b'));
        send.mutable_send()->set_pow(17);
        addFrame("send", send);
        addFrame("drop_put", dropPutFrame(drop, pb::DROP_FRONT));
        pb::Frame frame;
        frame.mutable_bundles_get()->set_drop_id(drop.id.str());
        frame.mutable_bundles_get()->set_token(drop.token.str());
        frame.mutable_bundles_get()->add_device_ids(5);
        addFrame("bundles_get", frame);
        frame.mutable_desc_get()->set_drop_id(drop.id.str());
        frame.mutable_desc_get()->set_token(drop.token.str());
        frame.mutable_desc_get()->add_relay_ids(std::string(RelayId::size, 'r'));
        addFrame("desc_get", frame);
        *frame.mutable_keys_put()->mutable_spk() = account.bundle(account.device());
        frame.mutable_keys_put()->add_opks()->set_opk(std::string(32, 'o'));
        addFrame("keys_put", frame);
        frame.mutable_drop_list()->set_after(drop.id.str());
        addFrame("drop_list", frame);
        frame.mutable_card_put()->set_card_id(std::string(CardId::size, 'c'));
        frame.mutable_card_put()->set_body("card");
        addFrame("card_put", frame);
        *frame.mutable_desc_put()->mutable_descriptor() = descriptor().toWire();
        addFrame("desc_put", frame);
        frame.mutable_ping()->set_t(1);
        addFrame("ping", frame);
    }

    void relayFrames() {
        pb::HelloOk ok;
        ok.set_relay_id(std::string(RelayId::size, 'r'));
        ok.set_rk(std::string(32, 'k'));
        ok.set_nonce(std::string(32, 'n'));
        ok.add_leaf_pins(std::string(32, 'p'));
        pb::Frame frame;
        *frame.mutable_hello_ok() = fuzzSigned("krp-hello-1", ok.SerializeAsString());
        addFrame("hello_ok", frame);
        frame.mutable_error()->set_code(11);
        *frame.mutable_error()->mutable_manifest() = manifest(1).toWire();
        addFrame("error", frame);
        frame.mutable_welcome()->set_manifest_hash(std::string(32, 'm'));
        frame.mutable_welcome()->set_drops_hash(std::string(32, 'd'));
        frame.mutable_welcome()->add_skipped_drops(fuzzDrop().str());
        addFrame("welcome", frame);
        for (int i = 0; i < 2; ++i) {
            pb::Envelope& envelope = *frame.mutable_deliver()->add_envelopes();
            envelope.set_msg_id(std::string(EnvelopeId::size, 'e'));
            envelope.set_drop_id(fuzzDrop().str());
            envelope.set_seq(i + 1U);
            envelope.set_class_(pb::CLASS_DURABLE);
            envelope.set_body("body");
        }
        addFrame("deliver", frame);
        frame.mutable_event()->mutable_quota_hit()->set_drop_id(fuzzDrop().str());
        addFrame("event", frame);
        frame.mutable_sent()->set_status(pb::ACCEPTED);
        addFrame("sent", frame);
        frame.mutable_bundles()->add_bundles()->set_device_id(1);
        frame.mutable_bundles()->mutable_bundles(0)->set_spk(std::string(32, 's'));
        frame.mutable_bundles()->mutable_bundles(0)->set_spk_sig(std::string(64, 'g'));
        addFrame("bundles", frame);
        *frame.mutable_descriptors()->add_descriptors() = descriptor().toWire();
        addFrame("descriptors", frame);
        pb::DropPut& listed = *frame.mutable_drop_page()->add_drops();
        listed.set_drop_id(fuzzDrop().str());
        listed.set_ver(1);
        listed.set_kind(pb::DROP_SELF);
        listed.set_token_hash(std::string(32, 't'));
        addFrame("drop_page", frame);
        frame.mutable_go_away()->set_reason(pb::REVOKED);
        *frame.mutable_go_away()->mutable_manifest() = manifest(1).toWire();
        addFrame("go_away", frame);
    }

    void links() {
        const auto relay = m_random.id<RelayId>();
        const auto token = m_random.id<wire::InviteToken>();
        const auto card = m_random.id<wire::CardSecret>();
        int count = 0;
        for (const char* address : {"relay.example", "127.0.0.1:1", "[fe80::1]:9000"}) {
            const wire::Endpoint endpoint = wire::Endpoint::parse(QString::fromLatin1(address)).value();
            const QByteArray number = QByteArray::number(++count);
            add("links", "address-" + number, address);
            add("links", "invite-" + number, wire::InviteLink{endpoint, relay, token, {}}.toString().toUtf8());
            add("links", "invite-card-" + number, wire::InviteLink{endpoint, relay, token, card}.toString().toUtf8());
            add("links", "contact-" + number, wire::ContactLink{endpoint, relay, card}.toString().toUtf8());
        }
    }

    void addContent(const char* name, wire::pb::Content content) {
        content.set_v(1);
        content.set_logical_id(std::string(MessageId::size, 'l'));
        content.set_hlc(1'700'000'000'000);
        if (wire::contentKind(content.kind_case())->isNumbered())
            content.set_n(5);
        add("content", name, wire::encodeContent(content).value());
    }
    void contents() {
        wire::pb::Content content;
        content.mutable_text()->set_body("h\xc3\xa9llo");
        content.mutable_text()->mutable_reply_to()->set_author(std::string(AccountId::size, 'a'));
        content.mutable_text()->mutable_reply_to()->set_logical_id(std::string(MessageId::size, 'm'));
        wire::pb::Receipt& rider = *content.add_receipts();
        rider.set_type(wire::pb::RECEIPT_READ);
        rider.add_ids(std::string(MessageId::size, 'm'));
        wire::pb::DropUpdate update;
        update.set_drop_id(fuzzDrop().str());
        update.set_drop_secret(std::string(32, 's'));
        update.set_ver(1);
        *content.mutable_drop_update_rider() = update;
        addContent("text", content);
        content.Clear();
        *content.mutable_receipt() = rider;
        addContent("receipt", content);
        wire::pb::ContactCard& card = *content.mutable_contact_card();
        card.set_name("Ada");
        card.set_text("it is me");
        card.set_drop_id(fuzzDrop().str());
        card.set_drop_secret(std::string(32, 's'));
        card.add_homes()->set_relay_id(std::string(RelayId::size, 'r'));
        card.mutable_homes(0)->set_endpoint("relay.example:9000");
        addContent("contact_card", content);
        *content.mutable_drop_update() = update;
        addContent("drop_update", content);
        *content.mutable_manifest()->mutable_manifest() = manifest(1).toWire();
        addContent("manifest", content);
        *content.mutable_descriptor()->mutable_descriptor() = descriptor().toWire();
        addContent("descriptor", content);
        content.mutable_retry_request()->set_msg_id(std::string(EnvelopeId::size, 'e'));
        content.mutable_retry_request()->set_ciphertext_hash(std::string(32, 'h'));
        content.mutable_retry_request()->set_ratchet_key(std::string(32, 'r'));
        addContent("retry_request", content);
        content.mutable_gap_request()->add_ranges()->set_first(3);
        content.mutable_gap_request()->mutable_ranges(0)->set_last(9);
        addContent("gap_request", content);
        content.mutable_gone()->add_ranges()->set_first(3);
        content.mutable_gone()->mutable_ranges(0)->set_last(9);
        addContent("gone", content);
    }

    void seals() {
        wire::pb::Seal seal;
        seal.set_v(1);
        seal.set_sender_account(std::string(AccountId::size, 'a'));
        seal.set_sender_device(1);
        seal.set_ctype(wire::pb::PREKEY);
        seal.set_ciphertext(std::string(100, 'c'));
        *seal.mutable_manifest() = manifest(1).toWire();
        const QByteArray padded = wire::encodeSeal(seal).value();
        add("seals", "padded", withMode(0, padded));
        add("seals", "bare", withMode(1, bytesOf(seal.SerializeAsString())));
        seal.clear_manifest();
        seal.set_ctype(wire::pb::PLAIN);
        seal.set_ciphertext(std::string(1500, 'c'));
        add("seals", "padded-2048", withMode(0, wire::encodeSeal(seal).value()));
        // Not one for the keys of the target, which would open it.
        const QByteArray body = crypto::sealBody(m_random, fuzzSealKey().publicKey(), view(fuzzPsk()),
                                                 fuzzDrop().view(), view("another"), view(padded))
                                    .value();
        add("seals", "body", withMode(2, body));
        add("seals", "sealed", withMode(3, QByteArray(3, '\0') + "plaintext"));
        add("seals", "sealed-changed", withMode(3, QByteArray::fromHex("002101") + "plaintext"));
    }

    void manifests() {
        for (const int devices : {1, 3}) {
            const crypto::SignedManifest made = manifest(devices);
            const QByteArray number = QByteArray::number(devices);
            add("manifests", "signed-" + number, withMode(0, made.body + made.signature.bytes()));
            add("manifests", "body-" + number, withMode(1, made.body));
            add("manifests", "fields-" + number, withMode(2, made.body));
        }
    }

    void cards() {
        crypto::Card card{fuzzSigningKey().publicKey(),
                          fuzzSalt(),
                          3,
                          {m_random.id<RelayId>(), m_random.id<RelayId>()},
                          fuzzDrop(),
                          SecretBytes(view(std::string(crypto::DropSecretSize, 's'))),
                          QStringLiteral("Ada")};
        wire::pb::Card fields;
        fields.set_v(1);
        fields.set_ak(card.accountKey.str());
        fields.set_salt(card.salt.str());
        fields.add_homes(card.homes[0].str());
        fields.set_drop_id(card.drop.str());
        fields.set_drop_secret(toString(card.dropSecret.view()));
        fields.set_name("Ada");
        const wire::pb::Signed envelope = fuzzSigned("krp-cardsig-1", fields.SerializeAsString());
        card.salt = crypto::CardSalt(); // of another link, which the target's secret does not open
        add("cards", "sealed", withMode(0, crypto::sealCard(m_random, card, fuzzSigningKey())));
        add("cards", "signed", withMode(1, bytesOf(envelope.SerializeAsString())));
        add("cards", "body", withMode(2, bytesOf(envelope.body())));
        add("cards", "fields", withMode(3, bytesOf(envelope.body())));
    }

    void descriptors() {
        const crypto::SignedDescriptor made = descriptor();
        add("descriptors", "signed", withMode(0, made.body + made.signature.bytes()));
        add("descriptors", "body", withMode(1, made.body));
        add("descriptors", "fields", withMode(2, made.body));
        add("descriptors", "escapes",
            withMode(2, QByteArray(made.body).replace("somebody", "\\u00e9\\ud83d\\ude00\\n")));
        add("descriptors", "numbers", withMode(2, QByteArray(made.body).replace("1800000000000", "1.8e12")));
    }

    void headers() {
        SeededRandom random(1); // of the target
        const QByteArray good = crypto::key_slots::create(random, view(FuzzPassphrase), FuzzKdf)->header;
        add("key_slots", "good", good);
        QByteArray other = good;
        other[30] = static_cast<char>(other[30] ^ 1); // the salt
        add("key_slots", "other-salt", other);
        other = good;
        other[4] = 2;
        add("key_slots", "newer", other);
        other = good;
        other.replace(7, 12, QByteArray::fromHex("001000000000000a00000008")); // 1 GiB, 10 passes, 8 lanes
        add("key_slots", "costly", other);
        other[7] = 1;
        add("key_slots", "too-costly", other);
    }

    void heads() {
        const QByteArray upgrade = "GET /krp/v1/a?x=1 HTTP/1.1\r\nHost: relay.example\r\nUpgrade: websocket\r\n"
                                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                   "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                                   "Sec-WebSocket-Protocol: other, krp.v1\r\n";
        add("http_heads", "upgrade", upgrade + "\r\n");
        add("http_heads", "origin", upgrade + "Origin: https://page.example\r\n\r\n");
        add("http_heads", "cut", upgrade);
        add("http_heads", "get", "GET /health HTTP/1.1\r\nHost: relay.example\r\n\r\n");
        add("http_heads", "post", "POST / HTTP/1.1\r\nHost: relay.example\r\nContent-Length: 3\r\n\r\nabc");
        add("http_heads", "chunked", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        add("http_heads", "folded", "GET / HTTP/1.0\r\nUpgrade:\r\n websocket\r\n\r\n");
    }

    // --- engine: a policy byte, then triples

    static void push(QByteArray& out, EngineCommand command, int a = 0, int b = 0) {
        out.append(static_cast<char>(command)).append(static_cast<char>(a)).append(static_cast<char>(b));
    }
    static void commit(QByteArray& out) {
        push(out, EngineCommand::StoreBegin, 0, 255);
        push(out, EngineCommand::StoreEnds);
    }
    /// Account 0 on connection 0, registered and logged in with its first device; a contact drop is put.
    static QByteArray loggedIn() {
        QByteArray out(1, '\0');
        push(out, EngineCommand::Connect);
        push(out, EngineCommand::Hello);
        push(out, EngineCommand::Register);
        commit(out);
        push(out, EngineCommand::Auth);
        for (int i = 0; i < 3; ++i) // the device, its lease, its mail
            commit(out);
        push(out, EngineCommand::DropPut);
        commit(out);
        return out;
    }
    /// A stranger on connection 1.
    static QByteArray withSender() {
        QByteArray out = loggedIn();
        push(out, EngineCommand::Connect, 0, 3);
        push(out, EngineCommand::Hello, 1);
        return out;
    }
    void messageLinks() {
        const auto text = [&](const char* name, const QString& from) {
            add("message_links", name, withMode(0, from.toUtf8()));
        };
        text("web", QStringLiteral("(see https://a.example/x_(y)?z=1#w), http://[::1]:80/{id}|100%."));
        text("scripts",
             QString::fromUtf16(u"看https://例え.テスト/日本語。次 https://a.exampleとは https://a.example/می\u200cx"));
        text("emoji", QString::fromUtf16(u"https://a.example/\U0001F468\u200d\U0001F469 \U0001F3F4\U000E0067x"));
        text("mail", QStringLiteral("mailto:ana@a.example?subject=x, ana.maria+kith@b.example, @ana@c.example"));
        text("www", QStringLiteral("www.a.example:8080/x www.b www.c.1 xwww.d.example"));
        text("lines", QString::fromUtf16(u"https://a.example/a\nhttps://b.example\u2028x\u202ey"));
        text("repeated", QStringLiteral("https://a@").repeated(20) + QStringLiteral(")").repeated(50));
        add("message_links", "half-surrogates",
            withMode(1, QByteArray::fromHex("0068007400740070003a002f002fd83d0061de00")));
    }

    void engineStreams() {
        add("engine", "login", loggedIn());
        QByteArray mail = withSender();
        for (int i = 0; i < 6; ++i) // until the drop is full
            push(mail, EngineCommand::Send, 1, SendWithToken);
        push(mail, EngineCommand::SendAgain, 1);
        push(mail, EngineCommand::Send, 1, SendWithToken | SendLive);
        commit(mail);
        push(mail, EngineCommand::Ack);
        commit(mail);
        add("engine", "mail", mail);
        QByteArray lost = withSender();
        push(lost, EngineCommand::Send, 1, SendWithToken);
        push(lost, EngineCommand::StoreFails, 0, 255);
        push(lost, EngineCommand::Disconnect, 1);
        push(lost, EngineCommand::StoreEnds);
        push(lost, EngineCommand::Disconnect);
        add("engine", "lost", lost);
        QByteArray both = withSender();
        push(both, EngineCommand::Connect);
        push(both, EngineCommand::Hello, 2);
        push(both, EngineCommand::Auth, 2, 2);
        for (int i = 0; i < 3; ++i)
            commit(both);
        push(both, EngineCommand::Send, 1, SendWithToken | 16);
        push(both, EngineCommand::ManifestPut, 0, 16); // version 2 removes the second device
        commit(both);
        push(both, EngineCommand::Bundles, 1, 4);
        push(both, EngineCommand::KeysPut, 0, 30);
        commit(both);
        add("engine", "two-devices", both);
        QByteArray directory = withSender();
        push(directory, EngineCommand::CardPut, 0, 1);
        push(directory, EngineCommand::DescPut);
        push(directory, EngineCommand::DropPut, 0, 2 + (2 << 2)); // a front door
        push(directory, EngineCommand::DropList);
        commit(directory);
        push(directory, EngineCommand::CardGet, 1, 1);
        push(directory, EngineCommand::DescGet, 1);
        push(directory, EngineCommand::CardDel, 0, 1);
        push(directory, EngineCommand::DropDel);
        commit(directory);
        add("engine", "directory", directory);
        QByteArray replaced = withSender();
        push(replaced, EngineCommand::Connect);
        push(replaced, EngineCommand::Hello, 2);
        push(replaced, EngineCommand::Auth, 2, 8);
        push(replaced, EngineCommand::Send, 1, SendWithToken | 0xe0);
        for (int i = 0; i < 3; ++i)
            commit(replaced);
        push(replaced, EngineCommand::Unsent, 1, 255);
        push(replaced, EngineCommand::Advance, 0, 2);
        push(replaced, EngineCommand::Tick);
        push(replaced, EngineCommand::Drain);
        push(replaced, EngineCommand::Advance, 0, 5);
        push(replaced, EngineCommand::Tick);
        commit(replaced);
        add("engine", "replaced", replaced);
        QByteArray raw(1, '\3');
        push(raw, EngineCommand::Connect, 0, 7);
        const QByteArray hello = wire::encodeFrame(helloFrame(std::string("\x0a\x20") + std::string(32, 'n')));
        push(raw, EngineCommand::Raw, 0, static_cast<int>(hello.size()));
        raw += hello;
        push(raw, EngineCommand::Raw, 0, 4);
        raw += QByteArray::fromHex("08079203");
        push(raw, EngineCommand::Ping);
        add("engine", "raw", raw);
    }

    // --- pushes: triples

    static void push(QByteArray& out, PushCommand command, int a = 0, int b = 0) {
        out.append(static_cast<char>(command)).append(static_cast<char>(a)).append(static_cast<char>(b));
    }
    /// Registered, logged in and drained.
    static QByteArray live() {
        QByteArray out;
        push(out, PushCommand::Answer);
        push(out, PushCommand::Answer);
        push(out, PushCommand::Drained);
        return out;
    }
    void pushStreams() {
        QByteArray events = live();
        for (const PushCommand event : {PushCommand::KeysLow, PushCommand::Manifest, PushCommand::Quota,
                                        PushCommand::Purged, PushCommand::Notice, PushCommand::Drained})
            push(events, event, 0, 3 * 2);
        push(events, PushCommand::Notice, 0, 255);
        add("pushes", "events", events);
        QByteArray mail = live();
        for (int i = 0; i < 3; ++i) {
            push(mail, PushCommand::Deliver, 0, 20);
            push(mail, PushCommand::OwnerAcks, 0, i);
            push(mail, PushCommand::Advance, 0, 1);
        }
        push(mail, PushCommand::OwnerCannotStore);
        push(mail, PushCommand::Advance, 0, 3);
        push(mail, PushCommand::Answer);
        for (int i = 0; i < 6; ++i) // beyond the window
            push(mail, PushCommand::Deliver, 0, 63);
        add("pushes", "mail", mail);
        QByteArray asked = live();
        for (const int where : {0, 1}) {
            push(asked, PushCommand::OwnerAsks, where, 200);
            push(asked, PushCommand::OwnerAsks, where, 10);
            push(asked, PushCommand::Answer, where);
            push(asked, PushCommand::Refuse, where, 30);
            push(asked, PushCommand::OwnerAsks, where, 20);
            push(asked, PushCommand::AnswerOther, where);
            push(asked, PushCommand::Unasked, where);
        }
        add("pushes", "requests", asked);
        QByteArray ends = live();
        for (int reason = 2; reason < 6; ++reason) {
            push(ends, PushCommand::GoAway, 0, reason);
            push(ends, PushCommand::Advance, 0, 4);
            push(ends, PushCommand::Answer);
        }
        push(ends, PushCommand::Close, 0, 29);
        push(ends, PushCommand::OwnerRetries, 0, 1);
        push(ends, PushCommand::Answer);
        push(ends, PushCommand::GoAway, 0, 1);
        push(ends, PushCommand::OwnerStarts);
        push(ends, PushCommand::OwnerBreaksOff);
        push(ends, PushCommand::OwnerStops, 0, 1);
        push(ends, PushCommand::Drained);
        add("pushes", "ends", ends);
        QByteArray hello;
        for (int how = 1; how < 5; ++how) {
            push(hello, PushCommand::Close);
            push(hello, PushCommand::HelloIs, 0, how);
            push(hello, PushCommand::OwnerRetries, 0, 1);
            push(hello, PushCommand::Advance, 0, 4);
        }
        add("pushes", "hello", hello);
        QByteArray wrong = live();
        push(wrong, PushCommand::Ping, 0, 255);
        push(wrong, PushCommand::Ping, 0, 1);
        push(wrong, PushCommand::Mutated);
        push(wrong, PushCommand::Raw, 0, 4);
        wrong += QByteArray::fromHex("08079203");
        push(wrong, PushCommand::AnswerAgain);
        add("pushes", "wrong", wrong);
    }

    SeededRandom m_random{42};
    std::vector<Seed> m_seeds;
};

} // namespace

std::vector<Seed> makeCorpus() {
    return Maker().make();
}

} // namespace kith::test
