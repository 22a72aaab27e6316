// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/derive.h"

#include <string>
#include <vector>

/// The strings that a connection's signatures cover (PROTOCOL.md s2, s5). Each binds the transcript hash T, so that a
/// signature made for one relay, leaf and connection is worthless at every other.
namespace kith::crypto {

/// T = SHA-256(SHA-256(HELLO bytes) ‖ SHA-256(HELLO_OK.body)).
Hash32 transcriptHash(const std::string& hello, const std::string& helloOkBody);

QByteArray helloMessage(const Hash32& transcript);
QByteArray authMessage(const RelayId& relay, const Hash32& leafPin, const Hash32& transcript, const AccountId& account,
                       DeviceId device, std::uint64_t manifestVersion);
QByteArray registerMessage(const RelayId& relay, const Hash32& leafPin, const Hash32& transcript,
                           const Hash32& manifestHash);

/// SHA-256 over sorted (drop_id ‖ ver u32): both sides compare which drops live. Each entry is 20 bytes.
Hash32 dropsHash(std::vector<QByteArray> entries);
QByteArray dropsHashEntry(const DropId& drop, std::uint32_t version);

} // namespace kith::crypto
