// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/dial_policy.h"

#include "core/base/bytes.h"

#include <QHostAddress>

#include <algorithm>
#include <array>

namespace kith::link {
namespace {

struct Network4 {
    std::uint32_t address;
    int bits;
};

/// IANA's special-purpose registry, as far as such an address could name a machine near the client.
constexpr std::array<Network4, 10> LocalNetworks4{{
    {0x00000000, 8},  // this host
    {0x0a000000, 8},  // private
    {0x64400000, 10}, // carrier-grade NAT
    {0x7f000000, 8},  // loopback
    {0xa9fe0000, 16}, // link-local
    {0xac100000, 12}, // private
    {0xc0000000, 24}, // protocol assignments
    {0xc0a80000, 16}, // private
    {0xc6120000, 15}, // benchmarks
    {0xe0000000, 3},  // multicast, reserved, broadcast
}};

bool isLocal4(std::uint32_t address) {
    return std::any_of(LocalNetworks4.begin(), LocalNetworks4.end(), [address](const Network4& network) {
        return (address ^ network.address) >> (32 - network.bits) == 0;
    });
}

/// Only global unicast is public. The mappings that carry an IPv4 address are judged by that, else ::ffff:127.0.0.1
/// would be a way around.
bool isLocal6(const std::array<std::uint8_t, 16>& address) {
    const ByteView bytes(address);
    const std::uint64_t high = readU64(bytes);
    const std::uint32_t third = readU32(bytes.subspan(8));
    const std::uint32_t last = readU32(bytes.subspan(12));
    const bool isMapped = high == 0 && third == 0x0000ffff;
    const bool isNat64 = high == 0x0064ff9b00000000 && third == 0;
    if (isMapped || isNat64)
        return isLocal4(last);
    if (high >> 48 == 0x2002) // 6to4
        return isLocal4(static_cast<std::uint32_t>(high >> 16));
    const bool isGlobal = high >> 61 == 1;
    const bool isSpecial = high >> 41 == 0x20010000 >> 9 || high >> 32 == 0x20010db8;
    return !isGlobal || isSpecial;
}

QString nameOf(const wire::Endpoint& endpoint) {
    QString name = endpoint.host.toLower();
    while (name.endsWith(u'.'))
        name.chop(1);
    return name;
}

/// "127.1", "0x7f.0.0.1" and "2130706433" are addresses to the system's resolver.
bool isNumeric(QStringView name) {
    const QStringView last = name.mid(name.lastIndexOf(u'.') + 1);
    return last.startsWith(QStringLiteral("0x")) ||
           std::all_of(last.begin(), last.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

} // namespace

bool isLocal(const QHostAddress& address) {
    if (address.protocol() == QAbstractSocket::IPv4Protocol)
        return isLocal4(address.toIPv4Address());
    const Q_IPV6ADDR given = address.toIPv6Address();
    std::array<std::uint8_t, 16> bytes;
    std::copy_n(given.c, bytes.size(), bytes.begin());
    return isLocal6(bytes);
}

bool isLocal(const wire::Endpoint& endpoint) {
    const QString name = nameOf(endpoint);
    QHostAddress address;
    if (address.setAddress(name))
        return isLocal(address);
    if (isNumeric(name) || !name.contains(u'.'))
        return true;
    static constexpr std::array LanDomains{u".localhost", u".local", u".internal", u".lan", u".home.arpa"};
    return std::any_of(LanDomains.begin(), LanDomains.end(),
                       [&name](const char16_t* domain) { return name.endsWith(QStringView(domain)); });
}

bool isLoopback(const wire::Endpoint& endpoint) {
    const QString name = nameOf(endpoint);
    QHostAddress address;
    return name == QStringLiteral("localhost") || (address.setAddress(name) && address.isLoopback());
}

} // namespace kith::link
