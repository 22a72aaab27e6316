// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/key_slots.h"

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"

#include <algorithm>
#include <span>

namespace kith::crypto::key_slots {
namespace {

constexpr char Magic[] = "KITH";
constexpr std::uint8_t Version = 1;
constexpr std::uint8_t PassphraseSlot = 1;
constexpr std::size_t FixedSize = 4 + 1 + 1;
// type 1 ‖ memory u32 ‖ passes u32 ‖ lanes u32 ‖ salt 16 ‖ nonce 12 ‖ wrapped key 32 + tag 16
constexpr std::size_t SlotPlainSize = 1 + 12 + KdfSaltSize;
constexpr std::size_t SlotSize = SlotPlainSize + AeadNonceSize + 32 + AeadTagSize;
constexpr std::size_t MacSize = Hash32::size;

Hash32 headerMac(const SecretBytes& master, ByteView header) {
    const SecretBytes key = hkdf(master.view(), {}, view("krp-header-1"), 32);
    return hmacSha256(key.view(), header);
}

struct Derived {
    SecretBytes slot;
    SecretBytes accountWrap;
};
Result<Derived> derive(ByteView passphrase, ByteView salt, const KdfParams& params) {
    TRY_ASSIGN(const SecretBytes base, deriveFromPassphrase(passphrase, salt, params));
    return Derived{hkdf(base.view(), {}, view("krp-slot-1"), 32), hkdf(base.view(), {}, view("krp-ak-wrap-1"), 32)};
}

} // namespace

Result<Created> rewrap(Random& random, const SecretBytes& master, ByteView passphrase, const KdfParams& params) {
    const SecretBytes form = normalisedPassphrase(passphrase);
    if (form.isEmpty())
        return fail(Code::Invalid,
                    QStringLiteral("the passphrase is empty: it needs at least one character that can be seen"));
    QByteArray header(Magic);
    header.append(static_cast<char>(Version));
    header.append(1);
    header.append(static_cast<char>(PassphraseSlot));
    appendU32(header, params.memoryKiB);
    appendU32(header, params.passes);
    appendU32(header, params.lanes);
    const QByteArray salt = random.bytes(KdfSaltSize);
    header.append(salt);
    TRY_ASSIGN(Derived derived, derive(form.view(), view(salt), params));
    // The associated data binds the parameters: a swapped salt or a cheaper setting does not open.
    header.append(boxSeal(random, derived.slot.view(), view(header), master.view()));
    append(header, headerMac(master, view(header)).view());
    return Created{header, ProfileKeys{master.clone(), std::move(derived.accountWrap)}};
}

Result<Created> create(Random& random, ByteView passphrase, const KdfParams& params) {
    return rewrap(random, random.secret(32), passphrase, params);
}

Result<ProfileKeys> open(ByteView header, ByteView passphrase) {
    const auto corrupt = [] {
        return fail(Code::Corrupt,
                    QStringLiteral("the profile's header file is damaged; restore profile.kith from a backup"));
    };
    if (header.size() < FixedSize || toByteArray(header.first(4)) != QByteArray(Magic))
        return corrupt();
    if (header[4] != Version)
        return fail(Code::Invalid, QStringLiteral("this profile was made by a newer Kith; update this one"));
    if (header[5] != 1 || header.size() != FixedSize + SlotSize + MacSize || header[FixedSize] != PassphraseSlot)
        return corrupt();
    const ByteView slot = header.subspan(FixedSize, SlotSize);
    const KdfParams params{readU32(slot.subspan(1)), readU32(slot.subspan(5)), readU32(slot.subspan(9))};
    if (!params.isWithinBounds())
        return corrupt();
    // First as it came: older profiles were made with those bytes.
    const SecretBytes form = normalisedPassphrase(passphrase);
    const bool isNormal = std::equal(passphrase.begin(), passphrase.end(), form.view().begin(), form.view().end());
    const ByteView forms[] = {passphrase, form.view()};
    for (const ByteView each : std::span(forms).first(isNormal ? 1 : 2)) {
        if (each.size() > PassphraseMax)
            continue; // no profile has such a one
        TRY_ASSIGN(Derived derived, derive(each, slot.subspan(13, KdfSaltSize), params));
        auto master =
            boxOpen(derived.slot.view(), header.first(FixedSize + SlotPlainSize), slot.subspan(SlotPlainSize));
        if (!master)
            continue;
        const ByteView signedPart = header.first(header.size() - MacSize);
        if (!constantTimeEqual(headerMac(*master, signedPart).view(), header.last(MacSize)))
            return corrupt();
        return ProfileKeys{std::move(*master), std::move(derived.accountWrap)};
    }
    return fail(Code::Denied,
                QStringLiteral("wrong passphrase, or profile.kith is damaged; it can be restored from a backup"));
}

} // namespace kith::crypto::key_slots
