// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/server/request_head.h"

#include <QList>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdlib>
#include <exception>

// The parser is built without exceptions; only its error_code overloads are called, so these are never reached.
namespace boost {
void throw_exception(const std::exception&) {
    std::abort();
}
void throw_exception(const std::exception&, const source_location&) {
    std::abort();
}
} // namespace boost

namespace kith::relay {
namespace {

namespace http = boost::beast::http;

RequestHead refused(int status) {
    return {RequestHead::Kind::Refused, status, {}};
}

bool hasWord(boost::beast::string_view list, const char* word) {
    for (const QByteArray& entry : QByteArray(list.data(), static_cast<qsizetype>(list.size())).split(','))
        if (entry.trimmed().compare(word, Qt::CaseInsensitive) == 0)
            return true;
    return false;
}

} // namespace

RequestHead readHead(const QByteArray& bytes) {
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (end < 0)
        return bytes.size() >= RequestHeadMax ? refused(431) : RequestHead();
    if (end + 4 > RequestHeadMax)
        return refused(431);
    // A line that goes on in the next one is refused: what reads it as two sees other headers (RFC 9112 s5.2).
    for (qsizetype line = bytes.indexOf('\n'); line >= 0 && line < end; line = bytes.indexOf('\n', line + 1))
        if (bytes[line + 1] == ' ' || bytes[line + 1] == '\t')
            return refused(400);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(RequestHeadMax));
    parser.eager(false);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(bytes.constData(), static_cast<std::size_t>(end + 4)), error);
    if (error || !parser.is_header_done())
        return refused(400);
    const auto& request = parser.get();
    if (request.method() != http::verb::get)
        return refused(405);
    if (request.find(http::field::content_length) != request.end() ||
        request.find(http::field::transfer_encoding) != request.end())
        return refused(400);
    // A page in a browser must not speak for its user; programs send no Origin.
    if (request.find(http::field::origin) != request.end())
        return refused(403);
    const auto target = request.target();
    if (target.empty() || target.front() != '/')
        return refused(400); // RFC 9112 s3.2.1: "?health" would have no path at all
    QByteArray path(target.data(), static_cast<qsizetype>(target.size()));
    path.truncate(path.indexOf('?') < 0 ? path.size() : path.indexOf('?'));
    if (!hasWord(request[http::field::upgrade], "websocket"))
        return {RequestHead::Kind::Get, 0, path};
    if (!hasWord(request[http::field::sec_websocket_protocol], "krp.v1"))
        return refused(400);
    return {RequestHead::Kind::Upgrade, 0, path};
}

} // namespace kith::relay
