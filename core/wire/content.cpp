// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/content.h"

#include "core/wire/frame.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::wire {
namespace {

using namespace limits;

// Protobuf has already refused invalid UTF-8 in string fields.
bool valid(const pb::Text& text) {
    return !text.body().empty() && text.body().size() <= TextMax &&
           (!text.has_reply_to() || (text.reply_to().author().size() == AccountId::size &&
                                     text.reply_to().logical_id().size() == MessageId::size));
}
bool valid(const pb::Receipt& receipt) {
    if (receipt.ids_size() < 1 || receipt.ids_size() > ReceiptIdsMax ||
        (receipt.type() != pb::RECEIPT_DELIVERED && receipt.type() != pb::RECEIPT_READ))
        return false;
    for (const std::string& id : receipt.ids())
        if (id.size() != MessageId::size)
            return false;
    return true;
}
bool valid(const pb::ContactCard& card) {
    if (card.name().size() > NameMax || card.text().size() > RequestTextMax || card.drop_id().size() != DropId::size ||
        card.drop_secret().size() != 32 || card.homes_size() < 1 || card.homes_size() > HomesMax)
        return false;
    for (const pb::AddressHint& home : card.homes())
        if (home.relay_id().size() != RelayId::size || home.endpoint().size() > 262)
            return false;
    return true;
}
bool valid(const pb::DropUpdate& update) {
    return update.drop_id().size() == DropId::size && update.drop_secret().size() == 32 && update.ver() > 0;
}
bool valid(bool present, const pb::Signed& value, std::size_t max) {
    return present && !value.body().empty() && value.body().size() <= max && value.sig().size() == 64;
}
bool valid(const pb::RetryRequest& request) {
    return request.msg_id().size() == EnvelopeId::size && request.ciphertext_hash().size() == 32 &&
           (request.ratchet_key().empty() || request.ratchet_key().size() == 32);
}
template <typename List>
bool validRanges(const List& ranges) {
    std::uint64_t total = 0;
    if (ranges.empty() || ranges.size() > GapRangesMax)
        return false;
    for (const pb::Range& range : ranges) {
        if (range.first() == 0 || range.last() < range.first() || range.last() > MessageNumberMax ||
            range.last() - range.first() >= GapNumbersMax)
            return false;
        total += range.last() - range.first() + 1;
    }
    return total <= GapNumbersMax;
}

using C = pb::Content;
using Cipher = ContentKind::Cipher;
using Lane = ContentKind::Lane;
using Numbered = ContentKind::Numbered;
constexpr bool Shown = true;
constexpr bool Unseen = false;

constexpr ContentKind Kinds[] = {
    {C::kText, "cg", Cipher::Session, Numbered::Yes, Lane::Messages, Shown, [](const C& c) { return valid(c.text()); }},
    {C::kReceipt, "cg", Cipher::Session, Numbered::No, Lane::Receipts, Unseen,
     [](const C& c) { return valid(c.receipt()); }},
    {C::kContactCard, "f", Cipher::PreKey, Numbered::No, Lane::Messages, Unseen,
     [](const C& c) { return valid(c.contact_card()); },
     [](const C& c) -> const std::string& { return c.contact_card().drop_id(); }},
    {C::kDropUpdate, "cg", Cipher::Session, Numbered::Yes, Lane::Messages, Unseen,
     [](const C& c) { return valid(c.drop_update()); },
     [](const C& c) -> const std::string& { return c.drop_update().drop_id(); }},
    {C::kManifest, "cgs", Cipher::Session, Numbered::Yes, Lane::Messages, Unseen,
     [](const C& c) { return valid(c.manifest().has_manifest(), c.manifest().manifest(), ManifestMax); }},
    {C::kDescriptor, "cgs", Cipher::Session, Numbered::Yes, Lane::Messages, Unseen,
     [](const C& c) { return valid(c.descriptor().has_descriptor(), c.descriptor().descriptor(), DescriptorMax); }},
    {C::kRetryRequest, "cgs", Cipher::Plain, Numbered::No, Lane::Messages, Unseen,
     [](const C& c) { return valid(c.retry_request()); }},
    {C::kGapRequest, "cgs", Cipher::Session, Numbered::No, Lane::Messages, Unseen,
     [](const C& c) { return validRanges(c.gap_request().ranges()); }},
    {C::kGone, "cgs", Cipher::Session, Numbered::No, Lane::Messages, Unseen,
     [](const C& c) { return validRanges(c.gone().ranges()); }},
};

char letterOf(DropKind drop) {
    switch (drop) {
    case pb::DROP_CONTACT:
        return 'c';
    case pb::DROP_GROUP:
        return 'g';
    case pb::DROP_FRONT:
        return 'f';
    case pb::DROP_SELF:
        return 's';
    default:
        return '-';
    }
}

} // namespace

Result<pb::Content> decodeContent(ByteView bytes) {
    if (bytes.size() > ContentMax)
        return fail(Code::TooLarge, QStringLiteral("content over 56 KiB"));
    pb::Content content;
    if (!parseLimited(bytes, content))
        return fail(Code::Invalid, QStringLiteral("content does not parse"));
    if (content.v() != 1 || content.logical_id().size() != MessageId::size ||
        (!content.conv().empty() && content.conv().size() != GroupId::size))
        return fail(Code::Invalid, QStringLiteral("content has a wrong field"));
    // hlc is stored as a signed 64-bit integer: a value above that cannot come from a working clock.
    const ContentKind* kind = contentKind(content.kind_case());
    if ((kind != nullptr && !kind->isValid(content)) || content.hlc() > static_cast<std::uint64_t>(INT64_MAX) ||
        content.n() > static_cast<std::uint64_t>(INT64_MAX))
        return fail(Code::Invalid, QStringLiteral("content of a known kind is malformed"));
    if (kind != nullptr && kind->isNumbered() != (content.n() > 0))
        return fail(Code::Invalid, QStringLiteral("content is numbered wrongly"));
    for (const pb::Receipt& receipt : content.receipts())
        if (!valid(receipt))
            return fail(Code::Invalid, QStringLiteral("a receipt rider is malformed"));
    if (content.has_drop_update_rider() && !valid(content.drop_update_rider()))
        return fail(Code::Invalid, QStringLiteral("a drop update rider is malformed"));
    return content;
}

Result<QByteArray> encodeContent(const pb::Content& content) {
    const std::size_t size = content.ByteSizeLong();
    if (size > ContentMax)
        return fail(Code::TooLarge, QStringLiteral("content over 56 KiB"));
    QByteArray bytes(static_cast<qsizetype>(size), Qt::Uninitialized);
    content.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
    return bytes;
}

std::span<const ContentKind> contentKinds() {
    return Kinds;
}

const ContentKind* contentKind(pb::Content::KindCase kind) {
    const auto* found =
        std::find_if(std::begin(Kinds), std::end(Kinds), [kind](const ContentKind& each) { return each.kind == kind; });
    return found == std::end(Kinds) ? nullptr : found;
}

bool ContentKind::mayCome(DropKind drop, pb::CipherType type) const {
    if (drops.find(letterOf(drop)) == std::string_view::npos)
        return false;
    switch (cipher) {
    case Cipher::Session:
        return type == pb::WHISPER || type == pb::PREKEY;
    case Cipher::PreKey:
        return type == pb::PREKEY;
    case Cipher::Plain:
        return type == pb::PLAIN;
    }
    return false;
}

} // namespace kith::wire
