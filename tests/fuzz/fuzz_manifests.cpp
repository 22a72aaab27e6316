// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/manifest.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/target.h"

#include <set>

using namespace kith;
using namespace kith::wire::limits;

namespace {

constexpr char Domain[] = "krp-man-1";
constexpr std::size_t SuiteGrowth = 8; ///< a list of one suite may be written shorter than it is written here

void checkVerified(const crypto::SignedManifest& verified, const wire::pb::Signed& given) {
    const crypto::Manifest& manifest = verified.manifest;
    INVARIANT(toString(verified.body) == given.body() && verified.signature.str() == given.sig());
    INVARIANT(manifest.accountKey == test::fuzzSigningKey().publicKey());
    INVARIANT(manifest.account == crypto::accountIdOf(manifest.accountKey));
    std::set<DeviceId> devices;
    for (const crypto::ManifestDevice& device : manifest.devices) {
        INVARIANT(devices.insert(device.id).second && toU32(device.id) >= 1 && toU32(device.id) <= 0x7fffffff);
        INVARIANT(manifest.device(device.id) == &device);
    }
    INVARIANT(!devices.empty() && devices.size() <= DevicesMax && manifest.version > 0);
    const std::set<RelayId> homes(manifest.homes.begin(), manifest.homes.end());
    INVARIANT(!homes.empty() && homes.size() == manifest.homes.size() && homes.size() <= HomesMax);
    INVARIANT(manifest.merges.size() <= ManifestMergesMax && toMs(manifest.issued) >= 0);
    if (given.body().size() + SuiteGrowth > ManifestMax)
        return;
    const auto again = crypto::signManifest(manifest, test::fuzzSigningKey());
    INVARIANT(again);
    const auto verifiedAgain = crypto::verifyManifest(again->toWire());
    INVARIANT(verifiedAgain && verifiedAgain->manifest == manifest);
}

} // namespace

/// Only what the account's key signed verifies, with the bytes kept as they came; what verifies is within the limits
/// and is the same manifest after it was signed again.
KITH_FUZZ_TARGET(manifests) {
    test::FuzzInput in(data, size);
    const std::uint8_t mode = in.byte() % 3;
    std::string body = toString(in.rest());
    wire::pb::Manifest fields;
    if (mode == 2 && wire::parseLimited(view(body), fields)) {
        fields.set_ak(test::fuzzSigningKey().publicKey().str());
        fields.set_account_id(crypto::accountIdOf(test::fuzzSigningKey().publicKey()).str());
        body = fields.SerializeAsString();
    }
    const wire::pb::Signed given = mode == 0 ? test::fuzzSplit(view(body)) : test::fuzzSigned(Domain, body);
    const auto verified = crypto::verifyManifest(given);
    if (!verified)
        return 0;
    INVARIANT(given.sig() == test::fuzzSigned(Domain, given.body()).sig());
    checkVerified(*verified, given);
    return 0;
}
