// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/signal/key_store.h"

#include <memory>
#include <vector>

namespace kith::signal {

/// Largest message and largest plaintext, bytes; Content is at most 56 KiB (PROTOCOL.md s3). Between them fits all that
/// a first message carries beside its text.
inline constexpr std::size_t maxMessageSize = 64 * 1024;
inline constexpr std::size_t maxPlaintextSize = 60 * 1024;

/// Values are those of `ctype` (PROTOCOL.md s3).
enum class CiphertextType : std::uint8_t { Whisper = 1, PreKey = 2 };

struct Ciphertext {
    CiphertextType type = CiphertextType::Whisper;
    QByteArray bytes;
};

struct Decrypted {
    QByteArray plaintext;
    IdentityKey identity; ///< of the session that opened it: the only proof of who sent it
};

/// The Signal protocol (X3DH and Double Ratchet, message version 3) with the devices of one's peers, and the only user
/// of libsignal-protocol-c. It hides that library's traps (tests/unit/signal/test_libsignal_traps.cpp shows them): what
/// a hostile peer, relay or bundle sends ends in an Error and changes nothing.
/// Thread: one per engine, the key store's; it takes no locks. Owns nothing it is given; all of it outlives the engine.
/// Durability: a call writes to the key store once, as its last step, and never when it fails; what it wrote is durable
/// when the store's transaction commits. No ciphertext may leave before that.
/// Errors: those of the key store, unchanged; Untrusted = not the key the newest manifest lists, or a bad signature;
/// NotFound = no usable session, or a prekey that is gone; Duplicate = a replay; Invalid = tampered, malformed or no
/// session fits; TooLarge = over a limit; Corrupt = a damaged record. Source: PROTOCOL.md s1, s3, s6.
class SignalEngine {
public:
    /// A new IK_d pair and registration id.
    static Result<LocalIdentity> createIdentity(Random& random);
    static Result<std::unique_ptr<SignalEngine>> create(KeyStore& keys, Random& random, const Clock& clock);
    ~SignalEngine();
    SignalEngine(const SignalEngine&) = delete;
    SignalEngine& operator=(const SignalEngine&) = delete;

    /// Make prekeys, store the private halves and return what is to be uploaded. Invalid for ids outside
    /// minPreKeyId..maxPreKeyId, Duplicate for ids in use. About 0.05 ms a key; one write for the batch.
    Result<SignedPreKey> makeSignedPreKey(std::uint32_t id);
    Result<std::vector<OneTimePreKey>> makeOneTimePreKeys(std::uint32_t firstId, std::uint32_t count);

    /// True when encrypt() would find a session: one that was not archived, belongs to the trusted identity, and was
    /// answered or is younger than 30 days.
    Result<bool> hasSession(const PeerDevice& peer);
    /// Verifies the bundle and opens a session, unless there is a usable one. What was there before is archived, so
    /// messages under way still open.
    Result<void> ensureSession(const PeerDevice& peer, const PreKeyBundle& bundle);

    Result<Ciphertext> encrypt(const PeerDevice& peer, ByteView plaintext);
    /// A first contact also removes the one-time prekey it used, in the same write.
    Result<Decrypted> decrypt(const PeerDevice& peer, CiphertextType type, ByteView bytes);

    /// The sender's ratchet key of a message, for retry_req. Reads, verifies nothing.
    Result<RatchetKey> ratchetKeyOf(CiphertextType type, ByteView bytes) const;
    /// Archives the session if `ratchetKey` is the one we send with now, and says whether it was: the next message then
    /// needs a new bundle. A late or repeated retry_req names an old key and changes nothing.
    Result<bool> archiveSessionIfCurrent(const PeerDevice& peer, const RatchetKey& ratchetKey);
    /// Forgets everything about the session; no error when there is none.
    Result<void> removeSession(const PeerDevice& peer);

    /// XEdDSA with our IK_d (cross_sig, PROTOCOL.md s1).
    Result<XeddsaSignature> signCross(ByteView message);
    /// Untrusted unless `identity` signed exactly this message.
    static Result<void> verifyCross(const IdentityKey& identity, ByteView message, const XeddsaSignature& signature);

private:
    struct Parts;
    SignalEngine(KeyStore& keys, const Clock& clock, std::unique_ptr<Parts> parts);

    KeyStore& m_keys;
    const Clock& m_clock;
    std::unique_ptr<Parts> m_parts; ///< libsignal's side
};

} // namespace kith::signal
