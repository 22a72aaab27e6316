// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/descriptor.h"

#include "core/wire/limits.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <tuple>

namespace kith::crypto {
namespace {

using wire::limits::DescriptorMax;
using wire::limits::LeafPinsMax;
constexpr int EndpointsMax = 8;
constexpr double ExactMax = 9'007'199'254'740'992.0; // 2^53: JSON numbers above it are not exact

QByteArray signedString(ByteView body) {
    QByteArray message = QByteArrayLiteral("krp-desc-1");
    append(message, sha256(body).view());
    return message;
}

template <typename Id>
std::optional<Id> readId(const QJsonValue& value) {
    const auto bytes = fromBase64Url(value.toString());
    return bytes ? Id::from(*bytes) : std::nullopt;
}

std::optional<std::int64_t> readInteger(const QJsonValue& value, double max) {
    const double number = value.toDouble(-1);
    if (number < 0 || number > max || number != static_cast<double>(static_cast<std::int64_t>(number)))
        return std::nullopt;
    return static_cast<std::int64_t>(number);
}

Result<Descriptor> read(const QJsonObject& json) {
    const auto invalid = [] { return fail(Code::Invalid, QStringLiteral("the relay's descriptor is malformed")); };
    const auto relay = readId<RelayId>(json[QLatin1String("relay_id")]);
    const auto key = readId<VerifyKey>(json[QLatin1String("rk")]);
    const auto generation = readInteger(json[QLatin1String("generation")], UINT32_MAX);
    const auto issued = readInteger(json[QLatin1String("issued_ms")], ExactMax);
    const auto notAfter = readInteger(json[QLatin1String("not_after_ms")], ExactMax);
    const auto retention = readInteger(json[QLatin1String("retention_days")], 3650);
    const QJsonArray endpoints = json[QLatin1String("endpoints")].toArray();
    const QJsonArray pins = json[QLatin1String("leaf_pins")].toArray();
    const QString text = json[QLatin1String("operator")].toString();
    if (json[QLatin1String("v")].toInt() != 1 || !relay || !key || !generation || !issued || !notAfter || !retention ||
        endpoints.size() > EndpointsMax || pins.isEmpty() || pins.size() > LeafPinsMax || text.size() > 512)
        return invalid();
    Descriptor out{*relay,
                   *key,
                   static_cast<std::uint32_t>(*generation),
                   fromMs(*issued),
                   fromMs(*notAfter),
                   {},
                   {},
                   json[QLatin1String("signup")].toString().left(16),
                   static_cast<std::uint32_t>(*retention),
                   text};
    for (const QJsonValue entry : endpoints) {
        TRY_ASSIGN(const wire::Endpoint endpoint, wire::Endpoint::parse(entry.toString()));
        out.endpoints.push_back(endpoint);
    }
    for (const QJsonValue entry : pins) {
        const auto pin = readId<Hash32>(entry);
        if (!pin)
            return invalid();
        out.leafPins.push_back(*pin);
    }
    return out;
}

} // namespace

bool Descriptor::isNewerThan(const Descriptor& other) const {
    return std::tie(generation, issued) > std::tie(other.generation, other.issued);
}

wire::pb::Signed SignedDescriptor::toWire() const {
    wire::pb::Signed out;
    out.set_body(toString(body));
    out.set_sig(signature.str());
    return out;
}

SignedDescriptor signDescriptor(const Descriptor& descriptor, const SigningKey& relayKey) {
    QJsonArray endpoints;
    for (const wire::Endpoint& endpoint : descriptor.endpoints)
        endpoints.append(endpoint.toString());
    QJsonArray pins;
    for (const Hash32& pin : descriptor.leafPins)
        pins.append(toBase64Url(pin.view()));
    const QJsonObject json{
        {QStringLiteral("v"), 1},
        {QStringLiteral("relay_id"), toBase64Url(descriptor.relay.view())},
        {QStringLiteral("rk"), toBase64Url(descriptor.relayKey.view())},
        {QStringLiteral("generation"), static_cast<qint64>(descriptor.generation)},
        {QStringLiteral("issued_ms"), static_cast<qint64>(toMs(descriptor.issued))},
        {QStringLiteral("not_after_ms"), static_cast<qint64>(toMs(descriptor.notAfter))},
        {QStringLiteral("endpoints"), endpoints},
        {QStringLiteral("leaf_pins"), pins},
        {QStringLiteral("signup"), descriptor.signup},
        {QStringLiteral("retention_days"), static_cast<qint64>(descriptor.retentionDays)},
        {QStringLiteral("operator"), descriptor.operatorText},
    };
    const QByteArray body = QJsonDocument(json).toJson(QJsonDocument::Compact);
    INVARIANT(static_cast<std::size_t>(body.size()) <= DescriptorMax);
    return {descriptor, body, relayKey.sign(view(signedString(view(body))))};
}

Result<SignedDescriptor> verifyDescriptor(const wire::pb::Signed& given) {
    if (given.body().size() > DescriptorMax || given.sig().size() != Signature::size)
        return fail(Code::Invalid, QStringLiteral("the relay's descriptor is malformed"));
    const QByteArray body = toByteArray(view(given.body()));
    TRY_ASSIGN(Descriptor descriptor, read(QJsonDocument::fromJson(body).object()));
    if (descriptor.relay != relayIdOf(descriptor.relayKey) ||
        !verifySignature(descriptor.relayKey, view(signedString(view(body))), view(given.sig())))
        return fail(Code::Untrusted, QStringLiteral("the descriptor is not signed by its relay"));
    return SignedDescriptor{std::move(descriptor), body, Signature::checked(given.sig())};
}

} // namespace kith::crypto
