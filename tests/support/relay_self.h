// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/relay/engine/relay_self.h"

namespace kith::test {

/// A relay's keys and descriptor for a test, all from `random`.
inline relay::RelaySelf makeRelaySelf(Random& random, const Clock& clock,
                                      const std::vector<wire::Endpoint>& endpoints = {}) {
    auto key = crypto::SigningKey::fromSeed(random.secret(32).view()).value();
    const RelayId relay = crypto::relayIdOf(key.publicKey());
    const auto pin = random.id<crypto::Hash32>();
    crypto::Descriptor descriptor;
    descriptor.relay = relay;
    descriptor.relayKey = key.publicKey();
    descriptor.issued = clock.wall();
    descriptor.notAfter = clock.wall() + std::chrono::hours(24);
    descriptor.endpoints = endpoints;
    descriptor.leafPins = {pin};
    auto signedOne = crypto::signDescriptor(descriptor, key);
    return {std::move(key), relay, pin, std::move(signedOne)};
}

} // namespace kith::test
