// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/signal/detail/native.h"
#include "core/signal/detail/session_glance.h"
#include "core/signal/key_store.h"

#include <signal/session_builder.h>
#include <signal/session_cipher.h>

namespace kith::signal::detail {

/// The key store as libsignal's callbacks see it during one engine call about one peer. Reads go through to the store,
/// each at most once a call. Writes are only noted: libsignal saves in several steps, and saves identities before it
/// has checked a MAC, so nothing reaches the store before the whole call has succeeded (commit).
/// libsignal's cipher and builder keep a pointer to an address for as long as they live; both are made once, here,
/// with an address that lives beside them, and the peer of the current call takes its place.
class StoreBridge {
public:
    static Result<std::unique_ptr<StoreBridge>> create(KeyStore& keys, const Clock& clock, signal_context* context);
    ~StoreBridge();
    StoreBridge(const StoreBridge&) = delete;
    StoreBridge& operator=(const StoreBridge&) = delete;

    session_cipher* cipher() const { return m_cipher; }
    session_builder* builder() const { return m_builder; }

    /// Forgets the call before and reads what the store knows of the peer. Corrupt when libsignal could not load it.
    Result<void> begin(const PeerDevice& peer);
    /// Untrusted when no manifest lists the peer.
    Result<IdentityKey> trusted() const;
    bool hasRecord() const { return m_stored.has_value(); }
    /// libsignal's part of the record that begin() read.
    ByteView record() const { return m_session.record; }
    const SessionGlance& now() const { return m_now; }
    /// True when the session can encrypt: it has a sending chain, belongs to the trusted identity, and was answered or
    /// is younger than unacknowledgedLimit.
    bool usable() const;

    /// What became of a libsignal call: a store's error first, unchanged, then the code.
    Result<void> outcome(int code, Work work) const { return m_error ? *m_error : check(code, work); }

    /// The next record counts as a first contact made now.
    void openNow() { m_opened = m_clock.wall(); }
    void noteRecord(ByteView record) { m_changed = StoredSession::encode(m_opened, record); }
    /// Applies what was noted. Untrusted when the current state belongs to another identity than the trusted one
    /// (libsignal asks for first contacts only), TooLarge when it exceeds the limit by itself. Archived states over the
    /// limits are dropped, oldest first, so that a new first contact always fits.
    Result<void> commit();

private:
    StoreBridge(KeyStore& keys, const Clock& clock, signal_context* context)
        : m_keys(keys)
        , m_clock(clock)
        , m_context(context) {}
    Result<void> connect();
    Result<void> dropArchivedStates();
    bool isTrusted(const std::uint8_t* key, std::size_t size) const;
    int failed(const Error& error);
    int give(signal_buffer** to, const Result<std::optional<SecretBytes>>& preKey);

    static int loadSession(signal_buffer** record, signal_buffer** userRecord, const signal_protocol_address*, void*);
    static int containsSession(const signal_protocol_address*, void*);
    static int storeSession(const signal_protocol_address*, std::uint8_t* record, std::size_t size, std::uint8_t*,
                            std::size_t, void*);
    static int loadOneTimePreKey(signal_buffer** record, std::uint32_t id, void*);
    static int removeOneTimePreKey(std::uint32_t id, void*);
    static int loadSignedPreKey(signal_buffer** record, std::uint32_t id, void*);
    static int identityKeyPair(signal_buffer** publicKey, signal_buffer** privateKey, void*);
    static int registrationId(void*, std::uint32_t* id);
    static int saveIdentity(const signal_protocol_address*, std::uint8_t* key, std::size_t size, void*);
    static int isTrustedIdentity(const signal_protocol_address*, std::uint8_t* key, std::size_t size, void*);

    KeyStore& m_keys;
    const Clock& m_clock;
    signal_context* m_context;
    signal_protocol_store_context* m_store = nullptr;
    const signal_protocol_address m_address{"", 0, 0};
    session_builder* m_builder = nullptr;
    session_cipher* m_cipher = nullptr;

    // The current call.
    PeerDevice m_peer;
    std::optional<IdentityKey> m_trusted;
    std::optional<QByteArray> m_stored;
    StoredSession m_session; ///< borrows from m_stored
    SessionGlance m_now;     ///< of m_session
    WallTime m_opened{};
    std::optional<QByteArray> m_changed;
    std::optional<std::uint32_t> m_usedPreKey;
    std::optional<Error> m_error; ///< the store's, while libsignal unwinds
};

} // namespace kith::signal::detail
