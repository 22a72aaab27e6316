// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/login.h"

#include <algorithm>

namespace kith::crypto {

Hash32 transcriptHash(const std::string& hello, const std::string& helloOkBody) {
    return sha256({sha256(view(hello)).view(), sha256(view(helloOkBody)).view()});
}

QByteArray helloMessage(const Hash32& transcript) {
    QByteArray message = QByteArrayLiteral("krp-hello-1");
    append(message, transcript.view());
    return message;
}

QByteArray authMessage(const RelayId& relay, const Hash32& leafPin, const Hash32& transcript, const AccountId& account,
                       DeviceId device, std::uint64_t manifestVersion) {
    QByteArray message = QByteArrayLiteral("krp-auth-1");
    append(message, relay.view());
    append(message, leafPin.view());
    append(message, transcript.view());
    append(message, account.view());
    appendU32(message, toU32(device));
    appendU64(message, manifestVersion);
    return message;
}

QByteArray registerMessage(const RelayId& relay, const Hash32& leafPin, const Hash32& transcript,
                           const Hash32& manifestHash) {
    QByteArray message = QByteArrayLiteral("krp-reg-1");
    append(message, relay.view());
    append(message, leafPin.view());
    append(message, transcript.view());
    append(message, manifestHash.view());
    return message;
}

QByteArray dropsHashEntry(const DropId& drop, std::uint32_t version) {
    QByteArray entry = drop.bytes();
    appendU32(entry, version);
    return entry;
}

Hash32 dropsHash(std::vector<QByteArray> entries) {
    std::sort(entries.begin(), entries.end());
    QByteArray all;
    for (const QByteArray& entry : entries)
        all += entry;
    return sha256(view(all));
}

} // namespace kith::crypto
