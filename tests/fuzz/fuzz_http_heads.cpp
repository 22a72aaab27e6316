// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/request_head.h"
#include "tests/fuzz/target.h"

#include <QList>

using namespace kith;
using kith::relay::readHead;
using kith::relay::RequestHead;
using kith::relay::RequestHeadMax;

namespace {

bool isSame(const RequestHead& a, const RequestHead& b) {
    return a.kind == b.kind && a.status == b.status && a.path == b.path;
}

/// Whether a header line has this name, read without a parser.
bool hasHeader(const QByteArray& head, const char* name) {
    const QList<QByteArray> lines = head.split('\n');
    for (qsizetype i = 1; i < lines.size(); ++i)
        if (lines[i].left(lines[i].indexOf(':')).trimmed().compare(name, Qt::CaseInsensitive) == 0)
            return true;
    return false;
}

} // namespace

/// What follows a head changes nothing, no part of a head is judged before it is whole, and what is served is a GET
/// within 8 KiB without a body and without an Origin, under a path that is one word.
KITH_FUZZ_TARGET(http_heads) {
    const QByteArray bytes = toByteArray(ByteView(data, size));
    const RequestHead head = readHead(bytes);
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    INVARIANT((head.kind == RequestHead::Kind::Incomplete) == (end < 0 && bytes.size() < RequestHeadMax));
    INVARIANT((head.kind == RequestHead::Kind::Refused) == (head.status != 0));
    if (end < 0)
        return 0;
    const QByteArray whole = bytes.left(end + 4);
    INVARIANT(isSame(readHead(whole), head) && isSame(readHead(whole + "GET /more"), head));
    for (const qsizetype part : {end / 2, end, end + 3})
        INVARIANT(readHead(whole.left(part)).kind != RequestHead::Kind::Get &&
                  readHead(whole.left(part)).kind != RequestHead::Kind::Upgrade);
    if (head.kind == RequestHead::Kind::Refused)
        return 0;
    INVARIANT(whole.size() <= RequestHeadMax && whole.startsWith("GET ") && !hasHeader(whole, "origin"));
    INVARIANT(!hasHeader(whole, "content-length") && !hasHeader(whole, "transfer-encoding"));
    for (const char stray : {' ', '\r', '\n', '?', '\0'})
        INVARIANT(!head.path.contains(stray));
    INVARIANT(!head.path.isEmpty());
    if (head.kind == RequestHead::Kind::Upgrade)
        INVARIANT(whole.toLower().contains("websocket") && whole.toLower().contains("krp.v1"));
    return 0;
}
