// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/rpc_session.h"

#include "app/reply_json.h"
#include "core/base/platform.h"
#include "core/base/secret_bytes.h"

#include <QJsonDocument>

#include <algorithm>

namespace kith::app {
namespace {

constexpr qsizetype LineMax = 1024 * 1024;
constexpr int EndPatienceMs = 5000;
constexpr int ParseError = -32700;
constexpr int InvalidRequest = -32600;
constexpr int MethodNotFound = -32601;
constexpr int InvalidParams = -32602;
constexpr int Refused = -32000;

bool isId(const QJsonValue& id) {
    return id.isUndefined() || id.isNull() || id.isString() || id.isDouble();
}

} // namespace

RpcSession::RpcSession(client::Client& client, Commands& commands, Output& output, Millis patience)
    : m_client(client)
    , m_commands(commands)
    , m_output(output)
    , m_patience(patience)
    , m_notifier(0, QSocketNotifier::Read) {
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &RpcSession::readInput);
}

void RpcSession::start() {
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
    m_commands.run(client::api::GoOnline{}, [](const Result<client::Reply>&) {});
}

void RpcSession::readInput() {
    char chunk[64 * 1024];
    const std::int64_t got = platform::readSome(0, chunk, sizeof chunk);
    if (got <= 0) {
        if (!m_buffer.isEmpty() || m_skipping)
            takeLine(m_buffer.size()); // the last one has no line end
        onInputEnded();
        return;
    }
    m_buffer.append(chunk, static_cast<qsizetype>(got));
    wipe(chunk, static_cast<std::size_t>(got)); // a passphrase may be in it
    for (qsizetype end = m_buffer.indexOf('\n'); end >= 0; end = m_buffer.indexOf('\n'))
        takeLine(end);
    if (m_buffer.size() > LineMax) {
        m_buffer.clear();
        m_skipping = true;
    }
}

void RpcSession::takeLine(qsizetype end) {
    QByteArray line = m_buffer.left(end);
    wipe(m_buffer.data(), static_cast<std::size_t>(end)); // removing only moves the start
    m_buffer.remove(0, end + 1);
    if (m_skipping || line.size() > LineMax)
        replyError(QJsonValue::Null, InvalidRequest, QStringLiteral("a line has at most 1 MiB"));
    else if (!line.trimmed().isEmpty())
        handleLine(line);
    m_skipping = false;
    wipe(line); // it may hold a passphrase
}

void RpcSession::handleLine(const QByteArray& line) {
    QJsonParseError problem{};
    const QJsonDocument document = QJsonDocument::fromJson(line, &problem);
    if (problem.error != QJsonParseError::NoError) {
        replyError(QJsonValue::Null, ParseError, QStringLiteral("this line is not JSON"));
        return;
    }
    const QJsonObject request = document.object();
    const QJsonValue id = request[QLatin1String("id")];
    const QJsonValue params = request[QLatin1String("params")];
    const bool isCall = request[QLatin1String("jsonrpc")].toString() == QLatin1String("2.0") &&
                        request[QLatin1String("method")].isString() && isId(id);
    if (!isCall) {
        replyError(isId(id) && !id.isUndefined() ? id : QJsonValue::Null, InvalidRequest,
                   QStringLiteral("not a JSON-RPC 2.0 request"));
        return;
    }
    if (params.isUndefined() || params.isObject())
        call(id, request[QLatin1String("method")].toString(), params.toObject());
    else
        replyError(id, InvalidParams, QStringLiteral("parameters are named: params is an object"));
}

void RpcSession::call(const QJsonValue& id, const QString& method, const QJsonObject& params) {
    if (findCommand(method) == nullptr) {
        replyError(id, MethodNotFound, QStringLiteral("there is no method %1").arg(method));
        return;
    }
    const std::uint64_t number = ++m_lastCall;
    m_unanswered[number] = id;
    m_commands.run(method, params, [this, number, method](const Result<client::Reply>& result) {
        if (result && (method == QLatin1String("init") || method == QLatin1String("unlock")))
            setUnlocked();
        else if (method == QLatin1String("lock"))
            m_unlocked = false;
        const auto asked = m_unanswered.extract(number);
        if (!asked)
            return; // its time was over
        reply(asked.mapped(), result);
        endWhenAnswered();
    });
}

void RpcSession::reply(const QJsonValue& id, const Result<client::Reply>& result) {
    if (!result) {
        const bool misused = result.error().code == Code::Invalid;
        replyError(id, misused ? InvalidParams : Refused, result.error().detail, errorJson(result.error()));
        return;
    }
    if (!id.isUndefined())
        m_output.json(QJsonObject{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                                  {QStringLiteral("id"), id},
                                  {QStringLiteral("result"), toJson(*result)}});
}

/// Whoever gave no id wants no answer.
void RpcSession::replyError(const QJsonValue& id, int code, const QString& message, const QJsonObject& data) {
    if (id.isUndefined())
        return;
    QJsonObject error{{QStringLiteral("code"), code}, {QStringLiteral("message"), message}};
    if (!data.isEmpty())
        error.insert(QStringLiteral("data"), data);
    m_output.json(QJsonObject{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                              {QStringLiteral("id"), id},
                              {QStringLiteral("error"), error}});
}

void RpcSession::notify(const QJsonObject& event) {
    if (!event.isEmpty())
        m_output.json(QJsonObject{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                                  {QStringLiteral("method"), QStringLiteral("event")},
                                  {QStringLiteral("params"), event}});
}

void RpcSession::onInputEnded() {
    m_notifier.setEnabled(false);
    m_inputEnded = true;
    QTimer::singleShot(m_patience, this, [this] {
        const auto late = std::exchange(m_unanswered, {});
        for (const auto& [number, id] : late)
            reply(id,
                  fail(Code::Timeout, QStringLiteral("there was no answer in time; what was queued is sent later")));
        if (late.empty())
            return; // the last sync has its own time
        Q_EMIT ended();
    });
    endWhenAnswered();
}

void RpcSession::endWhenAnswered() {
    if (!m_inputEnded || !m_unanswered.empty())
        return;
    if (!m_unlocked) {
        Q_EMIT ended();
        return;
    }
    QTimer::singleShot(EndPatienceMs, this, &RpcSession::ended);
    m_commands.run(client::api::Sync{}, [this](const Result<client::Reply>&) { Q_EMIT ended(); });
}

} // namespace kith::app
