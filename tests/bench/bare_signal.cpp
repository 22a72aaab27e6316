// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bare_signal.h"

#include "core/base/platform.h"
#include "core/base/random.h"
#include "core/signal/detail/crypto_provider.h"

#include <signal/key_helper.h>
#include <signal/protocol.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/session_pre_key.h>
#include <signal/signal_protocol.h>

#include <map>
#include <string>
#include <vector>

namespace kith::bench {
namespace {

/// One end: a store made of maps.
struct Person {
    std::string session;
    std::map<std::uint32_t, std::string> preKeys;
    std::map<std::uint32_t, std::string> signedPreKeys;
    ratchet_identity_key_pair* identity = nullptr;
    std::uint32_t registrationId = 1;
    signal_protocol_store_context* store = nullptr;
    session_cipher* cipher = nullptr;
};

Person& person(void* user) {
    return *static_cast<Person*>(user);
}

int give(signal_buffer** to, const std::string& bytes) {
    *to = signal_buffer_create(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return *to != nullptr ? 1 : SG_ERR_NOMEM;
}

std::string take(signal_buffer* buffer) {
    std::string bytes(reinterpret_cast<const char*>(signal_buffer_const_data(buffer)), signal_buffer_len(buffer));
    signal_buffer_free(buffer);
    return bytes;
}

void setStores(signal_context* context, Person& owner) {
    signal_protocol_store_context_create(&owner.store, context);
    signal_protocol_session_store sessions{};
    sessions.load_session_func = [](signal_buffer** record, signal_buffer**, const signal_protocol_address*,
                                    void* user) {
        return person(user).session.empty() ? 0 : give(record, person(user).session);
    };
    sessions.store_session_func = [](const signal_protocol_address*, std::uint8_t* record, std::size_t size,
                                     std::uint8_t*, std::size_t, void* user) {
        person(user).session.assign(reinterpret_cast<const char*>(record), size);
        return 0;
    };
    sessions.contains_session_func = [](const signal_protocol_address*, void* user) {
        return person(user).session.empty() ? 0 : 1;
    };
    sessions.user_data = &owner;
    signal_protocol_pre_key_store preKeys{};
    preKeys.load_pre_key = [](signal_buffer** record, std::uint32_t id, void* user) {
        return give(record, person(user).preKeys[id]) == 1 ? SG_SUCCESS : SG_ERR_INVALID_KEY_ID;
    };
    preKeys.remove_pre_key = [](std::uint32_t id, void* user) {
        person(user).preKeys.erase(id);
        return 0;
    };
    preKeys.user_data = &owner;
    signal_protocol_signed_pre_key_store signedPreKeys{};
    signedPreKeys.load_signed_pre_key = [](signal_buffer** record, std::uint32_t id, void* user) {
        return give(record, person(user).signedPreKeys[id]) == 1 ? SG_SUCCESS : SG_ERR_INVALID_KEY_ID;
    };
    signedPreKeys.user_data = &owner;
    signal_protocol_identity_key_store identities{};
    identities.get_identity_key_pair = [](signal_buffer** publicKey, signal_buffer** privateKey, void* user) {
        ec_public_key_serialize(publicKey, ratchet_identity_key_pair_get_public(person(user).identity));
        ec_private_key_serialize(privateKey, ratchet_identity_key_pair_get_private(person(user).identity));
        return 0;
    };
    identities.get_local_registration_id = [](void* user, std::uint32_t* id) {
        *id = person(user).registrationId;
        return 0;
    };
    identities.save_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t, void*) { return 0; };
    identities.is_trusted_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t, void*) {
        return 1;
    };
    identities.user_data = &owner;
    signal_protocol_store_context_set_session_store(owner.store, &sessions);
    signal_protocol_store_context_set_pre_key_store(owner.store, &preKeys);
    signal_protocol_store_context_set_signed_pre_key_store(owner.store, &signedPreKeys);
    signal_protocol_store_context_set_identity_key_store(owner.store, &identities);
}

ciphertext_message* encrypt(Person& from, const std::string& text) {
    ciphertext_message* message = nullptr;
    const int code =
        session_cipher_encrypt(from.cipher, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &message);
    INVARIANT(code == 0);
    return message;
}

void decryptWhisper(signal_context* context, Person& to, const std::string& bytes) {
    signal_message* message = nullptr;
    signal_buffer* plaintext = nullptr;
    INVARIANT(signal_message_deserialize(&message, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                         context) == 0);
    INVARIANT(session_cipher_decrypt_signal_message(to.cipher, message, nullptr, &plaintext) == 0);
    signal_buffer_free(plaintext);
    SIGNAL_UNREF(message);
}

/// Ana opens a session with Ben and gets an answer.
void shakeHands(signal_context* context, Person& ana, Person& ben, const signal_protocol_address& address) {
    session_pre_key* oneTime = nullptr;
    session_signed_pre_key* signedKey = nullptr;
    ec_key_pair* pair = nullptr;
    INVARIANT(curve_generate_key_pair(context, &pair) == 0);
    INVARIANT(session_pre_key_create(&oneTime, 7, pair) == 0);
    SIGNAL_UNREF(pair);
    INVARIANT(signal_protocol_key_helper_generate_signed_pre_key(&signedKey, ben.identity, 9, 1, context) == 0);
    signal_buffer* record = nullptr;
    session_pre_key_serialize(&record, oneTime);
    ben.preKeys[7] = take(record);
    session_signed_pre_key_serialize(&record, signedKey);
    ben.signedPreKeys[9] = take(record);
    session_pre_key_bundle* bundle = nullptr;
    INVARIANT(session_pre_key_bundle_create(
                  &bundle, 1, 1, 7, ec_key_pair_get_public(session_pre_key_get_key_pair(oneTime)), 9,
                  ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signedKey)),
                  session_signed_pre_key_get_signature(signedKey), session_signed_pre_key_get_signature_len(signedKey),
                  ratchet_identity_key_pair_get_public(ben.identity)) == 0);
    session_builder* builder = nullptr;
    INVARIANT(session_builder_create(&builder, ana.store, &address, context) == 0);
    INVARIANT(session_builder_process_pre_key_bundle(builder, bundle) == 0);
    session_builder_free(builder);
    SIGNAL_UNREF(bundle);
    SIGNAL_UNREF(oneTime);
    SIGNAL_UNREF(signedKey);
    ciphertext_message* first = encrypt(ana, "hello");
    signal_buffer* bytes = ciphertext_message_get_serialized(first);
    pre_key_signal_message* message = nullptr;
    signal_buffer* plaintext = nullptr;
    INVARIANT(pre_key_signal_message_deserialize(&message, signal_buffer_const_data(bytes), signal_buffer_len(bytes),
                                                 context) == 0);
    INVARIANT(session_cipher_decrypt_pre_key_signal_message(ben.cipher, message, nullptr, &plaintext) == 0);
    signal_buffer_free(plaintext);
    SIGNAL_UNREF(message);
    SIGNAL_UNREF(first);
    ciphertext_message* answer = encrypt(ben, "hello");
    bytes = ciphertext_message_get_serialized(answer);
    decryptWhisper(
        context, ana,
        std::string(reinterpret_cast<const char*>(signal_buffer_const_data(bytes)), signal_buffer_len(bytes)));
    SIGNAL_UNREF(answer);
}

} // namespace

Rates bareLibrary(int messages) {
    SystemRandom random;
    signal_context* context = nullptr;
    signal_context_create(&context, nullptr);
    const signal_crypto_provider provider = signal::detail::cryptoProvider(random);
    signal_context_set_crypto_provider(context, &provider);
    const signal_protocol_address address{"peer", 4, 1};
    Person ana;
    Person ben;
    for (Person* each : {&ana, &ben}) {
        signal_protocol_key_helper_generate_identity_key_pair(&each->identity, context);
        setStores(context, *each);
        session_cipher_create(&each->cipher, each->store, &address, context);
    }
    shakeHands(context, ana, ben, address);

    const std::string text(256, 't');
    std::vector<std::string> sent;
    sent.reserve(static_cast<std::size_t>(messages));
    const double start = platform::threadCpuSeconds();
    for (int i = 0; i < messages; ++i) {
        ciphertext_message* message = encrypt(ana, text);
        const signal_buffer* bytes = ciphertext_message_get_serialized(message);
        sent.emplace_back(reinterpret_cast<const char*>(signal_buffer_const_data(bytes)), signal_buffer_len(bytes));
        SIGNAL_UNREF(message);
    }
    const double middle = platform::threadCpuSeconds();
    for (const std::string& bytes : sent)
        decryptWhisper(context, ben, bytes);
    const double end = platform::threadCpuSeconds();
    for (Person* each : {&ana, &ben}) {
        session_cipher_free(each->cipher);
        signal_protocol_store_context_destroy(each->store);
        SIGNAL_UNREF(each->identity);
    }
    signal_context_destroy(context);
    return {messages / (middle - start), messages / (end - middle)};
}

} // namespace kith::bench
