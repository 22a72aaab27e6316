// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/signal/prekey_bundle.h"

#include <signal/curve.h>
#include <signal/signal_protocol.h>

#include <memory>

/// Ownership, errors and keys at the border to libsignal. Its C codes, reference counts and 33-byte keys end here.
namespace kith::signal::detail {

template <typename T>
struct Unref {
    void operator()(T* object) const { signal_type_unref(reinterpret_cast<signal_type_base*>(object)); }
};
/// A counted reference to a libsignal object.
template <typename T>
using Ref = std::unique_ptr<T, Unref<T>>;

struct WipeAndFree {
    // Never signal_buffer_free: it leaves plaintext and private keys behind on the heap.
    void operator()(signal_buffer* buffer) const { signal_buffer_bzero_free(buffer); }
};
using Buffer = std::unique_ptr<signal_buffer, WipeAndFree>;

/// `f(out(owner))` for C functions that return an object through a pointer. The owner is set when the whole expression
/// has ended: it must not be read in the same one.
template <typename Owner>
class Out {
public:
    explicit Out(Owner& owner)
        : m_owner(owner) {}
    ~Out() { m_owner.reset(m_raw); }
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    operator typename Owner::pointer *() { return &m_raw; } // NOLINT(google-explicit-constructor)

private:
    Owner& m_owner;
    typename Owner::pointer m_raw = nullptr;
};
template <typename Owner>
Out<Owner> out(Owner& owner) {
    return Out<Owner>(owner);
}

using kith::view;
inline ByteView view(const signal_buffer* buffer) {
    return {signal_buffer_const_data(buffer), signal_buffer_len(buffer)};
}

/// What libsignal was working on when it returned a code; the same code means different things.
enum class Work {
    Input,   ///< parsing bytes of a peer
    Bundle,  ///< opening a session from a bundle
    Ratchet, ///< encrypting or decrypting with a stored record
    Keys,    ///< our own keys
};
/// The one mapping of libsignal's codes. Success is any code >= 0.
Result<void> check(int code, Work work);

/// libsignal's working context: OpenSSL and a source of randomness. No lock functions are set, so there is no locking:
/// one thread per context. No log function either: libsignal prints addresses as C strings, which ours are not.
class SignalContext {
public:
    static Result<std::unique_ptr<SignalContext>> create(Random& random);
    ~SignalContext() { signal_context_destroy(m_context); }
    SignalContext(const SignalContext&) = delete;
    SignalContext& operator=(const SignalContext&) = delete;

    signal_context* get() const { return m_context; }

private:
    explicit SignalContext(signal_context* context)
        : m_context(context) {}
    signal_context* m_context;
};

/// 0x05 ‖ key as libsignal's object.
Result<Ref<ec_public_key>> decodePublic(ByteView key32);
Result<Ref<ec_private_key>> decodePrivate(ByteView key32);

/// The 32 bytes of a public key; all zero when out of memory, which no check lets through.
template <typename Id>
Id publicBytes(const ec_public_key* key) {
    Id bytes;
    Buffer serialized;
    if (key != nullptr && ec_public_key_serialize(out(serialized), key) >= 0)
        std::memcpy(bytes.data(), signal_buffer_const_data(serialized.get()) + 1, Id::size);
    return bytes;
}

/// Invalid for a public key that no honest device makes, each of which libsignal takes:
/// points of low order give an agreement of zero, so everybody knows the session's keys;
/// a second encoding of the same key (X25519 ignores the top bit and reduces) lets a first contact without one-time
/// prekey be replayed as a new one.
Result<void> checkPeerKey(ByteView key32);

} // namespace kith::signal::detail
