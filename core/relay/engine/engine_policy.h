// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/wire/limits.h"

namespace kith::relay {

/// The limits that the engine enforces (PROTOCOL.md s17). Everybody but tests and measurements takes the defaults.
struct EnginePolicy {
    wire::limits::Rate socketRate = wire::limits::AnonymousSocketRate;
    wire::limits::Rate addressRate = wire::limits::AddressRate;
    wire::limits::Rate loginRate = wire::limits::LoginRate;
    wire::limits::Rate registerRate = wire::limits::RegisterRate;
    wire::limits::Rate accountLoginRate = wire::limits::AccountLoginRate;
    wire::limits::Rate accountWriteRate = wire::limits::AccountWriteRate;
    wire::limits::Rate accountListRate = wire::limits::AccountListRate;
    wire::limits::Rate manifestRate = wire::limits::ManifestRate;
    std::size_t operationsMax = 8'192; ///< under way in the store, of all connections
    std::size_t operationBytesMax = 64 * 1024 * 1024;
    Millis sweepEvery{60'000};
    Millis readyWithin{30'000}; ///< HELLO, and on an authenticated socket AUTH

    static EnginePolicy withoutRates() {
        EnginePolicy policy;
        for (wire::limits::Rate* rate : {&policy.socketRate, &policy.addressRate, &policy.accountLoginRate,
                                         &policy.accountWriteRate, &policy.accountListRate, &policy.manifestRate})
            *rate = {1e15, 1e15};
        return policy;
    }
};

} // namespace kith::relay
