// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/content.h"
#include "core/wire/limits.h"
#include "tests/fuzz/target.h"

#include <QStringConverter>

using namespace kith;
using namespace kith::wire;

namespace {

bool isUtf8(const std::string& text) {
    QStringDecoder decoder(QStringDecoder::Utf8, QStringConverter::Flag::ConvertInitialBom);
    const QString decoded = decoder.decode(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    return !decoder.hasError() && decoded.toStdString() == text;
}

std::uint64_t numbersIn(const google::protobuf::RepeatedPtrField<pb::Range>& ranges) {
    std::uint64_t total = 0;
    for (const pb::Range& range : ranges) {
        INVARIANT(range.first() >= 1 && range.last() >= range.first());
        total += range.last() - range.first() + 1;
    }
    return total;
}

void checkLimits(const pb::Content& content) {
    INVARIANT(MessageId::from(content.logical_id()) && content.hlc() <= INT64_MAX && content.n() <= INT64_MAX);
    const ContentKind* kind = contentKind(content.kind_case());
    INVARIANT(kind == nullptr || (content.n() > 0) == kind->isNumbered());
    INVARIANT(isUtf8(content.text().body()) && content.text().body().size() <= limits::TextMax);
    INVARIANT(isUtf8(content.contact_card().name()) && content.contact_card().name().size() <= limits::NameMax);
    INVARIANT(isUtf8(content.contact_card().text()));
    INVARIANT(content.receipt().ids_size() <= limits::ReceiptIdsMax);
    INVARIANT(numbersIn(content.gap_request().ranges()) <= limits::GapNumbersMax);
    INVARIANT(numbersIn(content.gone().ranges()) <= limits::GapNumbersMax);
    for (const pb::Receipt& rider : content.receipts())
        for (const std::string& id : rider.ids())
            INVARIANT(MessageId::checked(id).size == 16);
    if (content.has_drop_update_rider())
        INVARIANT(DropId::checked(content.drop_update_rider().drop_id()).size == 16);
}

void checkMatrix(const ContentKind& kind) {
    for (const DropKind drop :
         {pb::DROP_KIND_UNSPECIFIED, pb::DROP_CONTACT, pb::DROP_GROUP, pb::DROP_FRONT, pb::DROP_SELF}) {
        INVARIANT(!kind.mayCome(drop, pb::PLAIN) || kind.kind == pb::Content::kRetryRequest);
        INVARIANT(!kind.mayCome(drop, pb::WHISPER) || drop != pb::DROP_FRONT);
    }
}

} // namespace

/// Content that decodes is within every limit, is text where it says text, and survives its own encoding; nothing
/// but a retry request may come without a session, and a stranger cannot write into one.
KITH_FUZZ_TARGET(content) {
    const auto content = decodeContent(ByteView(data, size));
    if (!content)
        return 0;
    checkLimits(*content);
    const ContentKind* kind = contentKind(content->kind_case());
    if (kind == nullptr)
        return 0; // what a later version put into it is not kept
    checkMatrix(*kind);
    const auto bytes = encodeContent(*content);
    INVARIANT(bytes);
    const auto again = decodeContent(view(*bytes));
    INVARIANT(again);
    INVARIANT(*encodeContent(*again) == *bytes);
    return 0;
}
