// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/descriptor.h"
#include "core/wire/limits.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/target.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace kith;

namespace {

constexpr char Domain[] = "krp-desc-1";
constexpr std::size_t ShortBody = 600; ///< cannot grow over the limit when its text is escaped

void checkVerified(const crypto::SignedDescriptor& verified, const wire::pb::Signed& given) {
    const crypto::Descriptor& descriptor = verified.descriptor;
    INVARIANT(toString(verified.body) == given.body() && verified.signature.str() == given.sig());
    INVARIANT(descriptor.relay == crypto::relayIdOf(test::fuzzSigningKey().publicKey()));
    INVARIANT(!descriptor.leafPins.empty() && descriptor.leafPins.size() <= wire::limits::LeafPinsMax);
    INVARIANT(descriptor.endpoints.size() <= 8 && descriptor.operatorText.size() <= 512);
    INVARIANT(!descriptor.isNewerThan(descriptor) && toMs(descriptor.issued) >= 0);
    if (given.body().size() > ShortBody)
        return;
    const auto again = crypto::verifyDescriptor(crypto::signDescriptor(descriptor, test::fuzzSigningKey()).toWire());
    INVARIANT(again);
    const crypto::Descriptor& same = again->descriptor;
    INVARIANT(same.generation == descriptor.generation && same.issued == descriptor.issued &&
              same.notAfter == descriptor.notAfter && same.retentionDays == descriptor.retentionDays);
    INVARIANT(same.endpoints == descriptor.endpoints && same.leafPins == descriptor.leafPins);
}

} // namespace

/// Only what the relay's key signed verifies, with the bytes kept as they came; what verifies is within the limits
/// and says the same after it was signed again.
KITH_FUZZ_TARGET(descriptors) {
    test::FuzzInput in(data, size);
    const std::uint8_t mode = in.byte() % 3;
    QByteArray body = toByteArray(in.rest());
    if (mode == 2) {
        const crypto::VerifyKey& key = test::fuzzSigningKey().publicKey();
        QJsonObject json = QJsonDocument::fromJson(body).object();
        json[QLatin1String("rk")] = toBase64Url(key.view());
        json[QLatin1String("relay_id")] = toBase64Url(crypto::relayIdOf(key).view());
        body = QJsonDocument(json).toJson(QJsonDocument::Compact);
    }
    const wire::pb::Signed given = mode == 0 ? test::fuzzSplit(view(body)) : test::fuzzSigned(Domain, toString(body));
    const auto verified = crypto::verifyDescriptor(given);
    if (!verified)
        return 0;
    INVARIANT(given.sig() == test::fuzzSigned(Domain, given.body()).sig());
    checkVerified(*verified, given);
    return 0;
}
