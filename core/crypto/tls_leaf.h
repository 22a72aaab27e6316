// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/hash.h"

namespace kith::crypto {

/// A self-signed ECDSA P-256 certificate for TLS 1.3, valid 10 years. Clients do not trust its name: they pin its key
/// through the relay's RK signature (PROTOCOL.md s2). Qt cannot load Ed25519 keys, so RK itself is never a TLS key.
struct TlsLeaf {
    QByteArray certificatePem;
    SecretBytes privateKeyPem;
    Hash32 pin; ///< SHA-256 of the SubjectPublicKeyInfo
};

Result<TlsLeaf> makeTlsLeaf();
/// The pin of a certificate in DER; Invalid when it does not parse.
Result<Hash32> leafPinOf(ByteView certificateDer);

} // namespace kith::crypto
