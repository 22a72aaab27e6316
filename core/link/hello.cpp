// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/hello.h"

#include "core/crypto/login.h"

#include <algorithm>

namespace kith::link {
namespace {

constexpr std::uint64_t LatestTimeMs = 253'402'300'799'999; ///< the end of the year 9999

} // namespace

std::string makeHello(Random& random) {
    wire::pb::Hello hello;
    hello.set_client_nonce(toString(random.bytes(32)));
    hello.set_min(MinorVersionMin);
    hello.set_max(MinorVersionMax);
    return hello.SerializeAsString();
}

Result<Greeting> verifyHello(const std::string& hello, const wire::pb::Signed& helloOk, const RelayId& expected,
                             const crypto::Hash32& seenLeaf, WallTime now) {
    Greeting greeting;
    if (!wire::decodeHelloOk(helloOk.body(), greeting.helloOk))
        return fail(Code::Invalid, QStringLiteral("HELLO_OK is malformed"));
    const wire::pb::HelloOk& body = greeting.helloOk;
    greeting.relay = RelayId::checked(body.relay_id());
    greeting.leafPin = seenLeaf;
    greeting.transcript = crypto::transcriptHash(hello, helloOk.body());

    const auto relayKey = crypto::VerifyKey::checked(body.rk());
    if (greeting.relay != expected || crypto::relayIdOf(relayKey) != expected)
        return fail(Code::Untrusted, QStringLiteral("another relay answers at this address"));
    if (!crypto::verifySignature(relayKey, view(crypto::helloMessage(greeting.transcript)), view(helloOk.sig())))
        return fail(Code::Untrusted, QStringLiteral("HELLO_OK is not signed by the relay's key"));
    const auto& pins = body.leaf_pins();
    if (std::none_of(pins.begin(), pins.end(), [&seenLeaf](const std::string& pin) {
            return crypto::constantTimeEqual(view(pin), seenLeaf.view());
        }))
        return fail(Code::Untrusted, QStringLiteral("the TLS key is not one of the relay's"));
    if (body.version() < MinorVersionMin || body.version() > MinorVersionMax)
        return fail(Code::Invalid, QStringLiteral("the relay chose a version that was not offered"));
    if (body.server_ms() > LatestTimeMs)
        return fail(Code::Invalid, QStringLiteral("the relay's clock is out of range"));
    greeting.clockOffset = fromMs(static_cast<std::int64_t>(body.server_ms())) - now;
    return greeting;
}

} // namespace kith::link
