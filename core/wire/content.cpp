// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/content.h"

#include "core/wire/frame.h"
#include "core/wire/limits.h"

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

bool validKind(const pb::Content& content) {
    switch (content.kind_case()) {
    case pb::Content::kText:
        return valid(content.text());
    case pb::Content::kReceipt:
        return valid(content.receipt());
    case pb::Content::kContactCard:
        return valid(content.contact_card());
    case pb::Content::kDropUpdate:
        return valid(content.drop_update());
    case pb::Content::kManifest:
        return valid(content.manifest().has_manifest(), content.manifest().manifest(), ManifestMax);
    case pb::Content::kDescriptor:
        return valid(content.descriptor().has_descriptor(), content.descriptor().descriptor(), DescriptorMax);
    case pb::Content::kRetryRequest:
        return valid(content.retry_request());
    case pb::Content::kGapRequest:
        return validRanges(content.gap_request().ranges());
    case pb::Content::kGone:
        return validRanges(content.gone().ranges());
    case pb::Content::KIND_NOT_SET:
        return false;
    }
    return false;
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
    const bool isKnown = content.kind_case() != pb::Content::KIND_NOT_SET;
    if ((isKnown && !validKind(content)) || content.hlc() > static_cast<std::uint64_t>(INT64_MAX) ||
        content.n() > static_cast<std::uint64_t>(INT64_MAX))
        return fail(Code::Invalid, QStringLiteral("content of a known kind is malformed"));
    if (isKnown && takesNumber(content.kind_case()) != (content.n() > 0))
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

bool isAllowed(pb::Content::KindCase kind, DropKind drop, pb::CipherType cipher) {
    const bool contact = drop == pb::DROP_CONTACT;
    const bool group = drop == pb::DROP_GROUP;
    const bool self = drop == pb::DROP_SELF;
    if (kind == pb::Content::kRetryRequest)
        return cipher == pb::PLAIN && (contact || group || self);
    if (cipher == pb::PLAIN)
        return false;
    switch (kind) {
    case pb::Content::kText:
    case pb::Content::kReceipt:
    case pb::Content::kDropUpdate:
        return contact || group;
    case pb::Content::kContactCard:
        return drop == pb::DROP_FRONT && cipher == pb::PREKEY;
    case pb::Content::kManifest:
    case pb::Content::kDescriptor:
    case pb::Content::kGapRequest:
    case pb::Content::kGone:
        return contact || group || self;
    case pb::Content::kRetryRequest:
    case pb::Content::KIND_NOT_SET:
        return false;
    }
    return false;
}

bool takesNumber(pb::Content::KindCase kind) {
    switch (kind) {
    case pb::Content::kText:
    case pb::Content::kDropUpdate:
    case pb::Content::kManifest:
    case pb::Content::kDescriptor:
        return true;
    case pb::Content::kReceipt:
    case pb::Content::kContactCard:
    case pb::Content::kRetryRequest:
    case pb::Content::kGapRequest:
    case pb::Content::kGone:
    case pb::Content::KIND_NOT_SET:
        return false;
    }
    return false;
}

} // namespace kith::wire
