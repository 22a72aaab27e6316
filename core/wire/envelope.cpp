// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/envelope.h"

#include "core/wire/frame.h"
#include "core/wire/limits.h"

#include <algorithm>
#include <bit>

namespace kith::wire {
namespace {
constexpr std::size_t PaddedMin = 1024;
constexpr std::size_t PaddedMax = 64 * 1024;
} // namespace

QByteArray sealInfo(SealKind kind, DropId drop, DeviceId device, EnvelopeId envelope) {
    QByteArray info = QByteArrayLiteral("krp-seal-1");
    info.append(static_cast<char>(kind));
    append(info, drop.view());
    appendU32(info, toU32(device));
    append(info, envelope.view());
    return info;
}

Result<QByteArray> encodeSeal(const pb::Seal& seal) {
    const std::size_t size = seal.ByteSizeLong();
    if (size + 4 > PaddedMax)
        return fail(Code::TooLarge, QStringLiteral("a sealed message is at most 64 KiB"));
    const std::size_t padded = std::max(PaddedMin, std::bit_ceil(size + 4));
    QByteArray bytes;
    bytes.reserve(static_cast<qsizetype>(padded));
    appendU32(bytes, static_cast<std::uint32_t>(size));
    bytes.resize(static_cast<qsizetype>(padded));
    std::fill(bytes.begin() + 4, bytes.end(), '\0');
    seal.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()) + 4);
    return bytes;
}

Result<pb::Seal> decodeSeal(ByteView padded) {
    const auto malformed = [](const char* why) { return fail(Code::Invalid, QLatin1String(why)); };
    if (padded.size() < PaddedMin || padded.size() > PaddedMax || !std::has_single_bit(padded.size()))
        return malformed("seal padding has a wrong size");
    const std::uint32_t size = readU32(padded);
    // One message, one padding: anything else would be a channel for a fingerprint.
    if (size > padded.size() - 4 || std::max(PaddedMin, std::bit_ceil(std::size_t{size} + 4)) != padded.size())
        return malformed("seal length does not fit its padding");
    const ByteView zeros = padded.subspan(4 + size);
    if (std::any_of(zeros.begin(), zeros.end(), [](std::uint8_t byte) { return byte != 0; }))
        return malformed("seal padding is not zero");
    pb::Seal seal;
    if (!parseLimited(padded.subspan(4, size), seal))
        return malformed("seal does not parse");
    const bool knownType = seal.ctype() == pb::WHISPER || seal.ctype() == pb::PREKEY || seal.ctype() == pb::PLAIN;
    if (seal.v() != 1 || seal.sender_account().size() != 20 || seal.sender_device() == 0 ||
        seal.sender_device() > 0x7fffffff || !knownType || (!seal.group_id().empty() && seal.group_id().size() != 16))
        return malformed("seal has a wrong field");
    if (seal.has_manifest() &&
        (seal.manifest().body().size() > limits::ManifestMax || seal.manifest().sig().size() != 64))
        return malformed("seal carries a wrong manifest");
    return seal;
}

} // namespace kith::wire
