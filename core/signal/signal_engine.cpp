// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal/signal_engine.h"

#include "core/signal/detail/native.h"
#include "core/signal/detail/store_bridge.h"

#include <signal/protocol.h>
#include <signal/session_pre_key.h>
#include <signal/session_record.h>

#include <array>

namespace kith::signal {

using namespace detail;

namespace {

/// libsignal makes 1..16380; larger ids would cost a byte in every first contact. 14 bit are accepted.
constexpr std::uint64_t registrationIds = 16380;
constexpr std::uint32_t maxRegistrationId = 0x3fff;

struct KeyPair {
    Ref<ec_key_pair> pair;
    PreKeyPublic publicKey;
};

Result<KeyPair> generate(signal_context* context) {
    KeyPair made;
    TRY(check(curve_generate_key_pair(context, out(made.pair)), Work::Keys));
    made.publicKey = publicBytes<PreKeyPublic>(ec_key_pair_get_public(made.pair.get()));
    return made;
}

Result<XeddsaSignature> sign(signal_context* context, const LocalIdentity& identity, ByteView message) {
    TRY_ASSIGN(const Ref<ec_private_key> key, decodePrivate(identity.privateKey.view()));
    Buffer signature;
    TRY(check(curve_calculate_signature(context, out(signature), key.get(), message.data(), message.size()),
              Work::Keys));
    return XeddsaSignature::checked(detail::view(signature.get()));
}

/// A message of a peer with every public key in it checked. Exactly one of the two is set.
struct PeerMessage {
    static Result<PeerMessage> parse(CiphertextType type, ByteView bytes, signal_context* context);

    Ref<signal_message> whisper;
    Ref<pre_key_signal_message> preKey;
    RatchetKey ratchetKey;
};

Result<PeerMessage> PeerMessage::parse(CiphertextType type, ByteView bytes, signal_context* context) {
    if (bytes.size() > maxMessageSize)
        return fail(Code::TooLarge, QStringLiteral("the message exceeds 64 KiB"));
    PeerMessage message;
    const signal_message* inner = nullptr;
    if (type == CiphertextType::PreKey) {
        auto& parsed = message.preKey;
        TRY(check(pre_key_signal_message_deserialize(out(parsed), bytes.data(), bytes.size(), context), Work::Input));
        inner = pre_key_signal_message_get_signal_message(parsed.get());
        TRY(checkPeerKey(publicBytes<IdentityKey>(pre_key_signal_message_get_identity_key(parsed.get())).view()));
        TRY(checkPeerKey(publicBytes<PreKeyPublic>(pre_key_signal_message_get_base_key(parsed.get())).view()));
        if (pre_key_signal_message_has_pre_key_id(parsed.get()) == 1 &&
            !isPreKeyId(pre_key_signal_message_get_pre_key_id(parsed.get())))
            return fail(Code::Invalid, QStringLiteral("the prekey id is out of range"));
    } else if (type != CiphertextType::Whisper) {
        return fail(Code::Invalid, QStringLiteral("no such type of message"));
    } else {
        TRY(check(signal_message_deserialize(out(message.whisper), bytes.data(), bytes.size(), context), Work::Input));
        inner = message.whisper.get();
    }
    message.ratchetKey = publicBytes<RatchetKey>(signal_message_get_sender_ratchet_key(inner));
    TRY(checkPeerKey(message.ratchetKey.view()));
    return message;
}

/// All that libsignal does not check itself; it verifies the signature.
Result<void> checkBundle(const PeerDevice& peer, const PreKeyBundle& bundle, const IdentityKey& trusted) {
    if (bundle.identity != trusted)
        return fail(Code::Untrusted, QStringLiteral("the bundle's identity is not the one of the manifest"));
    if (bundle.device != peer.device)
        return fail(Code::Invalid, QStringLiteral("the bundle is of another device"));
    if (bundle.registrationId > maxRegistrationId)
        return fail(Code::Invalid, QStringLiteral("the registration id exceeds 14 bit"));
    if (!isPreKeyId(bundle.signedPreKey.id) || (bundle.oneTimePreKey && !isPreKeyId(bundle.oneTimePreKey->id)))
        return fail(Code::Invalid, QStringLiteral("a prekey id of the bundle is out of range"));
    TRY(checkPeerKey(bundle.identity.view()));
    TRY(checkPeerKey(bundle.signedPreKey.key.view()));
    return bundle.oneTimePreKey ? checkPeerKey(bundle.oneTimePreKey->key.view()) : Result<void>();
}

Result<Ref<session_pre_key_bundle>> toNative(const PreKeyBundle& bundle) {
    TRY_ASSIGN(const Ref<ec_public_key> identity, decodePublic(bundle.identity.view()));
    TRY_ASSIGN(const Ref<ec_public_key> signedKey, decodePublic(bundle.signedPreKey.key.view()));
    Ref<ec_public_key> oneTimeKey;
    if (bundle.oneTimePreKey) {
        TRY_ASSIGN(oneTimeKey, decodePublic(bundle.oneTimePreKey->key.view()));
    }
    const ByteView signature = bundle.signedPreKey.signature.view();
    Ref<session_pre_key_bundle> native;
    TRY(check(session_pre_key_bundle_create(out(native), bundle.registrationId, static_cast<int>(toU32(bundle.device)),
                                            bundle.oneTimePreKey ? bundle.oneTimePreKey->id : 0, oneTimeKey.get(),
                                            bundle.signedPreKey.id, signedKey.get(), signature.data(), signature.size(),
                                            identity.get()),
              Work::Keys));
    return native;
}

} // namespace

struct SignalEngine::Parts {
    std::unique_ptr<SignalContext> context;
    std::unique_ptr<StoreBridge> bridge;
};

SignalEngine::SignalEngine(KeyStore& keys, const Clock& clock, std::unique_ptr<Parts> parts)
    : m_keys(keys)
    , m_clock(clock)
    , m_parts(std::move(parts)) {}

SignalEngine::~SignalEngine() = default;

Result<LocalIdentity> SignalEngine::createIdentity(Random& random) {
    TRY_ASSIGN(const auto context, SignalContext::create(random));
    TRY_ASSIGN(const KeyPair made, generate(context->get()));
    Buffer privateKey;
    TRY(check(ec_private_key_serialize(out(privateKey), ec_key_pair_get_private(made.pair.get())), Work::Keys));
    return LocalIdentity{IdentityKey::checked(made.publicKey.view()), SecretBytes(detail::view(privateKey.get())),
                         static_cast<std::uint32_t>(random.below(registrationIds) + 1)};
}

Result<std::unique_ptr<SignalEngine>> SignalEngine::create(KeyStore& keys, Random& random, const Clock& clock) {
    auto parts = std::make_unique<Parts>();
    TRY_ASSIGN(parts->context, SignalContext::create(random));
    TRY_ASSIGN(parts->bridge, StoreBridge::create(keys, clock, parts->context->get()));
    return std::unique_ptr<SignalEngine>(new SignalEngine(keys, clock, std::move(parts)));
}

Result<SignedPreKey> SignalEngine::makeSignedPreKey(std::uint32_t id) {
    if (!isPreKeyId(id))
        return fail(Code::Invalid, QStringLiteral("the prekey id is out of range"));
    TRY_ASSIGN(const LocalIdentity identity, m_keys.identity());
    TRY_ASSIGN(const KeyPair made, generate(m_parts->context->get()));
    Buffer typedKey;
    TRY(check(ec_public_key_serialize(out(typedKey), ec_key_pair_get_public(made.pair.get())), Work::Keys));
    TRY_ASSIGN(const XeddsaSignature signature, sign(m_parts->context->get(), identity, detail::view(typedKey.get())));

    Ref<session_signed_pre_key> native;
    Buffer record;
    TRY(check(session_signed_pre_key_create(out(native), id, static_cast<std::uint64_t>(toMs(m_clock.wall())),
                                            made.pair.get(), signature.view().data(), XeddsaSignature::size),
              Work::Keys));
    TRY(check(session_signed_pre_key_serialize(out(record), native.get()), Work::Keys));
    KeyChanges changes;
    changes.newSignedPreKey = PreKeyRecord{id, SecretBytes(detail::view(record.get()))};
    TRY(m_keys.apply(std::move(changes)));
    return SignedPreKey{id, made.publicKey, signature};
}

Result<std::vector<OneTimePreKey>> SignalEngine::makeOneTimePreKeys(std::uint32_t firstId, std::uint32_t count) {
    if (count == 0)
        return std::vector<OneTimePreKey>();
    if (!isPreKeyId(firstId) || count - 1 > maxPreKeyId - firstId)
        return fail(Code::Invalid, QStringLiteral("the prekey ids are out of range"));
    KeyChanges changes;
    std::vector<OneTimePreKey> published;
    changes.newOneTimePreKeys.reserve(count);
    published.reserve(count);
    for (std::uint32_t id = firstId; id - firstId < count; ++id) {
        TRY_ASSIGN(const KeyPair made, generate(m_parts->context->get()));
        Ref<session_pre_key> native;
        Buffer record;
        TRY(check(session_pre_key_create(out(native), id, made.pair.get()), Work::Keys));
        TRY(check(session_pre_key_serialize(out(record), native.get()), Work::Keys));
        changes.newOneTimePreKeys.push_back({id, SecretBytes(detail::view(record.get()))});
        published.push_back({id, made.publicKey});
    }
    TRY(m_keys.apply(std::move(changes)));
    return published;
}

Result<bool> SignalEngine::hasSession(const PeerDevice& peer) {
    TRY(m_parts->bridge->begin(peer));
    return m_parts->bridge->usable();
}

Result<void> SignalEngine::ensureSession(const PeerDevice& peer, const PreKeyBundle& bundle) {
    StoreBridge& bridge = *m_parts->bridge;
    TRY(bridge.begin(peer));
    TRY_ASSIGN(const IdentityKey trusted, bridge.trusted());
    TRY(checkBundle(peer, bundle, trusted));
    if (bridge.usable())
        return {};
    TRY_ASSIGN(const Ref<session_pre_key_bundle> native, toNative(bundle));
    bridge.openNow();
    TRY(bridge.outcome(session_builder_process_pre_key_bundle(bridge.builder(), native.get()), Work::Bundle));
    return bridge.commit();
}

Result<Ciphertext> SignalEngine::encrypt(const PeerDevice& peer, ByteView plaintext) {
    if (plaintext.size() > maxPlaintextSize)
        return fail(Code::TooLarge, QStringLiteral("the plaintext exceeds 60 KiB"));
    StoreBridge& bridge = *m_parts->bridge;
    TRY(bridge.begin(peer));
    TRY(bridge.trusted());
    if (!bridge.usable())
        return fail(Code::NotFound, QStringLiteral("no usable session"));
    Ref<ciphertext_message> message;
    TRY(bridge.outcome(session_cipher_encrypt(bridge.cipher(), plaintext.data(), plaintext.size(), out(message)),
                       Work::Ratchet));
    TRY(bridge.commit());
    const bool first = ciphertext_message_get_type(message.get()) == CIPHERTEXT_PREKEY_TYPE;
    return Ciphertext{first ? CiphertextType::PreKey : CiphertextType::Whisper,
                      toByteArray(detail::view(ciphertext_message_get_serialized(message.get())))};
}

Result<Decrypted> SignalEngine::decrypt(const PeerDevice& peer, CiphertextType type, ByteView bytes) {
    TRY_ASSIGN(const PeerMessage message, PeerMessage::parse(type, bytes, m_parts->context->get()));
    StoreBridge& bridge = *m_parts->bridge;
    TRY(bridge.begin(peer));
    TRY_ASSIGN(const IdentityKey trusted, bridge.trusted());
    Buffer plaintext;
    TRY(bridge.outcome(message.preKey ? session_cipher_decrypt_pre_key_signal_message(
                                            bridge.cipher(), message.preKey.get(), nullptr, out(plaintext))
                                      : session_cipher_decrypt_signal_message(bridge.cipher(), message.whisper.get(),
                                                                              nullptr, out(plaintext)),
                       Work::Ratchet));
    TRY(bridge.commit());
    return Decrypted{toByteArray(detail::view(plaintext.get())), trusted};
}

Result<RatchetKey> SignalEngine::ratchetKeyOf(CiphertextType type, ByteView bytes) const {
    TRY_ASSIGN(const PeerMessage message, PeerMessage::parse(type, bytes, m_parts->context->get()));
    return message.ratchetKey;
}

Result<bool> SignalEngine::archiveSessionIfCurrent(const PeerDevice& peer, const RatchetKey& ratchetKey) {
    StoreBridge& bridge = *m_parts->bridge;
    TRY(bridge.begin(peer));
    if (bridge.now().ownRatchetKey != ratchetKey)
        return false;
    Ref<session_record> record;
    Buffer serialized;
    const ByteView stored = bridge.record();
    TRY(check(session_record_deserialize(out(record), stored.data(), stored.size(), m_parts->context->get()),
              Work::Ratchet));
    TRY(check(session_record_archive_current_state(record.get()), Work::Ratchet));
    TRY(check(session_record_serialize(out(serialized), record.get()), Work::Ratchet));
    bridge.noteRecord(detail::view(serialized.get()));
    TRY(bridge.commit());
    return true;
}

Result<void> SignalEngine::removeSession(const PeerDevice& peer) {
    KeyChanges changes;
    changes.session = {peer, std::nullopt};
    return m_keys.apply(std::move(changes));
}

Result<XeddsaSignature> SignalEngine::signCross(ByteView message) {
    TRY_ASSIGN(const LocalIdentity identity, m_keys.identity());
    return sign(m_parts->context->get(), identity, message);
}

Result<void> SignalEngine::verifyCross(const IdentityKey& identity, ByteView message,
                                       const XeddsaSignature& signature) {
    // With a key of low order anybody can make a signature that verifies.
    if (!checkPeerKey(identity.view()))
        return fail(Code::Untrusted, QStringLiteral("the identity is no usable key"));
    TRY_ASSIGN(const Ref<ec_public_key> key, decodePublic(identity.view()));
    // 1 = valid, 0 = invalid, negative = error: only 1 counts.
    if (curve_verify_signature(key.get(), message.data(), message.size(), signature.view().data(),
                               XeddsaSignature::size) != 1)
        return fail(Code::Untrusted, QStringLiteral("the signature is not of this identity"));
    return {};
}

} // namespace kith::signal
