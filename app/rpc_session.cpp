// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/rpc_session.h"

#include "app/reply_json.h"
#include "core/base/platform.h"
#include "core/base/secret_bytes.h"

#include <QJsonDocument>

#include <cstdio>

namespace kith::app {
namespace {

constexpr qsizetype LineMax = 1024 * 1024;
constexpr int EndPatienceMs = 5000;
constexpr int ParseError = -32700;
constexpr int InvalidRequest = -32600;
constexpr int MethodNotFound = -32601;
constexpr int InvalidParams = -32602;
constexpr int Refused = -32000;

void writeLine(const QJsonObject& object) {
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stdout);
}

} // namespace

RpcSession::RpcSession(client::Client& client, Commands& commands)
    : m_client(client)
    , m_commands(commands)
    , m_notifier(0, QSocketNotifier::Read) {
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &RpcSession::readInput);
}

void RpcSession::start() {
    std::setvbuf(stdout, nullptr, _IONBF, 0); // a buffer would keep texts beyond a lock
    connect(&m_client, &client::Client::eventsAppended, this, [this](const client::EventBatch& batch) {
        for (const client::Change& change : batch.changes)
            notify(toJson(change));
    });
    connect(&m_client, &client::Client::connectionChanged, this, [this](const client::ConnectionRow& row) {
        QJsonObject event = toJson(row);
        event.insert(QStringLiteral("event"), QStringLiteral("connection"));
        notify(event);
    });
    connect(&m_client, &client::Client::waitingChanged, this,
            [this](const client::WaitingRow& row) { notify(toJson(row)); });
    m_notifier.setEnabled(true);
}

void RpcSession::setUnlocked() {
    m_unlocked = true;
    m_commands.expect(m_client.goOnline(), [](const Result<client::Reply>&) {});
}

void RpcSession::readInput() {
    char chunk[64 * 1024];
    const std::int64_t got = platform::readSome(0, chunk, sizeof chunk);
    if (got <= 0) {
        onInputEnded();
        return;
    }
    m_buffer.append(chunk, static_cast<qsizetype>(got));
    wipe(chunk, static_cast<std::size_t>(got)); // a passphrase may be in it
    for (qsizetype end = m_buffer.indexOf('\n'); end >= 0; end = m_buffer.indexOf('\n')) {
        QByteArray line = m_buffer.left(end);
        wipe(m_buffer.data(), static_cast<std::size_t>(end)); // removing only moves the start
        m_buffer.remove(0, end + 1);
        if (m_skipping || line.size() > LineMax)
            replyError({}, InvalidRequest, QStringLiteral("a line has at most 1 MiB"));
        else if (!line.trimmed().isEmpty())
            handleLine(line);
        m_skipping = false;
        wipe(line); // it may hold a passphrase
    }
    if (m_buffer.size() > LineMax) {
        m_buffer.clear();
        m_skipping = true;
    }
}

void RpcSession::handleLine(const QByteArray& line) {
    QJsonParseError problem{};
    const QJsonDocument document = QJsonDocument::fromJson(line, &problem);
    if (problem.error != QJsonParseError::NoError) {
        replyError({}, ParseError, QStringLiteral("this line is not JSON"));
        return;
    }
    const QJsonObject request = document.object();
    const QJsonValue id = request[QLatin1String("id")];
    const QJsonValue params = request[QLatin1String("params")];
    const bool isCall = request[QLatin1String("jsonrpc")].toString() == QLatin1String("2.0") &&
                        request[QLatin1String("method")].isString() && (params.isUndefined() || params.isObject()) &&
                        !id.isObject() && !id.isArray();
    if (!isCall) {
        replyError(id, InvalidRequest, QStringLiteral("not a JSON-RPC 2.0 request with named parameters"));
        return;
    }
    call(id, request[QLatin1String("method")].toString(), params.toObject());
}

void RpcSession::call(const QJsonValue& id, const QString& method, const QJsonObject& params) {
    if (method == QLatin1String("init") || method == QLatin1String("unlock")) {
        openProfile(id, method, params);
        return;
    }
    if (method == QLatin1String("lock")) {
        m_unlocked = false;
        m_commands.expect(m_client.lock(), [this, id](const Result<client::Reply>& result) { reply(id, result); });
        return;
    }
    if (findCommand(method) == nullptr) {
        replyError(id, MethodNotFound, QStringLiteral("there is no method %1").arg(method));
        return;
    }
    m_commands.run(method, params, [this, id](const Result<client::Reply>& result) { reply(id, result); });
}

void RpcSession::openProfile(const QJsonValue& id, const QString& method, const QJsonObject& params) {
    QString text = params[QLatin1String("passphrase")].toString();
    QByteArray passphrase = text.toUtf8();
    wipe(text.data(), sizeof(QChar) * static_cast<std::size_t>(text.size()));
    if (passphrase.isEmpty()) {
        replyError(id, InvalidParams, QStringLiteral("%1 needs a passphrase").arg(method));
        return;
    }
    SecretBytes secret(view(passphrase));
    wipe(passphrase);
    const client::RequestId request = method == QLatin1String("init")
                                          ? m_client.init(params[QLatin1String("name")].toString(), std::move(secret))
                                          : m_client.unlock(std::move(secret));
    m_commands.expect(request, [this, id](const Result<client::Reply>& result) {
        if (result)
            setUnlocked();
        reply(id, result);
    });
}

void RpcSession::reply(const QJsonValue& id, const Result<client::Reply>& result) {
    if (!result) {
        const bool misused = result.error().code == Code::Invalid;
        replyError(id, misused ? InvalidParams : Refused, result.error().detail, errorJson(result.error()));
        return;
    }
    if (!id.isUndefined())
        writeLine({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                   {QStringLiteral("id"), id},
                   {QStringLiteral("result"), toJson(*result)}});
}

void RpcSession::replyError(const QJsonValue& id, int code, const QString& message, const QJsonObject& data) {
    QJsonObject error{{QStringLiteral("code"), code}, {QStringLiteral("message"), message}};
    if (!data.isEmpty())
        error.insert(QStringLiteral("data"), data);
    writeLine({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
               {QStringLiteral("id"), id.isUndefined() ? QJsonValue(QJsonValue::Null) : id},
               {QStringLiteral("error"), error}});
}

void RpcSession::notify(const QJsonObject& event) {
    if (!event.isEmpty())
        writeLine({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                   {QStringLiteral("method"), QStringLiteral("event")},
                   {QStringLiteral("params"), event}});
}

void RpcSession::onInputEnded() {
    m_notifier.setEnabled(false);
    if (!m_unlocked) {
        Q_EMIT
        ended();
        return;
    }
    QTimer::singleShot(EndPatienceMs, this, &RpcSession::ended);
    m_commands.expect(m_client.sync(), [this](const Result<client::Reply>&) {
        Q_EMIT
        ended();
    });
}

} // namespace kith::app
