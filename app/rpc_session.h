// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/commands.h"
#include "app/output.h"

#include <QSocketNotifier>
#include <QTimer>

#include <map>

namespace kith::app {

/// JSON-RPC 2.0 over standard input and output, one object a line (core/client/API.md). Before the profile is unlocked
/// only "init" and "unlock" are served, and again after "lock". The end of input shuts down once everything that was
/// asked has its answer, which is Timeout after `patience`, and after a last sync, 5 s at most.
class RpcSession : public QObject {
    Q_OBJECT
public:
    RpcSession(client::Client& client, Commands& commands, Output& output, Millis patience);
    /// The profile was unlocked at the start.
    void setUnlocked();
    void start();

Q_SIGNALS:
    void ended();

private:
    void readInput();
    void takeLine(qsizetype end);
    void handleLine(const QByteArray& line);
    void call(const QJsonValue& id, const QString& method, const QJsonObject& params);
    void reply(const QJsonValue& id, const Result<client::Reply>& result);
    void replyError(const QJsonValue& id, int code, const QString& message, const QJsonObject& data = {});
    void notify(const QJsonObject& event);
    void onInputEnded();
    void endWhenAnswered();

    client::Client& m_client;
    Commands& m_commands;
    Output& m_output;
    Millis m_patience;
    QSocketNotifier m_notifier;
    QByteArray m_buffer;
    bool m_skipping = false; ///< inside a line that is too long
    bool m_unlocked = false;
    bool m_inputEnded = false;
    std::uint64_t m_lastCall = 0;
    std::map<std::uint64_t, QJsonValue> m_unanswered; ///< the ids of calls that are under way
};

} // namespace kith::app
