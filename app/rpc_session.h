// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/commands.h"

#include <QSocketNotifier>
#include <QTimer>

namespace kith::app {

/// JSON-RPC 2.0 over standard input and output, one object a line (core/client/API.md). Before the profile is unlocked
/// only "init" and "unlock" are served, and again after "lock". The end of input shuts down once what was asked is
/// done, at most 5 s.
class RpcSession : public QObject {
    Q_OBJECT
public:
    RpcSession(client::Client& client, Commands& commands);
    /// The profile was unlocked at the start.
    void setUnlocked();
    void start();

Q_SIGNALS:
    void ended();

private:
    void readInput();
    void handleLine(const QByteArray& line);
    void call(const QJsonValue& id, const QString& method, const QJsonObject& params);
    void openProfile(const QJsonValue& id, const QString& method, const QJsonObject& params);
    void reply(const QJsonValue& id, const Result<client::Reply>& result);
    void replyError(const QJsonValue& id, int code, const QString& message, const QJsonObject& data = {});
    void notify(const QJsonObject& event);
    void onInputEnded();

    client::Client& m_client;
    Commands& m_commands;
    QSocketNotifier m_notifier;
    QByteArray m_buffer;
    bool m_skipping = false; ///< inside a line that is too long
    bool m_unlocked = false;
};

} // namespace kith::app
